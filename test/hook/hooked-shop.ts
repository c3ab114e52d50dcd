/**
 * A small shop on SQLite for the hook's tests, with whichever git: `main` has migrations 0001 and 0002, `topic` 0003 besides, and the
 * database all three. Actions are git's own commands, typed as a user would, beside a twin of the repository that has no hook.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { type CliEnd, tidemark } from '../kit/cli.ts';
import type { GitToolchain } from '../kit/toolchains/git.ts';

/** How a program ended. */
export type End = Pick<CliEnd, 'code' | 'stdout' | 'stderr'>;

/** One place to act in. */
export interface Shop extends AsyncDisposable {
  /** Absolute: top of the working tree. */
  readonly root: string;
  /** Everything of the shop's, removed with it. */
  readonly outside: string;
  readonly env: Readonly<Record<string, string>>;
  /** The time of the next commit. */
  readonly clock: { seconds: number };
  /** Runs git; the end, whatever it is. */
  git(...args: readonly string[]): Promise<End>;
  /** Runs git, which must succeed; its output without the last line feed. */
  must(...args: readonly string[]): Promise<string>;
  /** Runs a line of shell in the working tree, with more variables. */
  sh(line: string, env?: Readonly<Record<string, string>>): Promise<End>;
  tidemark(...args: readonly string[]): Promise<CliEnd>;
  write(path: string, text: string): void;
  remove(path: string): void;
  /** Runs SQL on the database. */
  sql(text: string): void;
  /** The same place in another folder of the shop. */
  at(folder: string): Shop;
}

/** Text of a migration that makes a table. */
export const making = (table: string): string =>
  `-- migrate:up\nCREATE TABLE ${table} (id INTEGER);\n\n-- migrate:down\nDROP TABLE ${table};\n`;

/** Path of a migration. */
export const at = (name: string): string => `db/migrations/${name}.sql`;

/** A shop, standing on `topic`, where database and branch agree. */
export async function newShop(
  git: GitToolchain,
  folder = mkdtempSync(join(tmpdir(), 'tidemark-hook-')),
): Promise<Shop> {
  const outside = realpathSync(folder);
  for (const name of ['repo', 'home']) mkdirSync(join(outside, name));
  const shop = shopAt(join(outside, 'repo'), outside, git, { seconds: 1_709_283_600 });
  await shop.must('init', '--quiet', '--initial-branch=main', '.');
  for (const [key, value] of [
    ['user.name', 'Sparkles'],
    ['user.email', 'sparkles@example.org'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ['protocol.file.allow', 'always'],
    ['advice.detachedHead', 'false'],
    ['pull.rebase', 'false'],
  ] as const)
    await shop.must('config', key, value);
  shop.write('.gitignore', '.env\napp.db\n');
  shop.write('.env', 'DATABASE_URL=sqlite:app.db\n');
  await add(shop, at('0001_unicorns'), making('unicorns'));
  await add(shop, at('0002_meadows'), making('meadows'));
  await shop.must('branch', 'plain');
  await shop.must('switch', '--quiet', '-c', 'topic');
  await add(shop, at('0003_glitter'), making('glitter'));
  await add(shop, 'notes', 'Glitter is everywhere.\n');
  shop.sql('CREATE TABLE schema_migrations (version varchar PRIMARY KEY)');
  for (const [version, table] of [
    ['0001', 'unicorns'],
    ['0002', 'meadows'],
    ['0003', 'glitter'],
  ])
    shop.sql(`CREATE TABLE ${table} (id INTEGER); INSERT INTO schema_migrations VALUES ('${version}')`);
  return shop;
}

/** Writes a file and commits it. */
export async function add(shop: Shop, path: string, text: string, subject = `Add ${path}`): Promise<void> {
  shop.write(path, text);
  await shop.must('add', '--all');
  await shop.must('commit', '--quiet', '-m', subject);
}

function shopAt(root: string, outside: string, git: GitToolchain, clock: Shop['clock']): Shop {
  const env = {
    PATH: [git.bin, process.env['PATH'] ?? ''].filter(part => part !== '').join(delimiter),
    HOME: join(outside, 'home'),
    XDG_CACHE_HOME: join(outside, 'home', 'cache'),
    XDG_STATE_HOME: join(outside, 'home', 'state'),
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(outside, 'home', 'gitconfig'),
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'true',
  };
  // A minute passes with every command.
  const dated = (): Record<string, string> => {
    clock.seconds += 60;
    return { GIT_AUTHOR_DATE: `${clock.seconds} +0000`, GIT_COMMITTER_DATE: `${clock.seconds} +0000` };
  };
  const shop: Shop = {
    root,
    outside,
    env,
    clock,
    git: (...args) => run('git', args, root, { ...env, ...dated() }),
    async must(...args) {
      const end = await shop.git(...args);
      if (end.code !== 0) throw new Error(`git ${args.join(' ')} ended with ${end.code}: ${end.stderr}${end.stdout}`);
      return end.stdout.replace(/\n$/, '');
    },
    sh: (line, more = {}) => run('sh', ['-c', line], root, { ...env, ...dated(), ...more }),
    tidemark: (...args) => tidemark({ cwd: root, env }, ...args),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    remove: path => rmSync(join(root, path)),
    sql(text) {
      const database = new Database(join(root, 'app.db'));
      database.exec(text);
      database.close();
    },
    at: folder => shopAt(folder, outside, git, clock),
    async [Symbol.asyncDispose]() {
      rmSync(outside, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return shop;
}

/** Copies a shop, repository and all, to act in without touching it. */
export function copyOf(shop: Shop, git: GitToolchain): Shop {
  const outside = realpathSync(mkdtempSync(join(tmpdir(), 'tidemark-hook-')));
  cpSync(shop.outside, outside, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  return shopAt(join(outside, 'repo'), outside, git, { ...shop.clock });
}

/** What a program said in its own words, and what Tidemark said between them. */
export interface Heard {
  readonly code: number | null;
  /** stdout, then what of stderr is not Tidemark's; the shop's folder is left out. */
  readonly git: string;
  /** Tidemark's lines. */
  readonly tidemark: readonly string[];
}

/** Parts Tidemark's lines from git's. Git's progress ends without a line feed, and is written over. */
export function heard(end: End, shop: Shop): Heard {
  const ours = /(?:tidemark: | {2}(?:next|or {2}) {2}).*\n/g;
  return {
    code: end.code,
    git: `${end.stdout}${end.stderr.replaceAll(ours, '')}`.replaceAll(shop.outside, ''),
    tidemark: (end.stderr.match(ours) ?? []).map(line => line.slice(0, -1)),
  };
}

/** Text of a file of the repository, with its git directory. */
export const read = (shop: Shop, path: string): string => readFileSync(join(shop.root, path), 'latin1');

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', chunk => (stdout += String(chunk)));
    child.stderr.on('data', chunk => (stderr += String(chunk)));
    child.on('error', reject);
    child.on('close', code => resolve({ code, stdout, stderr }));
  });
}
