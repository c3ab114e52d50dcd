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

const SPACE = /\s+/y;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /\d[\w.]*/y;
const DOLLAR = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const BRACKETED = /\[[^\][;'"()]{1,128}\]/y;

/** Splits SQL into tokens; comments and white space are dropped. Never throws: what is left open ends with the text. */
export function sqlText(text: string): SqlText {
  const tokens: SqlToken[] = [];
  let doubt: string | null = null;
  let at = 0;
  let nests = true;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  while (at < text.length) {
    const space = take(SPACE);
    if (space !== null) {
      at += space.length;
      continue;
    }
    const two = text.slice(at, at + 2);
    if (two === '--') {
      at = endOr(text, text.indexOf('\n', at));
    } else if (two === '/*') {
      // MySQL runs the inside of /*! … */ ("Comments", MySQL Reference Manual).
      if (text[at + 2] === '!') doubt ??= 'it has a comment that MySQL executes';
      const nested: number | null = nests ? nestedCommentEnd(text, at) : null;
      // Where nothing closes nested, no later comment can: looking again for each would take the square of the time.
      nests &&= nested !== null;
      const end = nested ?? text.indexOf('*/', at + 2) + 2;
      if (end === 1) doubt ??= 'a comment in it does not end';
      else if (nested === null) doubt ??= 'a comment in it ends differently in PostgreSQL and elsewhere';
      at = end === 1 ? text.length : end;
    } else if (text[at] === "'") {
      const before = tokens.at(-1);
      const escapes = before?.kind === 'word' && /^e$/i.test(before.text) && text[at - 1]?.toLowerCase() === 'e';
      const quoted = quotedAt(text, at, "'", escapes);
      // MySQL reads \' as a quote inside the string, standard SQL as its end.
      if (!escapes && /\\$/.test(quoted.text)) doubt ??= 'a string in it ends differently in MySQL and elsewhere';
      if (!quoted.closed) doubt ??= 'a string in it does not end';
      if (escapes) tokens.pop();
      tokens.push({ kind: 'string', text: quoted.text });
      at = quoted.end;
    } else if (text[at] === '"' || text[at] === '`') {
      const quoted = quotedAt(text, at, text[at] === '"' ? '"' : '`', false);
      if (!quoted.closed) doubt ??= 'a quoted name in it does not end';
      tokens.push({ kind: 'name', text: quoted.text });
      at = quoted.end;
    } else {
      const token = plainToken(take);
      if (token?.kind === 'string') {
        const end = text.indexOf(token.text, at + token.text.length);
        if (end === -1) doubt ??= 'a dollar-quoted string in it does not end';
        tokens.push({ kind: 'string', text: text.slice(at + token.text.length, endOr(text, end)) });
        at = end === -1 ? text.length : end + token.text.length;
        continue;
      }
      const found = token ?? { kind: 'mark' as const, text: text[at] ?? '' };
      tokens.push(found.kind === 'name' ? { kind: 'name', text: found.text.slice(1, -1) } : found);
      at += found.text.length;
    }
  }
  return { tokens, doubt };
}

const endOr = (text: string, index: number): number => (index === -1 ? text.length : index);

/** A token that starts here and needs no closing quote; a `string` is the opening mark of a dollar quote. */
function plainToken(take: (pattern: RegExp) => string | null): SqlToken | null {
  for (const [kind, pattern] of [
    ['word', WORD],
    ['number', NUMBER],
    ['string', DOLLAR],
    ['name', BRACKETED],
  ] as const) {
    const text = take(pattern);
    if (text !== null) return { kind, text };
  }
  return null;
}

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
