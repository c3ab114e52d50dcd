/**
 * The real Knex with its drivers, and the real dbmate, installed once per machine from the package registry and kept in the cache
 * folder. Built beside its place and renamed into it, so that two test workers may both try.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';

/** What is installed. better-sqlite3 and dbmate bring their binaries along; nothing is compiled or downloaded besides. */
const PINNED = {
  knex: '3.3.0',
  pg: '8.23.1',
  mysql2: '3.24.5',
  'better-sqlite3': '13.2.0',
  dbmate: '2.36.0',
} as const;

const LONGEST_INSTALL_MS = 300_000;

/** Node packages with the pinned versions. */
export interface NodeToolchain {
  /** Absolute: holds `node_modules`. */
  readonly folder: string;
  /** Absolute path of Knex's command. */
  readonly knex: string;
  /** Absolute path of dbmate's command. */
  readonly dbmate: string;
  readonly versions: Readonly<Record<keyof typeof PINNED, string>>;
}

const run = promisify(execFile);

/** The toolchain, installed at the first wish. Says why when there is no npm or no registry. */
export async function nodeToolchain(): Promise<Available<NodeToolchain>> {
  // The system and Node's own binary interface decide which prebuilt binaries are right.
  const identity = [PINNED, process.platform, process.arch, process.versions.modules];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `node-${key}`);
  try {
    if (!existsSync(folder)) await install(folder);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      here: false,
      because: `Knex and dbmate cannot be installed: ${said.trim().split('\n').slice(-3).join(' ')}`,
    };
  }
  const bin = (name: string) => join(folder, 'node_modules', '.bin', name);
  return { here: true, it: { folder, knex: bin('knex'), dbmate: bin('dbmate'), versions: PINNED } };
}

function cacheFolder(): string {
  const { TIDEMARK_TEST_CACHE: own, XDG_CACHE_HOME: cache } = process.env;
  return own ?? join(cache ?? join(homedir(), '.cache'), 'tidemark-tests');
}

async function install(folder: string): Promise<void> {
  mkdirSync(cacheFolder(), { recursive: true });
  const unfinished = mkdtempSync(`${folder}.`);
  try {
    writeFileSync(join(unfinished, 'package.json'), JSON.stringify({ private: true, dependencies: PINNED }));
    const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    await run('npm', ['install', ...flags], { cwd: unfinished, timeout: LONGEST_INSTALL_MS });
    renameSync(unfinished, folder);
  } catch (error) {
    // Another worker was faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
