/**
 * Backs a PostgreSQL database up with pg_dump, and puts it back with psql in one transaction that first drops everything there is: so
 * what was made since the backup goes too, and a restore that fails changes nothing.
 */
import { closeSync, existsSync, openSync, readSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ProblemError } from '../../domain/problem.ts';
import { isDiskFull, makeBackup } from '../backup-file.ts';
import type { Address, Backup } from '../contract.ts';
import { programsNamed, runProgram, versionOf } from '../dump-program.ts';
import type { Surroundings } from '../engine.ts';
import { withoutSecret } from '../secret.ts';
import { dropEverything } from './drop-everything.ts';
import { postgresProblem } from './errors.ts';
import { connect, placeOf } from './session.ts';

// The last words of a plain dump; without them it is not whole (src/bin/pg_dump/pg_backup_archiver.c, RestoreArchive).
const COMPLETE = '-- PostgreSQL database dump complete';

interface Tool {
  readonly program: string;
  readonly version: string;
  readonly major: number;
}

/** Dumps the whole database as SQL; with `more` arguments, less of it. Throws `backup-impossible` where no pg_dump is new enough. */
export async function backUp(
  address: Address,
  folder: string,
  around: Surroundings,
  more: readonly string[] = [],
): Promise<Backup> {
  const server = await serverMajor(address, around);
  const tool = await dumpToolFor(server, address, around);
  return makeBackup(folder, '.sql', async (file, descriptor) => {
    const args = ['--format=plain', '--encoding=UTF8', '--no-subscriptions', '--no-password', ...more];
    const end = await runProgram(tool.program, args, toolEnvironment(address, around), { stdout: descriptor });
    if (end.code !== 0) throw dumpProblem(address, file, end.said);
    makeFitFor(server, tool, descriptor);
    if (!endsComplete(file)) throw dumpProblem(address, file, 'the dump ends before its end');
    return `pg_dump ${tool.version}`;
  });
}

/** Drops everything in the database and loads the backup, in one transaction. */
export async function restore(address: Address, backup: Backup, around: Surroundings): Promise<void> {
  if (!existsSync(backup.file) || !endsComplete(backup.file)) {
    throw new ProblemError('disk', {
      path: backup.file,
      doing: 'reading the backup',
      said: 'it is not there or not whole',
    });
  }
  const first = `${backup.file}.drop.sql`;
  try {
    writeFileSync(first, await dropEverything(backup.file), { mode: 0o600 });
    await load(address, [first, backup.file], around);
  } finally {
    rmSync(first, { force: true });
  }
}

/** Runs files of SQL one after the other, in one transaction. */
export async function load(address: Address, files: readonly string[], around: Surroundings): Promise<void> {
  const tool = await dumpToolFor(await serverMajor(address, around), address, around);
  const psql = join(dirname(tool.program), 'psql');
  if (!existsSync(psql))
    throw new ProblemError('program-missing', { program: 'psql', looked: [dirname(tool.program)] });
  // psql reads the files itself, so the death of this process cannot cut the script short and have half of it committed.
  const args = ['--no-psqlrc', '--quiet', '--no-password', '--set=ON_ERROR_STOP=1', '--single-transaction'];
  const named = files.map(file => `--file=${file}`);
  const end = await runProgram(psql, [...args, ...named], toolEnvironment(address, around), {});
  if (end.code !== 0) {
    const said = withoutSecret(end.said, address);
    throw new ProblemError('database-failed', { database: address.display, doing: 'putting the backup back', said });
  }
}

async function serverMajor(address: Address, around: Surroundings): Promise<number> {
  const session = await connect(address, 'tidemark', around, { forever: false });
  try {
    const { rows } = await session.query("SELECT current_setting('server_version_num')::int / 10000");
    return Number(rows[0]?.[0]);
  } catch (error) {
    throw postgresProblem(error, address, 'asking for its version');
  } finally {
    await session.close();
  }
}

// An older pg_dump refuses a newer server. Of the newer ones the server's own version is best: its dumps load there for certain.
async function dumpToolFor(server: number, address: Address, around: Surroundings): Promise<Tool> {
  const programs = programsNamed(['pg_dump'], around.env['PATH']);
  const tools: Tool[] = [];
  for (const program of programs) {
    const version = /(\d+)[.\d]*/.exec((await versionOf(program)) ?? '');
    if (version !== null) tools.push({ program, version: version[0], major: Number(version[1]) });
  }
  const fit = tools.filter(tool => tool.major >= server).sort((a, b) => a.major - b.major);
  if (fit[0] !== undefined) return fit[0];
  const have =
    tools.length === 0
      ? 'pg_dump is not installed'
      : `pg_dump is older (${tools.map(tool => tool.version).join(', ')})`;
  const reason = `${have}; the server is PostgreSQL ${server}`;
  throw new ProblemError('backup-impossible', { database: address.display, reason });
}

function toolEnvironment(address: Address, around: Surroundings): Record<string, string> {
  const { host, port, user } = placeOf(address, around);
  const { sslmode, sslrootcert, sslcert, sslkey } = address.parameters;
  const password = address.secret.reveal() ?? around.env['PGPASSWORD'];
  const named = {
    PATH: around.env['PATH'],
    HOME: around.env['HOME'],
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: address.database,
    PGPASSWORD: password,
    PGPASSFILE: around.env['PGPASSFILE'],
    PGSSLMODE: sslmode === 'no-verify' ? 'require' : sslmode,
    PGSSLROOTCERT: sslrootcert,
    PGSSLCERT: sslcert,
    PGSSLKEY: sslkey,
    PGCONNECT_TIMEOUT: '5',
    PGAPPNAME: 'tidemark',
    PGCLIENTENCODING: 'UTF8',
    PGOPTIONS: '-c lock_timeout=10s',
    LC_ALL: 'C',
  };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function dumpProblem(address: Address, file: string, words: string): ProblemError {
  const said = withoutSecret(words, address);
  if (isDiskFull(file) || /No space left on device|errno 28|Disk quota exceeded/i.test(said)) {
    return new ProblemError('disk', { path: file, doing: 'making the backup', said });
  }
  return new ProblemError('backup-impossible', { database: address.display, reason: said });
}

// pg_dump 17 sets a parameter that older servers do not know; a comment of the same length takes its place.
function makeFitFor(server: number, tool: Tool, descriptor: number): void {
  if (tool.major < 17 || server >= 17) return;
  const head = Buffer.alloc(4096);
  const length = readSync(descriptor, head, 0, head.length, 0);
  const at = head.subarray(0, length).indexOf('SET transaction_timeout = 0;');
  if (at !== -1) writeSync(descriptor, '--', at);
}

function endsComplete(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = statSync(file);
    const tail = Buffer.alloc(Math.min(size, 1024));
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.includes(COMPLETE);
  } finally {
    closeSync(descriptor);
  }
}
