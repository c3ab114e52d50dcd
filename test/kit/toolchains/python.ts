/**
 * A virtualenv with the real Django and Alembic and their drivers, installed once per machine from the package registry and kept in
 * the cache folder. Virtualenvs cannot be moved, so it is built in place: a lock file keeps a second worker out, a marker says it is whole.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';

/** What is installed. PyMySQL stands in for mysqlclient, which has no wheel; projects call `pymysql.install_as_MySQLdb()`. */
const PINNED = {
  Django: '5.2.19',
  alembic: '1.20.1',
  SQLAlchemy: '2.1.9',
  greenlet: '3.5.6',
  psycopg: '3.3.9',
  'psycopg-binary': '3.3.9',
  'psycopg2-binary': '2.9.13',
  PyMySQL: '1.2.4',
  aiosqlite: '0.22.1',
} as const;

const LONGEST_INSTALL_MS = 300_000;

/** A Python with the pinned packages. */
export interface PythonToolchain {
  /** Absolute path of the virtualenv's `python`. */
  readonly python: string;
  /** Absolute path of its `bin` folder (`django-admin`, `alembic`). */
  readonly bin: string;
  readonly versions: Readonly<Record<keyof typeof PINNED, string>>;
}

const run = promisify(execFile);

/** The toolchain, installed at the first wish. Says why when there is no python3, no venv module, or no registry. */
export async function pythonToolchain(): Promise<Available<PythonToolchain>> {
  const key = createHash('sha256').update(JSON.stringify(PINNED)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `python-${key}`);
  try {
    await installed(folder);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      here: false,
      because: `Django and Alembic cannot be installed: ${said.trim().split('\n').slice(-3).join(' ')}`,
    };
  }
  return { here: true, it: { python: join(folder, 'bin', 'python'), bin: join(folder, 'bin'), versions: PINNED } };
}

function cacheFolder(): string {
  const { TIDEMARK_TEST_CACHE: own, XDG_CACHE_HOME: cache } = process.env;
  return own ?? join(cache ?? join(homedir(), '.cache'), 'tidemark-tests');
}

async function installed(folder: string): Promise<void> {
  const marker = join(folder, 'tidemark-complete');
  const lock = `${folder}.lock`;
  const until = Date.now() + LONGEST_INSTALL_MS;
  mkdirSync(cacheFolder(), { recursive: true });
  while (!existsSync(marker)) {
    if (taken(lock)) {
      try {
        if (!existsSync(marker)) await install(folder, marker);
      } finally {
        rmSync(lock, { force: true });
      }
      return;
    }
    if (Date.now() > until) throw new Error(`${lock} is held by another process`);
    if (!ownerLives(lock)) rmSync(lock, { force: true });
    else await pause(200);
  }
}

function taken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function ownerLives(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')) || process.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH' && error.code !== 'ENOENT';
  }
}

async function install(folder: string, marker: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  const wanted = Object.entries(PINNED).map(([name, version]) => `${name}==${version}`);
  const flags = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:'];
  await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...flags, ...wanted], {
    timeout: LONGEST_INSTALL_MS,
  });
  writeFileSync(marker, `${wanted.join('\n')}\n`);
}
