/** Reads Python literals and calls as data, without running anything: what settings, migrations and revisions say about themselves. */
import { type PythonLine, type PythonToken, pythonLines } from './python-tokens.ts';

/** An expression. `start` and `end` are offsets into the text. What is not understood is `unknown`; nothing is guessed. */
export type PythonValue = { readonly start: number; readonly end: number } & (
  | { readonly is: 'text'; readonly value: string }
  | { readonly is: 'number'; readonly value: string }
  /** Dotted: `migrations.RunPython.noop`; also `None`, `True`, `False`. */
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'list' | 'tuple' | 'set'; readonly items: readonly PythonValue[] }
  | { readonly is: 'dict'; readonly entries: readonly (readonly [PythonValue, PythonValue])[] }
  | { readonly is: 'call'; readonly of: PythonValue; readonly given: readonly PythonValue[]; readonly named: Named }
  | { readonly is: 'attribute'; readonly of: PythonValue; readonly name: string }
  | { readonly is: 'item'; readonly of: PythonValue; readonly key: PythonValue }
  | { readonly is: 'joined'; readonly sign: string; readonly left: PythonValue; readonly right: PythonValue }
  | { readonly is: 'unknown' }
);

/** Keyword arguments of a call; `**` is there when it spreads a dict. */
type Named = ReadonlyMap<string, PythonValue>;

/** An assignment: `target = value` or `target: Type = value`, where the target is a name or an item of one (`DATABASES["default"]`). */
export interface PythonAssignment {
  readonly target: PythonValue;
  readonly value: PythonValue;
  readonly indent: number;
}

/** Deeper nesting than this is no configuration anyone wrote; it is `unknown`. */
const DEEPEST = 60;

/** The dotted name a value is, or a call calls; empty when it is something else. */
export const nameOf = (value: PythonValue | undefined): string =>
  value === undefined ? '' : value.is === 'name' ? value.name : value.is === 'call' ? nameOf(value.of) : '';

/** The last part of a dotted name: `RunSQL` of `migrations.RunSQL`. */
export const lastName = (value: PythonValue | undefined): string => nameOf(value).split('.').at(-1) ?? '';

/** What a plain string says; null for anything else. */
export const textOf = (value: PythonValue | undefined): string | null => (value?.is === 'text' ? value.value : null);

/** Items of a list, tuple or set, a tuple of one for any other value. */
export const itemsOf = (value: PythonValue): readonly PythonValue[] =>
  value.is === 'list' || value.is === 'tuple' || value.is === 'set' ? value.items : [value];

/** An argument by position or name. */
export function argument(call: PythonValue, position: number, name: string): PythonValue | undefined {
  return call.is === 'call' ? (call.named.get(name) ?? call.given[position]) : undefined;
}

/** True when a call hands on arguments that cannot be seen (`*args`, `**options`). */
export const spreads = (call: PythonValue): boolean => call.is === 'call' && call.named.has('*');

/** Value of a key in a dict. */
export const entryOf = (value: PythonValue | undefined, key: string): PythonValue | undefined =>
  value?.is === 'dict' ? value.entries.find(([name]) => textOf(name) === key)?.[1] : undefined;

/** The assignment a logical line is; null when it is none. */
export function assignmentIn(line: PythonLine): PythonAssignment | null {
  const first = line.tokens[0];
  if (first?.kind !== 'name') return null;
  const equals = atTopLevel(line.tokens, '=');
  if (equals < 1) return null;
  const colon = atTopLevel(line.tokens.slice(0, equals), ':');
  const target = parse(line.tokens.slice(0, colon > 0 ? colon : equals));
  if (target.is !== 'name' && target.is !== 'item') return null;
  return { target, value: parse(line.tokens.slice(equals + 1)), indent: line.indent };
}

/** The expression a run of tokens is. */
export function parse(tokens: readonly PythonToken[]): PythonValue {
  const reader = new Reader(tokens);
  const value = reader.list(0);
  return reader.done() ? value : unknown(tokens);
}

/** All assignments of a text, in order. */
export const assignmentsIn = (text: string): readonly PythonAssignment[] =>
  pythonLines(text).flatMap(line => assignmentIn(line) ?? []);

function atTopLevel(tokens: readonly PythonToken[], sign: string): number {
  let depth = 0;
  return tokens.findIndex(({ kind, value }) => {
    if (kind !== 'sign') return false;
    if ('([{'.includes(value)) depth += 1;
    if (')]}'.includes(value)) depth -= 1;
    return depth === 0 && value === sign;
  });
}

function unknown(tokens: readonly PythonToken[]): PythonValue {
  return { is: 'unknown', start: tokens[0]?.start ?? 0, end: tokens.at(-1)?.end ?? 0 };
}

/** Walks over tokens once, left to right. */
class Reader {
  readonly #tokens: readonly PythonToken[];
  #at = 0;

  constructor(tokens: readonly PythonToken[]) {
    this.#tokens = tokens;
  }

  done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** `a, b` without brackets is a tuple. */
  list(depth: number): PythonValue {
    const first = this.#expression(depth);
    if (!this.#sees(',')) return first;
    const items = [first];
    while (this.#takes(',')) if (!this.done()) items.push(this.#expression(depth));
    return { is: 'tuple', items, start: first.start, end: this.#end() };
  }

  #sees(sign: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'sign' && token.value === sign;
  }

  #takes(sign: string): boolean {
    if (!this.#sees(sign)) return false;
    this.#at += 1;
    return true;
  }

  #end(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  #expression(depth: number): PythonValue {
    const from = this.#at;
    let value = depth > DEEPEST ? this.#skipped(from) : this.#operand(depth);
    while (value.is !== 'unknown' && (this.#sees('+') || this.#sees('/') || this.#sees('%'))) {
      const sign = this.#tokens[this.#at]?.value ?? '';
      this.#at += 1;
      const right = this.#operand(depth);
      value = { is: 'joined', sign, left: value, right, start: value.start, end: right.end };
    }
    const token = this.#tokens[this.#at];
    const ends = token === undefined || (token.kind === 'sign' && ',)]}:=;'.includes(token.value));
    return ends ? value : this.#skipped(from);
  }

  /** Passes over what is not understood, to the end of the expression. */
  #skipped(from: number): PythonValue {
    let open = 0;
    for (; !this.done(); this.#at += 1) {
      const token = this.#tokens[this.#at] as PythonToken;
      if (token.kind !== 'sign') continue;
      if (open === 0 && ',)]}'.includes(token.value)) break;
      if ('([{'.includes(token.value)) open += 1;
      if (')]}'.includes(token.value)) open -= 1;
    }
    if (this.#at === from) this.#at += 1;
    return unknown(this.#tokens.slice(from, this.#at));
  }

  #operand(depth: number): PythonValue {
    let value = this.#atom(depth);
    while (value.is !== 'unknown') {
      if (this.#takes('.')) {
        const token = this.#tokens[this.#at];
        if (token?.kind !== 'name') return this.#skipped(this.#at);
        this.#at += 1;
        const place = { start: value.start, end: token.end };
        value =
          value.is === 'name'
            ? { is: 'name', name: `${value.name}.${token.value}`, ...place }
            : { is: 'attribute', of: value, name: token.value, ...place };
      } else if (this.#takes('(')) value = this.#call(value, depth);
      else if (this.#takes('[')) {
        const key = this.#expression(depth + 1);
        if (!this.#takes(']')) return this.#skipped(this.#at);
        value = { is: 'item', of: value, key, start: value.start, end: this.#end() };
      } else break;
    }
    return value;
  }

  #atom(depth: number): PythonValue {
    const token = this.#tokens[this.#at];
    if (token === undefined) return unknown([]);
    this.#at += 1;
    const { start, end } = token;
    if (token.kind === 'name') return { is: 'name', name: token.value, start, end };
    if (token.kind === 'number') return { is: 'number', value: token.value, start, end };
    if (token.kind === 'text') return this.#strings(token);
    if (token.value === '(' && token.kind === 'sign') return this.#bracketed('tuple', ')', start, depth);
    if (token.value === '[' && token.kind === 'sign') return this.#bracketed('list', ']', start, depth);
    if (token.value === '{' && token.kind === 'sign') return this.#braced(start, depth);
    this.#at -= 1;
    return this.#skipped(this.#at);
  }

  /** Strings side by side are one string. */
  #strings(first: PythonToken): PythonValue {
    let value = first.value;
    while (this.#tokens[this.#at]?.kind === 'text') {
      value += this.#tokens[this.#at]?.value ?? '';
      this.#at += 1;
    }
    return { is: 'text', value, start: first.start, end: this.#end() };
  }

  #bracketed(is: 'tuple' | 'list', closing: string, start: number, depth: number): PythonValue {
    const items: PythonValue[] = [];
    let commas = 0;
    while (!this.done() && !this.#sees(closing)) {
      items.push(this.#expression(depth + 1));
      if (!this.#takes(',')) break;
      commas += 1;
    }
    const from = this.#at;
    if (!this.#takes(closing)) return this.#skipped(from);
    const only = items[0];
    if (is === 'tuple' && commas === 0 && only !== undefined) return { ...only, start, end: this.#end() };
    return { is, items, start, end: this.#end() };
  }

  #braced(start: number, depth: number): PythonValue {
    const items: PythonValue[] = [];
    const entries: (readonly [PythonValue, PythonValue])[] = [];
    while (!this.done() && !this.#sees('}')) {
      const key = this.#expression(depth + 1);
      if (this.#takes(':')) entries.push([key, this.#expression(depth + 1)]);
      else items.push(key);
      if (!this.#takes(',')) break;
    }
    if (!this.#takes('}')) return this.#skipped(this.#at);
    const place = { start, end: this.#end() };
    return items.length > 0 && entries.length === 0
      ? { is: 'set', items, ...place }
      : { is: 'dict', entries, ...place };
  }

  #call(of: PythonValue, depth: number): PythonValue {
    const given: PythonValue[] = [];
    const named = new Map<string, PythonValue>();
    while (!this.done() && !this.#sees(')')) {
      const star = this.#takes('*') || this.#takes('**');
      const [name, equals] = [this.#tokens[this.#at], this.#tokens[this.#at + 1]];
      if (star) named.set('*', this.#expression(depth + 1));
      else if (name?.kind === 'name' && equals?.kind === 'sign' && equals.value === '=') {
        this.#at += 2;
        named.set(name.value, this.#expression(depth + 1));
      } else given.push(this.#expression(depth + 1));
      if (!this.#takes(',')) break;
    }
    if (!this.#takes(')')) return this.#skipped(this.#at);
    return { is: 'call', of, given, named, start: of.start, end: this.#end() };
  }
}
