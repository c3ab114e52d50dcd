/** Finds the way down in the text of a JavaScript or TypeScript migration. Nothing is run. */
import { isJsMark, isJsWord, type JsText, type JsToken, jsText, readsAt } from './js-text.ts';

/** The way down of a migration. `unknown`: it comes from elsewhere, or its text could not be followed. */
export type Down =
  | { readonly kind: 'body'; readonly tokens: readonly JsToken[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'missing' };

/** Finds the `down` function, under whatever export the framework wants it. */
export const downOf = (text: string): Down => downIn(jsText(text));

/** The same in a text that is split already. */
export const downIn = (source: JsText): Down => functionIn(source, 'down');

/** The same for a function of another name. */
export function functionIn(source: JsText, wanted: string): Down {
  const { tokens } = source;
  // As a text it is a name only in `exports["down"]` and `"down": …`.
  const names = (index: number) => tokens[index]?.kind === 'word' || isJsMark(tokens[index + 1], ']', ':');
  const places = tokens.flatMap((token, index) =>
    token.text === wanted && token.kind !== 'regex' && names(index) ? [index] : [],
  );
  for (const index of places.slice(0, 50)) {
    const body = functionNamedAt(source, index, 0);
    if (body !== null) return { kind: 'body', tokens: tokens.slice(body.from, body.to) };
  }
  if (places.length > 0) return { kind: 'unknown' };
  const fromElsewhere = tokens.some(
    (token, index) =>
      readsAt(tokens, index, 'export', '*') ||
      (isJsMark(token, '=') && isJsWord(tokens[index - 1], 'exports') && !isJsMark(tokens[index + 1], '{')) ||
      (isJsMark(token, '...') && tokens[index + 1]?.kind === 'word'),
  );
  return { kind: fromElsewhere ? 'unknown' : 'missing' };
}

/** A body, without its curly brackets. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** The function a name is given to: `function down(`, `down(…) {`, `down = …`, `down: …`. */
function functionNamedAt(source: JsText, name: number, depth: number): Range | null {
  const { tokens, partners } = source;
  if (isJsWord(tokens[name - 1], 'function')) return functionAt(source, name - 1, depth);
  const after = tokens[name + 1];
  const close = partners[name + 1] ?? -1;
  if (isJsMark(after, '(') && close > 0 && !isJsMark(tokens[name - 1], '.')) return blockAfter(source, close + 1);
  // `exports["down"] = …` has a bracket between.
  const from = isJsMark(after, ']') ? name + 2 : name + 1;
  if (isJsMark(tokens[from], '=')) return functionAt(source, from + 1, depth);
  if (!isJsMark(tokens[from], ':')) return null;
  const value = functionAt(source, from + 1, depth);
  if (value !== null) return value;
  // `const down: Migration = …`
  const equals = tokens.findIndex((token, index) => index > from && isJsMark(token, '=', ';', '{', ','));
  return isJsMark(tokens[equals], '=') ? functionAt(source, equals + 1, depth) : null;
}

function functionAt(source: JsText, from: number, depth: number): Range | null {
  const { tokens, partners } = source;
  let at = isJsWord(tokens[from], 'async') ? from + 1 : from;
  if (isJsWord(tokens[at], 'function')) {
    while (at < tokens.length && !isJsMark(tokens[at], '(')) at += 1;
    const close = partners[at] ?? -1;
    return close > 0 ? blockAfter(source, close + 1) : null;
  }
  const close = partners[at] ?? -1;
  if (isJsMark(tokens[at], '(') && close > 0) return arrowBody(source, close + 1);
  if (tokens[at]?.kind !== 'word') return null;
  if (isJsMark(tokens[at + 1], '=>')) return arrowBody(source, at + 1);
  // A name: `exports.down = undo`. One declaration further is enough.
  const declared = tokens.findIndex(
    (token, index) =>
      token.text === tokens[at]?.text && index !== at && isJsWord(tokens[index - 1], 'function', 'const', 'let', 'var'),
  );
  return depth > 3 || declared === -1 ? null : functionNamedAt(source, declared, depth + 1);
}

function arrowBody(source: JsText, from: number): Range | null {
  const { tokens, partners } = source;
  const arrow = tokens.findIndex((token, index) => index >= from && isJsMark(token, '=>', ';', '{'));
  if (!isJsMark(tokens[arrow], '=>')) return null;
  const close = partners[arrow + 1] ?? -1;
  if (isJsMark(tokens[arrow + 1], '{')) return close > 0 ? { from: arrow + 2, to: close } : null;
  let to = arrow + 1;
  while (to < tokens.length && !isJsMark(tokens[to], ';', ',', ')', '}')) {
    if (isJsWord(tokens[to], 'export', 'exports', 'module', 'const', 'let', 'var', 'function')) break;
    const partner = partners[to] ?? -1;
    to = Math.max(partner, to) + 1;
  }
  return { from: arrow + 1, to };
}

/** The block behind parameters and, in TypeScript, the type of the result. */
function blockAfter({ tokens, partners }: JsText, from: number): Range | null {
  const open = tokens.findIndex((token, index) => index >= from && isJsMark(token, '{', ';', ')'));
  const close = partners[open] ?? -1;
  return isJsMark(tokens[open], '{') && close > 0 ? { from: open + 1, to: close } : null;
}

/** What a body is for, where running it would undo nothing: `empty`, `throws`; null when it does something. */
export function uselessness(body: readonly JsToken[]): 'empty' | 'throws' | null {
  const tokens = body.filter(token => !isJsMark(token, ';'));
  if (isJsWord(tokens[0], 'throw')) return 'throws';
  const plain = /^(?:return|await|Promise|\.|resolve|\(|\)|true|false|null|undefined|void|0|\{|\})*$/;
  return plain.test(
    tokens
      .map(token => (token.kind === 'string' ? '"' : token.text))
      .join('')
      .slice(0, 200),
  )
    ? 'empty'
    : null;
}
