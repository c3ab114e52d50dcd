/** What the way down of a JavaScript or TypeScript migration destroys, as far as calls in its text say. Nothing is run. */
import type { Losses } from './contract.ts';
import { callsIn, constantsOf, type JsCall } from './js-calls.ts';
import { downIn } from './js-down.ts';
import { isJsMark, type JsToken, jsText } from './js-text.ts';
import { sqlLosses } from './sql-losses.ts';

/** Takes down what calls destroy. A name that is null is not in the text. */
export class LossNotes {
  readonly tables = new Set<string>();
  readonly columns = new Map<string, { readonly table: string; readonly column: string }>();
  readonly doubts = new Set<string>();

  table(name: string | null): void {
    if (name === null) this.doubts.add('it drops tables whose names are not in its text');
    else this.tables.add(name);
  }

  column(table: string | null, column: string | null): void {
    if (table === null || column === null) this.doubts.add('it names tables or columns that are not in its text');
    else this.columns.set(JSON.stringify([table, column]), { table, column });
  }

  sql(script: string | null): void {
    const losses = script === null ? null : sqlLosses(script);
    if (losses === null) this.doubts.add('it runs SQL that is not in its text');
    for (const table of losses?.tables ?? []) this.tables.add(table);
    for (const { table, column } of losses?.columns ?? []) this.column(table, column);
    if (losses?.unsure != null) this.doubts.add(losses.unsure);
  }

  doubt(clause: string): void {
    this.doubts.add(clause);
  }

  losses(): Losses {
    return {
      tables: [...this.tables],
      columns: [...this.columns.values()].filter(({ table }) => !this.tables.has(table)),
      unsure: this.doubts.size === 0 ? null : [...this.doubts].slice(0, 5).join('; '),
    };
  }
}

/** Words before a bracket that are no calls, and functions that do no harm. */
const BARE =
  /^(?:if|for|while|switch|catch|return|await|function|require|Promise|String|Number|Boolean|async|super|typeof)$/;

/** Calls whose function stands in the migration itself or comes from elsewhere, rather than behind the framework's object. */
export const isForeignCall = ({ name, member }: JsCall, ...harmless: readonly string[]): boolean =>
  !member && !BARE.test(name) && !harmless.includes(name);

/** Reads a migration's `down`; `read` takes down what its calls destroy. */
export function downLosses(
  text: string,
  read: (calls: readonly JsCall[], notes: LossNotes, body: readonly JsToken[]) => void,
): Losses {
  const source = jsText(text);
  const down = downIn(source);
  const none = { tables: [], columns: [] };
  if (down.kind === 'missing') return { ...none, unsure: 'it has no down function' };
  if (down.kind === 'unknown') return { ...none, unsure: 'its down function could not be read' };
  const notes = new LossNotes();
  read(callsIn(down.tokens, constantsOf(source.tokens)), notes, down.tokens);
  return notes.losses();
}

/** The names a framework gives to what destroys: methods of its query runner or builder. */
export interface LossWords {
  /** `dropTable('a')`. */
  readonly dropTable: RegExp;
  /** `dropColumn('a', 'b')`, `dropColumns('a', ['b', 'c'])`. */
  readonly dropColumn: RegExp;
  /** `query('DROP …')`. */
  readonly sql: RegExp;
  /** What changes or removes rows or values otherwise. */
  readonly changing: RegExp;
  /** Functions that stand alone and do no harm. */
  readonly harmless: readonly string[];
}

/** Reads a `down` whose calls name the table first. */
export const lossesByWords = (text: string, words: LossWords): Losses =>
  downLosses(text, (calls, notes) => readByWords(calls, notes, words));

function readByWords(calls: readonly JsCall[], notes: LossNotes, words: LossWords): void {
  for (const call of calls) {
    const { name, member, texts } = call;
    const table = tableIn(call);
    if (member && words.dropTable.test(name)) notes.table(table);
    else if (member && words.dropColumn.test(name)) {
      const columns = isJsMark(call.inside[0], '{') ? [null] : texts.slice(1);
      for (const column of columns.length === 0 ? [null] : columns) notes.column(table, column);
    } else if (member && words.sql.test(name)) notes.sql(texts[0] ?? null);
    else if (member && words.changing.test(name)) notes.doubt(`it calls ${name}()`);
    else if (isForeignCall(call, ...words.harmless)) notes.doubt(`it calls ${name}()`);
  }
}

/** The table a call names first: a text, or an object of name and schema. */
function tableIn({ texts, inside }: JsCall): string | null {
  if (!isJsMark(inside[0], '{')) return texts[0] ?? null;
  const said = (...keys: readonly string[]): string | null => {
    const at = inside.findIndex((token, index) => keys.includes(token.text) && isJsMark(inside[index + 1], ':'));
    return at !== -1 && inside[at + 2]?.kind === 'string' ? (inside[at + 2]?.text ?? null) : null;
  };
  const [name, schema] = [said('tableName', 'name'), said('schema')];
  return name === null || schema === null ? name : `${schema}.${name}`;
}
