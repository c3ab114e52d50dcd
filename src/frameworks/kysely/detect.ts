/** Finds projects of kysely-ctl by their `kysely.config` files, and reads what those name. */
import type { Engine, Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { addressIn, resolvedText, textOf } from '../js-settings.ts';
import { isJsMark, isJsWord, jsText, plainString } from '../js-text.ts';
import { entryOf, exportedValue, type JsValue } from '../js-values.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';

const ENDINGS = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'] as const;
const NAMES = ENDINGS.map(ending => `kysely.config.${ending}`);

/** Pathspecs of everything that `detectKysely` looks at (config/get-config.mts of kysely-ctl 0.21.0). */
export const MARKERS = NAMES.map(name => `:(glob)**/${name}`);

/** One project per folder with a configuration, in it or in its `.config`, sorted. */
export function detectKysely(tree: SourceTree): readonly Project[] {
  const found = new Map<string, string>();
  const paths = tree.paths.filter(path => !`/${path}`.includes('/node_modules/'));
  // What lies in `.config` is looked for first.
  const hidden = (path: string): boolean => baseOf(folderOf(path)) === '.config';
  for (const path of [...paths.filter(hidden), ...paths.filter(each => !hidden(each))]) {
    const root = hidden(path) ? folderOf(folderOf(path)) : folderOf(path);
    if (NAMES.includes(baseOf(path)) && !found.has(root)) found.set(root, path);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([root, config]) => projectOf(tree, root, config));
}

function projectOf(tree: SourceTree, root: string, config: string): Project {
  const text = tree.read(config) ?? '';
  const exported = exportedValue(text);
  const migrations = entryOf(exported, 'migrations');
  // A `FileMigrationProvider` of the project's own takes its folder in the same words, and JavaScript too.
  const provider = entryOf(migrations, 'provider');
  const usual = baseOf(folderOf(config)) === '.config' ? '../migrations' : 'migrations';
  const folder = textOf(entryOf(migrations, 'migrationFolder')) ?? textOf(entryOf(provider, 'migrationFolder'));
  // kysely-ctl looks from the configuration's own folder.
  const found = folder?.startsWith('/') === true ? null : joined(folderOf(config), folder ?? usual);
  const engine = engineIn(text, exported);
  const said = (name: string): string | null => textOf(entryOf(migrations, name));
  return {
    framework: 'kysely',
    root,
    historyTable: { schema: said('migrationTableSchema'), name: said('migrationTableName') ?? 'kysely_migration' },
    settings: {
      config: root === '.' ? config : config.slice(root.length + 1),
      migrations: found ?? inFolder(root, 'migrations'),
      extensions:
        /\ballowJS\s{0,9}:\s{0,9}true\b/.test(text) || provider !== null ? [...ENDINGS] : ['ts', 'mts', 'cts'],
      transactions: /\bdisableTransactions\s{0,9}:\s{0,9}true\b/.test(text) ? 'no' : 'yes',
      ...(engine === null ? {} : { engine }),
    },
  };
}

/** The engine of a configuration: its dialect by name, or by the class that is made. */
function engineIn(text: string, exported: JsValue): Engine | null {
  const named = textOf(entryOf(exported, 'dialect')) ?? '';
  if (
    /^(?:pg|postgres|@neondatabase\/serverless)$/.test(named) ||
    /\bnew\s{1,9}\w{0,40}Postgres\w{0,40}Dialect/.test(text)
  ) {
    return 'postgres';
  }
  if (named === 'mysql2' || /\bnew\s{1,9}\w{0,40}Mysql\w{0,40}Dialect/i.test(text)) return 'mysql';
  return named === 'better-sqlite3' || /\bnew\s{1,9}\w{0,40}(?:Sqlite|LibSQL)\w{0,40}Dialect/i.test(text)
    ? 'sqlite'
    : null;
}

const PARTS = {
  url: ['connectionString', 'uri', 'url'],
  file: ['filename'],
  database: ['database'],
  user: ['user'],
} as const;

/** The database the configuration names, where it stands in its text. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { config } = project.settings;
  if (typeof config !== 'string') return [];
  const path = inFolder(project.root, config);
  const text = tree.read(path) ?? '';
  const exported = exportedValue(text);
  const engine = engineIn(text, exported);
  const variables = parseEnvironment(tree.read(inFolder(project.root, '.env')) ?? tree.read('.env') ?? '');
  const hint = (address: string, base: string) => [{ text: address, base, from: path }];
  const file = engine === 'sqlite' ? sqliteFile(text) : null;
  // The driver opens it from the folder that the command runs in.
  if (file !== null) return file === ':memory:' ? [] : hint(file, project.root);
  for (const dialect of ['dialectConfig', 'dialect', 'kysely']) {
    const settings = entryOf(exported, dialect);
    const inner = entryOf(settings, 'dialect') ?? settings;
    for (const connection of [entryOf(inner, 'pool'), entryOf(inner, 'postgres'), inner]) {
      const whole = resolvedText(connection, variables);
      const address = whole ?? addressIn(connection, engine, PARTS, variables);
      if (address !== null) return hint(address.text, project.root);
    }
  }
  return [];
}

/** `database: new Database('app.db')`. */
function sqliteFile(text: string): string | null {
  const { tokens } = jsText(text);
  for (let at = 0; at < tokens.length; at += 1) {
    if (!isJsWord(tokens[at], 'database') || !isJsMark(tokens[at + 1], ':')) continue;
    const from = tokens.findIndex((token, index) => index > at && isJsMark(token, '('));
    if (from !== -1 && from - at < 10) return plainString(tokens, from + 1);
  }
  return null;
}
