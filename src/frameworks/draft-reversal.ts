/** A draft of the SQL that takes a migration back, from what its SQL plainly did. Only a person can make it the reversal. */
import type { Engine } from '../domain/migration.ts';
import { isMark, isWord, type SqlToken, sqlStatements, sqlText } from './sql-text.ts';

/** Longest statement that is repeated in a comment, in characters. */
const LONGEST = 200;

/**
 * The inverse of a script, statement by statement from its end: `CREATE TABLE a` becomes `DROP TABLE a;`, an added column is dropped, an
 * index and a view too. Everything else is a comment that says what was done.
 */
export function draftReversal(script: string, engine: Engine): readonly string[] {
  const statements = sqlStatements(sqlText(script).tokens);
  return statements
    .toReversed()
    .flatMap(statement => inverse(statement, engine) ?? [`-- It did: ${shown(statement, engine)}`]);
}

function inverse(statement: readonly SqlToken[], engine: Engine): readonly string[] | null {
  // What may have been there before is not taken away without a person's word.
  const maybe = statement.some((token, at) => isWord(token, 'if') && isWord(statement[at + 1], 'not'));
  if (maybe || (isWord(statement[1], 'or') && isWord(statement[2], 'replace'))) return null;
  if (isWord(statement[0], 'create')) return inverseOfCreate(statement, engine);
  if (isWord(statement[0], 'alter') && isWord(statement[1], 'table')) return inverseOfAlter(statement, engine);
  return null;
}

function inverseOfCreate(statement: readonly SqlToken[], engine: Engine): readonly string[] | null {
  const at = statement.findIndex(
    (token, index) => index > 0 && !isWord(token, 'unique', 'fulltext', 'spatial', 'unlogged'),
  );
  const [kind] = statement.slice(at);
  if (isWord(kind, 'table', 'view')) {
    const name = nameAt(statement, at + 1, engine);
    return name === null ? null : [`DROP ${isWord(kind, 'table') ? 'TABLE' : 'VIEW'} ${name.text};`];
  }
  if (!isWord(kind, 'index')) return null;
  const from = isWord(statement[at + 1], 'concurrently') ? at + 2 : at + 1;
  const name = isWord(statement[from], 'on') ? null : nameAt(statement, from, engine);
  if (name === null || !isWord(statement[name.end], 'on')) return null;
  const table = nameAt(statement, name.end + (isWord(statement[name.end + 1], 'only') ? 2 : 1), engine);
  if (table === null) return null;
  return [engine === 'mysql' ? `DROP INDEX ${name.text} ON ${table.text};` : `DROP INDEX ${name.text};`];
}

/** Only where every change of the statement adds a column. */
function inverseOfAlter(statement: readonly SqlToken[], engine: Engine): readonly string[] | null {
  const table = nameAt(statement, isWord(statement[2], 'only') ? 3 : 2, engine);
  if (table === null) return null;
  const columns: string[] = [];
  for (const change of parted(statement.slice(table.end))) {
    if (!isWord(change[0], 'add')) return null;
    const at = isWord(change[1], 'column') ? 2 : 1;
    const isNoColumn = isWord(
      change[at],
      'constraint',
      'primary',
      'unique',
      'foreign',
      'check',
      'index',
      'key',
      'fulltext',
      'spatial',
      'exclude',
      'partition',
      'period',
      'system',
    );
    const name = isNoColumn ? null : nameAt(change, at, engine);
    if (name === null) return null;
    columns.push(name.text);
  }
  return columns.toReversed().map(column => `ALTER TABLE ${table.text} DROP COLUMN ${column};`);
}

/** Parts between commas outside brackets. */
function parted(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const parts: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isMark(token, '(')) depth += 1;
    if (isMark(token, ')')) depth -= 1;
    if (isMark(token, ',') && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** A name with its schema, quoted as it was, in the engine's own quotes. */
function nameAt(
  tokens: readonly SqlToken[],
  from: number,
  engine: Engine,
): { readonly text: string; readonly end: number } | null {
  const words: string[] = [];
  let at = from;
  for (;;) {
    const token = tokens[at];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) return null;
    words.push(written(token, engine));
    at += 1;
    if (!isMark(tokens[at], '.')) return { text: words.join('.'), end: at };
    at += 1;
  }
}

function written({ kind, text }: SqlToken, engine: Engine): string {
  if (kind === 'string') return `'${text.replaceAll("'", "''")}'`;
  if (kind !== 'name') return text;
  return engine === 'mysql' ? `\`${text.replaceAll('`', '``')}\`` : `"${text.replaceAll('"', '""')}"`;
}

const shown = (statement: readonly SqlToken[], engine: Engine): string => {
  const text = statement
    .map(token => written(token, engine))
    .join(' ')
    .replace(/\s+/g, ' ');
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};
