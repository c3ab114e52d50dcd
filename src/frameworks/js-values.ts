/** The values a JavaScript or TypeScript settings file exports, as far as they stand in its text. Nothing is run. */
import { isJsMark, isJsWord, type JsText, jsText, readsAt } from './js-text.ts';

/** A value read from text. `unknown` stands for everything that would have to be run. */
export type JsValue =
  /** `fromFile`: a path that begins at the file's own folder (`__dirname`). */
  | { readonly kind: 'text'; readonly text: string; readonly fromFile: boolean }
  | { readonly kind: 'list'; readonly items: readonly JsValue[] }
  | { readonly kind: 'object'; readonly entries: ReadonlyMap<string, JsValue> }
  /** `process.env.NAME`, and what stands behind `||` or `??`. */
  | { readonly kind: 'variable'; readonly name: string; readonly otherwise: JsValue | null }
  | { readonly kind: 'unknown' };

const UNKNOWN: JsValue = { kind: 'unknown' };
const text = (value: string, fromFile = false): JsValue => ({ kind: 'text', text: value, fromFile });

/** Nesting and number of values after which the rest is `unknown`: a text that refers to itself ends too. */
const DEPTH = 40;
const STEPS = 20_000;

/** What a file exports: `module.exports`, `export default`, or an object of its named exports. */
export function exportedValue(source: string): JsValue {
  return new Reader(jsText(source)).exported();
}

/** The entry of an object; null when it is no object or has none. */
export const entryOf = (value: JsValue | null, name: string): JsValue | null =>
  value?.kind === 'object' ? (value.entries.get(name) ?? null) : null;

/** A value and the index behind it. */
interface Read {
  readonly value: JsValue;
  readonly end: number;
}

class Reader {
  readonly source: JsText;
  /** Where each top-level name gets its value. */
  readonly declared = new Map<string, number>();
  steps = 0;

  constructor(source: JsText) {
    this.source = source;
    this.eachTopLevel((index, tokens) => {
      const name = tokens[index + 1];
      if (!isJsWord(tokens[index], 'const', 'let', 'var') || name?.kind !== 'word') return;
      const equals = this.next(index + 2, '=');
      if (equals !== null && !this.declared.has(name.text)) this.declared.set(name.text, equals + 1);
    });
  }

  exported(): JsValue {
    const named = new Map<string, JsValue>();
    let whole: JsValue | null = null;
    this.eachTopLevel((index, tokens) => {
      const at = (name: number): JsValue => this.value(name, 0).value;
      if (readsAt(tokens, index, 'export', 'default')) whole = at(index + 2);
      else if (readsAt(tokens, index, 'export', '=')) whole = at(index + 2);
      else if (readsAt(tokens, index, 'module', '.', 'exports', '=')) {
        // `module.exports = exports = …` and `module.exports = exports.default = …` name one value several times.
        let from = index + 4;
        for (let more = 0; more < 5 && isJsWord(tokens[from], 'exports', 'module'); more += 1) {
          from = (this.next(from, '=') ?? tokens.length) + 1;
        }
        whole = at(from);
      } else if (readsAt(tokens, index, 'exports', '.') && isJsMark(tokens[index + 3], '=')) {
        const name = tokens[index + 2]?.text ?? '';
        if (name === 'default') whole = at(index + 4);
        else named.set(name, at(index + 4));
      } else if (isJsWord(tokens[index], 'export') && isJsWord(tokens[index + 1], 'const', 'let', 'var')) {
        const name = tokens[index + 2]?.text ?? '';
        const from = this.declared.get(name);
        if (from !== undefined) named.set(name, at(from));
      }
    });
    const found: JsValue | null = whole;
    if (found === null) return named.size > 0 ? { kind: 'object', entries: named } : UNKNOWN;
    return this.merged([...named].length > 0 ? { kind: 'object', entries: named } : null, found);
  }

  /** `module.exports = {…}; module.exports.production = …` is one object. */
  merged(more: JsValue | null, whole: JsValue): JsValue {
    if (more?.kind !== 'object' || whole.kind !== 'object') return whole;
    return { kind: 'object', entries: new Map([...whole.entries, ...more.entries]) };
  }

  eachTopLevel(visit: (index: number, tokens: JsText['tokens']) => void): void {
    const { tokens, partners } = this.source;
    for (let index = 0; index < tokens.length; index += 1) {
      const partner = partners[index] ?? -1;
      if (partner > index) index = partner;
      else visit(index, tokens);
    }
  }

  /** Index of the next mark outside brackets, before the end of the statement. */
  next(from: number, mark: string): number | null {
    const { tokens, partners } = this.source;
    for (let index = from; index < tokens.length; index += 1) {
      if (isJsMark(tokens[index], mark)) return index;
      if (isJsMark(tokens[index], ';', ')', ']', '}')) return null;
      const partner = partners[index] ?? -1;
      if (partner > index) index = partner;
    }
    return null;
  }

  value(from: number, depth: number): Read {
    this.steps += 1;
    if (depth > DEPTH || this.steps > STEPS) return { value: UNKNOWN, end: from + 1 };
    let { value, end } = this.primary(from, depth);
    const { tokens } = this.source;
    for (;;) {
      const mark = tokens[end];
      if (isJsMark(mark, '!') || isJsWord(mark, 'as', 'satisfies')) {
        // A type follows; nothing behind it changes the value.
        return { value, end };
      }
      if (!isJsMark(mark, '||', '??', '+', '?', '&&')) return { value, end };
      if (isJsMark(mark, '?', '&&')) return { value: UNKNOWN, end: end + 1 };
      const right = this.value(end + 1, depth + 1);
      value = isJsMark(mark, '+') ? concatenated(value, right.value) : either(value, right.value);
      end = right.end;
    }
  }

  primary(start: number, depth: number): Read {
    const { tokens, partners } = this.source;
    let from = start;
    while (isJsWord(tokens[from], 'async', 'await', 'new')) from += 1;
    const token = tokens[from];
    const close = partners[from] ?? -1;
    // Ports and the like: a number counts as its text.
    if (token?.kind === 'string' || token?.kind === 'number') return { value: text(token.text), end: from + 1 };
    if (token?.kind === 'template') return this.template(from, depth);
    if (isJsMark(token, '{') && close > from) return { value: this.object(from, close, depth), end: close + 1 };
    if (isJsMark(token, '[') && close > from) {
      return { value: { kind: 'list', items: this.list(from, close, depth) }, end: close + 1 };
    }
    if (isJsMark(token, '(') && close > from) {
      const arrow = this.arrow(close + 1);
      return arrow === null
        ? { value: this.value(from + 1, depth + 1).value, end: close + 1 }
        : { value: this.result(arrow, depth), end: tokens.length };
    }
    if (isJsWord(token, 'function')) {
      const body = tokens.findIndex((each, index) => index > from && isJsMark(each, '{'));
      return { value: body === -1 ? UNKNOWN : this.result(body, depth), end: tokens.length };
    }
    return token?.kind === 'word' ? this.named(from, depth) : { value: UNKNOWN, end: from + 1 };
  }

  /** Index behind `=>`, with or without a type before it. */
  arrow(from: number): number | null {
    const { tokens } = this.source;
    if (isJsMark(tokens[from], '=>')) return from + 1;
    const arrow = isJsMark(tokens[from], ':') ? this.next(from + 1, '=>') : null;
    return arrow === null ? null : arrow + 1;
  }

  /** What a function's body returns: its first `return` outside other brackets, or the expression itself. */
  result(body: number, depth: number): JsValue {
    const { tokens, partners } = this.source;
    if (!isJsMark(tokens[body], '{')) return this.value(body, depth + 1).value;
    const end = partners[body] ?? -1;
    for (let index = body + 1; index < end; index += 1) {
      if (isJsWord(tokens[index], 'return')) return this.value(index + 1, depth + 1).value;
      const partner = partners[index] ?? -1;
      if (partner > index) index = partner;
    }
    return UNKNOWN;
  }

  template(from: number, depth: number): Read {
    const { tokens, partners } = this.source;
    let value: JsValue = text(tokens[from]?.text ?? '');
    let at = from + 1;
    while (isJsMark(tokens[at], '${')) {
      const close = partners[at] ?? -1;
      if (close === -1) return { value: UNKNOWN, end: tokens.length };
      const inside = this.value(at + 1, depth + 1).value;
      value = concatenated(concatenated(value, inside), text(tokens[close + 1]?.text ?? ''));
      at = close + 2;
    }
    return { value, end: at };
  }

  list(open: number, close: number, depth: number): readonly JsValue[] {
    const items: JsValue[] = [];
    for (let at = open + 1; at < close; at = this.afterComma(at, close)) items.push(this.value(at, depth + 1).value);
    return items;
  }

  object(open: number, close: number, depth: number): JsValue {
    const { tokens } = this.source;
    const entries = new Map<string, JsValue>();
    for (let at = open + 1; at < close; at = this.afterComma(at, close)) {
      const key = tokens[at];
      if (isJsMark(key, '...')) {
        const spread = this.value(at + 1, depth + 1).value;
        if (spread.kind === 'object') for (const [name, value] of spread.entries) entries.set(name, value);
      } else if (key !== undefined && isJsMark(tokens[at + 1], ':')) {
        entries.set(key.text, this.value(at + 2, depth + 1).value);
      } else if (key?.kind === 'word') {
        const from = isJsMark(tokens[at + 1], ',', '}') ? this.declared.get(key.text) : undefined;
        entries.set(key.text, from === undefined ? UNKNOWN : this.value(from, depth + 1).value);
      }
    }
    return { kind: 'object', entries };
  }

  afterComma(from: number, close: number): number {
    const { tokens, partners } = this.source;
    let at = from;
    while (at < close && !isJsMark(tokens[at], ',')) {
      const partner = partners[at] ?? -1;
      at = Math.max(partner, at) + 1;
    }
    return at + 1;
  }

  /** A name, with its properties, calls and the few functions whose meaning is known. */
  named(from: number, depth: number): Read {
    const { tokens, partners } = this.source;
    const chain = [tokens[from]?.text ?? ''];
    let at = from + 1;
    for (;;) {
      const close = partners[at] ?? -1;
      if (isJsMark(tokens[at], '.', '?.') && tokens[at + 1]?.kind === 'word') {
        chain.push(tokens[at + 1]?.text ?? '');
        at += 2;
      } else if (isJsMark(tokens[at], '[') && tokens[at + 1]?.kind === 'string' && close === at + 2) {
        chain.push(tokens[at + 1]?.text ?? '');
        at = close + 1;
      } else if (chain.length === 1 && chain[0] === 'require' && isJsMark(tokens[at], '(') && close > at) {
        chain[0] = tokens[at + 1]?.text.replace(/^node:/, '') ?? '';
        at = close + 1;
      } else break;
    }
    const close = partners[at] ?? -1;
    const called = isJsMark(tokens[at], '(') && close > at;
    const known = called ? this.called(chain.at(-1) ?? '', at, close, depth) : this.constant(chain, depth);
    // `fileURLToPath(new URL('./x', import.meta.url))` and `new URL('./x', import.meta.url).pathname`.
    const after = called ? (readsAt(tokens, close + 1, '.', 'pathname') ? close + 3 : close + 1) : at;
    return { value: isJsMark(tokens[after], '=>') ? this.result(after + 1, depth) : known, end: after };
  }

  constant(chain: readonly string[], depth: number): JsValue {
    const [first = '', ...rest] = chain;
    if (first === '__dirname' && rest.length === 0) return text('.', true);
    if (chain.join('.') === 'import.meta.dirname') return text('.', true);
    if (first === 'process' && rest[0] === 'env' && rest[1] !== undefined) {
      return { kind: 'variable', name: rest[1], otherwise: null };
    }
    if (first === 'env' && rest[0] !== undefined && !this.declared.has('env')) {
      return { kind: 'variable', name: rest[0], otherwise: null };
    }
    const from = this.declared.get(first);
    let value: JsValue | null = from === undefined ? null : this.value(from, depth + 1).value;
    for (const name of rest) value = entryOf(value, name);
    return value ?? UNKNOWN;
  }

  called(name: string, open: number, close: number, depth: number): JsValue {
    const values = this.list(open, close, depth);
    const [first = UNKNOWN] = values;
    if (name === 'join' || name === 'resolve') return values.reduce((path, part) => pathJoined(path, part));
    if (name === 'URL') return first.kind === 'text' ? text(first.text, true) : UNKNOWN;
    // `dirname(fileURLToPath(import.meta.url))` is the file's folder.
    if (name === 'dirname') return first.kind === 'text' || values.length === 1 ? text('.', true) : UNKNOWN;
    if (name === 'fileURLToPath' || name === 'String' || first.kind === 'object') return first;
    return UNKNOWN;
  }
}

const concatenated = (left: JsValue, right: JsValue): JsValue => {
  if (left.kind !== 'text' || right.kind !== 'text' || right.fromFile) {
    return left.kind === 'text' && left.text === '' ? right : UNKNOWN;
  }
  return text(`${left.text}${right.text}`, left.fromFile);
};

const pathJoined = (left: JsValue, right: JsValue): JsValue => {
  if (right.kind === 'text' && (right.fromFile || right.text.startsWith('/'))) return right;
  return concatenated(concatenated(left, text('/')), right);
};

const either = (left: JsValue, right: JsValue): JsValue => {
  if (left.kind === 'variable')
    return { ...left, otherwise: left.otherwise === null ? right : either(left.otherwise, right) };
  return left.kind === 'unknown' ? right : left;
};
