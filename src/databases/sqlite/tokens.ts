/** Cuts SQLite's SQL into tokens, so that texts that mean the same can be compared although they are written differently. */

/** A token: its normal form. Names are lower case and unquoted where they can be, strings and numbers as written. */
export type Token = string;

const TOKEN = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    `(?<text>[xX]?'(?:[^']|'')*')`,
    String.raw`(?<quoted>"(?:[^"]|"")*"|\x60(?:[^\x60]|\x60\x60)*\x60|\[[^\]]*\])`,
    String.raw`(?<word>[\p{L}_$][\p{L}\p{N}_$]*)`,
    String.raw`(?<number>\d[\w.]*|\.\d\w*)`,
    String.raw`(?<sign>\|\||<<|>>|<=|>=|<>|!=|==|->>|->|[\s\S])`,
  ].join('|'),
  'gu',
);

/** Tokens of a statement, comments and white space left out. */
export function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const { groups = {} } of sql.matchAll(TOKEN)) {
    if (groups['space'] !== undefined) continue;
    if (groups['quoted'] !== undefined) tokens.push(unquoted(groups['quoted']));
    else if (groups['word'] !== undefined) tokens.push(groups['word'].toLowerCase());
    else tokens.push(groups['text'] ?? groups['number'] ?? groups['sign'] ?? '');
  }
  return tokens;
}

/** One text of tokens. */
export const textOf = (tokens: readonly Token[]): string => tokens.join(' ');

/** Tokens without parentheses around the whole: `( a + 1 )` and `a + 1` are the same default. */
export function withoutOuterParentheses(tokens: readonly Token[]): readonly Token[] {
  if (tokens[0] !== '(' || closing(tokens, 0) !== tokens.length - 1) return tokens;
  return withoutOuterParentheses(tokens.slice(1, -1));
}

/** Index of the parenthesis that closes the one at `open`; -1 where it is missing. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    if (tokens[index] === '(') depth++;
    if (tokens[index] === ')') depth--;
    if (depth === 0) return index;
  }
  return -1;
}

// Words that cut a definition into parts; as names they are always quoted, so they stay so.
const RESERVED = new Set('constraint primary unique check foreign references on as collate autoincrement'.split(' '));

// ALTER TABLE RENAME writes names back in double quotes where the author wrote none.
function unquoted(token: string): string {
  const inner = token.slice(1, -1).replaceAll('""', '"').replaceAll('``', '`').toLowerCase();
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(inner) && !RESERVED.has(inner) ? inner : `"${inner}"`;
}
