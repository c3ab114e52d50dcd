/** Translates what MySQL, MariaDB, the driver and the network say into problems. */
import { BugError, ProblemError } from '../../domain/problem.ts';
import type { Address } from '../contract.ts';
import { causeOf, saidBy } from '../secret.ts';

/** The server's name for an error (`ER_BAD_DB_ERROR`) or Node's (`ECONNREFUSED`); empty where there is none. */
export function mysqlCode(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const code = inner instanceof Error ? (inner as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Is the connection gone? Then nobody can say what the server did last. */
function isLost(error: unknown): boolean {
  if (
    /^(PROTOCOL_CONNECTION_LOST|ER_SERVER_SHUTDOWN|ER_CONNECTION_KILLED|E(CONN|PIPE|TIMEDOUT|HOST|NET))/.test(
      mysqlCode(error),
    )
  ) {
    return true;
  }
  // The driver's own words, without a code (mysql2 3: lib/base/connection.js).
  return error instanceof Error && /closed state|Connection lost|does not answer/.test(error.message);
}

/** The problem behind an error; problems and bugs pass through. `doing` completes "while …". */
export function mysqlProblem(error: unknown, address: Address, doing: string): Error {
  if (error instanceof ProblemError || error instanceof BugError) return error;
  const database = address.display;
  const said = saidBy(error, address);
  const cause = { cause: causeOf(error, address) };
  // https://mariadb.com/kb/en/mariadb-error-codes/
  switch (mysqlCode(error)) {
    case 'ER_ACCESS_DENIED_ERROR':
    case 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR':
    case 'ER_MUST_CHANGE_PASSWORD':
    case 'AUTH_SWITCH_PLUGIN_ERROR':
      return new ProblemError('wrong-password', { database, user: address.user ?? '', said }, cause);
    case 'ER_BAD_DB_ERROR':
      return new ProblemError('database-missing', { database, said }, cause);
    case 'ER_DBACCESS_DENIED_ERROR':
    case 'ER_TABLEACCESS_DENIED_ERROR':
    case 'ER_COLUMNACCESS_DENIED_ERROR':
    case 'ER_SPECIFIC_ACCESS_DENIED_ERROR':
    case 'ER_PROCACCESS_DENIED_ERROR':
      return new ProblemError('permission-denied', { database, said }, cause);
    case 'ER_OPTION_PREVENTS_STATEMENT':
    case 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION':
      return new ProblemError('read-only-database', { database, reason: said }, cause);
    case 'ER_CON_COUNT_ERROR':
    case 'ER_TOO_MANY_USER_CONNECTIONS':
    case 'ER_HOST_NOT_PRIVILEGED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ENOENT':
    case 'EACCES':
      return new ProblemError('database-unreachable', { database, said }, cause);
  }
  if (isLost(error)) return new ProblemError('database-unreachable', { database, said }, cause);
  return new ProblemError('database-failed', { database, doing, said }, cause);
}
