/** Reads and changes history tables of PostgreSQL databases. */
import type { Cell, Row, RowChange, TableName } from '../../domain/migration.ts';
import type { HistoryRead } from '../contract.ts';
import { type Dialect, MissedRow, missedClause, rowStatement, tableIdentifier } from '../row-changes.ts';
import type { PostgresSession } from './session.ts';

/** How PostgreSQL quotes and compares. */
export const dialect: Dialect = {
  identifier: name => `"${name.replaceAll('"', '""')}"`,
  placeholder: n => `$${n}`,
  // A text is compared with the column's output text, which is what was read: that works for types without `=` (json), and exactly
  // where `=` is lenient (citext, padded char).
  equals: (column, placeholder, cell) =>
    typeof cell === 'string' ? `format('%s', ${column}) = ${placeholder}` : `${column} = ${placeholder}`,
};

/** Makes the session print values in one way, whatever the server's or the user's settings are. Lasts until the transaction ends. */
export const PLAIN_OUTPUT = `SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres';
SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL standard_conforming_strings = on;`;

/** Reads a table (or view), in the order of its primary key, else as stored. */
export async function readHistory(session: PostgresSession, table: TableName): Promise<HistoryRead> {
  const name = tableIdentifier(dialect, table);
  const found = await relationOf(session, table);
  if (found === null) return { table: 'missing' };
  const keys = await session.query(
    `SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
      WHERE i.indrelid = $1::oid AND i.indisprimary ORDER BY k.place`,
    [found.oid],
  );
  const stored = found.kind === 'r' ? ['ctid'] : [];
  const order = keys.rows.length > 0 ? keys.rows.map(([key]) => dialect.identifier(key ?? '')) : stored;
  const sql = `SELECT * FROM ${name}`;
  const { columns, types, rows } = await session.query(
    order.length === 0 ? sql : `${sql} ORDER BY ${order.join(', ')}`,
  );
  return { table: 'present', columns, rows: rows.map(row => rowOf(columns, types, row)) };
}

/** Rows in a table, or those with a value in a column; null when one of them is not there. */
export async function count(session: PostgresSession, table: TableName, column: string | null): Promise<number | null> {
  const found = await relationOf(session, table);
  if (found === null) return null;
  if (column !== null) {
    const known = await session.query(
      'SELECT 1 FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2 AND attnum > 0 AND NOT attisdropped',
      [found.oid, column],
    );
    if (known.rows.length === 0) return null;
  }
  const counted = column === null ? '*' : dialect.identifier(column);
  const { rows } = await session.query(`SELECT count(${counted}) FROM ${tableIdentifier(dialect, table)}`);
  return Number(rows[0]?.[0]);
}

/** Names of all ordinary tables; those of the default schema without it. */
export async function tables(session: PostgresSession): Promise<readonly TableName[]> {
  const { rows } = await session.query(
    `SELECT NULLIF(n.nspname, current_schema()), c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY n.nspname, c.relname`,
  );
  return rows.map(([schema, name]) => ({ schema: schema ?? null, name: name ?? '' }));
}

/** Makes the changes, inside the caller's transaction. Throws MissedRow when one does not hit exactly one row. */
export async function applyChanges(
  session: PostgresSession,
  table: TableName,
  changes: readonly RowChange[],
): Promise<void> {
  for (const change of changes) {
    const { sql, cells } = rowStatement(dialect, table, change);
    const { hit } = await session.query(sql, cells.map(inputText));
    const missed = missedClause(change, hit);
    if (missed !== null) throw new MissedRow(missed);
  }
}

async function relationOf(
  session: PostgresSession,
  table: TableName,
): Promise<{ readonly oid: string; readonly kind: string } | null> {
  const { rows } = await session.query(
    "SELECT oid, relkind FROM pg_class WHERE oid = to_regclass($1) AND relkind IN ('r', 'p', 'v', 'm', 'f')",
    [tableIdentifier(dialect, table)],
  );
  const [oid, kind] = rows[0] ?? [];
  return oid && kind ? { oid, kind } : null;
}

function rowOf(columns: readonly string[], types: readonly number[], row: readonly (string | null)[]): Row {
  return Object.fromEntries(columns.map((column, index) => [column, cellOf(types[index] ?? 0, row[index] ?? null)]));
}

// Type oids as in pg_type.dat: bool, bytea, int8, int2, int4, oid, float4, float8.
function cellOf(type: number, text: string | null): Cell {
  if (text === null) return null;
  switch (type) {
    case 16:
      return text === 't';
    case 17:
      return { hex: text.slice(2) };
    case 20:
    case 21:
    case 23:
    case 26:
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 700:
    case 701:
      // Digits that JavaScript would write in another way (`1e+21` stays, `1e-07` becomes `1e-7`) still mean the same number.
      return Number.isFinite(Number(text)) && text !== '-0' ? Number(text) : text;
    default:
      return text;
  }
}

function inputText(cell: Cell): string | null {
  if (cell !== null && typeof cell === 'object') return `\\x${cell.hex}`;
  return cell === null ? null : String(cell);
}
