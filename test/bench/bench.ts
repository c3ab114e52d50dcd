/**
 * `npm run bench`: what Tidemark costs, as ratios against stated baselines measured in the same run, on a generated repository of
 * 20,000 commits, 5,000 merges, 500 refs and 1,500 migrations; the terminal UI on repositories of its own (`terminal.ts`, and alone
 * with `npm run bench terminal`); parking on tables of its own (`parking.ts`, `npm run bench parking`). Every figure is the median of
 * several rounds, A and B in turn.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { createGit } from '../../src/git/git.ts';
import { type LargeRepositoryFacts, makeLargeDatabase, makeLargeRepository, ORPHANS } from './make-large-repository.ts';
import { compare, line, median, ROUNDS, timed } from './measure.ts';
import { measureParking } from './parking.ts';
import { measureTerminal } from './terminal.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/tidemark.js');
const PATHSPECS = [':(glob)db/migrations/*.sql'];

const folder = mkdtempSync(path.join(tmpdir(), 'tidemark-bench-'));
const repository = path.join(folder, 'repository');
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  XDG_CACHE_HOME: path.join(folder, 'cache'),
  XDG_STATE_HOME: path.join(folder, 'state'),
  GIT_CONFIG_NOSYSTEM: '1',
};

function tidemark(...args: readonly string[]): string {
  const run = spawnSync(process.execPath, [BIN, ...args], {
    cwd: repository,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(`tidemark ${args.join(' ')} exited with ${run.status}: ${run.stderr}`);
  return run.stdout;
}

async function coldWalk(): Promise<void> {
  const git = createGit({ env, cacheHome: env.XDG_CACHE_HOME });
  const walk = async () => {
    const open = await git.open(repository);
    try {
      return await open.walk({ pathspecs: PATHSPECS, cache: false });
    } finally {
      await open.close();
    }
  };
  const bare = () =>
    spawnSync(
      'git',
      [
        '--no-pager',
        'log',
        '--all',
        '--reflog',
        '--raw',
        '-z',
        '--full-history',
        '--diff-merges=separate',
        '--pretty=raw',
        '--no-abbrev',
        '--no-renames',
        '--',
        ...PATHSPECS,
      ],
      { cwd: repository, env, stdio: ['ignore', 'ignore', 'inherit'] },
    );
  const [ours, theirs] = await compare(walk, bare);
  const { sightings } = await walk();
  console.log(`Walk: ${sightings.length} sightings. Ours ${ours.toFixed(0)} ms, git log ${theirs.toFixed(0)} ms.`);
  line('cold walk / the bare git log it is built on', (ours / theirs).toFixed(2), 'at most 1.2');
}

async function warmStatus(): Promise<void> {
  const status = () => tidemark('status', '--json', '--database', 'sqlite:app.db');
  const baseline = () => {
    spawnSync(process.execPath, ['-e', '0'], { env });
    spawnSync('git', ['rev-parse', 'HEAD'], { cwd: repository, env });
  };
  const [ours, theirs] = await compare(status, baseline);
  const { counts } = JSON.parse(status()).projects[0];
  console.log(
    `Status: ${JSON.stringify(counts)}. Ours ${ours.toFixed(0)} ms, node -e 0 and git rev-parse ${theirs.toFixed(0)} ms.`,
  );
  line('warm status --json / node -e 0 and one git rev-parse', (ours / theirs).toFixed(2), 'at most 4');
}

/** The same status with everything recorded and nothing new, and with provenance switched off. */
async function provenanceCost(made: LargeRepositoryFacts): Promise<void> {
  const off = path.join(folder, 'off.gitconfig');
  writeFileSync(off, '[tidemark]\n\tprovenance = false\n');
  const status = (more: Readonly<Record<string, string>>) => () =>
    spawnSync(process.execPath, [BIN, 'status', '--json', '--database', 'sqlite:app.db'], {
      cwd: repository,
      env: { ...env, ...more },
    });
  const rounds = Math.max(ROUNDS, 21);
  rmSync(path.join(repository, '.git/tidemark/provenance'), { recursive: true });
  const first = await timed(status({}));
  console.log(
    `A first look at ${made.versions.length + ORPHANS} rows, recorded: status --json ${first.toFixed(0)} ms.`,
  );
  for (const [what, prepare] of [
    ['of rows that were there before', () => undefined],
    ['of 100 rows that were seen to come', () => seeRowsCome(made, 100)],
  ] as const) {
    prepare();
    status({})();
    const [withIt, without] = await compare(status({}), status({ GIT_CONFIG_GLOBAL: off }), rounds);
    line(`provenance ${what}, in a warm status`, `${(withIt - without).toFixed(1)} ms`, 'at most 2 ms');
  }
}

/** Takes the newest rows out, looks, puts them back, and looks again. */
function seeRowsCome({ versions }: LargeRepositoryFacts, number: number): void {
  const newest = versions.slice(-number);
  const list = newest.map(version => `'${version}'`).join(', ');
  const change = (sql: string) => {
    const database = new Database(path.join(repository, 'app.db'));
    database.exec(sql);
    database.close();
    tidemark('status', '--json', '--database', 'sqlite:app.db');
  };
  change(`DELETE FROM schema_migrations WHERE version IN (${list})`);
  change(newest.map(version => `INSERT INTO schema_migrations VALUES ('${version}');`).join('\n'));
}

function peakMemory(): void {
  const told = path.join(folder, 'peak');
  for (const [name, cold] of [
    ['cold', true],
    ['warm', false],
  ] as const) {
    if (cold) rmSync(path.join(repository, '.git/tidemark'), { recursive: true, force: true });
    const args = [
      '--import',
      path.join(import.meta.dirname, 'peak-memory.js'),
      BIN,
      'status',
      '--json',
      '--database',
      'sqlite:app.db',
    ];
    spawnSync(process.execPath, args, { cwd: repository, env: { ...env, PEAK_MEMORY: told }, stdio: 'ignore' });
    line(
      `peak memory of status --json, ${name}`,
      `${(Number(readFileSync(told, 'utf8')) / 1024).toFixed(0)} MB`,
      'at most 150 MB',
    );
  }
}

function git(...args: readonly string[]): void {
  const run = spawnSync('git', args, { cwd: repository, env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`git ${args.join(' ')} exited with ${run.status}: ${run.stderr}`);
}

/** One commit on top of main, on a branch of its own. */
function branchWith(name: string, change: () => void): void {
  git('switch', '--quiet', '--create', name, 'main');
  change();
  git('add', '--all');
  git('-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', name);
  git('switch', '--quiet', 'main');
}

/** What `git switch` costs more with the hook: medians of differences, each switch taken once with and once without. */
async function hookCost(made: LargeRepositoryFacts): Promise<void> {
  writeFileSync(path.join(repository, '.git/info/exclude'), 'app.db\n.env\n');
  writeFileSync(path.join(repository, '.env'), 'DATABASE_URL=sqlite:app.db\n');
  const last = `db/migrations/${readdirSync(path.join(repository, 'db/migrations')).sort().at(-1)}`;
  branchWith('same', () => writeFileSync(path.join(repository, 'notes'), 'Nothing of migrations.\n'));
  branchWith('less', () => rmSync(path.join(repository, last)));
  tidemark('hook', 'install', '--files');
  const bare: number[] = [];
  const more = async (branch: string): Promise<number> => {
    const differences: number[] = [];
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      for (const to of [branch, 'main']) {
        const off = await timed(() => git('-c', 'core.hooksPath=/dev/null', 'switch', '--quiet', to));
        git('-c', 'core.hooksPath=/dev/null', 'switch', '--quiet', to === 'main' ? branch : 'main');
        differences.push((await timed(() => git('switch', '--quiet', to))) - off);
        bare.push(await timed(() => spawnSync(process.execPath, ['-e', '0'], { env })));
      }
    }
    return median(differences);
  };
  const same = await more('same');
  line('git switch with the hook, no migration changed', `+${same.toFixed(1)} ms`, 'at most +8 ms');
  const changed = await more('less');
  const node = median(bare);
  console.log(
    `Hook: one of ${made.versions.length} migrations changed. ${changed.toFixed(0)} ms more, node -e 0 ${node.toFixed(0)} ms.`,
  );
  line('git switch with the hook, one changed / node -e 0', (changed / node).toFixed(1), 'at most 8');
}

try {
  console.log(
    `Node ${process.version}, ${execFileSync('git', ['--version'], { encoding: 'utf8' }).trim()}, ${ROUNDS} rounds.`,
  );
  const [only, ...more] = process.argv.slice(2);
  if (only === undefined) {
    const made = await makeLargeRepository(repository, {
      commits: 20_000,
      merges: 5_000,
      refs: 500,
      migrations: 1_500,
    });
    makeLargeDatabase(repository, made);
    await coldWalk();
    await warmStatus();
    await provenanceCost(made);
    peakMemory();
    await hookCost(made);
  }
  if (only === undefined || only === 'terminal') await measureTerminal(folder, env);
  if (only === undefined || only === 'parking') await measureParking(folder, more);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
