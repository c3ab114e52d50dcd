/**
 * Keeps a MySQL or MariaDB database as it is: a transaction that has read every table makes whoever drops or alters one wait (metadata
 * locks), and its locks on the history table's rows make writers of them wait too. Reading and writing other rows goes on.
 */
import type { TableName } from '../../domain/migration.ts';
import type { Address, Hold } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { tableIdentifier } from '../row-changes.ts';
import { mysqlProblem } from './errors.ts';
import { dialect } from './history.ts';
import { connect, type MysqlSession } from './session.ts';

/** Takes the locks, within five seconds for each table. */
export async function holdStill(address: Address, history: TableName, around: Surroundings): Promise<Hold> {
  const session = await connect(address, 'tidemark hold', around, { scripts: false });
  try {
    await session.script(
      'SET SESSION lock_wait_timeout = 5, SESSION innodb_lock_wait_timeout = 5, SESSION wait_timeout = 604800',
    );
    const { rows } = await session.read(
      "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
    );
    const names = rows.map(([name]) => String(name));
    await session.script('START TRANSACTION');
    for (const name of names) await session.script(`SELECT 1 FROM ${dialect.identifier(name)} LIMIT 0`);
    if (names.includes(history.name))
      await session.script(`SELECT 1 FROM ${tableIdentifier(dialect, history)} LOCK IN SHARE MODE`);
    return {
      waiting: async () => (await waiters(session)).map(([, query]) => query),
      release: () => release(session),
    };
  } catch (error) {
    await session.close();
    throw mysqlProblem(error, address, 'holding it as it is');
  }
}

/** Sessions of the same user that came later and have waited for a while to change something. */
async function waiters(session: MysqlSession): Promise<readonly (readonly [number, string])[]> {
  const { rows } = await session.read(
    `SELECT ID, LEFT(INFO, 200) FROM information_schema.PROCESSLIST
      WHERE DB = DATABASE() AND ID > CONNECTION_ID() AND COMMAND = 'Query' AND TIME >= 1
        AND (STATE LIKE 'Waiting for%lock%' OR INFO REGEXP '^[[:space:]]*(insert|update|delete|replace|alter|drop|create|truncate|rename)')`,
  );
  return rows.map(([id, info]) => [Number(id), String(info)] as const);
}

/** A server goes on with what a dead client asked for as soon as the lock is free, so such sessions are ended before. */
async function release(session: MysqlSession): Promise<void> {
  try {
    const end = performance.now() + 10_000;
    for (;;) {
      const left = await waiters(session);
      if (left.length === 0 || performance.now() > end) break;
      for (const [id] of left) await session.script(`KILL ${id}`).catch(() => undefined);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    if (session.lost() === null) await session.script('ROLLBACK');
  } finally {
    await session.close();
  }
}
