/** What reversing a Django migration destroys, and whether it can be reversed at all, read from its operations. */
import type { Losses } from '../contract.ts';
import { argument, entryOf, itemsOf, lastName, nameOf, type PythonValue, spreads, textOf } from '../python-text.ts';
import { type MigrationClass, operationName, operationsOf } from './parse-migration.ts';

/** Reversing these destroys nothing: they take something away, or touch only what can be made again (indexes, constraints, options). */
const HARMLESS: ReadonlySet<string> = new Set([
  'DeleteModel',
  'RemoveField',
  'RenameField',
  'RenameModel',
  'RenameIndex',
  'AddIndex',
  'RemoveIndex',
  'AddConstraint',
  'RemoveConstraint',
  'AlterConstraint',
  'AlterUniqueTogether',
  'AlterIndexTogether',
  'AlterModelTable',
  'AlterModelTableComment',
  'AlterModelOptions',
  'AlterModelManagers',
  'AddIndexConcurrently',
  'RemoveIndexConcurrently',
]);

/** Operations that never make Django rebuild a SQLite table when they are reversed (django/db/backends/sqlite3/schema.py). */
const NO_REBUILD: ReadonlySet<string> = new Set([
  'CreateModel',
  'DeleteModel',
  'RunPython',
  'RunSQL',
  'AddIndex',
  'RemoveIndex',
  'RenameIndex',
  'AlterModelOptions',
  'AlterModelManagers',
]);

interface Found {
  readonly tables: Set<string>;
  readonly columns: { table: string; column: string }[];
  readonly unsure: Set<string>;
}

/** Losses of a migration of app `label`. `tableOf` names the table of a model of that app. */
export function lossesOf(parsed: MigrationClass, label: string, tableOf: (model: string) => string): Losses {
  const found: Found = { tables: new Set(), columns: [], unsure: new Set() };
  const operations = operationsOf(parsed);
  if (operations === null) found.unsure.add('its operations are not a plain list');
  for (const operation of operations ?? []) read(operation, label, tableOf, found);
  const columns = found.columns.filter(({ table }) => !found.tables.has(table));
  const unsure = [...found.unsure].join(', ');
  return { tables: [...found.tables], columns, unsure: unsure === '' ? null : unsure };
}

function read(operation: PythonValue, label: string, tableOf: (model: string) => string, found: Found): void {
  const name = operationName(operation);
  const undone = argument(operation, 1, name === 'RunSQL' ? 'reverse_sql' : 'reverse_code');
  if (HARMLESS.has(name) || ((name === 'RunPython' || name === 'RunSQL') && isNoop(undone))) return;
  if (name === 'CreateModel') created(operation, label, found);
  else if (name === 'AddField') added(operation, tableOf, found);
  else if (name === 'AlterOrderWithRespectTo') ordered(operation, tableOf, found);
  else if (name === 'SeparateDatabaseAndState') {
    found.unsure.add('it changes database and models separately');
    const nested = argument(operation, 0, 'database_operations');
    for (const each of nested === undefined ? [] : itemsOf(nested)) read(each, label, tableOf, found);
  } else found.unsure.add(doubt(name));
}

function doubt(name: string): string {
  if (name === 'RunPython') return 'it runs Python code';
  if (name === 'RunSQL') return 'it runs SQL of its own';
  if (name === 'AlterField') return 'it changes a column back, and values may not fit';
  return name === '' ? 'it has an operation that cannot be read' : `it uses the operation ${name}`;
}

function created(operation: PythonValue, label: string, found: Found): void {
  const model = textOf(argument(operation, 0, 'name'));
  if (model === null) return void found.unsure.add('it makes a model whose name cannot be read');
  const options = argument(operation, 2, 'options');
  if (nameOf(entryOf(options, 'proxy')) === 'True' || nameOf(entryOf(options, 'managed')) === 'False') return;
  const written = textOf(entryOf(options, 'db_table'));
  const table = written === null ? `${label}_${model.toLowerCase()}` : unquoted(written);
  found.tables.add(table);
  const fields = argument(operation, 1, 'fields');
  if (fields?.is !== 'list') return void found.unsure.add('it makes a model whose fields cannot be read');
  for (const field of fields.items) {
    const [name, value] = field.is === 'tuple' ? field.items : [];
    const many = manyToMany(value, table, textOf(name));
    if (many !== null) found.tables.add(many);
  }
}

function added(operation: PythonValue, tableOf: (model: string) => string, found: Found): void {
  const model = textOf(argument(operation, 0, 'model_name'));
  const name = textOf(argument(operation, 1, 'name'));
  const field = argument(operation, 2, 'field');
  if (model === null || name === null || field === undefined) {
    return void found.unsure.add('it adds a field that cannot be read');
  }
  const table = tableOf(model.toLowerCase());
  const type = lastName(field);
  if (type === 'ManyToManyField') {
    const many = manyToMany(field, table, name);
    if (many !== null) found.tables.add(many);
    return;
  }
  if (type === 'GenericForeignKey' || type === 'GenericRelation') return;
  const written = textOf(argument(field, Number.POSITIVE_INFINITY, 'db_column'));
  const column = written ?? (type === 'ForeignKey' || type === 'OneToOneField' ? `${name}_id` : name);
  if (!/^(models\.)?[A-Z]\w*$/.test(nameOf(field)) && !nameOf(field).startsWith('models.')) {
    found.unsure.add(`the column of ${name} is of a field type Django does not have`);
  }
  found.columns.push({ table, column });
}

function ordered(operation: PythonValue, tableOf: (model: string) => string, found: Found): void {
  const model = textOf(argument(operation, 0, 'name'));
  const by = textOf(argument(operation, 1, 'order_with_respect_to'));
  if (model === null) found.unsure.add(doubt('AlterOrderWithRespectTo'));
  else if (by !== null) found.columns.push({ table: tableOf(model.toLowerCase()), column: '_order' });
}

/** The table of a many-to-many field; null when it is none, or has a `through` model of its own. */
function manyToMany(field: PythonValue | undefined, table: string, name: string | null): string | null {
  if (field === undefined || lastName(field) !== 'ManyToManyField' || name === null) return null;
  if (argument(field, Number.POSITIVE_INFINITY, 'through') !== undefined) return null;
  const written = textOf(argument(field, Number.POSITIVE_INFINITY, 'db_table'));
  return written === null ? `${table}_${name}` : unquoted(written);
}

/** `db_table = '"schema"."table"'` is a known trick; a plain quoted name only loses its quotes. */
const unquoted = (table: string): string => (/^"[^"]*"$/.test(table) ? table.slice(1, -1) : table);

const isNoop = (value: PythonValue | undefined): boolean => value !== undefined && lastName(value) === 'noop';

/** Why a migration cannot be reversed, as a clause; null when its text shows no reason. */
export function irreversible(parsed: MigrationClass): string | null {
  const reasons = (operationsOf(parsed) ?? []).flatMap(unfolded).flatMap(operation => {
    if (operation.is !== 'call' || spreads(operation)) return [];
    const name = operationName(operation);
    if (name === 'RunPython' && lacks(argument(operation, 1, 'reverse_code'))) {
      return ['it runs Python code and has no reverse_code'];
    }
    return name === 'RunSQL' && lacks(argument(operation, 1, 'reverse_sql'))
      ? ['it runs SQL and has no reverse_sql']
      : [];
  });
  return reasons[0] ?? null;
}

const lacks = (value: PythonValue | undefined): boolean => value === undefined || nameOf(value) === 'None';

function unfolded(operation: PythonValue): readonly PythonValue[] {
  if (operationName(operation) !== 'SeparateDatabaseAndState') return [operation];
  const nested = argument(operation, 0, 'database_operations');
  return nested === undefined ? [] : itemsOf(nested).flatMap(unfolded);
}

/** True when reversing it may make Django rebuild a SQLite table from the files it sees: columns they do not name are lost then. */
export function mayRebuild(parsed: MigrationClass): boolean {
  const operations = operationsOf(parsed);
  return operations === null || operations.flatMap(unfolded).some(each => !NO_REBUILD.has(operationName(each)));
}
