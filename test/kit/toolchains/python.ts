/**
 * A virtualenv with the real Django and Alembic and their drivers, installed once per machine from the package registry and kept in
 * the cache folder. Virtualenvs cannot be moved, so it is built in place.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import { cacheFolder, installedOnce, LONGEST_INSTALL_MS } from './once.ts';

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
    await installedOnce(folder, () => install(folder));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      here: false,
      because: `Django and Alembic cannot be installed: ${said.trim().split('\n').slice(-3).join(' ')}`,
    };
  }
  return { here: true, it: { python: join(folder, 'bin', 'python'), bin: join(folder, 'bin'), versions: PINNED } };
}

async function install(folder: string): Promise<void> {
  await run('python3', ['-m', 'venv', folder]);
  const wanted = Object.entries(PINNED).map(([name, version]) => `${name}==${version}`);
  const flags = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:'];
  await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...flags, ...wanted], {
    timeout: LONGEST_INSTALL_MS,
  });
}
