/** Reads and changes history tables of SQLite databases. */
import type { Cell, Row, RowChange, TableName } from '../../domain/migration.ts';
import type { HistoryRead } from '../contract.ts';
import { type Dialect, MissedRow, missedClause, rowStatement, tableIdentifier } from '../row-changes.ts';
import type { SqliteSession, SqliteValue } from './session.ts';

/** How SQLite quotes and compares. */
export const dialect: Dialect = {
  identifier: name => `"${name.replaceAll('"', '""')}"`,
  placeholder: n => `?${n}`,
  // The collation is named so that a NOCASE column cannot make another row equal.
  equals: (column, placeholder) => `${column} IS ${placeholder} COLLATE BINARY`,
};

/** Reads a table (or view), in the order of its primary key, else as stored. */
export function readHistory(session: SqliteSession, table: TableName): HistoryRead {
  const kind = kindOf(session, table);
  if (kind === null) return { table: 'missing' };
  const keys = session
    .read('SELECT name, pk FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk', [table.name])
    .rows.map(row => dialect.identifier(String(row[0])));
  const order = keys.length > 0 ? keys : kind === 'table' ? ['rowid'] : [];
  const sql = `SELECT * FROM ${tableIdentifier(dialect, table)}`;
  const { columns, rows } = session.read(order.length === 0 ? sql : `${sql} ORDER BY ${order.join(', ')}`);
  return { table: 'present', columns, rows: rows.map(row => rowOf(columns, row)) };
}

/** Rows in a table, or those with a value in a column; null when one of them is not there. */
export function count(session: SqliteSession, table: TableName, column: string | null): number | null {
  if (kindOf(session, table) === null) return null;
  if (column !== null) {
    const known = session.read('SELECT 1 FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE', [
      table.name,
      column,
    ]);
    if (known.rows.length === 0) return null;
  }
  const counted = column === null ? '*' : dialect.identifier(column);
  return Number(session.read(`SELECT COUNT(${counted}) FROM ${tableIdentifier(dialect, table)}`).rows[0]?.[0]);
}

/** Names of all ordinary tables. */
export function tables(session: SqliteSession): readonly TableName[] {
  const { rows } = session.read(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  );
  return rows.map(row => ({ schema: null, name: String(row[0]) }));
}

/** Makes the changes, inside the caller's transaction. Throws MissedRow when one does not hit exactly one row. */
export function applyChanges(session: SqliteSession, table: TableName, changes: readonly RowChange[]): void {
  for (const change of changes) {
    const { sql, cells } = rowStatement(dialect, table, change);
    const missed = missedClause(change, session.change(sql, cells.map(boundValue)));
    if (missed !== null) throw new MissedRow(missed);
  }
}

function kindOf(session: SqliteSession, table: TableName): string | null {
  if (table.schema !== null && table.schema.toLowerCase() !== 'main') return null;
  const found = session.read(
    "SELECT type FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')",
    [table.name],
  );
  const type = found.rows[0]?.[0];
  return type === undefined ? null : String(type);
}

function rowOf(columns: readonly string[], row: readonly SqliteValue[]): Row {
  return Object.fromEntries(columns.map((column, index) => [column, cellOf(row[index] ?? null)]));
}

function cellOf(value: SqliteValue): Cell {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  }
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : String(value);
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') };
  return value;
}

// A whole number is bound as an integer; a REAL column turns it into a real again, so only a whole real in a column without any type
// would come back as an integer.
function boundValue(cell: Cell): SqliteValue {
  if (typeof cell === 'boolean') return cell ? 1n : 0n;
  if (typeof cell === 'number') return Number.isSafeInteger(cell) ? BigInt(cell) : cell;
  if (cell !== null && typeof cell === 'object') return Buffer.from(cell.hex, 'hex');
  return cell;
}
