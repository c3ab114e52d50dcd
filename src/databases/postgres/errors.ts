/** Translates what PostgreSQL, its driver and the network say into problems. */
import { BugError, ProblemError } from '../../domain/problem.ts';
import type { Address } from '../contract.ts';
import { causeOf, saidBy } from '../secret.ts';

/** SQLSTATE or Node's code of an error; empty where there is none. */
export function postgresCode(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const code = inner instanceof Error ? (inner as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Is the connection gone? Then nobody can say what the server did last. */
export function isLost(error: unknown): boolean {
  const code = postgresCode(error);
  if (/^(08|57P0[123])/.test(code) || /^E(CONN|PIPE|TIMEDOUT|HOST|NET)/.test(code)) return true;
  // The driver's own words, without a code (pg 8: lib/client.js).
  return (
    error instanceof Error &&
    /Connection terminated|not queryable|Client was closed|timeout expired|Query read timeout/.test(error.message)
  );
}

/** The problem behind an error; problems and bugs pass through. `doing` completes "while …". */
export function postgresProblem(error: unknown, address: Address, doing: string): Error {
  if (error instanceof ProblemError || error instanceof BugError) return error;
  const database = address.display;
  const said = saidBy(error, address);
  const cause = { cause: causeOf(error, address) };
  const code = postgresCode(error);
  // https://www.postgresql.org/docs/current/errcodes-appendix.html
  switch (code) {
    case '28P01':
    case '28000':
      return new ProblemError('wrong-password', { database, user: address.user ?? '', said }, cause);
    case '3D000':
      return new ProblemError('database-missing', { database, said }, cause);
    case '42501':
      return new ProblemError('permission-denied', { database, said }, cause);
    case '25006':
      return new ProblemError('read-only-database', { database, reason: said }, cause);
    case '53300':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ENOENT':
    case 'EACCES':
      return new ProblemError('database-unreachable', { database, said }, cause);
  }
  if (isLost(error)) return new ProblemError('database-unreachable', { database, said }, cause);
  // The driver fails by itself where the server asks for a password and none is known (pg 8: lib/crypto/sasl.js).
  if (/password must be a (non-empty )?string/.test(said)) {
    return new ProblemError(
      'wrong-password',
      { database, user: address.user ?? '', said: 'it asks for a password' },
      cause,
    );
  }
  return new ProblemError('database-failed', { database, doing, said }, cause);
}
