/** Reads from a CREATE TABLE text what no pragma tells: checks, collations, generated expressions, AUTOINCREMENT, deferrable keys. */
import { closing, type Token, textOf, tokensOf, withoutOuterParentheses } from './tokens.ts';

/** What the text adds to the pragmas. Names are in the tokens' normal form (lower case). */
export interface TableText {
  /** Normalised expressions of CHECK constraints; where they stand and what they are called makes no difference to SQLite. */
  readonly checks: readonly string[];
  readonly autoincrement: boolean;
  /** Column to collation, where one is named. */
  readonly collations: ReadonlyMap<string, string>;
  /** Column to the expression it is generated from. */
  readonly generated: ReadonlyMap<string, string>;
  /** Column lists (`a, b`) of foreign keys checked only at commit. */
  readonly deferred: ReadonlySet<string>;
  /** Conflict clauses, as they stand: `unique ( a ) on conflict replace`. */
  readonly conflicts: readonly string[];
}

const TABLE_CONSTRAINT = new Set(['constraint', 'primary', 'unique', 'check', 'foreign']);

/** Reads the text as SQLite stores it in `sqlite_schema`. */
export function readCreateTable(sql: string): TableText {
  const tokens = tokensOf(sql);
  const open = tokens.indexOf('(');
  const body = open === -1 ? [] : tokens.slice(open + 1, closing(tokens, open));
  const items = splitAtCommas(body);
  const found = {
    checks: [] as string[],
    collations: new Map<string, string>(),
    generated: new Map<string, string>(),
    deferred: new Set<string>(),
    conflicts: [] as string[],
  };
  for (const item of items) {
    const column = TABLE_CONSTRAINT.has(item[0] ?? '') ? null : (item[0] ?? '');
    walkTopLevel(item, (index, word) => {
      if (word === 'check') found.checks.push(textOf(withoutOuterParentheses(group(item, index + 1))));
      if (word === 'conflict') found.conflicts.push(textOf(item.slice(0, index + 2)));
      if (word === 'deferred') found.deferred.add(keyColumns(item, column));
      if (column === null) return;
      if (word === 'collate') found.collations.set(column, item[index + 1] ?? '');
      if (word === 'as') found.generated.set(column, textOf(withoutOuterParentheses(group(item, index + 1))));
    });
  }
  return { ...found, autoincrement: body.includes('autoincrement') };
}

function keyColumns(item: readonly Token[], column: string | null): string {
  if (column !== null) return column;
  const key = item.indexOf('foreign');
  return group(item, key + 2)
    .slice(1, -1)
    .filter(token => token !== ',')
    .join(', ');
}

/** The parenthesised group that starts at an index, with its parentheses. */
function group(tokens: readonly Token[], open: number): readonly Token[] {
  return tokens[open] === '(' ? tokens.slice(open, closing(tokens, open) + 1) : [];
}

function walkTopLevel(tokens: readonly Token[], visit: (index: number, token: Token) => void): void {
  let depth = 0;
  tokens.forEach((token, index) => {
    if (token === '(') depth++;
    if (token === ')') depth--;
    // Index 0 is the column's own name.
    if (depth === 0 && (index > 0 || TABLE_CONSTRAINT.has(token))) visit(index, token);
  });
}

function splitAtCommas(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const items: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (token === ',' && depth === 0) items.push([]);
    else items.at(-1)?.push(token);
  }
  return items;
}
