/** The end of an undoing: history rows exactly as they were, and what of the schema is not. */
import { compareSchemas, type Schema, withoutParts } from '../domain/schema.ts';
import type { Undone } from '../domain/undo.ts';
import { digestRows, digestSchema } from './digest.ts';
import { type RunContext, rowsNow, schemaNow } from './run-context.ts';
import { rowsBack } from './verify-rows.ts';

/**
 * Puts the rows back as they were (a migration that is applied again has another time and number in its row), and compares. null for a
 * run that undoes nothing. May be done again after a kill: it looks first.
 */
export async function proveUndone({ outside, connection, plan }: RunContext): Promise<Undone | null> {
  const { undo } = plan;
  if (undo === undefined) return null;
  const back = rowsBack(await rowsNow(connection, plan), undo.rows);
  if (back.length > 0) await connection.changeRows(plan.project.historyTable, back);
  const rows = await rowsNow(connection, plan);
  const rowsSame = digestRows(rows) === digestRows(undo.rows) || rowsBack(rows, undo.rows).length === 0;
  const schema = await schemaNow(connection, plan);
  const schemaSame = digestSchema(schema) === undo.schema;
  return {
    run: undo.run,
    way: undo.way,
    rowsSame,
    schemaSame,
    differences: [
      ...(rowsSame ? [] : ['the history table does not hold the same rows']),
      ...(schemaSame ? [] : [differenceFrom(outside.databases.rememberedSchema(undo.schema), schema)]),
    ],
  };
}

/** What is not as it was, by name, as far as the schema is remembered that was there before. */
function differenceFrom(before: Schema | null, now: Schema): string {
  if (before === null) return 'the schema is not the same';
  const { added, removed, changed } = compareSchemas(before, now);
  const named = (objects: Schema) => withoutParts(objects.map(({ kind, name }) => `${kind} ${name}`));
  const all = [
    ...named(removed).map(name => `- ${name}`),
    ...named(added).map(name => `+ ${name}`),
    ...changed.map(({ after }) => `~ ${after.kind} ${after.name}`),
  ];
  return `the schema is not the same: ${all.join(', ')}`;
}
