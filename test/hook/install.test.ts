/** Installing, installing twice, and uninstalling without a trace, where it can be done; and the refusals where it cannot. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Available, describeWith } from '../kit/available.ts';
import { builtCli, type CliEnd } from '../kit/cli.ts';
import { snapshotOf } from '../kit/story-snapshot.ts';
import { gitsHere, newestGit } from '../kit/toolchains/git.ts';
import { add, copyOf, heard, making, newShop, read, type Shop } from './hooked-shop.ts';

const newest = await newestGit();
const [git = { bin: '', version: '' }] = gitsHere();

const EVENTS = ['post-checkout', 'post-merge', 'post-rewrite', 'post-commit'];
/** What git changes when it switches there and back. */
const MOVED = ['.git/logs/HEAD', '.git/index', '.git/HEAD'];
const HOOK = '.git/hooks/post-checkout';

let whole: Shop;
beforeAll(async () => {
  whole = await newShop(git);
});
afterAll(() => rmSync(whole.outside, { recursive: true, force: true }));

/** The whole repository, and whether Tidemark's folder of the hook is there. Some paths are left out. */
function everything(shop: Shop, ...without: readonly string[]): Readonly<Record<string, unknown>> {
  const all = Object.entries(snapshotOf(shop.root)).filter(([path]) => !without.includes(path));
  return Object.fromEntries([...all, ['tidemark', existsSync(join(shop.root, '.git/tidemark/hook'))]]);
}

const install = async (shop: Shop, ...flags: readonly string[]): Promise<CliEnd> => {
  const end = await shop.tidemark('hook', 'install', '--files', ...flags);
  expect(end, end.stderr).toMatchObject({ code: 0 });
  return end;
};

const said = async (shop: Shop): Promise<readonly string[]> => {
  const { tidemark } = heard(await shop.git('switch', '--quiet', 'main'), shop);
  await shop.must('switch', '--quiet', 'topic');
  return tidemark;
};

/** Refused with the next step, and nothing touched. */
async function refused(shop: Shop, why: RegExp, next: RegExp): Promise<void> {
  const before = everything(shop);
  const end = await shop.tidemark('hook', 'install', '--files');
  expect(end, end.stderr).toMatchObject({ code: 3, stdout: '' });
  expect(end.stderr).toMatch(why);
  expect(end.stderr).toMatch(next);
  expect(end.stderr).toContain('Nothing was changed.');
  expect(everything(shop)).toEqual(before);
}

/** Writes a hook of the user's own. */
function own(shop: Shop, text: string, mode = 0o755, path = HOOK): void {
  writeFileSync(join(shop.root, path), text, 'latin1');
  chmodSync(join(shop.root, path), mode);
}

describeWith('hook files', builtCli(), () => {
  it('come and go without a trace', async () => {
    await using shop = copyOf(whole, git);
    await shop.tidemark('status');
    const before = everything(shop, ...MOVED);
    await install(shop);
    for (const event of EVENTS) expect(lstatSync(join(shop.root, '.git/hooks', event)).mode & 0o777).toBe(0o755);
    expect(await said(shop)).toHaveLength(2);
    expect(await shop.tidemark('hook', 'uninstall')).toMatchObject({ code: 0 });
    expect(everything(shop, ...MOVED)).toEqual(before);
    expect(await shop.tidemark('hook', 'uninstall')).toMatchObject({
      code: 0,
      stdout: 'There was no hook of Tidemark’s here.\n',
    });
  });

  it('are written once, and again only when they were damaged', async () => {
    await using shop = copyOf(whole, git);
    await install(shop);
    const once = read(shop, HOOK);
    const again = await install(shop);
    expect(again.stdout).toBe('Already installed in .git/hooks, mode report.\n');
    expect(read(shop, HOOK)).toBe(once);
    rmSync(join(shop.root, '.git/hooks/post-merge'));
    expect((await shop.tidemark('hook', 'status')).stdout).toContain('post-merge no longer has it.');
    expect((await install(shop)).stdout).toContain('make   .git/hooks/post-merge');
    expect((await shop.tidemark('hook', 'status')).stdout).not.toContain('no longer');
  });

  it('--dry-run changes nothing and says what would change', async () => {
    await using shop = copyOf(whole, git);
    const before = everything(shop);
    const { stdout } = await install(shop, '--dry-run');
    expect(stdout).toMatch(/^Would install in \.git\/hooks, mode report\.\n {2}make {3}\.git\/hooks\/post-checkout\n/);
    expect(everything(shop)).toEqual({ ...before, tidemark: false });
    const { stdout: json } = await install(shop, '--dry-run', '--json');
    expect(JSON.parse(json)).toMatchObject({ format: 1, dryRun: true, home: { kind: 'folder' }, mode: 'report' });
  });

  it.each([
    ['a shell hook that ends itself', '#!/bin/sh\necho theirs >&2\nexit 0\n'],
    ['a bash hook with flags', '#!/usr/bin/env bash\nset -euo pipefail\necho theirs >&2\n'],
    ['a strict hook', '#!/bin/sh -eu\necho theirs >&2\n'],
    ['a hook without a first line', 'echo theirs >&2\n'],
    ['a hook without a last line feed', '#!/bin/sh\necho theirs >&2'],
    ['a hook that reads', '#!/bin/sh\ncat >/dev/null\necho theirs >&2\n'],
    ['a hook in Latin-1', '#!/bin/sh\n# caf\xe9\necho theirs >&2\n'],
  ])('%s: both run, and it comes back as it was', async (_, text) => {
    await using shop = copyOf(whole, git);
    own(shop, text, 0o711);
    await install(shop);
    const end = await shop.git('switch', 'main');
    expect(end.code).toBe(0);
    expect(end.stderr).toContain('tidemark: 0003 is applied');
    expect(end.stderr).toContain('theirs\n');
    expect(lstatSync(join(shop.root, HOOK)).mode & 0o777).toBe(0o711);
    await install(shop);
    await shop.tidemark('hook', 'uninstall');
    expect(read(shop, HOOK)).toBe(text);
    expect(lstatSync(join(shop.root, HOOK)).mode & 0o777).toBe(0o711);
  });

  it('a hook that fails still fails as it did', async () => {
    await using shop = copyOf(whole, git);
    own(shop, '#!/bin/sh\nexit 3\n');
    const before = await shop.git('switch', 'main');
    await shop.git('switch', 'topic');
    await install(shop);
    const after = await shop.git('switch', 'main');
    expect(after.code).toBe(before.code);
    expect(after.code).not.toBe(0);
  });

  it('what was changed around the block stays when it goes', async () => {
    await using shop = copyOf(whole, git);
    own(shop, '#!/bin/sh\necho theirs\n');
    await install(shop);
    own(shop, `${read(shop, HOOK)}echo more\n`);
    own(shop, `${read(shop, '.git/hooks/post-merge')}echo new\n`, 0o755, '.git/hooks/post-merge');
    await shop.tidemark('hook', 'uninstall');
    expect(read(shop, HOOK)).toBe('#!/bin/sh\necho theirs\necho more\n');
    expect(read(shop, '.git/hooks/post-merge')).toBe('#!/bin/sh\necho new\n');
  });

  it('an empty hook is somebody’s, and stays', async () => {
    await using shop = copyOf(whole, git);
    own(shop, '');
    await install(shop);
    await shop.tidemark('hook', 'uninstall');
    expect(read(shop, HOOK)).toBe('');
  });

  it('nobody remembers the installation: its block is found and goes all the same', async () => {
    await using shop = copyOf(whole, git);
    own(shop, '#!/bin/sh\necho theirs\n');
    await install(shop);
    rmSync(join(shop.root, '.git/tidemark'), { recursive: true });
    expect(await said(shop)).toEqual([]);
    await shop.tidemark('hook', 'uninstall');
    expect(read(shop, HOOK)).toBe('#!/bin/sh\necho theirs\n');
    expect(existsSync(join(shop.root, '.git/hooks/post-merge'))).toBe(false);
  });

  it('a folder of hooks that had to be made goes again', async () => {
    await using shop = copyOf(whole, git);
    rmSync(join(shop.root, '.git/hooks'), { recursive: true });
    await install(shop);
    expect(await said(shop)).toHaveLength(2);
    await shop.tidemark('hook', 'uninstall');
    expect(existsSync(join(shop.root, '.git/hooks'))).toBe(false);
  });

  it('a repository that was moved keeps its hook, and loses it without a trace', async () => {
    await using shop = copyOf(whole, git);
    await install(shop);
    await shop.sh('mv ../repo ../moved');
    const moved = shop.at(join(shop.outside, 'moved'));
    expect(await said(moved)).toHaveLength(2);
    await moved.tidemark('hook', 'uninstall');
    expect(existsSync(join(moved.root, HOOK))).toBe(false);
  });

  it('a repository with a blank, a quote and a dollar in its path', async () => {
    await using shop = copyOf(whole, git);
    const name = "it's $HOME; a `shop`";
    await shop.sh(`mv ../repo "../$NAME"`, { NAME: name });
    const moved = shop.at(join(shop.outside, name));
    await add(moved, "it's/db/migrations/1_$(touch oops).sql", making('odd'));
    await install(moved);
    expect(await said(moved)).not.toEqual([]);
    expect(existsSync(join(moved.root, 'oops'))).toBe(false);
  });

  it.each([
    ['Python', '#!/usr/bin/env python3\nprint("theirs")\n', 0o755, /is no shell script but one for \S*env python3/],
    ['zsh', '#!/bin/zsh\necho theirs\n', 0o755, /is no shell script but one for/],
    ['a binary', '\x7fELF\x02\0\0\0', 0o755, /is a binary program/],
    ['line ends of Windows', '#!/bin/sh\r\necho theirs\r\n', 0o755, /has line ends of Windows/],
    ['not executable', '#!/bin/sh\necho theirs\n', 0o644, /is not executable, so git does not run it/],
  ])('refuses a hook in %s', async (_, text, mode, why) => {
    await using shop = copyOf(whole, git);
    own(shop, text, mode);
    await refused(shop, why, /next {2}(let \.git\/hooks\/post-checkout call the shell line: |chmod \+x )/);
  });

  it('refuses a hook that is a link, or a folder', async () => {
    await using shop = copyOf(whole, git);
    own(shop, '#!/bin/sh\n', 0o755, 'elsewhere');
    symlinkSync('../../elsewhere', join(shop.root, HOOK));
    await refused(shop, /post-checkout is a link; Tidemark does not edit it/, /next {2}let /);
    rmSync(join(shop.root, HOOK));
    mkdirSync(join(shop.root, HOOK));
    await refused(shop, /post-checkout is no file/, /next {2}let /);
  });

  it('a Python hook that calls the shell line itself is enough', async () => {
    await using shop = copyOf(whole, git);
    own(shop, '#!/usr/bin/env python3\n');
    const { stderr } = await shop.tidemark('hook', 'install', '--files');
    const [, line = ''] = /call the shell line: (.*)/.exec(stderr) ?? [];
    const python = `#!/usr/bin/env python3\nimport subprocess, sys\nsubprocess.run(["sh", "-c", '''${line}''', "sh", *sys.argv[1:]])\n`;
    own(shop, python);
    await install(shop);
    expect(await said(shop)).toHaveLength(2);
    await shop.tidemark('hook', 'uninstall');
    expect(read(shop, HOOK)).toBe(python);
    expect(await said(shop)).toEqual([]);
  });

  it('refuses a core.hooksPath outside the repository', async () => {
    await using shop = copyOf(whole, git);
    mkdirSync(join(shop.outside, 'hooks'));
    await shop.must('config', '--global', 'core.hooksPath', join(shop.outside, 'hooks'));
    await refused(shop, /core\.hooksPath, global setting/, /next {2}git config --local core\.hooksPath/);
    expect((await shop.tidemark('hook', 'status')).stdout).toContain('Not installed.');
    // The next step works.
    await shop.sh('git config --local core.hooksPath "$(git rev-parse --git-dir)/hooks"');
    await install(shop);
    expect(await said(shop)).toHaveLength(2);
  });

  it('a core.hooksPath inside the repository is asked about when git tracks it, and used when git ignores it', async () => {
    await using shop = copyOf(whole, git);
    await shop.must('config', 'core.hooksPath', 'tools/hooks');
    await refused(shop, /everybody gets it with the next push/, /next {2}tidemark hook install --committed/);
    await install(shop, '--committed');
    expect((await shop.must('status', '--porcelain')).trim()).toBe('?? tools/');
    expect(heard(await shop.git('switch', 'main'), shop).tidemark).toHaveLength(2);
    await shop.must('switch', '--quiet', 'topic');
    await shop.tidemark('hook', 'uninstall');
    expect(existsSync(join(shop.root, 'tools'))).toBe(false);
    writeFileSync(join(shop.root, '.git/info/exclude'), 'tools/hooks/\n');
    await install(shop);
    expect(await said(shop)).toHaveLength(2);
  });

  it('moves when core.hooksPath does', async () => {
    await using shop = copyOf(whole, git);
    await install(shop);
    writeFileSync(join(shop.root, '.git/info/exclude'), 'mine/\n');
    await shop.must('config', 'core.hooksPath', 'mine');
    expect((await shop.tidemark('hook', 'status')).stdout).toContain('no longer have it');
    await install(shop);
    expect(existsSync(join(shop.root, HOOK))).toBe(false);
    expect(await said(shop)).toHaveLength(2);
  });

  it('refuses without migrations, and an unknown mode', async () => {
    await using shop = copyOf(whole, git);
    expect(await shop.tidemark('hook', 'install', '--mode', 'loud')).toMatchObject({ code: 2, stdout: '' });
    await shop.must('rm', '-r', '--quiet', 'db');
    const end = await shop.tidemark('hook', 'install');
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toContain('No migrations were found');
  });

  describeWith('with small disks', canMount(), () => {
    it('refuses a folder of hooks that cannot be written to', async () => {
      await using shop = copyOf(whole, git);
      const folder = join(shop.root, '.git/hooks');
      execFileSync('mount', ['--bind', folder, folder]);
      execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
      try {
        await refused(shop, /\.git\/hooks cannot be written to/, /next {2}chmod u\+w /);
      } finally {
        execFileSync('umount', ['--lazy', folder]);
      }
    });

    it('takes back what it did when the last file cannot be written', async () => {
      await using shop = copyOf(whole, git);
      own(shop, '#!/bin/sh\necho theirs\n');
      const last = join(shop.root, '.git/hooks/post-commit');
      writeFileSync(last, '#!/bin/sh\n', { mode: 0o755 });
      // A file something is mounted on cannot be replaced.
      execFileSync('mount', ['--bind', last, last]);
      try {
        await refused(shop, /post-commit cannot be changed: EBUSY/, /next {2}chmod u\+w /);
      } finally {
        execFileSync('umount', ['--lazy', last]);
      }
    });
  });
});

describeWith('hooks in git’s settings', newest, newer => {
  it('come and go without a trace, and touch no file but git’s', async () => {
    await using shop = await newShop(newer);
    await shop.tidemark('status');
    const before = everything(shop, '.git/config');
    const config = read(shop, '.git/config');
    const end = await shop.tidemark('hook', 'install');
    expect(end).toMatchObject({ code: 0 });
    expect(end.stdout).toContain('Installed in this repository’s git settings, mode report.');
    expect({ ...everything(shop, '.git/config'), tidemark: false }).toEqual(before);
    expect(await said(shop)).toHaveLength(2);
    expect((await shop.tidemark('hook', 'install')).stdout).toContain('Already installed');
    expect((await shop.must('config', '--local', '--get-all', 'hook.tidemark.event')).split('\n')).toEqual(EVENTS);
    // Commands of ours run no hook, theirs among them.
    expect((await shop.tidemark('status')).stderr).toBe('');
    expect(await shop.tidemark('hook', 'uninstall')).toMatchObject({ code: 0 });
    expect(read(shop, '.git/config')).toBe(config);
    expect(existsSync(join(shop.root, '.git/tidemark/hook'))).toBe(false);
    expect(await said(shop)).toEqual([]);
  });

  it('take the place of files that an older git left, and the other way round', async () => {
    await using shop = await newShop(newer);
    await install(shop);
    expect(existsSync(join(shop.root, HOOK))).toBe(true);
    await shop.tidemark('hook', 'install');
    expect(existsSync(join(shop.root, HOOK))).toBe(false);
    expect(await said(shop)).toHaveLength(2);
    await install(shop);
    expect(await shop.must('config', '--local', '--list')).not.toContain('hook.tidemark');
    expect(await said(shop)).toHaveLength(2);
  });

  it('need no folder of hooks of this repository’s own', async () => {
    await using shop = await newShop(newer);
    mkdirSync(join(shop.outside, 'hooks'));
    await shop.must('config', '--global', 'core.hooksPath', join(shop.outside, 'hooks'));
    own(shop, '#!/usr/bin/env python3\nprint("theirs")\n', 0o755, '../hooks/post-checkout');
    expect(await shop.tidemark('hook', 'install')).toMatchObject({ code: 0 });
    const end = await shop.git('switch', 'main');
    expect(end.code).toBe(0);
    expect(end.stderr).toContain('tidemark: 0003');
    expect(end.stderr).toContain('theirs');
  });
});

function canMount(): Available<null> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-mount-'));
  const mounted = spawnSync('mount', ['--bind', folder, folder]).status === 0;
  if (mounted) execFileSync('umount', [folder]);
  rmdirSync(folder);
  return mounted ? { here: true, it: null } : { here: false, because: 'this user may not mount anything' };
}
