/** What PostgreSQL's catalog says of one table, for parking. */
import type { TableName } from '../../domain/migration.ts';
import type { TableFacts } from '../parking.ts';
import { tableIdentifier } from '../row-changes.ts';
import { dialect } from './history.ts';
import type { PostgresSession } from './session.ts';

/** `isParent`: its rows lie in partitions, or in tables that inherit from it. */
export interface PostgresTableFacts extends TableFacts {
  readonly isParent: boolean;
}

/** null where there is no ordinary or partitioned table of that name. */
export async function factsOf(session: PostgresSession, asked: TableName): Promise<PostgresTableFacts | null> {
  const found = await session.query(
    `SELECT c.oid, c.relkind, NULLIF(n.nspname, current_schema()), c.relname, current_setting('server_encoding')
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')`,
    [tableIdentifier(dialect, asked)],
  );
  const [oid, kind, schema, name, encoding] = found.rows[0] ?? [];
  if (!oid || !name) return null;
  const table = { schema: schema ?? null, name };
  const columns = await session.query(
    `SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated, a.attnotnull
       FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [oid],
  );
  const keys = await session.query(
    `SELECT i.indisprimary, json_agg(a.attname ORDER BY k.place), bool_and(a.attnotnull)
       FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k(number, place)
       LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
      WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
      GROUP BY i.indexrelid, i.indisprimary ORDER BY i.indisprimary DESC, i.indexrelid`,
    [oid],
  );
  const references = await session.query(
    `SELECT DISTINCT NULLIF(n.nspname, current_schema()), c.relname FROM pg_constraint f
       JOIN pg_class c ON c.oid = f.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE f.conrelid = $1::oid AND f.contype = 'f' AND f.confrelid <> f.conrelid`,
    [oid],
  );
  const stored = columns.rows.filter(([, , generated]) => generated === '');
  return {
    table,
    columns: stored.map(([column, type]) => ({ name: column ?? '', type: type ?? '', as: null })),
    generated: columns.rows.filter(([, , generated]) => generated !== '').map(([column]) => column ?? ''),
    keys: keys.rows
      .filter(([, , sure]) => sure === 't')
      .map(([primary, names]) => ({
        kind: primary === 't' ? ('primary-key' as const) : ('unique-key' as const),
        columns: JSON.parse(names ?? '[]') as string[],
      })),
    counters: await countersOf(
      session,
      tableIdentifier(dialect, table),
      stored.map(([column]) => column ?? ''),
    ),
    encoding: encoding ?? 'UTF8',
    references: references.rows.map(([space, other]) => ({ schema: space ?? null, name: other ?? '' })),
    isParent: kind === 'p',
  };
}

/** Sequences that belong to the table's columns, by `serial` or as identity. */
async function countersOf(
  session: PostgresSession,
  table: string,
  columns: readonly string[],
): Promise<TableFacts['counters']> {
  const counters: { column: string; next: string }[] = [];
  const { rows } = await session.query(
    `SELECT column_name, pg_get_serial_sequence($1, column_name) FROM unnest($2::text[]) AS column_name`,
    [table, `{${columns.map(column => `"${column.replace(/["\\]/g, '\\$&')}"`).join(',')}}`],
  );
  for (const [column, sequence] of rows) {
    if (!column || !sequence) continue;
    const stands = await session.query(
      `SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM ${sequence}`,
    );
    counters.push({ column, next: stands.rows[0]?.[0] ?? '1' });
  }
  return counters;
}
