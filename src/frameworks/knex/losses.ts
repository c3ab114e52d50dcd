/** What a Knex migration's way down destroys, as far as calls of the schema builder in its text say. Nothing is run. */
import type { Losses } from '../contract.ts';
import { isJsMark, isJsWord, type JsToken, jsText, plainString } from '../js-text.ts';
import { sqlLosses } from '../sql-losses.ts';
import { downOf } from './parse-migration.ts';

/** Methods that change or remove rows, and those that change a column's type. */
const CHANGING =
  /^(?:del|delete|truncate|update|insert|upsert|increment|decrement|alter|dropSchema\w*|dropExtension\w*|batchInsert)$/;

/** Bare functions that do no harm; `knex('users')` is a query whose methods say more. */
const BARE =
  /^(?:if|for|while|switch|catch|return|await|function|require|knex|trx|Promise|String|Number|Boolean|async|super|typeof)$/;

/** What a migration's `down` destroys, as far as calls of Knex's schema builder in its text say. */
export function knexLosses(text: string): Losses {
  const down = downOf(text);
  if (down.kind === 'missing') return { tables: [], columns: [], unsure: 'it has no down function' };
  if (down.kind === 'unknown') return { tables: [], columns: [], unsure: 'its down function could not be read' };
  const constants = constantsOf(jsText(text).tokens);
  const tables = new Set<string>();
  const columns = new Map<string, { table: string; column: string }>();
  const unsure = new Set<string>();
  const drop = (table: string | null, column: string | null) => {
    if (table === null || column === null) unsure.add('it names tables or columns that are not in its text');
    else columns.set(JSON.stringify([table, column]), { table, column });
  };
  for (const call of callsIn(down.tokens, constants)) {
    const [first = null] = call.texts;
    if (/^dropTable(?:IfExists)?$/.test(call.name) && call.member) {
      if (first === null) unsure.add('it drops tables whose names are not in its text');
      else tables.add(call.schema === null ? first : `${call.schema}.${first}`);
    } else if (/^dropColumns?$/.test(call.name)) for (const column of call.texts) drop(call.table, column);
    else if (call.name === 'dropTimestamps') {
      const camel = isJsWord(call.inside[0], 'true');
      for (const column of camel ? ['createdAt', 'updatedAt'] : ['created_at', 'updated_at']) drop(call.table, column);
    } else if (call.name === 'raw') {
      const losses = first === null ? null : sqlLosses(first);
      if (losses === null) unsure.add('it runs SQL that is not in its text');
      for (const table of losses?.tables ?? []) tables.add(table);
      for (const { table, column } of losses?.columns ?? []) drop(table, column);
      if (losses?.unsure != null) unsure.add(losses.unsure);
    } else if (CHANGING.test(call.name) && call.member) unsure.add(`it calls ${call.name}()`);
    else if (!call.member && !BARE.test(call.name)) unsure.add(`it calls ${call.name}()`);
  }
  return {
    tables: [...tables],
    columns: [...columns.values()].filter(({ table }) => !tables.has(table)),
    unsure: unsure.size === 0 ? null : [...unsure].slice(0, 5).join('; '),
  };
}

/** Plain strings that names stand for: `const TABLE = 'users'`. */
function constantsOf(tokens: readonly JsToken[]): ReadonlyMap<string, string> {
  const constants = new Map<string, string>();
  tokens.forEach((token, index) => {
    const value = isJsMark(tokens[index + 2], '=') ? plainString(tokens, index + 3) : null;
    if (isJsWord(token, 'const') && value !== null) constants.set(tokens[index + 1]?.text ?? '', value);
  });
  return constants;
}

/** One call: its name, arguments that are texts (null for others), and the table of the `table('x', …)` around it. */
interface Call {
  readonly name: string;
  readonly member: boolean;
  readonly texts: readonly (string | null)[];
  readonly inside: readonly JsToken[];
  readonly table: string | null;
  /** Schema that the same chain named with `withSchema('x')`. */
  readonly schema: string | null;
}

function callsIn(body: readonly JsToken[], constants: ReadonlyMap<string, string>): readonly Call[] {
  const calls: Call[] = [];
  const tables: { readonly until: number; readonly name: string | null }[] = [];
  const ends = callEnds(body);
  let schema: string | null = null;
  body.forEach((token, index) => {
    while (tables.length > 0 && index > (tables.at(-1)?.until ?? 0)) tables.pop();
    if (isJsMark(token, ';')) schema = null;
    const end = ends.get(index + 1);
    if (token.kind !== 'word' || end === undefined) return;
    const inside = body.slice(index + 2, Math.min(end, index + 2 + 200));
    const texts = textsOf(inside, constants);
    const member = isJsMark(body[index - 1], '.', '?.');
    if (member && token.text === 'withSchema') schema = texts[0] ?? null;
    calls.push({ name: token.text, member, texts, inside, table: tables.at(-1)?.name ?? null, schema });
    if (/^(?:table|alterTable|createTable\w*)$/.test(token.text) && member) {
      const name = texts[0] ?? null;
      tables.push({ until: end, name: schema !== null && name !== null ? `${schema}.${name}` : name });
    }
  });
  return calls;
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
