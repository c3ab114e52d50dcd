/**
 * Runs a migration's SQL on a MySQL or MariaDB database, then the change of its history row. There is no transaction around a schema
 * change here: every such statement commits what came before it.
 */
import type { RowChange, TableName } from '../../domain/migration.ts';
import type { Address, ScriptOutcome, ScriptRun } from '../contract.ts';
import { saidBy } from '../secret.ts';
import { blockersOf } from './blockers.ts';
import { describeSchema } from './describe.ts';
import { mysqlProblem } from './errors.ts';
import { applyChanges, withPlainValues } from './history.ts';
import type { MysqlSession } from './session.ts';

/** Changes rows in one transaction, or none. Throws `database-failed` when a change does not hit exactly one row. */
export async function changeRows(
  session: MysqlSession,
  address: Address,
  table: TableName,
  changes: readonly RowChange[],
): Promise<void> {
  try {
    await withPlainValues(session, async () => {
      await session.script('START TRANSACTION');
      try {
        await applyChanges(session, table, changes);
        await session.script('COMMIT');
      } finally {
        if (session.lost() === null) await session.script('ROLLBACK');
      }
    });
  } catch (error) {
    throw mysqlProblem(error, address, `changing ${table.name}`);
  }
}

/** Runs the script. What a failing one left behind is not known, except where no statement of it ended the transaction. */
export async function runScript(session: MysqlSession, address: Address, run: ScriptRun): Promise<ScriptOutcome> {
  let whole = false;
  try {
    if (run.inTransaction) await session.script('START TRANSACTION');
    const failure = await failureOf(session, address, run.script);
    whole = run.inTransaction && (await isStillOurs(session, run.script));
    const clause = failure ?? (run.check === undefined ? null : run.check(await describeSchema(session, [run.table])));
    if (clause !== null) {
      await session.script('ROLLBACK');
      return { done: false, rolledBack: whole, said: clause };
    }
    return await withPlainValues(session, async () => {
      if (!whole) await session.script('START TRANSACTION');
      await applyChanges(session, run.table, run.rows);
      await session.script('COMMIT');
      return { done: true };
    });
  } catch (error) {
    const isBack = await session.script('ROLLBACK').then(
      () => true,
      () => false,
    );
    return { done: false, rolledBack: isBack && whole, said: saidBy(error, address) };
  }
}

async function failureOf(session: MysqlSession, address: Address, sql: string): Promise<string | null> {
  try {
    await session.script(sql);
    return null;
  } catch (error) {
    if (session.lost() !== null) throw error;
    return saidBy(error, address) + (await blockersOf(session, error));
  }
}

// MariaDB tells whether a transaction is open; that it is the same one is certain where the script has no word that could begin another.
// MySQL does not tell, and "not known" is the safe answer.
async function isStillOurs(session: MysqlSession, script: string): Promise<boolean> {
  if (/\b(begin|start|commit|rollback|autocommit|call|prepare|execute)\b/i.test(script)) return false;
  try {
    const { rows } = await session.read('SELECT @@in_transaction');
    return Number(rows[0]?.[0]) === 1;
  } catch {
    return false;
  }
}
