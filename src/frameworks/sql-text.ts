/**
 * SQL as tokens and statements, read without a parser's ambition: enough to skip comments, strings and dollar quotes safely in
 * the dialects of PostgreSQL, MySQL and SQLite at once.
 */

/** `word`: unquoted name or keyword. `name`: quoted name, quotes off. `string`: literal, quotes off. `mark`: one character. */
export interface SqlToken {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'mark';
  readonly text: string;
}

/** The tokens of a text, and what the dialects would not agree on, as a clause; null when there is nothing. */
export interface SqlText {
  readonly tokens: readonly SqlToken[];
  readonly doubt: string | null;
}

/** Space; a word; a number; the opening mark of a dollar quote; a name in square brackets. One of them, or nothing. */
const PLAIN = /(\s+)|([\p{L}_][\p{L}\p{N}_$]*)|(\d[\w.]*)|(\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)|\[([^\][;'"()]{1,128})\]/uy;

/** Longer scripts carry data; what stands behind this many characters is not read. */
const LIMIT = 500_000;

/** Splits SQL into tokens; comments and white space are dropped. Never throws: what is left open ends with the text. */
export function sqlText(whole: string): SqlText {
  const text = whole.slice(0, LIMIT);
  const tokens: SqlToken[] = [];
  let doubt: string | null = whole.length > LIMIT ? 'it is too long to be read to its end' : null;
  let at = 0;
  let nests = true;
  const quote = (mark: string, escapes: boolean, kind: 'string' | 'name') => {
    const quoted = quotedAt(text, at, mark, escapes);
    // MySQL reads \' as a quote inside the string, standard SQL as its end.
    if (kind === 'string' && !escapes && quoted.text.endsWith('\\'))
      doubt ??= 'a string in it ends differently in MySQL and elsewhere';
    if (!quoted.closed) doubt ??= 'a quoted text in it does not end';
    tokens.push({ kind, text: quoted.text });
    at = quoted.end;
  };
  const comment = () => {
    // MySQL runs the inside of /*! … */ ("Comments", MySQL Reference Manual).
    if (text[at + 2] === '!') doubt ??= 'it has a comment that MySQL executes';
    const nested: number | null = nests ? nestedCommentEnd(text, at) : null;
    // Where nothing closes nested, no later comment can: looking again for each would take the square of the time.
    nests &&= nested !== null;
    const end = nested ?? text.indexOf('*/', at + 2) + 2;
    if (end === 1) doubt ??= 'a comment in it does not end';
    else if (nested === null) doubt ??= 'a comment in it ends differently in PostgreSQL and elsewhere';
    at = end === 1 ? text.length : end;
  };
  const dollarQuote = (mark: string) => {
    const end = text.indexOf(mark, at + mark.length);
    if (end === -1) doubt ??= 'a dollar-quoted string in it does not end';
    tokens.push({ kind: 'string', text: text.slice(at + mark.length, endOr(text, end)) });
    at = end === -1 ? text.length : end + mark.length;
  };
  while (at < text.length) {
    const mark = text[at] ?? '';
    if (mark === '-' && text[at + 1] === '-') at = endOr(text, text.indexOf('\n', at));
    else if (mark === '/' && text[at + 1] === '*') comment();
    else if (mark === "'") {
      const escapes = isWord(tokens.at(-1), 'e') && text[at - 1]?.toLowerCase() === 'e';
      if (escapes) tokens.pop();
      quote(mark, escapes, 'string');
    } else if (mark === '"' || mark === '`') quote(mark, false, 'name');
    else {
      PLAIN.lastIndex = at;
      const [found = mark, space, word, number, dollars, name] = PLAIN.exec(text) ?? [];
      if (dollars !== undefined) {
        dollarQuote(dollars);
        continue;
      }
      at += found.length;
      if (word !== undefined) tokens.push({ kind: 'word', text: word });
      else if (number !== undefined) tokens.push({ kind: 'number', text: number });
      else if (name !== undefined) tokens.push({ kind: 'name', text: name });
      else if (space === undefined) tokens.push({ kind: 'mark', text: found });
    }
  }
  return { tokens, doubt };
}

const endOr = (text: string, index: number): number => (index === -1 ? text.length : index);

/** Where a block comment ends when comments nest, as in PostgreSQL; null when it does not. */
function nestedCommentEnd(text: string, from: number): number | null {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  let depth = 0;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return null;
}

/** A quoted text; a doubled quote stands for itself, and with `escapes` a backslash takes the next character along. */
function quotedAt(
  text: string,
  from: number,
  quote: string,
  escapes: boolean,
): { readonly text: string; readonly end: number; readonly closed: boolean } {
  let at = from + 1;
  const parts: string[] = [];
  let start = at;
  while (at < text.length) {
    if (escapes && text[at] === '\\') {
      at += 2;
    } else if (text[at] !== quote) {
      at += 1;
    } else if (text[at + 1] === quote) {
      parts.push(text.slice(start, at + 1));
      at += 2;
      start = at;
    } else {
      parts.push(text.slice(start, at));
      return { text: parts.join(''), end: at + 1, closed: true };
    }
  }
  parts.push(text.slice(start));
  return { text: parts.join(''), end: text.length, closed: false };
}

/** Is the token this keyword (given in lower case)? Quoted names never are. */
export const isWord = (token: SqlToken | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.text.toLowerCase());

/** Is the token this character? */
export const isMark = (token: SqlToken | undefined, mark: string): boolean =>
  token?.kind === 'mark' && token.text === mark;

/** Statements without their semicolons; empty ones are left out. The body of a stored routine or trigger stays in its statement. */
export function sqlStatements(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const statements: SqlToken[][] = [];
  let current: SqlToken[] = [];
  let blocks = 0;
  for (const token of tokens) {
    if (isMark(token, ';') && blocks === 0) {
      if (current.length > 0) statements.push(current);
      current = [];
      continue;
    }
    current.push(token);
    if (token.kind !== 'word' || !holdsBody(current)) continue;
    if (isWord(token, 'begin', 'case') && !isWord(current.at(-2), 'end')) blocks += 1;
    else if (isWord(token, 'end')) blocks = Math.max(0, blocks - 1);
  }
  if (current.length > 0) statements.push(current);
  return statements;
}

const holdsBody = (statement: readonly SqlToken[]): boolean =>
  isWord(statement[0], 'create') &&
  statement.slice(1, 8).some(token => isWord(token, 'trigger', 'procedure', 'function', 'event'));

/** Does the text hold anything but comments, white space and semicolons? */
export const hasStatements = (text: string): boolean => sqlStatements(sqlText(text).tokens).length > 0;

/** A script whose last statement is ended, so that more can follow; nothing for one without any. MySQL takes no empty statement. */
export function ended(script: string): string {
  const { tokens } = sqlText(script);
  if (sqlStatements(tokens).length === 0) return '';
  return isMark(tokens.at(-1), ';') ? `${script}\n` : `${script}\n;\n`;
}
