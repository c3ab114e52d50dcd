/** Translates what SQLite and the file system say about a database file into problems. */
import { BugError, ProblemError } from '../../domain/problem.ts';
import type { Address } from '../contract.ts';
import { causeOf, saidBy } from '../secret.ts';
import { blockersOf } from './blockers.ts';

// Primary result codes, https://www.sqlite.org/rescode.html
const CODES: Readonly<Record<number, string>> = {
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  26: 'SQLITE_NOTADB',
};

/** SQLite's name for an error's code, of either library, or Node's (`ENOENT`); empty where there is none. */
function sqliteCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  if (typeof errcode === 'number') {
    const extended = errcode === 776 ? 'SQLITE_READONLY_ROLLBACK' : CODES[errcode & 0xff];
    return extended ?? 'SQLITE_ERROR';
  }
  return typeof code === 'string' ? code : '';
}

/** Another connection is in the way; it may be gone in a moment. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error));

/** The problem behind an error; problems and bugs pass through. `doing` completes "while …". */
export function sqliteProblem(error: unknown, address: Address, doing: string): Error {
  if (error instanceof ProblemError || error instanceof BugError) return error;
  const said = saidBy(error, address) + (isBusy(error) ? blockersOf(address.database) : '');
  const cause = { cause: causeOf(error, address) };
  const database = address.display;
  const code = sqliteCode(error);
  if (code === 'ENOENT')
    return new ProblemError('database-missing', { database, said: 'there is no such file' }, cause);
  if (code === 'EACCES' || code === 'EPERM' || code === 'SQLITE_PERM') {
    return new ProblemError('permission-denied', { database, said }, cause);
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code.startsWith('SQLITE_IOERR')) {
    return new ProblemError('disk', { path: address.database, doing, said }, cause);
  }
  if (code === 'SQLITE_READONLY_ROLLBACK') {
    const left =
      'a program that wrote to it was stopped in the middle of a transaction, and its journal must be rolled back first; opening the database once for writing does that';
    return new ProblemError('database-failed', { database, doing, said: left }, cause);
  }
  if (code.startsWith('SQLITE_READONLY')) {
    return new ProblemError('read-only-database', { database, reason: said }, cause);
  }
  return new ProblemError('database-failed', { database, doing, said }, cause);
}
