/** What a reversal destroys, counted in the real database. */
import type { Connection } from '../databases/contract.ts';
import type { TableName } from '../domain/migration.ts';
import type { CountedLosses } from '../domain/plan.ts';
import type { Losses } from '../frameworks/contract.ts';

/** Counts rows of the tables and values of the columns that go. Each table and column is counted once. */
export async function countLosses(connection: Connection, losses: Losses): Promise<CountedLosses> {
  const tables = [];
  for (const table of new Set(losses.tables)) {
    tables.push({ table, rows: await counted(connection, table, null) });
  }
  const columns = [];
  for (const { table, column } of losses.columns) {
    if (losses.tables.includes(table)) continue;
    columns.push({ table, column, values: await counted(connection, table, column) });
  }
  return { tables, columns, unsure: losses.unsure };
}

/** Names stand as the migration's text has them; PostgreSQL stores unquoted ones in lower case. */
async function counted(connection: Connection, table: string, column: string | null): Promise<number | null> {
  const asWritten = await connection.count(tableName(table), column);
  if (asWritten !== null || connection.address.engine !== 'postgres') return asWritten;
  return connection.count(tableName(table.toLowerCase()), column?.toLowerCase() ?? null);
}

/** True when a step's text names things to drop and none of them is there: somebody was faster, and the reversal will fail. */
export const nothingLeftToLose = ({ tables, columns }: CountedLosses): boolean =>
  tables.length + columns.length > 0 &&
  tables.every(({ rows }) => rows === null) &&
  columns.every(({ values }) => values === null);

/** A name as texts write it: `sales.orders` lies in the schema `sales`. */
export function tableName(text: string): TableName {
  const dot = text.indexOf('.');
  return dot === -1 ? { schema: null, name: text } : { schema: text.slice(0, dot), name: text.slice(dot + 1) };
}
