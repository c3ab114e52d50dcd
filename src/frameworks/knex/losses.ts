/** What a Knex migration's way down destroys, as far as calls of the schema builder in its text say. Nothing is run. */
import type { Losses } from '../contract.ts';
import { callsIn, constantsOf, type JsCall } from '../js-calls.ts';
import { downOf } from '../js-down.ts';
import { isJsMark, isJsWord, type JsToken, jsText } from '../js-text.ts';
import { sqlLosses } from '../sql-losses.ts';

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
  for (const call of knexCallsIn(down.tokens, constants)) {
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

/** A call, and the table of the `table('x', …)` around it. */
interface KnexCall extends JsCall {
  readonly table: string | null;
  /** Schema that the same chain named with `withSchema('x')`. */
  readonly schema: string | null;
}

function knexCallsIn(body: readonly JsToken[], constants: ReadonlyMap<string, string>): readonly KnexCall[] {
  const tables: { readonly until: number; readonly name: string | null }[] = [];
  let schema: string | null = null;
  let before = 0;
  return callsIn(body, constants).map(call => {
    while (tables.length > 0 && call.from > (tables.at(-1)?.until ?? 0)) tables.pop();
    if (body.slice(before, call.from).some(token => isJsMark(token, ';'))) schema = null;
    before = call.from;
    const { name, member, texts } = call;
    if (member && name === 'withSchema') schema = texts[0] ?? null;
    const found = { ...call, table: tables.at(-1)?.name ?? null, schema };
    if (/^(?:table|alterTable|createTable\w*)$/.test(name) && member) {
      const table = texts[0] ?? null;
      tables.push({ until: call.to, name: schema !== null && table !== null ? `${schema}.${table}` : table });
    }
    return found;
  });
}
