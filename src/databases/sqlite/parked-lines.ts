/** Rows of SQLite as lines of `parked-rows.ts`: of each column its storage class and its value, exactly. */
import type { TableName } from '../../domain/migration.ts';
import type { ParkedColumn } from '../../domain/parking.ts';
import { BETWEEN, escapeCell, NULL_CELL } from '../parked-rows.ts';
import { tableIdentifier } from '../row-changes.ts';
import { dialect } from './history.ts';
import type { SqliteSession, SqliteValue } from './session.ts';

/** A row that may be larger is put together from blobs: an escaped text may be twice as long, and JavaScript's hold half a gigabyte. */
const MOST_IN_TEXT = 1 << 26;

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
  // Where texts are UTF-16, what the driver decodes is no longer what is stored.
  const decoded = encoding === 'UTF-8' && !isLarge(session, table, names);
  const read = decoded ? readTexts(session, table, names, line) : 0;
  if (read !== null) readValues(session, table, names, read, line);
}

/** Is there a row too large for one text? */
function isLarge(session: SqliteSession, table: string, names: readonly string[]): boolean {
  const bytes = names.map(name => `coalesce(octet_length(${name}), 0)`).join(' + ');
  return session.read(`SELECT 1 FROM ${table} WHERE ${bytes} > ${MOST_IN_TEXT} LIMIT 1`).rows.length > 0;
}

/**
 * Lines from values as the driver decodes them, which takes a third of the time of reading texts as blobs. Returns how many rows were handed
 * out when it had to stop: where what is no UTF-8 was replaced by the decoder, or where that character itself stands; else null.
 */
function readTexts(
  session: SqliteSession,
  table: string,
  names: readonly string[],
  line: (bytes: Buffer) => void,
): number | null {
  let held = Buffer.allocUnsafe(1 << 12);
  let rows = 0;
  let doubtful = false;
  session.each(`SELECT ${names.join(', ')} FROM ${table}`, row => {
    let cells = '';
    for (let at = 0; at < row.length; at += 1) cells += at === 0 ? textOf(row[at]) : `\t${textOf(row[at])}`;
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

/** A cell; the storage class is that of the value. */
function textOf(value: SqliteValue | undefined): string {
  if (typeof value === 'string')
    return SPECIAL.test(value) ? `t${value.replaceAll(EACH_SPECIAL, escapeOf)}` : `t${value}`;
  if (typeof value === 'bigint') return `i${value}`;
  if (typeof value === 'number') return realText(value);
  return value instanceof Uint8Array ? `b${bytesOf(value).toString('hex')}` : '\\N';
}

const SPECIAL = /[\\\t\n\r]/;
const EACH_SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escapeOf = (special: string): string => ESCAPES[special] ?? '\\\\';

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
