/** Runs a migration's SQL on a PostgreSQL database, together with the change of its history row. */
import type { RowChange, TableName } from '../../domain/migration.ts';
import type { Address, ScriptOutcome, ScriptRun } from '../contract.ts';
import { MissedRow } from '../row-changes.ts';
import { saidBy } from '../secret.ts';
import { blockersOf } from './blockers.ts';
import { describeSchema } from './describe.ts';
import { isLost, postgresProblem } from './errors.ts';
import { applyChanges, PLAIN_OUTPUT } from './history.ts';
import type { PostgresSession } from './session.ts';
import { statementsOf } from './statements.ts';

/** Changes rows in one transaction, or none. Throws `database-failed` when a change does not hit exactly one row. */
export async function changeRows(
  session: PostgresSession,
  address: Address,
  table: TableName,
  changes: readonly RowChange[],
): Promise<void> {
  try {
    await session.script(`BEGIN; ${PLAIN_OUTPUT}`);
    await applyChanges(session, table, changes);
    await session.script('COMMIT');
  } catch (error) {
    await rollBack(session);
    throw postgresProblem(error, address, `changing ${table.name}`);
  }
}

/** Runs the script. A lost connection is an outcome that promises nothing about what stayed. */
export async function runScript(session: PostgresSession, address: Address, run: ScriptRun): Promise<ScriptOutcome> {
  try {
    return await (run.inTransaction ? inOneTransaction(session, address, run) : byItself(session, address, run));
  } catch (error) {
    await rollBack(session);
    if (isLost(error) || error instanceof MissedRow)
      return { done: false, rolledBack: false, said: saidBy(error, address) };
    throw postgresProblem(error, address, 'running the script');
  }
}

async function inOneTransaction(session: PostgresSession, address: Address, run: ScriptRun): Promise<ScriptOutcome> {
  await session.script('BEGIN');
  // The transaction's number is asked for at its start and compared: a script that says COMMIT and BEGIN is inside another one then.
  const ours = await transactionNumber(session);
  try {
    await session.script(run.script);
    if ((await transactionNumber(session)) !== ours) {
      await rollBack(session);
      return { done: false, rolledBack: false, said: 'the script ended its transaction itself' };
    }
    await session.script(PLAIN_OUTPUT);
    const clause = run.check === undefined ? null : run.check(await describeSchema(session, [run.table]));
    if (clause === null) {
      await applyChanges(session, run.table, run.rows);
      await session.script('COMMIT');
      return { done: true };
    }
    await rollBack(session);
    return { done: false, rolledBack: true, said: clause };
  } catch (error) {
    if (isLost(error)) throw error;
    await rollBack(session);
    const said = saidBy(error, address) + (await blockersOf(session, error));
    return { done: false, rolledBack: await wasRolledBack(session, ours), said };
  }
}

async function byItself(session: PostgresSession, address: Address, run: ScriptRun): Promise<ScriptOutcome> {
  let began = false;
  for (const statement of statementsOf(run.script)) {
    try {
      await session.script(statement);
      began = true;
    } catch (error) {
      if (isLost(error)) throw error;
      await rollBack(session);
      // A failed CREATE INDEX CONCURRENTLY leaves an invalid index behind.
      const nothingStayed = !began && !/\bconcurrently\b/i.test(statement);
      const said = saidBy(error, address) + (await blockersOf(session, error));
      return { done: false, rolledBack: nothingStayed, said };
    }
  }
  if (session.inTransaction()) {
    await rollBack(session);
    return { done: false, rolledBack: false, said: 'the script left a transaction open' };
  }
  if (run.check !== undefined) {
    await session.script(`BEGIN TRANSACTION READ ONLY; ${PLAIN_OUTPUT}`);
    const clause = run.check(await describeSchema(session, [run.table]));
    await session.script('COMMIT');
    if (clause !== null) return { done: false, rolledBack: false, said: clause };
  }
  try {
    await changeRows(session, address, run.table, run.rows);
    return { done: true };
  } catch (error) {
    const said =
      error instanceof Error && error.cause !== undefined ? saidBy(error.cause, address) : saidBy(error, address);
    return { done: false, rolledBack: false, said };
  }
}

async function transactionNumber(session: PostgresSession): Promise<string> {
  return (await session.query('SELECT txid_current()')).rows[0]?.[0] ?? '';
}

/** The server's own word on a transaction (PostgreSQL 10 and newer). */
async function wasRolledBack(session: PostgresSession, transaction: string): Promise<boolean> {
  const { rows } = await session.query('SELECT txid_status($1)', [transaction]);
  return rows[0]?.[0] === 'aborted';
}

async function rollBack(session: PostgresSession): Promise<void> {
  if (session.lost() !== null || !session.inTransaction()) return;
  // That the connection is gone may show only now: it has no transaction any more then, and what went wrong before is told by the caller.
  await session.script('ROLLBACK').catch(error => {
    if (!isLost(error)) throw error;
  });
}
