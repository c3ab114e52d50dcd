/** Drizzle's history table, as its migrators make it (`migrate` of drizzle-orm's dialects, 0.45.4 and 1.0.0-rc.5). */
import type { Engine, TableName } from '../../domain/migration.ts';

/** `named`: with the columns of version 1.0. */
export function historyTableSql({ schema, name }: TableName, engine: Engine, named: boolean): string {
  const mark = engine === 'mysql' ? '`' : '"';
  const quoted = (text: string) => `${mark}${text.replaceAll(mark, mark + mark)}${mark}`;
  const table = [schema, name].flatMap(each => (each === null ? [] : quoted(each))).join('.');
  const [key, time, appliedAt] = {
    sqlite: [named ? 'INTEGER PRIMARY KEY' : 'SERIAL PRIMARY KEY', 'numeric', 'TEXT'],
    postgres: ['SERIAL PRIMARY KEY', 'bigint', 'timestamp with time zone DEFAULT now()'],
    mysql: ['serial primary key', 'bigint', 'timestamp DEFAULT CURRENT_TIMESTAMP'],
  }[engine];
  const more = named ? `, name text, applied_at ${appliedAt}` : '';
  const before = schema === null ? '' : `CREATE SCHEMA IF NOT EXISTS ${quoted(schema)};\n`;
  return `${before}CREATE TABLE ${table} (id ${key}, hash text NOT NULL, created_at ${time}${more});`;
}
