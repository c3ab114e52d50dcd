/** A MySQL or MariaDB database as a Connection. */
import { createHash } from 'node:crypto';
import { lockSeconds, statementSeconds } from '../../domain/patience.ts';
import { BugError, ProblemError } from '../../domain/problem.ts';
import type { Address, Connection } from '../contract.ts';
import { type EngineDriver, makeInTurn, type Purpose, type Surroundings } from '../engine.ts';
import { backUp, restore } from './backup.ts';
import { describeSchema } from './describe.ts';
import { mysqlProblem } from './errors.ts';
import { count, readHistory, tables, withPlainValues } from './history.ts';
import { holdStill } from './hold.ts';
import { type SessionLock, settled, takeLock } from './lock.ts';
import { missing, park, putBack } from './parking.ts';
import { dropScratch, makeScratch, scratchAddress } from './scratch.ts';
import { changeRows, runScript } from './script.ts';
import { connect, type MysqlSession } from './session.ts';

/** The engine's entry. */
export const mysql: EngineDriver = {
  open,
  backUp: (address, folder, around) => backUp(address, folder, around),
  restore,
  holdStill,
  scratchAddress,
  makeScratch,
  dropScratch,
};

async function open(address: Address, purpose: Purpose, around: Surroundings): Promise<Connection> {
  const isRun = purpose.kind === 'run';
  const session = await connect(address, isRun ? `tidemark:${purpose.run}` : 'tidemark', around, { scripts: isRun });
  const turn = makeInTurn();
  let lock: SessionLock | null = null;
  const reading = <T>(doing: string, act: () => Promise<T>): Promise<T> =>
    turn('session', () => inReadOnlyTransaction(session, address, doing, act));
  const changing = <T>(act: () => Promise<T>): Promise<T> => {
    if (!isRun) return Promise.reject(new BugError('a connection opened for reading cannot change anything'));
    const lost = lock?.lost();
    if (lost) return Promise.reject(lockLost(address, lost));
    return turn('session', act);
  };
  try {
    if (!isRun) await session.script('SET SESSION TRANSACTION READ ONLY');
    else {
      await mustTakeChanges(session, address);
      await setPatience(session, around.env);
    }
    const { server, identity } = await introduce(session);
    return {
      address,
      abilities: { transactionalSchema: false, serverLock: true },
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
          const { rows } = await session.read(
            'SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
          );
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
      settled: (_run, milliseconds) => turn('session', () => settled(session, milliseconds)),
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw mysqlProblem(error, address, 'connecting');
  }
}

/** Said before anything is begun. Users with enough rights could write to a replica all the same, and would part it from its source. */
async function mustTakeChanges(session: MysqlSession, address: Address): Promise<void> {
  const { rows } = await session.read('SELECT @@global.read_only');
  if (Number(rows[0]?.[0]) === 0) return;
  throw new ProblemError('read-only-database', { database: address.display, reason: 'read_only is on' });
}

async function setPatience(session: MysqlSession, env: Surroundings['env']): Promise<void> {
  const lock = lockSeconds(env);
  await session.script(`SET SESSION lock_wait_timeout = ${lock}, SESSION innodb_lock_wait_timeout = ${lock}`);
  // MySQL has no limit for statements that change something.
  await session.script(`SET SESSION max_statement_time = ${statementSeconds(env)}`).catch(error => {
    if (session.lost() !== null) throw error;
  });
}

async function inReadOnlyTransaction<T>(
  session: MysqlSession,
  address: Address,
  doing: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await withPlainValues(session, async () => {
      await session.script('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
      try {
        return await act();
      } finally {
        if (session.lost() === null) await session.script('ROLLBACK');
      }
    });
  } catch (error) {
    throw mysqlProblem(error, address, doing);
  }
}

async function introduce(session: MysqlSession): Promise<{ readonly server: string; readonly identity: string }> {
  const { rows } = await session.read('SELECT VERSION(), DATABASE()');
  const [version, database] = (rows[0] ?? []).map(String);
  const number = /^[\d.]+/.exec(version?.replace(/^5\.5\.5-/, '') ?? '')?.[0] ?? '';
  const identity = createHash('sha256')
    .update(`mysql ${await serverOwnName(session)} ${database}`)
    .digest('hex')
    .slice(0, 32);
  return { server: `${/mariadb/i.test(version ?? '') ? 'MariaDB' : 'MySQL'} ${number}`, identity };
}

// MariaDB has server_uid (since 10.11.2 and its kin), MySQL server_uuid; older ones are known by where they run and keep their data.
async function serverOwnName(session: MysqlSession): Promise<string> {
  for (const variables of ['@@server_uid', '@@server_uuid', "CONCAT_WS(' ', @@hostname, @@port, @@datadir)"]) {
    try {
      return String((await session.read(`SELECT ${variables}`)).rows[0]?.[0]);
    } catch (error) {
      if (session.lost() !== null) throw error;
    }
  }
  return '';
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
