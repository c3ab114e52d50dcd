/** Reads an Alembic revision file as text: its identifiers, and what its `downgrade()` does. Nothing is executed. */
import type { Losses } from '../contract.ts';
import { doesNothing, functionBody } from '../python-bodies.ts';
import { argument, assignmentIn, lastName, nameOf, type PythonValue, parse, textOf } from '../python-text.ts';
import { type PythonToken, pythonLines } from '../python-tokens.ts';

/** What a revision file says about itself. */
export interface Revision {
  readonly id: string;
  /** `down_revision`: none for a base, several for a merge. */
  readonly down: readonly string[];
  /** `depends_on`: ids, parts of ids or branch labels. */
  readonly dependsOn: readonly string[];
  readonly labels: readonly string[];
}

/** The revision of a file, or why it is none, as a clause. Old files (Alembic 0.1) have their id in the file's name. */
export function revisionIn(path: string, text: string): Revision | { readonly reason: string } {
  const set = new Map<string, readonly string[] | null>();
  for (const line of pythonLines(text)) {
    const assigned = line.indent === 0 && IDENTIFIERS.has(line.tokens[0]?.value ?? '') ? assignmentIn(line) : null;
    if (assigned?.target.is === 'name') set.set(assigned.target.name, textsOf(assigned.value));
  }
  const unclear = [...set].find(([, value]) => value === null);
  if (unclear !== undefined) return { reason: `its ${unclear[0]} is not a plain string` };
  const of = (name: string): readonly string[] => set.get(name) ?? [];
  const id = set.has('revision') ? of('revision')[0] : /(?:^|\/)([a-f0-9]+)\.py$/.exec(path)?.[1];
  if (id === undefined || id === '')
    return { reason: 'it does not say its revision, and Alembic stops at such a file' };
  return { id, down: of('down_revision'), dependsOn: of('depends_on'), labels: of('branch_labels') };
}

const IDENTIFIERS: ReadonlySet<string> = new Set(['revision', 'down_revision', 'depends_on', 'branch_labels']);

function textsOf(value: PythonValue): readonly string[] | null {
  if (nameOf(value) === 'None') return [];
  const items = value.is === 'tuple' || value.is === 'list' || value.is === 'set' ? value.items : [value];
  const texts = items.map(textOf);
  return texts.every(text => text !== null) ? texts : null;
}

/** Why a revision cannot be reversed, as a clause; null when its text shows no reason. */
export function irreversible(text: string): string | null {
  const lines = pythonLines(text);
  const [up, down] = [functionBody(lines, 'upgrade'), functionBody(lines, 'downgrade')];
  if (down === null) return 'it has no downgrade()';
  if (down[0]?.tokens[0]?.value === 'raise') return 'its downgrade() only raises an error';
  // A merge has nothing to do in either direction; elsewhere an empty downgrade() would leave everything as it is.
  return doesNothing(down) && up !== null && !doesNothing(up) ? 'its downgrade() does nothing' : null;
}

/** True when statements of the file are committed on their own. */
export const leavesTransaction = (text: string): boolean => /autocommit_block|\bCOMMIT\b/i.test(text);

/** Operations of `op` or of a batch that destroy nothing a row holds. */
const HARMLESS: ReadonlySet<string> = new Set([
  'create_table',
  'add_column',
  'create_index',
  'drop_index',
  'create_foreign_key',
  'create_primary_key',
  'create_unique_constraint',
  'create_check_constraint',
  'create_exclude_constraint',
  'drop_constraint',
  'drop_table_comment',
  'create_table_comment',
  'rename_table',
  'f',
]);

/** What `downgrade()` destroys. */
export function lossesIn(text: string): Losses {
  const tables = new Set<string>();
  const columns: { table: string; column: string }[] = [];
  const unsure = new Set<string>();
  const batches: { readonly name: string; readonly table: string; readonly indent: number }[] = [];
  const body = functionBody(pythonLines(text), 'downgrade');
  if (body === null) unsure.add('it has no downgrade()');
  for (const { indent, tokens } of body ?? []) {
    while (batches.length > 0 && (batches.at(-1)?.indent ?? 0) >= indent) batches.pop();
    const batch = batchIn(tokens);
    if (batch !== null) batches.push({ ...batch, indent });
    else if (tokens[0]?.value !== 'pass') read(parse(tokens));
  }
  const unsaid = [...unsure].join(', ');
  return {
    tables: [...tables],
    columns: columns.filter(({ table }) => !tables.has(table)),
    unsure: unsaid === '' ? null : unsaid,
  };

  function read(call: PythonValue): void {
    const [object = '', method = ''] = nameOf(call).split('.');
    const batch = batches.findLast(({ name }) => name === object);
    const name = call.is === 'call' && (object === 'op' || batch !== undefined) ? method : '';
    const schema = textOf(argument(call, Number.POSITIVE_INFINITY, 'schema'));
    const qualified = (table: string): string => (schema === null ? table : `${schema}.${table}`);
    const table = batch?.table ?? textOf(argument(call, 0, 'table_name'));
    const column = textOf(argument(call, batch === undefined ? 1 : 0, 'column_name'));
    if (name === 'drop_table' && table !== null) tables.add(qualified(table));
    else if (name === 'drop_column' && table !== null && column !== null) {
      columns.push({ table: batch === undefined ? qualified(table) : table, column });
    } else if (name === 'alter_column') unsure.add('it changes a column back, and values may not fit');
    else if (name === 'execute') unsure.add('it runs SQL of its own');
    else if (!HARMLESS.has(name)) unsure.add('it runs Python code');
  }
}

/** `with op.batch_alter_table("t", schema=None) as batch_op:` */
function batchIn(tokens: readonly PythonToken[]): { readonly name: string; readonly table: string } | null {
  const as = tokens.findIndex(({ kind, value }) => kind === 'name' && value === 'as');
  if (tokens[0]?.value !== 'with' || as === -1) return null;
  const call = parse(tokens.slice(1, as));
  const table = textOf(argument(call, 0, 'table_name'));
  const schema = textOf(argument(call, Number.POSITIVE_INFINITY, 'schema'));
  if (lastName(call) !== 'batch_alter_table' || table === null) return null;
  return { name: tokens[as + 1]?.value ?? '', table: schema === null ? table : `${schema}.${table}` };
}
