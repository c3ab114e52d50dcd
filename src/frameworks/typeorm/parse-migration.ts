/** Finds the migration in a file of TypeORM: a class with `up`, and the name its row has. Nothing is run. */
import { type Down, downIn } from '../js-down.ts';
import { isJsMark, isJsWord, type JsText, jsText, plainString, readsAt } from '../js-text.ts';

/** A class that TypeORM runs. */
export interface MigrationClass {
  /** `name` where it has one, else the class's own (MigrationExecutor.js of 1.1.1, `getMigrations`). */
  readonly name: string;
  readonly down: Down;
  /** False: it wants no transaction around it. */
  readonly transaction: boolean;
}

/** The migrations of a file, in its order. */
export function migrationsIn(text: string): readonly MigrationClass[] {
  if (!text.includes('class')) return [];
  const source = jsText(text);
  const { tokens, partners } = source;
  const found: MigrationClass[] = [];
  for (let index = 0; index < tokens.length && found.length < 20; index += 1) {
    if (!isJsWord(tokens[index], 'class')) continue;
    const open = tokens.findIndex((token, at) => at > index && isJsMark(token, '{', ';'));
    const close = partners[open] ?? -1;
    if (!isJsMark(tokens[open], '{') || close < open) continue;
    const migration = readClass(source, index, open, close);
    if (migration !== null) found.push(migration);
    index = close;
  }
  return found;
}

function readClass({ tokens, partners }: JsText, at: number, open: number, close: number): MigrationClass | null {
  const own = tokens[at + 1];
  let name = own?.kind === 'word' && !isJsWord(own, 'extends', 'implements') ? own.text : null;
  let hasUp = false;
  let transaction = true;
  for (let index = open + 1; index < close; index += 1) {
    const isMember = !isJsMark(tokens[index - 1], '.');
    if (isMember && isJsWord(tokens[index], 'up') && isJsMark(tokens[index + 1], '(', '=')) hasUp = true;
    const value = isJsMark(tokens[index + 1], ':') ? index + 3 : index + 1;
    if (isMember && isJsWord(tokens[index], 'name') && isJsMark(tokens[value], '=')) {
      name = plainString(tokens, value + 1) ?? name;
    }
    if (
      isJsWord(tokens[index], 'transaction') &&
      isJsMark(tokens[value], '=') &&
      isJsWord(tokens[value + 1], 'false')
    ) {
      transaction = false;
    }
    // What TypeScript compiles the same to: `constructor() { this.name = 'X'; }`.
    if (isJsWord(tokens[index], 'constructor')) name = assigned(tokens, index, close) ?? name;
    const partner = partners[index] ?? -1;
    if (partner > index) index = partner;
  }
  if (name === null || !hasUp) return null;
  return {
    name,
    down: downIn({ tokens: tokens.slice(open, close + 1), partners: shifted(partners, open, close) }),
    transaction,
  };
}

function assigned(tokens: JsText['tokens'], from: number, to: number): string | null {
  for (let index = from; index < to; index += 1) {
    if (readsAt(tokens, index, 'this', '.', 'name', '=')) return plainString(tokens, index + 4);
  }
  return null;
}

const shifted = (partners: readonly number[], open: number, close: number): readonly number[] =>
  partners.slice(open, close + 1).map(partner => (partner < open || partner > close ? -1 : partner - open));

/** Milliseconds at the end of a migration's name; null where TypeORM would refuse it. */
export const timestampOf = (name: string): string | null => /(\d{13})$/.exec(name)?.[1] ?? null;
