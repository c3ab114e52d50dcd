/** A PostgreSQL database as a Connection. */
import { createHash } from 'node:crypto';
import { lockSeconds, statementSeconds } from '../../domain/patience.ts';
import { BugError, ProblemError } from '../../domain/problem.ts';
import type { Address, Connection } from '../contract.ts';
import { type EngineDriver, makeInTurn, type Purpose, type Surroundings } from '../engine.ts';
import { backUp, restore } from './backup.ts';
import { describeSchema } from './describe.ts';
import { postgresProblem } from './errors.ts';
import { count, PLAIN_OUTPUT, readHistory, tables } from './history.ts';
import { holdStill } from './hold.ts';
import { type SessionLock, settled, takeLock } from './lock.ts';
import { missing, park, putBack } from './parking.ts';
import { dropScratch, makeScratch, scratchAddress } from './scratch.ts';
import { changeRows, runScript } from './script.ts';
import { connect, type PostgresSession } from './session.ts';

/** The engine's entry. */
export const postgres: EngineDriver = {
  open,
  backUp: (address, folder, around) => backUp(address, folder, around),
  restore,
  holdStill,
  scratchAddress,
  makeScratch,
  dropScratch,
};

async function open(address: Address, purpose: Purpose, around: Surroundings): Promise<Connection> {
  const name = purpose.kind === 'run' ? `tidemark:${purpose.run}` : 'tidemark';
  const session = await connect(address, name, around, { forever: purpose.kind === 'run' });
  const turn = makeInTurn();
  let lock: SessionLock | null = null;
  const reading = <T>(doing: string, act: () => Promise<T>): Promise<T> =>
    turn('session', () => inReadOnlyTransaction(session, address, doing, act));
  const changing = <T>(act: () => Promise<T>): Promise<T> => {
    if (purpose.kind === 'reading')
      return Promise.reject(new BugError('a connection opened for reading cannot change anything'));
    const lost = lock?.lost();
    if (lost) return Promise.reject(lockLost(address, lost));
    return turn('session', act);
  };
  try {
    if (purpose.kind === 'run') {
      const [lock, statement] = [lockSeconds(around.env), statementSeconds(around.env)];
      await turn('session', () =>
        session.script(`SET lock_timeout = '${lock}s'; SET statement_timeout = '${statement}s'`),
      );
    }
    if (purpose.kind === 'run') await turn('session', () => mustTakeChanges(session, address));
    const { server, identity } = await turn('session', () => introduce(session, address));
    return {
      address,
      abilities: { transactionalSchema: true, serverLock: true },
      server,
      identity,
      readHistory: table =>
        reading(`reading ${table.name}`, () => readHistory(session, table)).catch(error => {
          throw unreadable(error, address, table.name);
        }),
      tables: () => reading('listing its tables', () => tables(session)),
      describeSchema: without => reading('reading its schema', () => describeSchema(session, without)),
      count: (table, column) => reading(`counting ${table.name}`, () => count(session, table, column)),
      size: () =>
        reading('asking for its size', async () => {
          const { rows } = await session.query('SELECT pg_database_size(current_database())');
          return Number(rows[0]?.[0]);
        }),
      lock: run =>
        changing(async () => {
          const taken = await takeLock(address, run, around);
          lock = taken;
          return {
            async release() {
              if (lock === taken) lock = null;
              await taken.release();
            },
          };
        }),
      changeRows: (table, changes) => changing(() => changeRows(session, address, table, changes)),
      runScript: run => changing(() => runScript(session, address, run)),
      park: (endangered, folder) => changing(() => park(session, address, endangered, folder)),
      missingFor: parts => reading('looking where parked data belongs', () => missing(session, parts)),
      putBack: (files, how) => changing(() => putBack(session, address, files, how)),
      settled: (run, milliseconds) => turn('session', () => settled(session, run, milliseconds)),
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Said before anything is begun. A change would fail later, with a backup made in vain. */
async function mustTakeChanges(session: PostgresSession, address: Address): Promise<void> {
  const { rows } = await session.query("SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')");
  const [replica, readOnly] = rows[0] ?? [];
  if (replica !== 't' && readOnly !== 'on') return;
  const reason = replica === 't' ? 'it is a replica' : 'default_transaction_read_only is on';
  throw new ProblemError('read-only-database', { database: address.display, reason });
}

async function inReadOnlyTransaction<T>(
  session: PostgresSession,
  address: Address,
  doing: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    await session.script(`BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; ${PLAIN_OUTPUT}`);
    return await act();
  } catch (error) {
    throw postgresProblem(error, address, doing);
  } finally {
    if (session.lost() === null && session.inTransaction()) await session.script('ROLLBACK');
  }
}

async function introduce(
  session: PostgresSession,
  address: Address,
): Promise<{ readonly server: string; readonly identity: string }> {
  const { rows } = await session.query(
    "SELECT current_setting('server_version'), oid FROM pg_database WHERE datname = current_database()",
  );
  const [version = '', oid = ''] = rows[0] ?? [];
  const cluster = await clusterOf(session, address);
  const identity = createHash('sha256').update(`postgres ${cluster} ${oid}`).digest('hex').slice(0, 32);
  return { server: `PostgreSQL ${version?.split(' ')[0]}`, identity };
}

// pg_control_system() may be called by everybody unless an administrator took that right away.
async function clusterOf(session: PostgresSession, address: Address): Promise<string> {
  try {
    return (await session.query('SELECT system_identifier FROM pg_control_system()')).rows[0]?.[0] ?? '';
  } catch {
    const { rows } = await session.query('SELECT host(inet_server_addr()), inet_server_port()');
    const [host, port] = rows[0] ?? [];
    return `${host ?? address.socket ?? 'local'}:${port ?? address.port ?? 5432}`;
  }
}

function lockLost(address: Address, lost: Error): Error {
  const said = `the session that held Tidemark's lock is gone: ${lost.message}`;
  return new ProblemError('database-failed', { database: address.display, doing: 'holding the lock', said });
}

function unreadable(error: unknown, address: Address, table: string): unknown {
  if (!(error instanceof ProblemError) || error.code !== 'database-failed') return error;
  const { said } = (error as ProblemError<'database-failed'>).facts;
  return new ProblemError(
    'history-table-unreadable',
    { database: address.display, table, said },
    { cause: error.cause },
  );
}
