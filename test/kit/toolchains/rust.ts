/** The real migration libraries of Rust with a small program over them (`rust/`), built once per machine from crates.io. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { cacheFolder, installedOnce } from './once.ts';

const SOURCES = join(import.meta.dirname, 'rust');

/** A first build takes some two minutes of two processors. */
const LONGEST_BUILD_MS = 900_000;

const run = promisify(execFile);

/** The absolute path of the built program, or why it is not here. */
export async function rustBench(): Promise<Available<string>> {
  const identity = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const name of ['Cargo.toml', 'Cargo.lock', ...readdirSync(join(SOURCES, 'src')).map(file => `src/${file}`)])
    identity.update(readFileSync(join(SOURCES, name)));
  const folder = join(cacheFolder(), `rust-${identity.digest('hex').slice(0, 12)}`);
  const work = mkdtempSync(join(tmpdir(), 'tidemark-rust-'));
  try {
    await installedOnce(folder, async () => {
      cpSync(SOURCES, work, { recursive: true });
      // What is built on the way takes a gigabyte, and goes again unless somebody wants it kept.
      const env = { ...process.env, CARGO_TARGET_DIR: process.env['CARGO_TARGET_DIR'] ?? join(work, 'target') };
      await run('cargo', ['build', '--locked', '--quiet'], {
        cwd: work,
        env,
        timeout: LONGEST_BUILD_MS,
        maxBuffer: 1 << 26,
      });
      mkdirSync(folder, { recursive: true });
      copyFileSync(join(env.CARGO_TARGET_DIR, 'debug', 'rust-bench'), join(folder, 'rust-bench'));
    });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { here: false, because: `the Rust bench cannot be built: ${said.trim().split('\n').slice(-3).join(' ')}` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return { here: true, it: join(folder, 'rust-bench') };
}

/** The version of a crate that is built in. */
export function crateVersion(crate: string): string {
  const lock = readFileSync(join(SOURCES, 'Cargo.lock'), 'utf8');
  return new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`).exec(lock)?.[1] ?? '';
}

/** Arguments that name a library, a database, a folder and a table. */
export const benchCall = (
  program: string,
  library: 'sqlx' | 'refinery' | 'diesel',
  { engine, url }: FixtureDatabase,
  [folder = '', table = '']: readonly string[],
): readonly string[] => [
  program,
  library,
  engine === 'sqlite' && library === 'sqlx' ? `${url}?mode=rwc` : url,
  folder,
  table,
];
