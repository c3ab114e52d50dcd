/** What a Kysely migration's way down destroys, as far as calls of the schema builder in its text say. Nothing is run. */
import type { Losses } from '../contract.ts';
import type { JsCall } from '../js-calls.ts';
import { downLosses, isForeignCall, type LossNotes } from '../js-losses.ts';
import { isJsMark, isJsWord, type JsToken } from '../js-text.ts';

/** Methods that change or remove rows, values or whole schemas. */
const CHANGING =
  /^(?:deleteFrom|updateTable|insertInto|replaceInto|mergeInto|dropSchema|dropType|setDataType|modifyColumn|alterColumn|executeQuery)$/;

/** What a migration's `down` destroys. */
export const kyselyLosses = (text: string): Losses =>
  downLosses(text, (calls, notes, body) => {
    readTemplates(body, notes);
    let altered: string | null = null;
    let schema: string | null = null;
    let before = 0;
    for (const call of calls) {
      if (body.slice(before, call.from).some(token => isJsMark(token, ';'))) schema = null;
      before = call.from;
      const [first = null] = call.texts;
      if (call.name === 'withSchema') schema = first;
      else if (call.name === 'alterTable') altered = qualified(schema, first);
      else read(call, altered, qualified(schema, first), notes);
    }
  });

const qualified = (schema: string | null, name: string | null): string | null =>
  schema === null || name === null ? name : `${schema}.${name}`;

function read(call: JsCall, altered: string | null, table: string | null, notes: LossNotes): void {
  const [first = null] = call.texts;
  if (call.member && call.name === 'dropTable') notes.table(table);
  else if (call.member && call.name === 'dropColumn') notes.column(altered, first);
  else if (call.member && call.name === 'raw') notes.sql(first);
  else if ((call.member && CHANGING.test(call.name)) || isForeignCall(call, 'sql', 'db', 'trx')) {
    notes.doubt(`it calls ${call.name}()`);
  }
}

/** SQL in templates: `` sql`DROP TABLE a`.execute(db) ``, with or without a type. */
function readTemplates(body: readonly JsToken[], notes: LossNotes): void {
  body.forEach((token, at) => {
    if (!isJsWord(token, 'sql')) return;
    let next = at + 1;
    if (isJsMark(body[next], '<')) while (next < body.length && body[next]?.kind !== 'template') next += 1;
    const piece = body[next];
    if (piece?.kind === 'template') notes.sql(isJsMark(body[next + 1], '${') ? null : piece.text);
  });
}
