/** Splits Python source into tokens and logical lines, without running it. Damaged text gives fewer tokens, never an error. */

/** One token. `start` and `end` are offsets into the text. */
export interface PythonToken {
  /** `text`: a plain string literal, `value` is what it says. `formatted`: an f-string or bytes, whose value is not known. */
  readonly kind: 'name' | 'number' | 'text' | 'formatted' | 'sign';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** One logical line: brackets and backslashes join lines. `indent` counts the spaces before it (a tab is eight). */
export interface PythonLine {
  readonly indent: number;
  readonly tokens: readonly PythonToken[];
}

/** One token or a run of blanks: string opening (prefix, quotes), name, number, sign. */
const ANY =
  /[ \t\r\f]+|([A-Za-z]{0,2})("""|'''|"|')|([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|(\.?\d[\w.]*)|(\*\*|\/\/|->|[=!<>:]=|[-+*/%@&|^~<>()[\]{},:.;=!])/y;
/** A file with more tokens is no configuration anyone wrote; what follows is not read. */
const MOST_TOKENS = 250_000;
const OPENING = '([{';
const CLOSING = ')]}';
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/** All logical lines of a source text, comments and blank lines left out. */
export function pythonLines(text: string): readonly PythonLine[] {
  const lines: PythonLine[] = [];
  let tokens: PythonToken[] = [];
  let indent = 0;
  let depth = 0;
  let at = 0;
  let lineStart = 0;
  let count = 0;
  const finish = (): void => {
    if (tokens.length > 0) lines.push({ indent, tokens });
    tokens = [];
  };
  while (at < text.length && count < MOST_TOKENS) {
    const character = text[at] as string;
    if (character === '\n') {
      if (depth === 0) finish();
      at += 1;
      lineStart = at;
    } else if (character === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (character === '\\' && /^\\\r?\n/.test(text.slice(at, at + 3))) {
      at = text.indexOf('\n', at) + 1;
    } else {
      const token = tokenAt(text, at);
      if (typeof token === 'number') {
        at = token;
        continue;
      }
      count += 1;
      if (tokens.length === 0) indent = width(text, lineStart, at);
      if (token.kind === 'sign' && OPENING.includes(token.value)) depth += 1;
      if (token.kind === 'sign' && CLOSING.includes(token.value)) depth = Math.max(0, depth - 1);
      tokens.push(token);
      at = token.end;
    }
  }
  finish();
  return lines;
}

function width(text: string, from: number, to: number): number {
  let columns = 0;
  // A joined line starts further back than the line its first token stands on; it is never an indented one then.
  for (let at = from; at < to && columns < 400; at += 1) {
    if (text[at] === ' ') columns += 1;
    else if (text[at] === '\t') columns += 8 - (columns % 8);
  }
  return columns;
}

/** The token here, or where to go on when there is none. */
function tokenAt(text: string, at: number): PythonToken | number {
  ANY.lastIndex = at;
  const found = ANY.exec(text);
  if (found === null) return at + 1;
  const [whole, prefix, quote, name, number, sign] = found;
  if (quote !== undefined) return stringAt(text, at, prefix ?? '', quote);
  const kind = name !== undefined ? 'name' : number !== undefined ? 'number' : sign !== undefined ? 'sign' : null;
  return kind === null ? at + whole.length : { kind, value: whole, start: at, end: at + whole.length };
}

function stringAt(text: string, start: number, prefix: string, quote: string): PythonToken {
  const flags = prefix.toLowerCase();
  const raw = flags.includes('r');
  let at = start + prefix.length + quote.length;
  let value = '';
  while (at < text.length && !text.startsWith(quote, at)) {
    const character = text[at] as string;
    // A one-line string that is not closed ends with its line; what follows is read as code again.
    if (character === '\n' && quote.length === 1) break;
    if (character !== '\\' || at + 1 >= text.length) {
      value += character;
      at += 1;
      continue;
    }
    const [said, length] = raw ? [text.slice(at, at + 2), 2] : escapeAt(text, at);
    value += said;
    at += length;
  }
  const end = text.startsWith(quote, at) ? at + quote.length : at;
  return { kind: flags.includes('f') || flags.includes('b') ? 'formatted' : 'text', value, start, end };
}

function escapeAt(text: string, at: number): readonly [string, number] {
  const next = text[at + 1] as string;
  const simple = ESCAPES[next];
  if (simple !== undefined) return [simple, 2];
  const code = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(text.slice(at + 1, at + 6));
  if (code !== null) return [String.fromCharCode(Number.parseInt(code[1] ?? code[2] ?? '0', 16)), code[0].length + 1];
  return [`\\${next}`, 2];
}
