/** Reads and changes history tables of MySQL and MariaDB databases. */
import type { Cell, Row, RowChange, TableName } from '../../domain/migration.ts';
import type { HistoryRead } from '../contract.ts';
import { type Dialect, MissedRow, missedClause, rowStatement, tableIdentifier } from '../row-changes.ts';
import type { MysqlRows, MysqlSession, MysqlValue } from './session.ts';

/** How MySQL quotes and compares. */
export const dialect: Dialect = {
  identifier: name => `\`${name.replaceAll('`', '``')}\``,
  placeholder: () => '?',
  // Texts are compared byte by byte: most collations find `a` equal to `A` and to `a `.
  equals(column, placeholder, cell) {
    if (typeof cell === 'string') {
      return `CAST(CONVERT(${column} USING utf8mb4) AS BINARY) = CAST(CONVERT(${placeholder} USING utf8mb4) AS BINARY)`;
    }
    // BIT is a number wherever it can be one, and its bytes here.
    return typeof cell === 'object' ? `CAST(${column} AS BINARY) = ${placeholder}` : `${column} = ${placeholder}`;
  },
};

/**
 * Runs an act with settings under which values are read and written as they are: time stamps in UTC, zeros in AUTO_INCREMENT columns and
 * zero dates allowed, nothing cut short. The session's own settings come back, for a script may depend on them.
 */
export async function withPlainValues<T>(session: MysqlSession, act: () => Promise<T>): Promise<T> {
  const { rows } = await session.read('SELECT @@SESSION.time_zone, @@SESSION.sql_mode');
  const [zone, mode] = (rows[0] ?? []).map(value => String(value));
  const set = (to: readonly (string | undefined)[]): Promise<void> =>
    session.script(`SET SESSION time_zone = ${quoted(to[0] ?? 'SYSTEM')}, SESSION sql_mode = ${quoted(to[1] ?? '')}`);
  await set(['+00:00', 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO']);
  try {
    return await act();
  } finally {
    if (session.lost() === null) await set([zone, mode]);
  }
}

export const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;

/** Reads a table (or view), in the order of its primary key, else as stored. */
export async function readHistory(session: MysqlSession, table: TableName): Promise<HistoryRead> {
  if (!(await exists(session, table))) return { table: 'missing' };
  const keys = await session.read(
    `SELECT COLUMN_NAME FROM information_schema.STATISTICS
      WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX`,
    [table.schema, table.name],
  );
  const order = keys.rows.map(([key]) => dialect.identifier(String(key)));
  const sql = `SELECT ${await selectList(session, table)} FROM ${tableIdentifier(dialect, table)}`;
  const read = await session.read(order.length === 0 ? sql : `${sql} ORDER BY ${order.join(', ')}`);
  return { table: 'present', columns: read.columns, rows: rowsOf(read) };
}

// Times are asked for as text: the driver drops a fraction of zeros, and the server takes the year 0 for 2000 when it is a number.
async function selectList(session: MysqlSession, table: TableName): Promise<string> {
  const { rows } = await session.read(
    `SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [table.schema, table.name],
  );
  const columns = rows.map(([column, type]) => {
    const name = dialect.identifier(String(column));
    return /^(datetime|timestamp|time|year)$/i.test(String(type)) ? `CAST(${name} AS CHAR) AS ${name}` : name;
  });
  return columns.length === 0 ? '*' : columns.join(', ');
}

/** Rows in a table, or those with a value in a column; null when one of them is not there. */
export async function count(session: MysqlSession, table: TableName, column: string | null): Promise<number | null> {
  if (!(await exists(session, table))) return null;
  if (column !== null) {
    const known = await session.read(
      `SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND COLUMN_NAME = ?`,
      [table.schema, table.name, column],
    );
    if (known.rows.length === 0) return null;
  }
  const counted = column === null ? '*' : dialect.identifier(column);
  const { rows } = await session.read(`SELECT COUNT(${counted}) FROM ${tableIdentifier(dialect, table)}`);
  return Number(rows[0]?.[0]);
}

/** Names of all ordinary tables of the database. */
export async function tables(session: MysqlSession): Promise<readonly TableName[]> {
  const { rows } = await session.read(
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE LIKE '%TABLE%' ORDER BY TABLE_NAME",
  );
  return rows.map(([name]) => ({ schema: null, name: String(name) }));
}

/** Makes the changes, inside the caller's transaction. Throws MissedRow when one does not hit exactly one row. */
export async function applyChanges(
  session: MysqlSession,
  table: TableName,
  changes: readonly RowChange[],
): Promise<void> {
  for (const change of changes) {
    const { sql, cells } = rowStatement(dialect, table, change);
    const missed = missedClause(change, await session.change(sql, cells.map(boundValue)));
    if (missed !== null) throw new MissedRow(missed);
  }
}

async function exists(session: MysqlSession, table: TableName): Promise<boolean> {
  const { rows } = await session.read(
    'SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?',
    [table.schema, table.name],
  );
  return rows.length > 0;
}

function rowsOf(read: MysqlRows): readonly Row[] {
  return read.rows.map(row =>
    Object.fromEntries(read.columns.map((column, index) => [column, cellOf(row[index] ?? null)])),
  );
}

function cellOf(value: MysqlValue): Cell {
  return Buffer.isBuffer(value) ? { hex: value.toString('hex') } : value;
}

// Whole numbers go as text: the driver would send a double, which a VARCHAR column shows as 2.0240110093e13.
function boundValue(cell: Cell): MysqlValue {
  if (typeof cell === 'boolean') return cell ? '1' : '0';
  if (typeof cell === 'number') return Number.isInteger(cell) ? cell.toString() : cell;
  if (cell !== null && typeof cell === 'object') return Buffer.from(cell.hex, 'hex');
  return cell;
}
