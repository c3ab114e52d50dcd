/** JavaScript and TypeScript as tokens, enough to skip comments, strings, templates and regular expressions safely. Nothing is run. */

/**
 * `template`: one piece of text of a template literal; substitutions stand as tokens between the marks `${` and `}`.
 * `mark`: punctuation, of up to three characters where that is one operator.
 */
export interface JsToken {
  readonly kind: 'word' | 'string' | 'template' | 'number' | 'regex' | 'mark';
  /** Strings and templates without quotes, escapes resolved. */
  readonly text: string;
}

/** Tokens, and for each bracket the index of its partner (-1 where there is none). */
export interface JsText {
  readonly tokens: readonly JsToken[];
  readonly partners: readonly number[];
}

const SPACE = /\s+/y;
const WORD = /[\p{L}_$#@][\p{L}\p{N}_$]*/uy;
const NUMBER = /\d[\w.]*/y;
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const PIECE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;
const REGEX = /\/(?![*/])(?:[^\\/[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/\w*/y;
const MARK = /=>|===?|!==?|\.\.\.|\?\?=?|\?\.|\|\|=?|&&=?|[\s\S]/y;

/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX = /^(?:return|typeof|case|in|of|delete|void|throw|new|instanceof|else|do|await|yield)$/;

/** Longer texts are machine-made; what stands behind this many characters is not read. */
const LIMIT = 200_000;

/** Splits a text into tokens. Never throws: what is left open ends with the text. */
export function jsText(whole: string): JsText {
  const text = whole.slice(0, LIMIT);
  const tokens: JsToken[] = [];
  // Depth of curly brackets inside each open template substitution.
  const substitutions: number[] = [];
  let noRegexBefore = 0;
  let at = text.startsWith('#!') ? lineEnd(text, 0) : 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    at += found?.length ?? 0;
    return found;
  };
  const piece = () => {
    tokens.push({ kind: 'template', text: unescaped(take(PIECE) ?? '') });
    if (text.startsWith('${', at)) {
      tokens.push({ kind: 'mark', text: '${' });
      substitutions.push(0);
      at += 2;
    } else at += 1;
  };
  while (at < text.length) {
    if (take(SPACE) !== null) continue;
    const two = text.slice(at, at + 2);
    if (two === '//') at = lineEnd(text, at);
    else if (two === '/*') at = commentEnd(text, at);
    else if (text[at] === '`') {
      at += 1;
      piece();
    } else if (text[at] === '}' && substitutions.at(-1) === 0) {
      substitutions.pop();
      tokens.push({ kind: 'mark', text: '}' });
      at += 1;
      piece();
    } else {
      const token = nextToken(take, tokens.at(-1), at >= noRegexBefore);
      // A quote or slash that finds no end on its line: what follows there cannot be told, and is not tried again and again.
      if (isJsMark(token, "'", '"')) at = lineEnd(text, at);
      if (isJsMark(token, '/')) noRegexBefore = lineEnd(text, at);
      const depth = substitutions.at(-1);
      if (depth !== undefined && token.kind === 'mark') {
        if (token.text === '{') substitutions[substitutions.length - 1] = depth + 1;
        if (token.text === '}') substitutions[substitutions.length - 1] = depth - 1;
      }
      tokens.push(token);
    }
  }
  return { tokens, partners: partnersOf(tokens) };
}

function nextToken(
  take: (pattern: RegExp) => string | null,
  before: JsToken | undefined,
  regexAllowed: boolean,
): JsToken {
  const string = take(STRING);
  if (string !== null) return { kind: 'string', text: unescaped(string.slice(1, -1)) };
  const word = take(WORD);
  if (word !== null) return { kind: 'word', text: word };
  const number = take(NUMBER);
  if (number !== null) return { kind: 'number', text: number };
  const operand =
    before === undefined || (before.kind === 'mark' ? !/^[)\]}]$/.test(before.text) : BEFORE_REGEX.test(before.text));
  const regex = operand && regexAllowed ? take(REGEX) : null;
  return regex !== null ? { kind: 'regex', text: regex } : { kind: 'mark', text: take(MARK) ?? '' };
}

const lineEnd = (text: string, from: number): number => {
  const index = text.indexOf('\n', from);
  return index === -1 ? text.length : index;
};

const commentEnd = (text: string, from: number): number => {
  const index = text.indexOf('*/', from + 2);
  return index === -1 ? text.length : index + 2;
};

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', '0': '\0' };

const unescaped = (text: string): string =>
  text.includes('\\')
    ? text.replace(
        /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|(\r?\n)|([\s\S]))/gi,
        (_match, ...found: (string | undefined)[]) => {
          const [point, unit, byte, line, letter = ''] = found;
          const code = Number.parseInt(point ?? unit ?? byte ?? '', 16);
          if (!Number.isNaN(code)) return code <= 0x10ffff ? String.fromCodePoint(code) : '';
          return line !== undefined ? '' : (ESCAPES[letter] ?? letter);
        },
      )
    : text;

function partnersOf(tokens: readonly JsToken[]): readonly number[] {
  const partners = new Array<number>(tokens.length).fill(-1);
  const open: number[] = [];
  const closes: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  tokens.forEach((token, index) => {
    if (token.kind !== 'mark') return;
    if (/^(?:[([{]|\$\{)$/.test(token.text)) open.push(index);
    const opening = closes[token.text];
    if (opening === undefined) return;
    const last = open.at(-1);
    if (last === undefined || tokens[last]?.text.at(-1) !== opening) return;
    open.pop();
    partners[last] = index;
    partners[index] = last;
  });
  return partners;
}

/** Is the token this word? */
export const isJsWord = (token: JsToken | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.text);

/** Is the token this mark? */
export const isJsMark = (token: JsToken | undefined, ...marks: readonly string[]): boolean =>
  token?.kind === 'mark' && marks.includes(token.text);

/** Do the tokens from here on read so? Words and marks by their text. */
export const readsAt = (tokens: readonly JsToken[], at: number, ...texts: readonly string[]): boolean =>
  texts.every((text, index) => {
    const token = tokens[at + index];
    return token?.text === text && (token.kind === 'word' || token.kind === 'mark');
  });

/** The text of a string or of a template without substitutions; null for anything else. */
export function plainString(tokens: readonly JsToken[], at: number): string | null {
  const token = tokens[at];
  if (token?.kind === 'string') return token.text;
  return token?.kind === 'template' && !isJsMark(tokens[at + 1], '${') && !isJsMark(tokens[at - 1], '}')
    ? token.text
    : null;
}
