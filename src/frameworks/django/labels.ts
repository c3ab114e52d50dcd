/** Finds the app label of each folder of migrations. The label is in the history table; the folder's name need not be the same. */
import type { SourceTree } from '../contract.ts';
import { argument, assignmentIn, entryOf, textOf } from '../python-text.ts';
import { pythonLines } from '../python-tokens.ts';
import { folderOf, inFolder } from '../repository-paths.ts';
import { dependenciesOf, migrationClass, operationName, operationsOf, pairsOf } from './parse-migration.ts';

/** Labels of Django's own apps: they are in many `dependencies` and say nothing about the folder. */
const CONTRIB: ReadonlySet<string> = new Set([
  'auth',
  'contenttypes',
  'sessions',
  'sites',
  'admin',
  'flatpages',
  'redirects',
]);
const ENOUGH_FILES = 30;

/** Stem of a file, when it can be a migration's name: Django skips modules that begin with `_` or `~`. */
export function stemOf(path: string): string | null {
  const stem = /(?:^|\/)([A-Za-z0-9][\w-]*)\.py$/.exec(path)?.[1];
  // Alembic keeps its env.py in a folder that is often called `migrations`.
  return stem === undefined || stem === 'env' ? null : stem;
}

/** Name of the folder above `migrations`; null at the top of the repository. */
export function folderLabel(folder: string): string | null {
  const app = folderOf(folder);
  return app === '.' || app.startsWith('..') ? null : app.slice(app.lastIndexOf('/') + 1);
}

/** Label of a folder of migrations, by what `apps.py` says, then by how its files name each other, then by its name. */
export function labelOf(tree: SourceTree, folder: string, files: readonly string[]): string | null {
  return configured(tree, folderOf(folder)) ?? voted(tree, folder, files) ?? folderLabel(folder);
}

/** `label`, else the last part of `name`, of the AppConfig in `apps.py` (django/apps/config.py). */
function configured(tree: SourceTree, app: string): string | null {
  const text = ['apps.py', '__init__.py']
    .map(name => tree.read(inFolder(app, name)))
    .find(each => each?.includes('AppConfig'));
  const configs: Map<string, string>[] = [];
  for (const line of text === null || text === undefined ? [] : pythonLines(text)) {
    if (line.indent === 0) {
      if (line.tokens[0]?.value === 'class') configs.push(new Map());
      continue;
    }
    const set = assignmentIn(line);
    const value = set === null ? null : textOf(set.value);
    if (set?.target.is === 'name' && value !== null) configs.at(-1)?.set(set.target.name, value);
  }
  const config = configs.find(each => each.has('label')) ?? configs.find(each => each.has('name'));
  return config?.get('label') ?? config?.get('name')?.split('.').at(-1) ?? null;
}

/** The label under which files of the folder depend on each other. */
function voted(tree: SourceTree, folder: string, files: readonly string[]): string | null {
  const stems = new Set(files.map(stemOf));
  const votes = new Map<string, number>();
  for (const file of files.slice(0, ENOUGH_FILES)) {
    const text = tree.read(file);
    const parsed = text === null ? null : migrationClass(text);
    if (text === null || parsed === null || 'reason' in parsed) continue;
    const pairs = [
      ...dependenciesOf(text, parsed).flatMap(({ pair }) => (pair === null ? [] : [pair])),
      ...pairsOf(parsed.replaces),
    ];
    for (const [label, stem] of pairs) {
      // Every app has a 0001_initial, so that name says little.
      if (stems.has(stem)) votes.set(label, (votes.get(label) ?? 0) + (stem === '0001_initial' ? 1 : 4));
    }
  }
  const own = folderLabel(folder);
  const candidates = [...votes].filter(([label]) => label === own || !CONTRIB.has(label)).sort((a, b) => b[1] - a[1]);
  const [first, second] = candidates;
  if (first === undefined || (second !== undefined && second[1] === first[1])) return null;
  return first[0];
}

/** Tables that do not have Django's own name for them: `label.model` to table, as the files on disk set it. */
export function namedTables(tree: SourceTree, label: string, files: readonly string[]): ReadonlyMap<string, string> {
  const tables = new Map<string, string>();
  for (const file of files) {
    const text = tree.read(file);
    if (text === null || !/db_table|AlterModelTable/.test(text)) continue;
    const parsed = migrationClass(text);
    for (const operation of 'reason' in parsed ? [] : (operationsOf(parsed) ?? [])) {
      const name = operationName(operation);
      const model = textOf(argument(operation, 0, 'name'))?.toLowerCase();
      const table = textOf(
        name === 'CreateModel'
          ? entryOf(argument(operation, 2, 'options'), 'db_table')
          : argument(operation, 1, 'table'),
      );
      if (model === undefined || table === null || (name !== 'CreateModel' && name !== 'AlterModelTable')) continue;
      tables.set(`${label}.${model}`, table);
    }
  }
  return tables;
}
