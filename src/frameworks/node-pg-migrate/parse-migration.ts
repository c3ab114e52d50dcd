/** Finds the way down in a file of node-pg-migrate, which makes one of the way up where there is none. Nothing is run. */
import type { Losses } from '../contract.ts';
import { callsIn, constantsOf, type JsCall } from '../js-calls.ts';
import { downIn, functionIn, uselessness } from '../js-down.ts';
import { LossNotes, lossesByWords } from '../js-losses.ts';
import { isJsMark, isJsWord, jsText, readsAt } from '../js-text.ts';
import { sqlLosses } from '../sql-losses.ts';
import { sqlStatements, sqlText } from '../sql-text.ts';

/** `written`: as text; `inferred`: from the way up; `none`: the author or the file says that there is none. */
export type WayDown =
  | { readonly kind: 'written' }
  | { readonly kind: 'inferred' }
  | { readonly kind: 'none'; readonly reason: string };

const DOWN = /^\s*--[\s-]*down\s+migration/im;
const UP = /^\s*--[\s-]*up\s+migration/im;

/** The part of a SQL file that is for the way down (sqlMigration.js of 9.0.0, `getActions`); null where there is none. */
function sqlDown(text: string): string | null {
  const [up, down] = [text.search(UP), text.search(DOWN)];
  return down === -1 ? null : text.slice(down, up < down ? undefined : up);
}

const isSql = (path: string): boolean => path.toLowerCase().endsWith('.sql');

/** How a file's migration can be undone. */
export function wayDownOf(path: string, text: string): WayDown {
  if (isSql(path)) {
    const script = sqlDown(text);
    if (script === null) return { kind: 'none', reason: 'it has no "-- Down Migration" part' };
    const empty = sqlStatements(sqlText(script).tokens).length === 0;
    return empty ? { kind: 'none', reason: 'its "-- Down Migration" part is empty' } : { kind: 'written' };
  }
  const source = jsText(text);
  if (source.tokens.some((_, at) => isDisabled(source.tokens, at))) {
    return { kind: 'none', reason: 'it says "down = false"' };
  }
  const down = downIn(source);
  if (down.kind !== 'body') return { kind: down.kind === 'missing' ? 'inferred' : 'written' };
  const useless = uselessness(down.tokens);
  if (useless === null) return { kind: 'written' };
  return {
    kind: 'none',
    reason: useless === 'empty' ? 'its down function is empty' : 'its down function only throws an error',
  };
}

/** `exports.down = false`, `export const down = false`, `down: false`. */
const isDisabled = (tokens: ReturnType<typeof jsText>['tokens'], at: number): boolean =>
  isJsWord(tokens[at], 'down') && isJsMark(tokens[at + 1], '=', ':') && isJsWord(tokens[at + 2], 'false');

const WORDS = {
  dropTable: /^dropTable$/,
  dropColumn: /^dropColumns?$/,
  sql: /^(?:sql|query|select)$/,
  changing: /^(?:alterColumn|dropSchema|dropExtension|dropType|dropDomain)$/,
  harmless: ['pgm', 'func'],
} as const;

/** What undoing a file's migration destroys. */
export function lossesOf(path: string, text: string): Losses {
  const none = { tables: [], columns: [] };
  if (isSql(path)) {
    const script = sqlDown(text);
    return script === null ? { ...none, unsure: 'it has no "-- Down Migration" part' } : sqlLosses(script);
  }
  return wayDownOf(path, text).kind === 'inferred' ? inferredLosses(text) : lossesByWords(text, WORDS);
}

/** What the inverse of the way up destroys: what that makes. */
function inferredLosses(text: string): Losses {
  const source = jsText(text);
  const up = functionIn(source, 'up');
  const notes = new LossNotes();
  if (up.kind !== 'body') {
    notes.doubt('its up function could not be read');
    return notes.losses();
  }
  for (const call of callsIn(up.tokens, constantsOf(source.tokens))) {
    if (!call.member) continue;
    if (call.name === 'createTable') notes.table(call.texts[0] ?? null);
    else if (/^addColumns?$/.test(call.name))
      for (const column of keysOf(call)) notes.column(call.texts[0] ?? null, column);
    else if (/^(?:sql|alterColumn|drop\w+)$/.test(call.name)) notes.doubt(`it calls ${call.name}()`);
  }
  return notes.losses();
}

/** Names of columns in `addColumns('t', { a: …, b: … })`; null where they are not in the text. */
function keysOf({ inside }: JsCall): readonly (string | null)[] {
  const open = inside.findIndex(token => isJsMark(token, '{'));
  if (open !== 2) return [null];
  const keys: string[] = [];
  let depth = 0;
  inside.forEach((token, index) => {
    if (isJsMark(token, '{', '[', '(')) depth += 1;
    if (isJsMark(token, '}', ']', ')')) depth -= 1;
    const begins = isJsMark(inside[index - 1], ',') || index === open + 1;
    if (depth === 1 && begins && isJsMark(inside[index + 1], ':')) keys.push(token.text);
  });
  return keys.length === 0 ? [null] : keys;
}

/** Does it ask for no transaction around it? */
export const wantsNoTransaction = (text: string): boolean =>
  jsText(text).tokens.some((_, at, tokens) => readsAt(tokens, at, '.', 'noTransaction', '('));
