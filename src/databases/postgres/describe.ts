/** Describes a PostgreSQL schema for comparison. Runs inside the caller's transaction, and leaves its search path as it was. */
import type { TableName } from '../../domain/migration.ts';
import type { Schema, SchemaObject } from '../../domain/schema.ts';
import { tableIdentifier } from '../row-changes.ts';
import { makeSchema } from '../schema-objects.ts';
import { CATALOG } from './catalog.ts';
import { dialect } from './history.ts';
import type { PostgresSession } from './session.ts';

/** Everything outside the system's schemas, the given tables left out with all that belongs to them. */
export async function describeSchema(session: PostgresSession, without: readonly TableName[]): Promise<Schema> {
  const asked = await session.query(
    `SELECT current_setting('search_path'), current_schema(), coalesce((SELECT json_agg(n.nspname || '.' || c.relname) FROM unnest($1::text[]) name
       JOIN pg_class c ON c.oid = to_regclass(name) JOIN pg_namespace n ON n.oid = c.relnamespace), '[]')`,
    [arrayText(without.map(table => tableIdentifier(dialect, table)))],
  );
  const [path = '', home = '', leftOut = '[]'] = asked.rows[0] ?? [];
  const left = new Set<string>(JSON.parse(leftOut ?? '[]'));
  const setPath = (to: string | null): Promise<unknown> =>
    session.query("SELECT set_config('search_path', $1, true)", [to]);
  await setPath('');
  const { rows } = await session.query(CATALOG);
  await setPath(path);
  const objects = rows
    .filter(([, space, table]) => table === null || !left.has(`${space}.${table}`))
    .map(row => objectOf(row, home ?? ''));
  return makeSchema(objects);
}

function objectOf(row: readonly (string | null)[], home: string): SchemaObject {
  const [kind, space, table, name, says] = row;
  const inSpace = (text: string): string =>
    space === null || space === undefined || space === home ? text : `${space}.${text}`;
  const text = name ?? '';
  const base = { kind: kind as SchemaObject['kind'], says: says ?? '' };
  if (table === null || table === undefined || kind === 'table') return { ...base, name: inSpace(text) };
  if (kind === 'column') return { ...base, name: `${inSpace(table)}.${text}` };
  if (kind === 'sequence') return { ...base, name: `${inSpace(table)}: ${text}` };
  return { ...base, name: `${inSpace(table)}: ${withoutCounter(text, table)}` };
}

// PostgreSQL numbers names it makes itself when they are taken at that moment (`orders_user_id_fkey1`); which number comes out
// depends on the order in which things were made and dropped (src/backend/commands/indexcmds.c, ChooseRelationName).
function withoutCounter(name: string, table: string): string {
  if (!name.startsWith(`${table}_`)) return name;
  return name.replace(/_(pkey|key|fkey|check|excl|idx)\d+$/, '_$1');
}

function arrayText(items: readonly string[]): string {
  return `{${items.map(item => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
