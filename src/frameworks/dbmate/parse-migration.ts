/** Reads a dbmate file as dbmate does: pkg/dbmate/migration.go of v2.35.0, and the 2.36.0 binary run on odd files. */

/** One block, as dbmate sends it to the database: its directive line included. */
interface Block {
  readonly sql: string;
  /** False where the directive says `transaction:false`. */
  readonly inTransaction: boolean;
}

/** What a file holds, or why dbmate would not take it. Several pairs of blocks are read by dbmate, but not applied rightly. */
export type DbmateFile =
  | { readonly kind: 'blocks'; readonly up: Block; readonly down: Block; readonly pairs: number }
  | { readonly kind: 'unreadable'; readonly reason: string };

// Go's `\s` is ASCII only, and its `^` and `$` know no line end but \n.
const UP = /(?<![^\n])--[\t\n\f\r ]*migrate:up(?:[\t\n\f\r ]*(?![^\n])|[\t\n\f\r ]+[^\t\n\f\r ]+)/g;
const DOWN = /(?<![^\n])--[\t\n\f\r ]*migrate:down(?:[\t\n\f\r ]*(?![^\n])|[\t\n\f\r ]+[^\t\n\f\r ]+)/g;

/** Does a text have dbmate's mark? Other tools that use `schema_migrations` have not. */
export const hasMark = (text: string): boolean => text.search(UP) !== -1;

/** Reads the blocks of a file. The pair is the first one. */
export function parseDbmateFile(text: string): DbmateFile {
  const ups = [...text.matchAll(UP)].map(match => match.index);
  const [start] = ups;
  if (start === undefined) return unreadable('it has no "-- migrate:up" line');
  if (text.slice(0, start).split('\n').some(isStatementLine)) {
    return unreadable('it has statements before its "-- migrate:up" line');
  }
  const downs = [...text.matchAll(DOWN)].map(match => match.index);
  for (const [index, from] of ups.entries()) {
    const to = ups[index + 1] ?? text.length;
    const inside = downs.filter(each => each >= from && each < to);
    if (inside.length > 1) return unreadable('it has several "-- migrate:down" lines after one "-- migrate:up" line');
    if (inside.length === 0) return unreadable('it has no "-- migrate:down" line after its "-- migrate:up" line');
    if (ups.length > MANY) break;
  }
  const middle = downs.find(each => each > start) ?? text.length;
  return {
    kind: 'blocks',
    up: block(text.slice(start, middle)),
    down: block(text.slice(middle, ups[1] ?? text.length)),
    pairs: ups.length,
  };
}

/** More pairs than anybody writes by hand; further ones are not looked at one by one. */
const MANY = 100;

const unreadable = (reason: string): DbmateFile => ({ kind: 'unreadable', reason });

const isStatementLine = (line: string): boolean => !/^[\t\n\f\r ]*(?:--|$)/.test(line);

/** Options are `key:value` words on the directive's line; only `transaction:false` means something. */
function block(sql: string): Block {
  const line = sql.split('\n', 1)[0] ?? '';
  const options = new Map<string, string>();
  for (const pair of line
    .replace(/^--[\t\n\f\r ]*migrate:(?:up|down)/, '')
    .trim()
    .split(/[\t\n\f\r ]+/)) {
    const [key, value, ...more] = pair.split(':');
    if (key !== undefined && value !== undefined && more.length === 0) options.set(key, value);
  }
  return { sql, inTransaction: options.get('transaction') !== 'false' };
}
