/** What SQL makes, read from its text: tables and columns that are there once it ran. */
import type { Losses } from './contract.ts';
import { sqlAddedColumns } from './sql-losses.ts';
import { isMark, isWord, type SqlToken, sqlStatements, sqlText } from './sql-text.ts';

/** Tables and columns that a script makes and does not take away again. Names as they are written. */
export function sqlMade(script: string): Pick<Losses, 'tables' | 'columns'> {
  const tables = new Set<string>();
  for (const statement of sqlStatements(sqlText(script).tokens)) {
    const at = statement.slice(0, 6).findIndex(token => isWord(token, 'table'));
    if (at === -1) continue;
    const name = nameFrom(statement, at + 1);
    if (name === null) continue;
    if (isWord(statement[0], 'create') && !isTemporary(statement)) tables.add(name);
    else if (isWord(statement[0], 'drop')) tables.delete(name);
    else if (isWord(statement[0], 'alter')) followRename(statement, name, tables);
  }
  return { tables: [...tables], columns: sqlAddedColumns(script).filter(({ table }) => !tables.has(table)) };
}

const isTemporary = (statement: readonly SqlToken[]): boolean =>
  statement.slice(1, 4).some(token => isWord(token, 'temporary', 'temp'));

/** `ALTER TABLE a RENAME TO b` of a table the script made. */
function followRename(statement: readonly SqlToken[], from: string, tables: Set<string>): void {
  const at = statement.findIndex(token => isWord(token, 'rename'));
  if (at === -1 || !isWord(statement[at + 1], 'to') || !tables.has(from)) return;
  const to = nameFrom(statement, at + 2);
  tables.delete(from);
  if (to !== null) tables.add(to);
}

/** A name with its qualifiers, behind `IF NOT EXISTS` and the like. */
function nameFrom(tokens: readonly SqlToken[], from: number): string | null {
  let at = from;
  while (isWord(tokens[at], 'if', 'not', 'exists', 'only')) at += 1;
  const parts: string[] = [];
  for (; ; at += 2) {
    const token = tokens[at];
    if (token?.kind !== 'word' && token?.kind !== 'name') return null;
    parts.push(token.text);
    if (!isMark(tokens[at + 1], '.')) return parts.join('.');
  }
}
