/**
 * Backs a MySQL or MariaDB database up with the server's own dump program, and loads it again into the emptied database. There are no
 * transactions around schema changes here: a load that fails leaves the database half filled, and the backup as it was.
 */
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '../../domain/problem.ts';
import { isDiskFull, makeBackup } from '../backup-file.ts';
import type { Address, Backup } from '../contract.ts';
import { programsNamed, runProgram, versionOf } from '../dump-program.ts';
import type { Surroundings } from '../engine.ts';
import { withoutSecret } from '../secret.ts';
import { mysqlProblem } from './errors.ts';
import { dialect } from './history.ts';
import { connect, type MysqlSession, placeOf } from './session.ts';

// The dump programs' last line; without it a dump is not whole.
const COMPLETE = '-- Dump completed';

/**
 * Dumps the whole database as SQL, in one snapshot (InnoDB); with `more` arguments, or only some `tables`, less of it. Throws
 * `backup-impossible` where there is no dump program.
 */
export async function backUp(
  address: Address,
  folder: string,
  around: Surroundings,
  more: readonly string[] = [],
  tables: readonly string[] = [],
): Promise<Backup> {
  const isMariadb = await withSession(address, around, isMariadbServer);
  const tool = await dumpTool(isMariadb, address, around);
  return makeBackup(folder, '.sql', (file, descriptor) =>
    withClientFile(address, around, async clientFile => {
      const args = [
        `--defaults-file=${clientFile}`,
        '--single-transaction',
        '--routines',
        '--triggers',
        '--events',
        '--hex-blob',
        '--no-tablespaces',
        '--default-character-set=utf8mb4',
        // Oracle's program asks for statistics, and warns about replication, that a plain copy does not need.
        ...(tool.isMariadb ? [] : ['--column-statistics=0', '--set-gtid-purged=OFF']),
        ...more,
        '--',
        address.database,
        ...tables,
      ];
      const end = await runProgram(tool.program, args, programEnvironment(around), { stdout: descriptor });
      if (end.code !== 0) throw dumpProblem(address, file, end.said);
      if (!endsComplete(file)) throw dumpProblem(address, file, 'the dump ends before its end');
      return `${tool.name} ${tool.version}`;
    }),
  );
}

/** Empties the database and loads the backup. */
export async function restore(address: Address, backup: Backup, around: Surroundings): Promise<void> {
  if (!existsSync(backup.file) || !endsComplete(backup.file)) {
    throw new ProblemError('disk', {
      path: backup.file,
      doing: 'reading the backup',
      said: 'it is not there or not whole',
    });
  }
  loadingProgram(around);
  await withSession(address, around, dropEverything);
  await load(address, backup.file, around);
}

function loadingProgram(around: Surroundings): string {
  const looked = ['mariadb', 'mysql'];
  const [program] = programsNamed(looked, around.env['PATH']);
  if (program === undefined) throw new ProblemError('program-missing', { program: 'mariadb', looked });
  return program;
}

/** Runs a dump in a database that has nothing in its way. */
export async function load(address: Address, file: string, around: Surroundings): Promise<void> {
  const program = loadingProgram(around);
  await withClientFile(address, around, async clientFile => {
    // The program reads the file itself, so the death of this process does not cut the load short.
    const stdin = openSync(file, 'r');
    try {
      const args = [
        `--defaults-file=${clientFile}`,
        '--binary-mode',
        '--default-character-set=utf8mb4',
        address.database,
      ];
      const end = await runProgram(program, args, programEnvironment(around), { stdin });
      if (end.code !== 0) {
        const said = withoutSecret(end.said, address);
        throw new ProblemError('database-failed', {
          database: address.display,
          doing: 'putting the backup back',
          said,
        });
      }
    } finally {
      closeSync(stdin);
    }
  });
}

async function withSession<T>(
  address: Address,
  around: Surroundings,
  act: (session: MysqlSession) => Promise<T>,
): Promise<T> {
  const session = await connect(address, 'tidemark', around, { scripts: true });
  try {
    return await act(session);
  } catch (error) {
    throw mysqlProblem(error, address, 'putting the backup back');
  } finally {
    await session.close();
  }
}

async function isMariadbServer(session: MysqlSession): Promise<boolean> {
  return /mariadb/i.test(String((await session.read('SELECT VERSION()')).rows[0]?.[0]));
}

async function dropEverything(session: MysqlSession): Promise<void> {
  await session.script('SET SESSION foreign_key_checks = 0, SESSION lock_wait_timeout = 10');
  const names = async (sql: string): Promise<readonly (readonly [string, string])[]> =>
    (await session.read(sql)).rows.map(([kind, name]) => [String(kind), dialect.identifier(String(name))]);
  const tables = await names(
    'SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
  );
  const routines = await names(
    'SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()',
  );
  const events = await names(
    "SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()",
  );
  const kindOf = (type: string): string => (/VIEW/.test(type) ? 'VIEW' : type === 'SEQUENCE' ? 'SEQUENCE' : 'TABLE');
  // Sequences last: a column's default may use one.
  const sorted = tables.toSorted(([a], [b]) => Number(a === 'SEQUENCE') - Number(b === 'SEQUENCE'));
  for (const [type, name] of sorted) await session.script(`DROP ${kindOf(type)} IF EXISTS ${name}`);
  for (const [kind, name] of [...routines, ...events]) await session.script(`DROP ${kind} IF EXISTS ${name}`);
}

interface Tool {
  readonly program: string;
  readonly name: string;
  readonly version: string;
  readonly isMariadb: boolean;
}

async function dumpTool(isMariadb: boolean, address: Address, around: Surroundings): Promise<Tool> {
  const names = isMariadb ? ['mariadb-dump', 'mysqldump'] : ['mysqldump', 'mariadb-dump'];
  for (const program of programsNamed(names, around.env['PATH'])) {
    const said = await versionOf(program);
    if (said === null) continue;
    const ofMariadb = /mariadb/i.test(said);
    // `Ver 10.19 Distrib 10.11.19-MariaDB`, `from 11.4.2-MariaDB`, `Ver 8.0.36`.
    const version = /(?:Distrib|from) ([\d.]+)/.exec(said)?.[1] ?? /Ver ([\d.]+)/.exec(said)?.[1] ?? '';
    return { program, name: ofMariadb ? 'mariadb-dump' : 'mysqldump', version, isMariadb: ofMariadb };
  }
  const reason = `neither ${names.join(' nor ')} is installed`;
  throw new ProblemError('backup-impossible', { database: address.display, reason });
}

/** Gives the password to a program in a private file that is gone afterwards. */
async function withClientFile<T>(
  address: Address,
  around: Surroundings,
  act: (file: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-'));
  const file = join(folder, 'client.cnf');
  try {
    const { host, port, user, socketPath } = placeOf(address, around);
    const password = address.secret.reveal() ?? around.env['MYSQL_PWD'];
    const place = socketPath === undefined ? { host, port: String(port), protocol: 'tcp' } : { socket: socketPath };
    const lines = Object.entries({ ...place, user, ...(password === undefined ? {} : { password }) });
    const text = lines.map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&')}"`).join('\n');
    writeFileSync(file, `[client]\n${text}\n`, { mode: 0o600 });
    return await act(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function programEnvironment(around: Surroundings): Record<string, string> {
  return { PATH: around.env['PATH'] ?? '', LC_ALL: 'C' };
}

function dumpProblem(address: Address, file: string, words: string): ProblemError {
  const said = withoutSecret(words, address);
  if (isDiskFull(file) || /No space left on device|errno 28|Disk quota exceeded/i.test(said)) {
    return new ProblemError('disk', { path: file, doing: 'making the backup', said });
  }
  return new ProblemError('backup-impossible', { database: address.display, reason: said });
}

function endsComplete(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = statSync(file);
    const tail = Buffer.alloc(Math.min(size, 256));
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.includes(COMPLETE);
  } finally {
    closeSync(descriptor);
  }
}
