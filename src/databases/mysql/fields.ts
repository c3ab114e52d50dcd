/** Rows of the information schema by column name; which columns there are depends on the server. */
import type { MysqlSession, MysqlValue } from './session.ts';

/** A row: column name in upper case to value. */
export type Fields = Readonly<Record<string, MysqlValue>>;

/** Reads rows by column name. */
export async function fieldsOf(session: MysqlSession, sql: string): Promise<readonly Fields[]> {
  const { columns, rows } = await session.read(sql);
  return rows.map(row =>
    Object.fromEntries(columns.map((column, index) => [column.toUpperCase(), row[index] ?? null])),
  );
}

/** A field as text; empty where it is null or not there. */
export function textIn(row: Fields, field: string): string {
  const value = row[field];
  return value === null || value === undefined ? '' : String(value);
}
