/** Reads a Rails migration as text: whether it can be taken back, and what that destroys. Nothing is executed. */
import type { Losses } from '../contract.ts';

/** The two directions of a migration. A null body: it has no such method. */
export interface RailsMigration {
  readonly change: readonly string[] | null;
  readonly up: readonly string[] | null;
  readonly down: readonly string[] | null;
  /** False for `disable_ddl_transaction!`. */
  readonly inTransaction: boolean;
}

/** The methods of a migration's class, or why it has none, as a clause. */
export function railsMigration(text: string): RailsMigration | { readonly reason: string } {
  const lines = codeLines(text);
  if (!lines.some(line => /^\s*class\s+[A-Z]/.test(line))) return { reason: 'it has no class' };
  return {
    change: methodBody(lines, 'change'),
    up: methodBody(lines, 'up'),
    down: methodBody(lines, 'down'),
    inTransaction: !lines.some(line => /^\s*disable_ddl_transaction!/.test(line)),
  };
}

/** Lines without comments, `=begin` blocks and the texts of heredocs (SQL may have any word in it). */
function codeLines(text: string): readonly string[] {
  const lines: string[] = [];
  let until: RegExp | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (until !== null) {
      if (until.test(line)) until = null;
      continue;
    }
    if (/^__END__$/.test(line)) break;
    if (/^=begin\b/.test(line)) {
      until = /^=end\b/;
      continue;
    }
    const heredoc = /<<[-~]?(["'`]?)([A-Za-z_]\w{0,60})\1/.exec(line);
    if (heredoc !== null && !/^\s*class\s*<</.test(line)) until = new RegExp(`^\\s*${heredoc[2]}\\s*$`);
    if (!/^\s*(#|$)/.test(line)) lines.push(line.replace(/\s#\s.*$/, ''));
  }
  return lines;
}

/** Lines between `def name` and the `end` that stands as far in as it; null when there is no such method. */
function methodBody(lines: readonly string[], name: string): readonly string[] | null {
  const begins = new RegExp(`^\\s*def\\s+(self\\.)?${name}\\b(?![?!=])`);
  const start = lines.findIndex(line => begins.test(line));
  const head = lines[start];
  if (head === undefined) return null;
  // `def down; end`, `def down = drop_table(:a)`
  const beside = /^\s*def\s+[\w.]+\s*(?:\(\s*\))?\s*(?:;(.*?);?\s*end\s*$|=\s*(.+)$)/.exec(head);
  if (beside !== null) return [beside[1] ?? beside[2] ?? ''].filter(each => each.trim() !== '');
  const indent = /^\s*/.exec(head)?.[0] ?? '';
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(line => line.startsWith(`${indent}end`) && /^\s*end\b/.test(line));
  return end === -1 ? rest : rest.slice(0, end);
}

/** Why a migration cannot be reversed, as a clause; null when its text shows no reason. */
export function irreversible({ change, up, down }: RailsMigration): string | null {
  if (down === null && change === null) {
    return 'it has no down: Rails would call it reverted, take its row out, and change nothing';
  }
  if (down === null) return null;
  if (/^\s*raise\b/.test(down[0] ?? '')) return 'its down only raises an error';
  return down.length === 0 && up !== null && up.length > 0 ? 'its down does nothing' : null;
}

/** What `down` does, or what undoes `change`. */
export function lossesIn({ change, down }: RailsMigration): Losses {
  const found: Found = { tables: new Set(), columns: [], unsure: new Set() };
  if (down !== null) for (const statement of statements(down)) readDown(statement, found);
  else if (change !== null) for (const statement of statements(change)) readChange(statement, found);
  else found.unsure.add('it has no down');
  const unsure = [...found.unsure].join(', ');
  return {
    tables: [...found.tables],
    columns: found.columns.filter(({ table }) => !found.tables.has(table)),
    unsure: unsure === '' ? null : unsure,
  };
}

interface Found {
  readonly tables: Set<string>;
  readonly columns: { table: string; column: string }[];
  readonly unsure: Set<string>;
}

/** One call: its name, the names it is given in order, and the table whose block it stands in. */
interface Statement {
  readonly word: string;
  readonly names: readonly string[];
  readonly text: string;
  /** `t.string` inside `change_table :books do |t|`. */
  readonly inside: { readonly word: string; readonly table: string } | null;
}

/** Calls of a body. Those that go on over several lines are read by their first. */
function statements(body: readonly string[]): readonly Statement[] {
  const found: Statement[] = [];
  const open: { readonly indent: number; readonly word: string; readonly table: string; readonly variable: string }[] =
    [];
  for (const line of body) {
    const indent = /^\s*/.exec(line)?.[0].length ?? 0;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const [, variable = '', word = '', rest = ''] = /^\s*(?:(\w+)\.)?([a-z_]\w*[?!]?)\s*\(?\s*(.*)$/.exec(line) ?? [];
    if (word === '' || word === 'end') continue;
    const block = open.findLast(each => each.variable === variable && variable !== '');
    const names = [
      ...(/^(?:(?::["']?|["'])[\w.$]{1,128}["']?\s{0,9},?\s{0,9})+/.exec(rest)?.[0] ?? '').matchAll(/[\w.$]+/g),
    ].map(String);
    found.push({
      word: block === undefined && variable !== '' ? `${variable}.${word}` : word,
      names,
      text: line,
      inside: block ?? null,
    });
    const opens = /\bdo\s*\|\s*(\w+)/.exec(line)?.[1];
    if (opens !== undefined) open.push({ indent, word, table: names[0] ?? '', variable: opens });
  }
  return found;
}

/** Calls that destroy nothing a row holds, in either direction. */
const HARMLESS =
  /^(create_table|add_(column|columns|index|reference|belongs_to|timestamps|foreign_key|check_constraint)|create_join_table|remove_(index|foreign_key|check_constraint)|rename_(column|table|index)|change_(column_(default|null|comment)|table(_comment)?)|enable_extension|validate_\w+|safety_assured|up_only|dir\.up|reversible|disable_extension|[})\]]|if|unless|else)$/;
const ADDS_ONE = /^add_(column|reference|belongs_to|timestamps|columns)$/;

function readChange({ word, names, inside, text }: Statement, found: Found): void {
  const [table = '', ...columns] = names;
  if (/^(create|drop)_(join_)?table$/.test(inside?.word ?? '')) return;
  if (inside?.word === 'change_table' || inside?.word === 'reversible') {
    if (inside.word === 'change_table') added(inside.table, word, names, text, found);
    else if (word === 'down') found.unsure.add('it runs Ruby code');
    return;
  }
  if (word === 'create_table') found.tables.add(table);
  else if (word === 'create_join_table')
    found.tables.add(/\btable_name:\s*:?["']?(\w+)/.exec(text)?.[1] ?? [table, columns[0] ?? ''].sort().join('_'));
  else if (ADDS_ONE.test(word)) added(table, word.slice(4), columns, text, found);
  else if (word === 'execute') found.unsure.add('it runs SQL of its own');
  else if (/^(drop_table|drop_join_table|remove_\w+)$/.test(word) || HARMLESS.test(word)) return;
  else found.unsure.add('it runs Ruby code');
}

/** Columns that a call adds, which undoing it drops. `kind`: `column`, `reference`, `timestamps`, or a type inside `change_table`. */
function added(table: string, kind: string, names: readonly string[], text: string, found: Found): void {
  const add = (column: string) => found.columns.push({ table, column });
  if (/^(index|foreign_key|check_constraint|remove\w*|rename|change\w*)$/.test(kind)) return;
  if (kind === 'timestamps') for (const column of ['created_at', 'updated_at']) add(column);
  else if (/^(reference|references|belongs_to)$/.test(kind)) {
    for (const name of names.slice(0, kind === 'reference' ? 1 : names.length)) {
      add(`${name}_id`);
      if (/\bpolymorphic:\s*(true|\{)/.test(text)) add(`${name}_type`);
    }
  } else if (kind === 'column') for (const name of names.slice(0, 1)) add(name);
  else for (const name of names) add(name);
}

function readDown({ word, names, inside, text }: Statement, found: Found): void {
  const [table = '', ...columns] = names;
  if (inside?.word === 'create_table') return;
  if (inside?.word === 'change_table') {
    if (word === 'remove') for (const column of names) found.columns.push({ table: inside.table, column });
    return;
  }
  if (word === 'drop_table') for (const each of names) found.tables.add(each);
  else if (word === 'remove_column') found.columns.push({ table, column: columns[0] ?? '' });
  else if (word === 'remove_columns') for (const column of columns) found.columns.push({ table, column });
  else if (/^remove_(reference|belongs_to|timestamps)$/.test(word)) added(table, word.slice(7), columns, text, found);
  else if (word === 'change_column') found.unsure.add('it changes a column back, and values may not fit');
  else if (word === 'execute') found.unsure.add('it runs SQL of its own');
  else if (!HARMLESS.test(word)) found.unsure.add('it runs Ruby code');
}
