/** Reads a South migration file as text: what it depends on, and what its `backwards()` destroys. Nothing is executed. */
import type { Losses } from '../contract.ts';
import { classNamed, doesNothing, functionBody } from '../python-bodies.ts';
import { argument, itemsOf, lastName, nameOf, type PythonValue, parse, textOf } from '../python-text.ts';
import { type PythonLine, pythonLines } from '../python-tokens.ts';

/** What `class Migration` of a South file says. */
export interface SouthMigration {
  /** Pairs of app and name. */
  readonly dependsOn: readonly (readonly [string, string])[];
  /** Bodies without docstrings; null where it has no such method. */
  readonly forwards: readonly PythonLine[] | null;
  readonly backwards: readonly PythonLine[] | null;
}

/** The migration of a file, or why it has none, as a clause. */
export function southMigration(text: string): SouthMigration | { readonly reason: string } {
  const found = classNamed(pythonLines(text), 'Migration');
  if (found === null) return { reason: 'it has no "class Migration"' };
  const { attributes, body, indent } = found;
  const pairs = attributes.get('depends_on');
  return {
    dependsOn: pairs === undefined ? [] : pairsOf(pairs),
    forwards: functionBody(body, 'forwards', indent),
    backwards: functionBody(body, 'backwards', indent),
  };
}

/** The text without `models`, the frozen copy of all models that changes with every migration. */
export function withoutFrozen(text: string): string {
  const frozen = classNamed(pythonLines(text), 'Migration')?.attributes.get('models');
  return frozen === undefined ? text : `${text.slice(0, frozen.start)}{}${text.slice(frozen.end)}`;
}

/** `(("books", "0001_initial"),)`; a single pair without its comma is one pair. */
function pairsOf(value: PythonValue): readonly (readonly [string, string])[] {
  const items = itemsOf(value);
  const single = items.length === 2 && items.every(item => textOf(item) !== null);
  return (single ? [value] : items).flatMap(item => {
    const [app, name] = itemsOf(item).map(textOf);
    return typeof app === 'string' && typeof name === 'string' ? [[app, name] as const] : [];
  });
}

/** Why a migration cannot be reversed, as a clause; null when its text shows no reason. */
export function irreversible({ forwards, backwards }: SouthMigration): string | null {
  if (backwards === null) return 'it has no backwards()';
  const indent = backwards[0]?.indent;
  // Half of it may be done before the error is raised: South cannot take that back everywhere.
  if (backwards.some(line => line.indent === indent && line.tokens[0]?.value === 'raise'))
    return 'its backwards() raises an error';
  const empty = doesNothing(backwards);
  return empty && forwards !== null && !doesNothing(forwards) ? 'its backwards() does nothing' : null;
}

/** Methods of South's `db` that destroy nothing a row holds (south/db/generic.py). */
const HARMLESS: ReadonlySet<string> = new Set([
  'add_column',
  'create_table',
  'create_index',
  'create_unique',
  'create_primary_key',
  'delete_index',
  'delete_unique',
  'delete_primary_key',
  'delete_foreign_key',
  'rename_column',
  'rename_table',
  'start_transaction',
  'commit_transaction',
  'send_create_signal',
  'shorten_name',
]);

/** What `backwards()` destroys. */
export function lossesIn({ backwards }: SouthMigration): Losses {
  const tables = new Set<string>();
  const columns: { table: string; column: string }[] = [];
  const unsure = new Set<string>();
  for (const { tokens } of backwards ?? []) {
    const first = tokens[0]?.value ?? '';
    // `if not db.dry_run:` only keeps code from South's trial run.
    if (first === 'pass' || first === 'if' || first === 'else') continue;
    const call = parse(tokens);
    const [object, method = ''] = nameOf(call).split('.');
    const name = call.is === 'call' && object === 'db' ? method : '';
    const [table, column] = [named(argument(call, 0, 'table_name')), textOf(argument(call, 1, 'name'))];
    if ((name === 'delete_table' || name === 'clear_table') && table !== null) tables.add(table);
    else if (name === 'delete_column' && table !== null && column !== null) columns.push({ table, column });
    else if (name === 'alter_column') unsure.add('it changes a column back, and values may not fit');
    else if (/^execute/.test(name)) unsure.add('it runs SQL of its own');
    else if (!HARMLESS.has(name)) unsure.add('it runs Python code');
  }
  const unsaid = [...unsure].join(', ');
  return {
    tables: [...tables],
    columns: columns.filter(({ table }) => !tables.has(table)),
    unsure: unsaid === '' ? null : unsaid,
  };
}

/** `'books_book_tags'`, or `db.shorten_name('books_book_tags')`: South shortens only what the engine could not store. */
const named = (value: PythonValue | undefined): string | null =>
  textOf(value) ?? (lastName(value) === 'shorten_name' ? textOf(argument(value as PythonValue, 0, 'name')) : null);
