/** The end of an undoing: history rows exactly as they were, and what of the schema is not. */
import type { Undone } from '../domain/undo.ts';
import { digestRows, digestSchema } from './digest.ts';
import { type RunContext, rowsNow, schemaNow } from './run-context.ts';
import { rowsBack } from './verify-rows.ts';

/**
 * Puts the rows back as they were (a migration that is applied again has another time and number in its row), and compares. null for a
 * run that undoes nothing. May be done again after a kill: it looks first.
 */
export async function proveUndone({ connection, plan }: RunContext): Promise<Undone | null> {
  const { undo } = plan;
  if (undo === undefined) return null;
  const back = rowsBack(await rowsNow(connection, plan), undo.rows);
  if (back.length > 0) await connection.changeRows(plan.project.historyTable, back);
  const rows = await rowsNow(connection, plan);
  const rowsSame = digestRows(rows) === digestRows(undo.rows) || rowsBack(rows, undo.rows).length === 0;
  const schemaSame = digestSchema(await schemaNow(connection, plan)) === undo.schema;
  return {
    run: undo.run,
    way: undo.way,
    rowsSame,
    schemaSame,
    differences: [
      ...(rowsSame ? [] : ['the history table does not hold the same rows']),
      ...(schemaSame ? [] : ['the schema is not the same']),
    ],
  };
}
