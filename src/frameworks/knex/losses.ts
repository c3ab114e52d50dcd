/** What a Knex migration's way down destroys, as far as calls of the schema builder in its text say. Nothing is run. */
import type { Losses } from '../contract.ts';
import type { JsCall } from '../js-calls.ts';
import { downLosses, isForeignCall, type LossNotes } from '../js-losses.ts';
import { isJsMark, isJsWord, type JsToken } from '../js-text.ts';

/** Methods that change or remove rows, and those that change a column's type. */
const CHANGING =
  /^(?:del|delete|truncate|update|insert|upsert|increment|decrement|alter|dropSchema\w*|dropExtension\w*|batchInsert)$/;

/** What a migration's `down` destroys, as far as calls of Knex's schema builder in its text say. */
export const knexLosses = (text: string): Losses =>
  downLosses(text, (calls, notes, body) => {
    for (const call of placed(calls, body)) read(call, notes);
  });

function read(call: KnexCall, notes: LossNotes): void {
  const [first = null] = call.texts;
  if (/^dropTable(?:IfExists)?$/.test(call.name) && call.member) {
    notes.table(first === null || call.schema === null ? first : `${call.schema}.${first}`);
  } else if (/^dropColumns?$/.test(call.name)) for (const column of call.texts) notes.column(call.table, column);
  else if (call.name === 'dropTimestamps') {
    const camel = isJsWord(call.inside[0], 'true');
    for (const each of camel ? ['createdAt', 'updatedAt'] : ['created_at', 'updated_at'])
      notes.column(call.table, each);
  } else if (call.name === 'raw') notes.sql(first);
  // `knex('users')` is a query whose methods say more.
  else if ((CHANGING.test(call.name) && call.member) || isForeignCall(call, 'knex', 'trx')) {
    notes.doubt(`it calls ${call.name}()`);
  }
}

/** A call, and the table of the `table('x', …)` around it. */
interface KnexCall extends JsCall {
  readonly table: string | null;
  /** Schema that the same chain named with `withSchema('x')`. */
  readonly schema: string | null;
}

function placed(calls: readonly JsCall[], body: readonly JsToken[]): readonly KnexCall[] {
  const tables: { readonly until: number; readonly name: string | null }[] = [];
  let schema: string | null = null;
  let before = 0;
  return calls.map(call => {
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
