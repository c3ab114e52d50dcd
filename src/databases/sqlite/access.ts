/**
 * Opens a SQLite file for one act at a time. Reading leaves nothing behind: a plain read-only open of an idle database in WAL mode
 * would leave `-wal` and `-shm` files beside it (seen with SQLite 3.54; test/databases/sqlite-no-write.test.ts).
 */
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { ProblemError } from '../../domain/problem.ts';
import type { Address } from '../contract.ts';
import { isBusy, sqliteProblem } from './errors.ts';
import { nodeSqlite, openBetter, openByUri, type SqliteSession, uriOf } from './session.ts';

/** How long an act waits for another program's lock, in milliseconds. */
export const PATIENCE = 5000;

/** How a file can be read without a trace. */
type WayToRead =
  /** Rollback journal, or a writer shares the WAL index with us: an ordinary read-only connection makes no file. */
  | 'plain'
  /** WAL mode and nobody there: the file alone is the whole database. */
  | 'immutable'
  /** A writer died and left its WAL: database and WAL are copied and read elsewhere. */
  | 'copy';

/** Looks at a database file and its neighbours. Throws problems for what is no database. */
function wayToRead(address: Address): WayToRead {
  const file = address.database;
  const header = headerOf(address);
  const inWalMode = header !== null && header[18] === 2 && header[19] === 2;
  const isShared = sizeOf(`${file}-wal`) >= 0 && sizeOf(`${file}-shm`) >= 0;
  if (!inWalMode || isShared || sizeOf(`${file}-journal`) > 0) return 'plain';
  return sizeOf(`${file}-wal`) > 0 ? 'copy' : 'immutable';
}

/** Reads inside one snapshot. `act` may run again when the file changed under an immutable read. */
export async function reading<T>(address: Address, doing: string, act: (session: SqliteSession) => T): Promise<T> {
  try {
    return await eventually(PATIENCE, () => readOnce(address, act));
  } catch (error) {
    throw sqliteProblem(error, address, doing);
  }
}

/** Opens as the source of a backup, without a trace like `reading`. */
export async function openAsSource(address: Address): Promise<{ readonly database: DatabaseSync; close(): void }> {
  const way = wayToRead(address);
  const folder = way === 'copy' ? mkdtempSync(join(tmpdir(), 'tidemark-')) : null;
  const drop = (): void => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const file = folder === null ? address.database : copyInto(folder, address.database);
    const { DatabaseSync: Database } = nodeSqlite();
    const mode = way === 'immutable' ? 'immutable=1' : folder === null ? 'mode=ro' : 'mode=rw';
    const database = new Database(uriOf(file, mode), { readOnly: mode !== 'mode=rw' });
    return {
      database,
      close() {
        database.close();
        drop();
      },
    };
  } catch (error) {
    drop();
    throw sqliteProblem(error, address, 'opening it');
  }
}

/** Opens for changing, with better-sqlite3. The file must exist. */
export async function openToWrite(address: Address): Promise<SqliteSession> {
  mustBeWritable(address);
  return openBetter(address.database, { readonly: false });
}

/** Opens for running a script of somebody else's, with SQLite's own defaults. */
export function openForScript(address: Address): SqliteSession {
  mustBeWritable(address);
  return openByUri(address.database, 'rw');
}

/** Tries until no other program's lock is in the way, for at most `milliseconds`; then the last error is thrown. */
export async function eventually<T>(milliseconds: number, attempt: () => T | Promise<T>): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= end) throw error;
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  }
}

class ChangedMeanwhile extends Error {
  readonly code = 'SQLITE_BUSY';
  override readonly message = 'another program keeps writing to it';
}

async function readOnce<T>(address: Address, act: (session: SqliteSession) => T): Promise<T> {
  const way = wayToRead(address);
  const before = way === 'plain' ? '' : fingerprint(address.database);
  const folder = way === 'copy' ? mkdtempSync(join(tmpdir(), 'tidemark-')) : null;
  try {
    const session = await openThe(way, address.database, folder);
    try {
      session.script('BEGIN');
      const result = act(session);
      // An immutable read takes no lock, so nothing kept a writer away.
      if (way !== 'plain' && fingerprint(address.database) !== before) throw new ChangedMeanwhile();
      return result;
    } finally {
      session.close();
    }
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

async function openThe(way: WayToRead, file: string, folder: string | null): Promise<SqliteSession> {
  if (way === 'immutable') return openByUri(file, 'immutable');
  if (folder === null) return openBetter(file, { readonly: true });
  return openBetter(copyInto(folder, file), { readonly: false });
}

function copyInto(folder: string, file: string): string {
  const copy = join(folder, 'copy');
  copyFileSync(file, copy, constants.COPYFILE_FICLONE);
  copyFileSync(`${file}-wal`, `${copy}-wal`, constants.COPYFILE_FICLONE);
  return copy;
}

function mustBeWritable(address: Address): void {
  headerOf(address);
  try {
    accessSync(address.database, constants.W_OK);
  } catch {
    throw new ProblemError('read-only-database', { database: address.display, reason: 'the file is not writable' });
  }
}

// The first 100 bytes, https://www.sqlite.org/fileformat2.html#the_database_header; null for an empty file, which is an empty database.
function headerOf(address: Address): Uint8Array | null {
  const database = address.display;
  try {
    if (statSync(address.database).isDirectory()) {
      throw new ProblemError('database-missing', { database, said: 'a folder has this name' });
    }
    const header = new Uint8Array(100);
    const descriptor = openSync(address.database, 'r');
    const length = readSync(descriptor, header);
    closeSync(descriptor);
    if (length === 0) return null;
    const magic = new TextDecoder('latin1').decode(header.subarray(0, 16));
    if (magic === 'SQLite format 3\0') return header;
    const said = 'the file is no SQLite database, or an encrypted one';
    throw new ProblemError('database-failed', { database, doing: 'opening it', said });
  } catch (error) {
    throw sqliteProblem(error, address, 'opening it');
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? -1;
}

function fingerprint(file: string): string {
  return ['', '-wal', '-shm', '-journal']
    .map(suffix => statSync(file + suffix, { throwIfNoEntry: false, bigint: true }))
    .map(found => (found === undefined ? '-' : `${found.ino}:${found.size}:${found.mtimeNs}`))
    .join(' ');
}
