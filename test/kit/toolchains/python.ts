/**
 * Virtualenvs with real frameworks and their drivers, installed once per machine from the package registry and kept in the cache
 * folder: one a set of pinned versions. Virtualenvs cannot be moved, so they are built in place.
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

/** Packages with the versions that are installed. */
type Pins = Readonly<Record<string, string>>;

/** A Python with the pinned packages. */
export interface PythonPackages<P extends Pins> {
  /** Absolute path of the virtualenv's `python`. */
  readonly python: string;
  /** Absolute path of its `bin` folder (`django-admin`, `alembic`). */
  readonly bin: string;
  readonly versions: P;
}

export type PythonToolchain = PythonPackages<typeof PINNED>;

const run = promisify(execFile);

/** Only wheels: nothing is compiled, and no package's own code runs. */
const ONLY_WHEELS = ['--only-binary', ':all:'];

/** Installs a set of packages at the first wish. Says why when there is no python3, no venv module, or no registry. `name` enters the folder's name, `program` is the Python it is made with. */
export async function pythonPackages<P extends Pins>(
  name: string,
  pins: P,
  flags: readonly string[] = ONLY_WHEELS,
  program = 'python3',
): Promise<Available<PythonPackages<P>>> {
  const key = createHash('sha256')
    .update(JSON.stringify([pins, flags]))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cacheFolder(), `${name}-${key}`);
  try {
    await installedOnce(folder, () => install(folder, program, pins, flags));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { here: false, because: `${name} cannot be installed: ${said.trim().split('\n').slice(-3).join(' ')}` };
  }
  return { here: true, it: { python: join(folder, 'bin', 'python'), bin: join(folder, 'bin'), versions: pins } };
}

/** The toolchain of Django and Alembic, or why it is not here. */
export const pythonToolchain = (): Promise<Available<PythonToolchain>> => pythonPackages('python', PINNED);

async function install(folder: string, program: string, pins: Pins, flags: readonly string[]): Promise<void> {
  await run(program, ['-m', 'venv', folder]);
  const wanted = Object.entries(pins).map(([name, version]) => `${name}==${version}`);
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
  await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...quiet, ...flags, ...wanted], {
    timeout: LONGEST_INSTALL_MS,
  });
}
