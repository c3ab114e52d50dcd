/** Rows of SQLite as lines of `parked-rows.ts`: of each column its storage class and its value, exactly. */
import type { TableName } from '../../domain/migration.ts';
import type { ParkedColumn } from '../../domain/parking.ts';
import { BETWEEN, escapeCell, NULL_CELL } from '../parked-rows.ts';
import { tableIdentifier } from '../row-changes.ts';
import { dialect } from './history.ts';
import type { SqliteSession, SqliteValue } from './session.ts';

/** A row that may be larger than this is put together here: SQLite makes no value of more than a gigabyte, and hex takes two bytes for one. */
const MOST_IN_SQL = 1 << 26;

/** Hands out every row of a table as a line. A line is valid only during the call. */
export function readLines(
  session: SqliteSession,
  from: TableName,
  columns: readonly ParkedColumn[],
  encoding: string,
  line: (bytes: Buffer) => void,
): void {
  // Always in the order of the table itself, so that one way of reading can go on where the other stopped.
  const table = `${tableIdentifier(dialect, from)} NOT INDEXED`;
  const names = columns.map(({ name }) => dialect.identifier(name));
  const found = session.read(
    `SELECT ${names.map(name => `MAX(typeof(${name}) = 'real'), COALESCE(MAX(octet_length(${name})), 0)`).join(', ')} FROM ${table}`,
  ).rows[0];
  const bytes = names.reduce((sum, _, index) => sum + Number(found?.[index * 2 + 1]), 0);
  // Where texts are UTF-16, what SQL puts together is no longer what is stored.
  const inSql = encoding === 'UTF-8' && bytes <= MOST_IN_SQL;
  const reals = new Map(names.map((name, index) => [name, Number(found?.[index * 2]) === 1]));
  const read = inSql ? readTexts(session, table, reals, line) : 0;
  if (read !== null) readValues(session, table, names, read, line);
}

/**
 * SQL puts the lines together, as texts: the driver's work is for each value, and most of all for each blob. Only real numbers come as they
 * are, since SQLite writes them otherwise than JavaScript does, in which earlier sets are written. `names`: may the column hold any? Returns how
 * many rows were handed out: it stops where what is no UTF-8 was replaced when the driver decoded it, or where that character itself stands.
 */
function readTexts(
  session: SqliteSession,
  table: string,
  names: ReadonlyMap<string, boolean>,
  line: (bytes: Buffer) => void,
): number | null {
  const results: string[] = [];
  let text: string[] = [];
  const whole = (): void => {
    if (text.length > 0) results.push(text.join(' || '));
    text = [];
  };
  for (const [name, mayBeReal] of names) {
    if (results.length + text.length > 0) text.push('char(9)');
    if (!mayBeReal) text.push(cellOf(name));
    else {
      whole();
      results.push(`CASE typeof(${name}) WHEN 'real' THEN ${name} ELSE ${cellOf(name)} END`);
    }
  }
  whole();
  let held = Buffer.allocUnsafe(1 << 12);
  let rows = 0;
  let doubtful = false;
  session.each(`SELECT ${results.join(', ')} FROM ${table}`, row => {
    let cells = '';
    for (const value of row) cells += typeof value === 'number' ? realText(value) : value;
    doubtful = cells.includes(REPLACED);
    if (doubtful) return false;
    if (cells.length * MOST_BYTES > held.length) held = Buffer.allocUnsafe(2 * cells.length * MOST_BYTES);
    line(held.subarray(0, held.write(cells)));
    rows += 1;
    return true;
  });
  return doubtful ? rows : null;
}

/** What a decoder writes for bytes that are no UTF-8. */
const REPLACED = '\ufffd';

/** UTF-8 takes no more bytes for one of JavaScript's characters. */
const MOST_BYTES = 3;

/** A cell as a text, for all but real numbers. */
function cellOf(name: string): string {
  const escapes = [`'\\', '\\\\'`, `char(9), '\\t'`, `char(10), '\\n'`, `char(13), '\\r'`];
  const escaped = escapes.reduce((sql, each) => `replace(${sql}, ${each})`, name);
  return `CASE typeof(${name}) WHEN 'null' THEN '\\N' WHEN 'integer' THEN 'i' || ${name} WHEN 'text' THEN 't' || ${escaped} ELSE 'b' || lower(hex(${name})) END`;
}

const realText = (value: number): string => `r${Object.is(value, -0) ? '-0' : value}`;

/** Every value by itself, but for the first rows. A text is asked for as a blob, or it would come decoded, with what is no UTF-8 replaced. */
function readValues(
  session: SqliteSession,
  table: string,
  names: readonly string[],
  skipped: number,
  line: (bytes: Buffer) => void,
): void {
  const list = names.map(
    name => `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
  );
  session.each(`SELECT ${list.join(', ')} FROM ${table} LIMIT -1 OFFSET ${skipped}`, row => line(lineOf(row)));
}

function lineOf(row: readonly SqliteValue[]): Buffer {
  const cells: Buffer[] = [];
  for (let at = 0; at < row.length; at += 2) {
    if (at > 0) cells.push(BETWEEN);
    const value = row[at + 1] ?? null;
    if (value === null) cells.push(NULL_CELL);
    else if (typeof value === 'bigint') cells.push(Buffer.from(`i${value}`));
    else if (typeof value === 'number') cells.push(Buffer.from(realText(value)));
    else if (row[at] === 'text') cells.push(LETTER_T, escapeCell(bytesOf(value)));
    else cells.push(Buffer.from(`b${bytesOf(value).toString('hex')}`));
  }
  return Buffer.concat(cells);
}

const LETTER_T = Buffer.from('t');

function bytesOf(value: SqliteValue | undefined): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return Buffer.from(String(value));
}
