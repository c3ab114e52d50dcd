/** Keeps a second run away from a MySQL or MariaDB database: a named lock of a session that does nothing else. */
import { createHash } from 'node:crypto';
import { ProblemError } from '../../domain/problem.ts';
import type { Address, HeldLock } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { mysqlProblem } from './errors.ts';
import { connect, type MysqlSession } from './session.ts';

/** A lock and whether its session still lives. */
export interface SessionLock extends HeldLock {
  lost(): Error | null;
}

/** Takes the lock. Throws `database-locked` when another session holds it. */
export async function takeLock(address: Address, run: string, around: Surroundings): Promise<SessionLock> {
  const session = await connect(address, `tidemark:${run}`, around, { scripts: false });
  try {
    // Its session is idle for the whole run; the server would end it after eight hours.
    await session.script('SET SESSION wait_timeout = 604800');
    const name = await lockName(session);
    const { rows } = await session.read('SELECT GET_LOCK(?, 0)', [name]);
    if (Number(rows[0]?.[0]) === 1) return { release: () => session.close(), lost: () => session.lost() };
    throw new ProblemError('database-locked', { database: address.display, holder: await holderOf(session, name) });
  } catch (error) {
    await session.close();
    throw mysqlProblem(error, address, 'taking the lock');
  }
}

/**
 * Waits until nothing that ran when this was called runs any more. Sessions carry no name here (the servers keep connection attributes
 * only with the performance schema, which MariaDB leaves off), so all sessions of the same user on the same database count, each until
 * it is first seen idle: the run's own processes are dead by then and begin nothing new.
 */
export async function settled(session: MysqlSession, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  let working = await workingSessions(session);
  while (working.size > 0) {
    if (performance.now() >= end) return false;
    await new Promise(resolve => setTimeout(resolve, 50));
    working = working.intersection(await workingSessions(session));
  }
  return true;
}

async function workingSessions(session: MysqlSession): Promise<Set<string>> {
  const { rows } = await session.read(
    `SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()
        AND USER = SUBSTRING_INDEX(USER(), '@', 1) AND COMMAND NOT IN ('Sleep', 'Daemon')`,
  );
  return new Set(rows.map(([id]) => String(id)));
}

// Lock names are the server's, not the database's, and at most 64 characters long.
async function lockName(session: MysqlSession): Promise<string> {
  const { rows } = await session.read('SELECT DATABASE()');
  const name = `tidemark:${String(rows[0]?.[0])}`;
  return name.length <= 64 ? name : `tidemark:${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

async function holderOf(session: MysqlSession, name: string): Promise<string> {
  const { rows } = await session.read(
    `SELECT ID, USER, HOST, DATE_FORMAT(DATE_SUB(UTC_TIMESTAMP(), INTERVAL TIME SECOND), '%Y-%m-%dT%H:%i:%sZ')
       FROM information_schema.PROCESSLIST WHERE ID = IS_USED_LOCK(?)`,
    [name],
  );
  const [id, user, host, since] = rows[0] ?? [];
  if (id === undefined) return 'another run';
  return `a session of ${user} from ${host}, connection ${id}, since ${since}`;
}
