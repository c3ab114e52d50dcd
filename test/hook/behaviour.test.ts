/** What the hook may and may not do: its modes, its limit, what it follows, and that it never fails git. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { BIN, builtCli, tidemarkJson } from '../kit/cli.ts';
import { gitsHere } from '../kit/toolchains/git.ts';
import { add, at, copyOf, type End, heard, making, newShop, type Shop } from './hooked-shop.ts';

const [git = { bin: '', version: '' }] = gitsHere();

const ORPHANED = [
  'tidemark: 0003 is applied to sqlite:app.db, and main has no file for it.',
  '  next  tidemark reconcile',
];

let whole: Shop;
beforeAll(async () => {
  whole = await newShop(git);
});
afterAll(() => rmSync(whole.outside, { recursive: true, force: true }));

/** A copy of the shop with the hook. */
async function hooked(...flags: readonly string[]): Promise<Shop> {
  const shop = copyOf(whole, git);
  const end = await shop.tidemark('hook', 'install', '--files', ...flags);
  expect(end, end.stderr).toMatchObject({ code: 0 });
  return shop;
}

/** Switches to main, which must succeed; what Tidemark says. */
async function switched(shop: Shop, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const end = await shop.sh('git switch main', env);
  expect(end, end.stderr).toMatchObject({ code: 0 });
  const { git: words, tidemark } = heard(end, shop);
  expect(words).toBe("Switched to branch 'main'\n");
  return tidemark;
}

const applied = (shop: Shop): readonly string[] => {
  const database = new Database(join(shop.root, 'app.db'), { readonly: true });
  const rows = database.prepare('SELECT version FROM schema_migrations ORDER BY version').pluck().all() as string[];
  database.close();
  return rows;
};

/** Replaces the Tidemark that the hook starts by a program of the test's. */
function startInstead(shop: Shop, script: string): void {
  const file = join(shop.root, '.git/tidemark/hook/run.sh');
  const program = join(shop.outside, 'instead.js');
  writeFileSync(program, script);
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(BIN, program));
}

describeWith('the hook', builtCli(), () => {
  describe('modes', () => {
    it('off: silent, until it is set otherwise', async () => {
      await using shop = await hooked('--mode', 'off');
      expect(await switched(shop)).toEqual([]);
      await shop.must('switch', '--quiet', 'topic');
      await shop.must('config', 'tidemark.hook', 'report');
      expect(await switched(shop)).toEqual(ORPHANED);
    });

    it('a mode that is not known reports', async () => {
      await using shop = await hooked();
      await shop.must('config', 'tidemark.hook', 'shout');
      expect(await switched(shop)).toEqual(ORPHANED);
    });

    it('installing again without a mode keeps the one that is set', async () => {
      await using shop = await hooked('--mode', 'ask');
      await shop.tidemark('hook', 'install', '--files');
      expect(await shop.must('config', 'tidemark.hook')).toBe('ask');
    });

    it('reconcile: does what loses nothing, says so, and it is journaled', async () => {
      await using shop = await hooked('--mode', 'reconcile');
      expect(await switched(shop)).toEqual([
        'tidemark: put 0003 right in sqlite:app.db; nothing was lost (tidemark runs).',
      ]);
      expect(applied(shop)).toEqual(['0001', '0002']);
      const { document } = await tidemarkJson({ cwd: shop.root, env: shop.env }, 'runs');
      expect(document.runs).toMatchObject([{ status: 'finished' }]);
      // What is pending is code of the tree that was just checked out: never applied without asking.
      const end = await shop.git('switch', 'topic');
      expect(heard(end, shop).tidemark).toEqual([
        'tidemark: 0003 is pending in sqlite:app.db.',
        '  next  tidemark reconcile',
      ]);
      expect(applied(shop)).toEqual(['0001', '0002']);
    });

    it.each([
      ['a row would be lost', (shop: Shop) => shop.sql('INSERT INTO glitter VALUES (1)')],
      ['its table is gone already', (shop: Shop) => shop.sql('DROP TABLE glitter')],
    ])('reconcile: only reports where %s', async (_, change) => {
      await using shop = await hooked('--mode', 'reconcile');
      change(shop);
      expect(await switched(shop)).toEqual(ORPHANED);
      expect(applied(shop)).toEqual(['0001', '0002', '0003']);
    });

    it('reconcile: never runs a version this worktree did not hold, whatever history the new branch tells', async () => {
      await using shop = await hooked('--mode', 'reconcile');
      await shop.must('switch', '--quiet', '--create', 'evil', 'main');
      shop.sql('CREATE TABLE victim (id INTEGER)');
      const evil = making('glitter').replace('DROP TABLE glitter;', 'DROP TABLE glitter;\nDROP TABLE victim;');
      await shop.sh('TIDEMARK_SKIP=1 git switch main');
      await shop.sh('TIDEMARK_SKIP=1 git switch evil');
      shop.write(at('0003_glitter'), evil);
      const skip = { TIDEMARK_SKIP: '1' };
      await shop.sh('git add --all && git commit --quiet -m "Evil glitter"', skip);
      shop.remove(at('0003_glitter'));
      await shop.sh('git commit --quiet --all -m "No glitter"; git switch --quiet topic', skip);
      shop.sql(
        "INSERT OR IGNORE INTO schema_migrations VALUES ('0003'); CREATE TABLE IF NOT EXISTS glitter (id INTEGER)",
      );
      await shop.tidemark('status');
      const end = await shop.git('switch', 'evil');
      expect(end.code).toBe(0);
      expect(heard(end, shop).tidemark[0]).toContain('tidemark: 0003');
      expect(applied(shop)).toContain('0003');
      const database = new Database(join(shop.root, 'app.db'), { readonly: true });
      expect(database.prepare("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'victim'").pluck().get()).toBe(1);
      database.close();
    });

    it('ask: tells, and opens the screen on the terminal', async () => {
      await using shop = await hooked('--mode', 'ask');
      // Without a terminal, the report is all.
      expect(await switched(shop)).toEqual(ORPHANED);
      await shop.must('switch', '--quiet', 'topic');
      startInstead(
        shop,
        `const { argv, stdin, stdout, stderr } = process;
        if (argv[2] === 'hook') { process.stderr.write('told\\n'); process.exit(10); }
        require('node:fs').writeFileSync('opened', JSON.stringify([argv.slice(2), stdin.isTTY, stdout.isTTY, stderr.isTTY, process.env.GIT_DIR ?? null]));`,
      );
      const end = await inTerminal(shop, 'GIT_DIR=$PWD/.git git switch main; echo "code $?"');
      expect(end.stdout).toContain('code 0');
      expect(JSON.parse(readFileSync(join(shop.root, 'opened'), 'utf8'))).toEqual([[], true, true, true, null]);
    });

    it('ask: not in the middle of a rebase', async () => {
      await using shop = await hooked('--mode', 'ask');
      await shop.must('switch', '--quiet', '--create', 'target');
      await shop.must('rm', '--quiet', at('0003_glitter'));
      await shop.sh('git commit --quiet -m "No glitter"; git switch --quiet topic', { TIDEMARK_SKIP: '1' });
      await add(shop, 'one', 'one\n');
      const end = await inTerminal(shop, 'git rebase target; echo "code $?"');
      expect(end.stdout).toContain('topic has no file for it.');
      expect(end.stdout).toContain('code 0');
      // The screen, or the status in its place, would name the database's server.
      expect(end.stdout).not.toContain('SQLite 3');
    });
  });

  describe('the limit', () => {
    it('a server that never answers is given up, and told once', async () => {
      await using shop = await hooked();
      const sockets: Socket[] = [];
      const server = createServer(socket => sockets.push(socket.on('error', () => undefined)));
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      try {
        shop.write('.env', `DATABASE_URL=postgres://app@127.0.0.1:${port}/shop\n`);
        await shop.tidemark('hook', 'install', '--files');
        await shop.must('config', 'tidemark.hookLimit', '0.4');
        const began = performance.now();
        expect(await switched(shop)).toEqual([
          'tidemark: looking at the database was given up after 0.4 s.',
          '  next  tidemark status',
        ]);
        expect(performance.now() - began).toBeLessThan(4000);
        expect(heard(await shop.git('commit', '--allow-empty', '-m', 'x'), shop).tidemark).toEqual([]);
        expect((await shop.tidemark('hook', 'status')).stdout).toContain('limit  0.4 s');
      } finally {
        for (const socket of sockets) socket.destroy();
        server.close();
      }
    });

    it('a SQLite file that another program holds is given up too', async () => {
      await using shop = await hooked();
      await shop.must('config', 'tidemark.hookLimit', '0.4');
      const holder = new Database(join(shop.root, 'app.db'));
      holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      const began = performance.now();
      const lines = await switched(shop);
      expect(lines).toHaveLength(2);
      expect(lines[0]).toMatch(/given up after 0\.4 s|locked/);
      expect(performance.now() - began).toBeLessThan(4000);
      holder.close();
    });

    it('2 seconds, when nothing else is set', async () => {
      await using shop = await hooked();
      expect((await tidemarkJson({ cwd: shop.root, env: shop.env }, 'hook', 'status')).document).toMatchObject({
        limitMs: 2000,
      });
    });
  });

  describe('what it follows', () => {
    const two = { projects: [{ framework: 'dbmate', root: '.', database: 'sqlite:other.db' }] };

    it('never a database that the new tree names, until somebody looked', async () => {
      await using shop = await hooked();
      await shop.must('switch', '--quiet', '--create', 'moved', 'main');
      await add(shop, 'tidemark.config.json', JSON.stringify(two));
      await shop.must('switch', '--quiet', 'topic');
      shop.write('other.db', 'opening this would be said: it is no database');
      const end = await shop.git('switch', 'moved');
      expect(end.code).toBe(0);
      expect(heard(end, shop).tidemark).toEqual([
        'tidemark: The configuration of dbmate now names sqlite:other.db, not sqlite:app.db, so neither was looked at.',
        '  next  tidemark status',
      ]);
      // Somebody looks; from then on it is followed.
      rmSync(join(shop.root, 'other.db'));
      const other = new Database(join(shop.root, 'other.db'));
      other.exec("CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('0009')");
      other.close();
      expect(await shop.tidemark('status')).toMatchObject({ code: 0 });
      await shop.must('switch', '--quiet', 'topic');
      const again = heard(await shop.git('switch', 'moved'), shop).tidemark.join('\n');
      expect(again).toContain('0009 is applied to sqlite:other.db, and moved has no file for it.');
    });

    it('never a configuration changed by hand, or by the environment', async () => {
      await using shop = await hooked();
      const lines = await switched(shop, { DATABASE_URL: 'sqlite:elsewhere.db' });
      expect(lines[0]).toContain('now names sqlite:elsewhere.db, not sqlite:app.db');
    });

    it('an address given by hand once is not remembered as configuration', async () => {
      await using shop = await hooked();
      await shop.sh('cp app.db once.db');
      await shop.tidemark('status', '--database', 'sqlite:once.db');
      shop.write('.env', 'DATABASE_URL=sqlite:once.db\n');
      expect((await switched(shop))[0]).toContain('now names sqlite:once.db');
    });

    it('broken settings in the new tree are told in two lines', async () => {
      await using shop = await hooked();
      await shop.must('switch', '--quiet', '--create', 'broken', 'main');
      await add(shop, 'tidemark.config.json', '{');
      await shop.must('switch', '--quiet', 'topic');
      const end = await shop.git('switch', 'broken');
      expect(end.code).toBe(0);
      expect(heard(end, shop).tidemark).toEqual([
        expect.stringContaining('tidemark.config.json cannot be used.'),
        '  next  tidemark status',
      ]);
    });

    it('keeps no password', async () => {
      await using shop = await hooked();
      shop.write('.env', 'DATABASE_URL=postgres://app:quite-secret@127.0.0.1:1/shop\n');
      await shop.tidemark('hook', 'install', '--files');
      shop.write(
        'tidemark.config.json',
        JSON.stringify({
          projects: [{ ...two.projects[0], database: 'postgres://app:quite-secret@127.0.0.1:1/shop' }],
        }),
      );
      await shop.tidemark('hook', 'install', '--files');
      const found = await shop.sh('grep -rl quite-secret .git');
      expect(found.stdout).toBe('');
      expect(await shop.sh('grep -l 127.0.0.1 .git/tidemark/hook/memory.json')).toMatchObject({ code: 0 });
    });

    it('never the code of the tree: a Tidemark that git came to track is not started', async () => {
      await using shop = copyOf(whole, git);
      shop.write('node_modules/tidemark/package.json', '{"type":"module"}');
      for (const part of ['bin', 'dist']) {
        mkdirSync(join(shop.root, 'node_modules/tidemark', part), { recursive: true });
        await shop.sh(`cp -r "${join(BIN, '../..', part)}/." node_modules/tidemark/${part}/`);
      }
      symlinkSync(join(BIN, '../../node_modules/better-sqlite3'), join(shop.root, 'node_modules/better-sqlite3'));
      writeFileSync(join(shop.root, '.git/info/exclude'), 'node_modules\n');
      const own = (line: string) => shop.sh(`"${process.execPath}" node_modules/tidemark/bin/tidemark.js ${line}`);
      const installed = await own('hook install --files');
      expect(installed, installed.stderr).toMatchObject({ code: 0 });
      expect(await switched(shop)).toEqual(ORPHANED);
      await shop.must('switch', '--quiet', 'topic');
      // A branch that brings a Tidemark of its own.
      await shop.sh('cp -r node_modules ../kept', {});
      await shop.sh('git switch --quiet --create evil main', { TIDEMARK_SKIP: '1' });
      shop.write('node_modules/tidemark/bin/tidemark.js', "require('node:fs').writeFileSync('pwned', '')");
      await shop.sh(
        'git add --force node_modules/tidemark/bin/tidemark.js; git commit --quiet -m evil; git switch --quiet topic; rm -rf node_modules; cp -r ../kept node_modules',
        { TIDEMARK_SKIP: '1' },
      );
      const end = await shop.git('switch', 'evil');
      expect(end, end.stderr).toMatchObject({ code: 0 });
      expect(heard(end, shop).tidemark).toEqual([]);
      expect(existsSync(join(shop.root, 'pwned'))).toBe(false);
      // Nor is it installed in the first place.
      await shop.sh(
        'git switch --quiet topic; rm -rf node_modules; cp -r ../kept node_modules; git add --force node_modules/tidemark',
      );
      const refused = await own('hook install --files');
      expect(refused).toMatchObject({ code: 3, stdout: '' });
      expect(refused.stderr).toContain('npm install --global tidemark');
    });

    it('never a tidemark of the tree by way of PATH', async () => {
      await using shop = await hooked();
      startInstead(shop, '');
      rmSync(join(shop.outside, 'instead.js'));
      shop.write('bin/tidemark', '#!/bin/sh\ntouch pwned\n');
      chmodSync(join(shop.root, 'bin/tidemark'), 0o755);
      for (const folder of [`${shop.root}/bin`, './bin', 'bin', '.']) {
        expect(await switched(shop, { PATH: `${folder}:${shop.env['PATH']}` })).toEqual([]);
        await shop.must('switch', '--quiet', 'topic');
      }
      expect(existsSync(join(shop.root, 'pwned'))).toBe(false);
    });
  });

  describe('never fails git', () => {
    it('when Tidemark is gone; and finds another by PATH', async () => {
      await using shop = await hooked();
      startInstead(shop, '');
      rmSync(join(shop.outside, 'instead.js'));
      expect(await switched(shop)).toEqual([]);
      await shop.must('switch', '--quiet', 'topic');
      mkdirSync(join(shop.outside, 'bin'));
      writeFileSync(join(shop.outside, 'bin/tidemark'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, {
        mode: 0o755,
      });
      expect(await switched(shop, { PATH: `${join(shop.outside, 'bin')}:${shop.env['PATH']}` })).toEqual(ORPHANED);
    });

    it.each([
      ['fails', 'process.exit(1)'],
      ['is killed', "process.kill(process.pid, 'SIGKILL')"],
      ['throws', "throw new Error('no')"],
    ])('when Tidemark %s', async (_, script) => {
      await using shop = await hooked();
      startInstead(shop, script);
      const end = await shop.git('switch', 'main');
      expect(end.code).toBe(0);
      expect(end.stderr).toContain("Switched to branch 'main'");
    });

    it('when its own part is damaged, or its folder cannot be read', async () => {
      await using shop = await hooked();
      const folder = join(shop.root, '.git/tidemark/hook');
      writeFileSync(join(folder, 'memory.json'), '{');
      expect(await switched(shop)).toEqual([]);
      writeFileSync(join(folder, 'run.sh'), 'if then (\n');
      expect(await shop.git('switch', 'topic')).toMatchObject({ code: 0 });
      writeFileSync(join(folder, 'seen'), 'not a commit\n');
      await shop.tidemark('hook', 'install', '--files');
      writeFileSync(join(folder, 'seen'), '0123456789012345678901234567890123456789\n');
      expect(await switched(shop)).toEqual(ORPHANED);
      renameSync(folder, join(shop.outside, 'away'));
      expect(await shop.git('switch', 'topic')).toMatchObject({ code: 0, stderr: "Switched to branch 'topic'\n" });
    });

    it('when the database is gone', async () => {
      await using shop = await hooked();
      rmSync(join(shop.root, 'app.db'));
      expect(await switched(shop)).toEqual([
        'tidemark: The database sqlite:app.db does not exist.',
        '  next  tidemark status',
      ]);
      expect(existsSync(join(shop.root, 'app.db'))).toBe(false);
    });

    it('when git is pointed at a repository by variables, with another around it', async () => {
      await using shop = await hooked();
      const tree = join(shop.root, 'elsewhere');
      mkdirSync(tree);
      await shop.must('init', '--quiet', '--bare', '../dot.git');
      const who = {
        GIT_AUTHOR_NAME: 'A',
        GIT_AUTHOR_EMAIL: 'a@b',
        GIT_COMMITTER_NAME: 'A',
        GIT_COMMITTER_EMAIL: 'a@b',
      };
      const other = { ...who, GIT_DIR: join(shop.outside, 'dot.git'), GIT_WORK_TREE: tree };
      await shop.sh(
        'cp -r .git/hooks/. ../dot.git/hooks/ && mkdir -p ../dot.git/tidemark && cp -r .git/tidemark/hook ../dot.git/tidemark/',
      );
      const made = await shop.sh(
        'cd elsewhere && mkdir -p db/migrations && echo x > db/migrations/1_x.sql && git add . && git commit --quiet -m x && git rm --quiet -r db && git commit --quiet -m y',
        other,
      );
      expect(heard(made, shop).tidemark).toEqual([]);
      expect(made, made.stderr).toMatchObject({ code: 0 });
    });
  });

  it('runs in CI only where that was asked for', async () => {
    await using shop = await hooked();
    expect(await switched(shop, { CI: 'true' })).toEqual([]);
    await shop.sh('git switch --quiet topic', { TIDEMARK_SKIP: '1' });
    expect(await switched(shop, { CI: 'false' })).toEqual(ORPHANED);
    await shop.sh('git switch --quiet topic', { TIDEMARK_SKIP: '1' });
    await shop.tidemark('hook', 'install', '--files', '--ci');
    await shop.tidemark('hook', 'install', '--files');
    expect(await switched(shop, { CI: 'true' })).toEqual(ORPHANED);
  });

  it('learns new places from later commands', async () => {
    await using shop = await hooked();
    const addSecond = async (name: string) => {
      shop.write(`two/db/migrations/${name}.sql`, making('rain'));
      await shop.must('add', '--all');
      return heard(await shop.git('commit', '--quiet', '-m', name), shop).tidemark;
    };
    await shop.sh('mkdir two; cp app.db two');
    shop.write('two/.env', 'DATABASE_URL=sqlite:app.db\n');
    expect(await addSecond('0008_rain')).toEqual([]);
    expect(await shop.tidemark('status')).toMatchObject({ code: 0 });
    expect((await addSecond('0009_snow')).join('\n')).toContain('0008 and 0009 are pending');
  });

  it('doctor and status say how it is', async () => {
    await using shop = copyOf(whole, git);
    expect((await shop.tidemark('doctor')).stdout).toMatch(/^ok +git hooks +none \(tidemark hook install\)$/m);
    await shop.tidemark('hook', 'install', '--files');
    expect((await shop.tidemark('doctor')).stdout).toMatch(/^ok +git hooks +in \.git\/hooks, mode report$/m);
    rmSync(join(shop.root, '.git/hooks/post-merge'));
    expect((await shop.tidemark('doctor')).stdout).toMatch(/^note +git hooks +.*post-merge no longer has it\./m);
  });
});

/** Runs a line of shell on a terminal of its own: stdout holds all that was shown. */
const inTerminal = (shop: Shop, line: string): Promise<End> =>
  shop.sh('script --quiet --return --command "$LINE" /dev/null </dev/null', { TERM: 'xterm', LINE: line });
