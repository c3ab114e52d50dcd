/** Runs a migration's SQL on a SQLite database, together with the change of its history row. */
import type { RowChange, TableName } from '../../domain/migration.ts';
import type { Address, ScriptOutcome, ScriptRun } from '../contract.ts';
import { MissedRow } from '../row-changes.ts';
import { eventually, openForScript, openToWrite, PATIENCE } from './access.ts';
import { blockersOf } from './blockers.ts';
import { describeSchema } from './describe.ts';
import { isBusy, sqliteProblem } from './errors.ts';
import { applyChanges } from './history.ts';
import type { SqliteSession } from './session.ts';

/** Changes rows in one transaction, or none. Throws `database-failed` when a change does not hit exactly one row. */
export async function changeRows(address: Address, table: TableName, changes: readonly RowChange[]): Promise<void> {
  const doing = `changing ${table.name}`;
  try {
    const session = await openToWrite(address);
    try {
      await eventually(PATIENCE, () => session.script('BEGIN IMMEDIATE'));
      applyChanges(session, table, changes);
      await eventually(PATIENCE, () => session.script('COMMIT'));
    } finally {
      endTransaction(session);
      session.close();
    }
  } catch (error) {
    throw sqliteProblem(error, address, doing);
  }
}

/**
 * Runs the script. Foreign keys are not enforced unless the script says so: that is SQLite's default and that of dbmate, goose,
 * golang-migrate and the sqlite3 shell, and with them on, the customary rebuild (new table, copy, DROP, rename) deletes from child tables.
 */
export async function runScript(address: Address, run: ScriptRun): Promise<ScriptOutcome> {
  let session: SqliteSession;
  try {
    session = openForScript(address);
  } catch (error) {
    throw sqliteProblem(error, address, 'opening it');
  }
  try {
    return run.inTransaction ? await inOneTransaction(session, run, address.database) : await byItself(session, run);
  } finally {
    endTransaction(session);
    session.close();
  }
}

async function inOneTransaction(session: SqliteSession, run: ScriptRun, file: string): Promise<ScriptOutcome> {
  let stillOurs = true;
  try {
    await eventually(PATIENCE, () => session.script('BEGIN IMMEDIATE'));
    // A script that commits and begins anew is inside a transaction too, but this savepoint is gone then.
    session.script('SAVEPOINT tidemark');
    const failure = failureOf(() => session.script(run.script));
    stillOurs = failureOf(() => session.script('RELEASE tidemark')) === null;
    if (failure !== null) return { done: false, rolledBack: stillOurs, said: failure };
    if (!stillOurs) return { done: false, rolledBack: false, said: 'the script ended its transaction itself' };
    const clause = run.check?.(describeSchema(session, [run.table])) ?? null;
    if (clause !== null) return { done: false, rolledBack: true, said: clause };
    applyChanges(session, run.table, run.rows);
    await eventually(PATIENCE, () => session.script('COMMIT'));
    return { done: true };
  } catch (error) {
    const said = clauseOf(error) + (isBusy(error) ? blockersOf(file) : '');
    return { done: false, rolledBack: stillOurs, said };
  }
}

async function byItself(session: SqliteSession, run: ScriptRun): Promise<ScriptOutcome> {
  const before = markOf(session);
  const failure = failureOf(() => session.script(run.script));
  const leftOpen = session.inTransaction;
  endTransaction(session);
  if (failure !== null) return { done: false, rolledBack: markOf(session) === before, said: failure };
  if (leftOpen) return { done: false, rolledBack: false, said: 'the script left a transaction open' };
  const clause = run.check?.(describeSchema(session, [run.table])) ?? null;
  if (clause !== null) return { done: false, rolledBack: false, said: clause };
  try {
    await eventually(PATIENCE, () => session.script('BEGIN IMMEDIATE'));
    applyChanges(session, run.table, run.rows);
    await eventually(PATIENCE, () => session.script('COMMIT'));
    return { done: true };
  } catch (error) {
    return { done: false, rolledBack: false, said: clauseOf(error) };
  }
}

// Equal marks: no statement changed a row or the schema.
function markOf(session: SqliteSession): string {
  const [row] = session.read('SELECT total_changes(), schema_version FROM pragma_schema_version').rows;
  return String(row);
}

function failureOf(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return clauseOf(error);
  }
}

function clauseOf(error: unknown): string {
  if (error instanceof MissedRow || error instanceof Error) return error.message;
  return String(error);
}

function endTransaction(session: SqliteSession): void {
  if (session.inTransaction) session.script('ROLLBACK');
}
