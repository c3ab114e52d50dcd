/** Calls in JavaScript and TypeScript, with those of their arguments that are plain texts. Nothing is run. */
import { isJsMark, isJsWord, type JsToken, plainString } from './js-text.ts';

/** One call: `knex.schema.dropTable('a')`. */
export interface JsCall {
  readonly name: string;
  /** True behind a dot: `schema.dropTable(…)`. */
  readonly member: boolean;
  /** Arguments that are texts, a list among them opened; null for all others. */
  readonly texts: readonly (string | null)[];
  /** The first 200 tokens between its brackets. */
  readonly inside: readonly JsToken[];
  /** Index of the name among the tokens, and of the closing bracket. */
  readonly from: number;
  readonly to: number;
}

/** All calls in a piece of a text, in its order. `constants` are the texts that names stand for. */
export function callsIn(body: readonly JsToken[], constants: ReadonlyMap<string, string>): readonly JsCall[] {
  const ends = callEnds(body);
  return body.flatMap((token, from) => {
    const to = ends.get(from + 1);
    if (token.kind !== 'word' || to === undefined) return [];
    const inside = body.slice(from + 2, Math.min(to, from + 2 + 200));
    const member = isJsMark(body[from - 1], '.', '?.');
    return [{ name: token.text, member, texts: textsOf(inside, constants), inside, from, to }];
  });
}

/** Plain strings that names stand for: `const TABLE = 'users'`. */
export function constantsOf(tokens: readonly JsToken[]): ReadonlyMap<string, string> {
  const constants = new Map<string, string>();
  tokens.forEach((token, index) => {
    const value = isJsMark(tokens[index + 2], '=') ? plainString(tokens, index + 3) : null;
    if (isJsWord(token, 'const') && value !== null) constants.set(tokens[index + 1]?.text ?? '', value);
  });
  return constants;
}

/** Index of the closing bracket for each opening round one. */
function callEnds(body: readonly JsToken[]): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  const open: number[] = [];
  body.forEach((token, index) => {
    if (isJsMark(token, '(')) open.push(index);
    const last = isJsMark(token, ')') ? open.pop() : undefined;
    if (last !== undefined) ends.set(last, index);
  });
  return ends;
}

/** Arguments, a list among them opened: `'a', ['b', C]`. */
function textsOf(inside: readonly JsToken[], constants: ReadonlyMap<string, string>): readonly (string | null)[] {
  const texts: (string | null)[] = [];
  let depth = 0;
  inside.forEach((token, index) => {
    if (isJsMark(token, '[') && depth === 0) return;
    if (isJsMark(token, '(', '{', '${', '[')) depth += 1;
    const single =
      isJsMark(inside[index - 1] ?? { kind: 'mark', text: ',' }, ',', '[') &&
      isJsMark(inside[index + 1] ?? { kind: 'mark', text: ',' }, ',', ']');
    const first = isJsMark(inside[index - 1] ?? { kind: 'mark', text: ',' }, ',', '[');
    if (depth === 0 && first) {
      const text = token.kind === 'word' ? (constants.get(token.text) ?? null) : plainString(inside, index);
      texts.push(single ? text : null);
    }
    if (isJsMark(token, ')', '}', ']')) depth = Math.max(0, depth - 1);
  });
  return texts;
}
