/** What a reversal destroys, counted in the real database. */
import type { Connection } from '../databases/contract.ts';
import type { TableName } from '../domain/migration.ts';
import type { CountedLosses } from '../domain/plan.ts';
import type { Losses } from '../frameworks/contract.ts';

/** Counts rows of the tables and values of the columns that go. Each table and column is counted once. */
export async function countLosses(connection: Connection, losses: Losses): Promise<CountedLosses> {
  const tables = [];
  for (const table of new Set(losses.tables)) {
    tables.push({ table, rows: await connection.count(tableName(table), null) });
  }
  const columns = [];
  for (const { table, column } of losses.columns) {
    if (losses.tables.includes(table)) continue;
    columns.push({ table, column, values: await connection.count(tableName(table), column) });
  }
  return { tables, columns, unsure: losses.unsure };
}

function tableName(text: string): TableName {
  const dot = text.indexOf('.');
  return dot === -1 ? { schema: null, name: text } : { schema: text.slice(0, dot), name: text.slice(dot + 1) };
}
