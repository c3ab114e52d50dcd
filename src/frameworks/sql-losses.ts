/** What SQL destroys, read from its text. A migration's reversal is read statement by statement, with renames followed. */
import type { Losses } from './contract.ts';
import { isMark, isWord, type SqlToken, sqlStatements, sqlText } from './sql-text.ts';

/** Statements that keep all rows and values. */
const HARMLESS = new Set(
  `analyze attach begin checkpoint cluster comment commit deallocate declare detach discard end explain fetch grant insert listen
  load lock notify optimize pragma refresh reindex release reset revoke savepoint set show start unlisten unlock use vacuum values`.split(
    /\s+/,
  ),
);

/** Things whose removal takes no rows along, unless others hang on them (`CASCADE`). */
const WITHOUT_ROWS = new Set(
  `access aggregate cast collation constraint conversion domain event extension function index language materialized operator
  policy procedure publication routine rule sequence statistics subscription text trigger type view`.split(/\s+/),
);

/** What is known while the statements are read. */
interface Reading {
  readonly tables: Set<string>;
  readonly columns: Map<string, { readonly table: string; readonly column: string }>;
  readonly unsure: Set<string>;
  /** Current name of a table that the script renamed, to its name before. */
  readonly renamed: Map<string, string>;
  /** Tables the script made, by current name, with the columns they were made with. */
  readonly made: Map<string, readonly string[]>;
  /** What was copied into a table the script made: current name of the copy to the names it was filled from. */
  readonly filled: Map<string, Set<string>>;
  /** Dropped tables (name before) with the name they had when they were dropped. */
  readonly dropped: Map<string, string>;
}

/** A column of a table, as the contract of losses has it. */
type Column = Losses['columns'][number];

/**
 * Reads what a script destroys. Names stay as they are written: an unquoted one may stand in lower case in the database.
 * `added` are columns the script is to take away again: those that a rebuilt table is made without are lost.
 */
export function sqlLosses(script: string, added: readonly Column[] = []): Losses {
  const { tokens, doubt } = sqlText(script);
  const reading: Reading = {
    tables: new Set(),
    columns: new Map(),
    unsure: new Set(doubt === null ? [] : [doubt]),
    renamed: new Map(),
    made: new Map(),
    filled: new Map(),
    dropped: new Map(),
  };
  for (const statement of sqlStatements(tokens)) readStatement(statement, reading);
  for (const [before, atDrop] of reading.dropped) {
    // SQLite's way to change a table: a new one is filled from the old, takes its name, and the old one goes ("Making Other
    // Kinds Of Table Schema Changes", sqlite.org/lang_altertable.html).
    const columns = reading.filled.get(before)?.has(atDrop) === true ? reading.made.get(before) : undefined;
    if (columns === undefined) {
      reading.tables.add(before);
      continue;
    }
    reading.unsure.add(`it rebuilds the table ${before}, and columns it does not copy are lost`);
    for (const each of added) {
      if (each.table === before && !columns.includes(each.column)) reading.columns.set(JSON.stringify(each), each);
    }
  }
  return {
    tables: [...reading.tables],
    columns: [...reading.columns.values()].filter(({ table }) => !reading.tables.has(table)),
    unsure: reading.unsure.size === 0 ? null : [...reading.unsure].slice(0, 5).join('; '),
  };
}

function readStatement(statement: readonly SqlToken[], reading: Reading): void {
  const [first, second] = statement;
  if (isWord(first, 'drop')) readDrop(statement, reading);
  else if (isWord(first, 'alter') && statement.slice(1, 4).some(token => isWord(token, 'table'))) {
    readAlterTable(statement, reading);
  } else if (isWord(first, 'rename') && isWord(second, 'table')) readRenameTable(statement, reading);
  else if (isWord(first, 'create')) readCreate(statement, reading);
  else if (isWord(first, 'insert') && !statement.some(token => isWord(token, 'update', 'replace'))) {
    readInsert(statement, reading);
  } else if (isWord(first, 'alter')) {
    if (statement.some(token => isWord(token, 'drop'))) reading.unsure.add(`it runs ${shown(statement)}`);
  } else if (isWord(first, 'select', 'with', 'values') && isPlainQuery(statement)) return;
  else if (first === undefined || (isWord(first) === false && first.kind !== 'word'))
    reading.unsure.add('it is not plain SQL');
  else if (!HARMLESS.has(first.text.toLowerCase()) || isWord(first, 'insert'))
    reading.unsure.add(`it runs ${shown(statement)}`);
}

/** A query without a call and without a changing part. */
const isPlainQuery = (statement: readonly SqlToken[]): boolean =>
  !statement.some(
    (token, index) =>
      isWord(token, 'delete', 'update', 'insert', 'merge', 'into') ||
      (isMark(token, '(') &&
        ['word', 'name'].includes(statement[index - 1]?.kind ?? '') &&
        !isWord(statement[index - 1], 'as', 'in', 'from', 'and', 'or', 'exists', 'select')),
  );

/** `DROP TABLE [IF EXISTS] a, b [CASCADE]` and the removal of other things. */
function readDrop(statement: readonly SqlToken[], reading: Reading): void {
  let at = 1;
  if (isWord(statement[at], 'temporary')) return;
  if (isWord(statement[at], 'foreign') && isWord(statement[at + 1], 'table')) at += 1;
  if (!isWord(statement[at], 'table', 'tables')) {
    const cascades = statement.some(token => isWord(token, 'cascade'));
    if (!WITHOUT_ROWS.has(statement[at]?.text.toLowerCase() ?? '') || cascades) {
      reading.unsure.add(`it runs ${shown(statement)}`);
    }
    return;
  }
  at = afterIfExists(statement, at + 1);
  for (;;) {
    const name = nameAt(statement, at);
    if (name === null) break;
    drop(name.text, reading);
    at = name.end;
    if (!isMark(statement[at], ',')) break;
    at += 1;
  }
}

function drop(table: string, reading: Reading): void {
  if (reading.made.delete(table)) return;
  const before = reading.renamed.get(table) ?? table;
  reading.renamed.delete(table);
  reading.dropped.set(before, table);
}

/** `ALTER TABLE [IF EXISTS] [ONLY] t action, action, …`. */
function readAlterTable(statement: readonly SqlToken[], reading: Reading): void {
  let at = statement.findIndex(token => isWord(token, 'table')) + 1;
  at = afterIfExists(statement, at);
  if (isWord(statement[at], 'only')) at += 1;
  const table = nameAt(statement, at);
  if (table === null) {
    reading.unsure.add(`it runs ${shown(statement)}`);
    return;
  }
  at = isMark(statement[table.end], '*') ? table.end + 1 : table.end;
  for (const action of splitAtCommas(statement.slice(at))) readAction(table.text, action, statement, reading);
}

function readAction(
  table: string,
  action: readonly SqlToken[],
  statement: readonly SqlToken[],
  reading: Reading,
): void {
  const [first, second] = action;
  if (isWord(first, 'drop')) {
    const kinds = ['constraint', 'index', 'key', 'primary', 'foreign', 'check'];
    if (second?.kind === 'word' && kinds.includes(second.text.toLowerCase()) && action.length > 2) return;
    if (isWord(second, 'partition')) {
      reading.unsure.add(`it runs ${shown(statement)}`);
      return;
    }
    let at = isWord(second, 'column') ? 2 : 1;
    at = afterIfExists(action, at);
    // MySQL and PostgreSQL allow no list here, Oracle-style brackets do no harm.
    const column = action[at];
    if (column === undefined || (column.kind !== 'word' && column.kind !== 'name'))
      reading.unsure.add(`it runs ${shown(statement)}`);
    else if (!reading.made.has(table)) {
      const before = reading.renamed.get(table) ?? table;
      reading.columns.set(JSON.stringify([before, column.text]), { table: before, column: column.text });
    }
    return;
  }
  if (isWord(first, 'rename')) {
    const to = isWord(second, 'to', 'as')
      ? nameAt(action, 2)
      : second?.kind === 'name' || !isWord(second, 'column', 'index', 'key', 'constraint')
        ? bareRename(action)
        : null;
    if (to !== null) rename(table, to.text, reading);
    return;
  }
  const changesType =
    isWord(first, 'modify', 'change') || (isWord(first, 'alter') && action.some(token => isWord(token, 'type')));
  if (changesType || isWord(first, 'truncate', 'exchange', 'discard', 'detach'))
    reading.unsure.add(`it runs ${shown(statement)}`);
}

/** MySQL's `RENAME new_name`; `RENAME old TO new` renames a column in SQLite and PostgreSQL. */
const bareRename = (action: readonly SqlToken[]): { text: string; end: number } | null => {
  const name = nameAt(action, 1);
  return name !== null && name.end === action.length ? name : null;
};

/** `RENAME TABLE a TO b, c TO d` (MySQL). */
function readRenameTable(statement: readonly SqlToken[], reading: Reading): void {
  for (const pair of splitAtCommas(statement.slice(2))) {
    const from = nameAt(pair, 0);
    const to = from !== null && isWord(pair[from.end], 'to') ? nameAt(pair, from.end + 1) : null;
    if (from !== null && to !== null) rename(from.text, to.text, reading);
  }
}

/** A new name without a schema keeps the schema of the old one. */
function rename(from: string, written: string, reading: Reading): void {
  const schema = from.includes('.') && !written.includes('.') ? from.slice(0, from.lastIndexOf('.') + 1) : '';
  const to = `${schema}${written}`;
  const filled = reading.filled.get(from);
  if (filled !== undefined) {
    reading.filled.delete(from);
    reading.filled.set(to, filled);
  }
  for (const sources of reading.filled.values()) if (sources.delete(from)) sources.add(to);
  const made = reading.made.get(from);
  if (made !== undefined) {
    reading.made.delete(from);
    reading.made.set(to, made);
    return;
  }
  reading.renamed.set(to, reading.renamed.get(from) ?? from);
  reading.renamed.delete(from);
}

/** `CREATE TABLE t …`; other things that are made destroy nothing, save what `OR REPLACE TABLE` replaces. */
function readCreate(statement: readonly SqlToken[], reading: Reading): void {
  const index = statement.slice(0, 6).findIndex(token => isWord(token, 'table'));
  if (index === -1) return;
  const at = afterIfExists(statement, index + 1);
  const name = nameAt(statement, at);
  if (name === null) return;
  if (isWord(statement[1], 'or')) drop(name.text, reading);
  reading.made.set(name.text, columnsMade(statement.slice(name.end)));
  fill(name.text, statement.slice(name.end), reading);
}

/** First names of the parts of `(a integer, b text, PRIMARY KEY (a))`; a constraint among them does no harm. */
function columnsMade(rest: readonly SqlToken[]): readonly string[] {
  if (!isMark(rest[0], '(')) return [];
  return splitAtCommas(rest.slice(1)).flatMap(part => part[0]?.text ?? []);
}

/** Columns that a script adds to tables (`ALTER TABLE t ADD [COLUMN] [IF NOT EXISTS] c`). */
export function sqlAddedColumns(script: string): readonly Column[] {
  return sqlStatements(sqlText(script).tokens).flatMap(statement => {
    if (!isWord(statement[0], 'alter')) return [];
    const index = statement.slice(0, 4).findIndex(token => isWord(token, 'table'));
    let at = afterIfExists(statement, index + 1);
    if (isWord(statement[at], 'only')) at += 1;
    const table = index === -1 ? null : nameAt(statement, at);
    if (table === null) return [];
    return splitAtCommas(statement.slice(table.end)).flatMap(action => {
      if (!isWord(action[0], 'add')) return [];
      const column = action[afterIfExists(action, isWord(action[1], 'column') ? 2 : 1)];
      const constraint = isWord(
        column,
        'constraint',
        'primary',
        'foreign',
        'unique',
        'check',
        'index',
        'key',
        'fulltext',
      );
      return column === undefined || constraint ? [] : [{ table: table.text, column: column.text }];
    });
  });
}

/** `INSERT INTO made … SELECT … FROM old`. */
function readInsert(statement: readonly SqlToken[], reading: Reading): void {
  const into = statement.findIndex(token => isWord(token, 'into'));
  const name = into === -1 ? null : nameAt(statement, into + 1);
  if (name !== null && reading.made.has(name.text)) fill(name.text, statement.slice(name.end), reading);
}

function fill(table: string, rest: readonly SqlToken[], reading: Reading): void {
  rest.forEach((token, index) => {
    if (!isWord(token, 'from')) return;
    const source = nameAt(rest, index + 1);
    if (source === null) return;
    const sources = reading.filled.get(table) ?? new Set();
    reading.filled.set(table, sources.add(source.text));
  });
}

/** Index behind `IF EXISTS` or `IF NOT EXISTS`, or the same. */
function afterIfExists(tokens: readonly SqlToken[], at: number): number {
  if (!isWord(tokens[at], 'if')) return at;
  return isWord(tokens[at + 1], 'not') ? at + 3 : at + 2;
}

/** A name with its qualifiers, joined by dots as the contract wants it: unquoted. */
function nameAt(tokens: readonly SqlToken[], from: number): { text: string; end: number } | null {
  const parts: string[] = [];
  let at = from;
  for (;;) {
    const token = tokens[at];
    if (token?.kind !== 'word' && token?.kind !== 'name') return null;
    parts.push(token.text);
    at += 1;
    if (!isMark(tokens[at], '.')) return { text: parts.join('.'), end: at };
    at += 1;
  }
}

function splitAtCommas(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const parts: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isMark(token, '(')) depth += 1;
    if (isMark(token, ')')) depth -= 1;
    if (depth < 0) break;
    if (depth === 0 && isMark(token, ',')) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** The head of a statement, for people: `UPDATE users`. */
function shown(statement: readonly SqlToken[]): string {
  const head = statement.slice(0, 4).map(token => (token.kind === 'string' ? '…' : token.text.slice(0, 40)));
  return `${head.join(' ')}${statement.length > 4 ? ' …' : ''}`;
}
