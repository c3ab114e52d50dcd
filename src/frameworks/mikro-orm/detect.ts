/** Finds projects of MikroORM by their configuration files, and reads what those name. */
import type { Engine, Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { addressIn, textOf } from '../js-settings.ts';
import { entryOf, exportedValue, type JsValue } from '../js-values.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';

const ENDINGS = ['ts', 'js', 'mts', 'mjs', 'cts', 'cjs'] as const;

/** Pathspecs of everything that `detectMikroOrm` looks at: `mikro-orm.config.ts`, and what package.json names. */
export const MARKERS = [...ENDINGS.map(ending => `:(glob)**/mikro-orm.config.${ending}`), ':(glob)**/package.json'];

const BUILT = /^(?:\.\/)?(?:dist|build|out|lib)\//;

/** One project per folder whose commands find a configuration (CLIHelper.js of 7.2.1, `getConfigPaths`), sorted. */
export function detectMikroOrm(tree: SourceTree): readonly Project[] {
  const found = new Map<string, string>();
  const paths = tree.paths.filter(path => !`/${path}`.includes('/node_modules/'));
  for (const path of paths.filter(each => baseOf(each) === 'package.json')) {
    const root = folderOf(path);
    for (const named of namedIn(tree.read(path) ?? '')) {
      const config = BUILT.test(named) || named.startsWith('/') ? null : joined(root, named);
      if (config !== null && !found.has(root) && tree.read(config) !== null) found.set(root, config);
    }
  }
  for (const path of paths.filter(each => /^mikro-orm\.config\.[cm]?[jt]s$/.test(baseOf(each)))) {
    const folder = folderOf(path);
    const root = baseOf(folder) === 'src' ? folderOf(folder) : folder;
    if (![...found.values()].includes(path) && !found.has(root)) found.set(root, path);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([root, config]) => projectOf(tree, root, config) ?? []);
}

/** `"mikro-orm": { "configPaths": ["./src/orm.ts"] }`. */
function namedIn(text: string): readonly string[] {
  if (!text.includes('configPaths')) return [];
  const paths = entryOf(entryOf(exportedValue(`module.exports = ${text}`), 'mikro-orm'), 'configPaths');
  return paths?.kind === 'list' ? paths.items.flatMap(item => textOf(item) ?? []) : [];
}

function projectOf(tree: SourceTree, root: string, config: string): Project | null {
  const text = tree.read(config) ?? '';
  const options = optionsIn(text);
  const migrations = entryOf(options, 'migrations');
  const said = (name: string): string | null => textOf(entryOf(migrations, name));
  const engine = engineIn(text);
  // MongoDB has migrations of another kind, and Tidemark speaks to none.
  if (/@mikro-orm\/mongodb|\bMongoDriver\b/.test(text)) return null;
  const { folder, mapped } = folderOfMigrations(tree, root, said('pathTs'), said('path'));
  const table = said('tableName') ?? 'mikro_orm_migrations';
  const dot = table.indexOf('.');
  return {
    framework: 'mikro-orm',
    root,
    historyTable:
      dot === -1 ? { schema: null, name: table } : { schema: table.slice(0, dot), name: table.slice(dot + 1) },
    settings: {
      config: root === '.' ? config : config.slice(root.length + 1),
      migrations: folder,
      ...(mapped === null ? {} : { mapped }),
      transactions: /\b(?:transactional|allOrNothing)\s{0,9}:\s{0,9}false\b/.test(text) ? 'no' : 'yes',
      ...(engine === null ? {} : { engine }),
    },
  };
}

/** The folder with the sources, from the repository's root; `mapped`: from the project's folder, where the settings name a built one. */
function folderOfMigrations(tree: SourceTree, root: string, pathTs: string | null, path: string | null) {
  const written = pathTs ?? path;
  const source = written !== null && BUILT.test(written) ? `src/${written.replace(BUILT, '')}` : null;
  // With a folder `src` beside the configuration and nothing said, that is where they are made (`detectSourceFolder`).
  const usual = tree.paths.some(each => each.startsWith(inFolder(root, 'src/'))) ? 'src/migrations' : 'migrations';
  const folder = source ?? written ?? usual;
  const found = folder.startsWith('/') ? null : joined(root, folder);
  return { folder: found ?? inFolder(root, 'migrations'), mapped: source };
}

/** The options a configuration exports: of several, those of the context `default`, or the first. */
function optionsIn(text: string): JsValue | null {
  const exported = exportedValue(text);
  if (exported.kind === 'list') {
    const isDefault = (item: JsValue) => (textOf(entryOf(item, 'contextName')) ?? 'default') === 'default';
    return exported.items.find(isDefault) ?? exported.items[0] ?? null;
  }
  if (exported.kind !== 'object' || exported.entries.has('dbName') || exported.entries.has('migrations'))
    return exported;
  return [...exported.entries.values()].find(each => each.kind === 'object') ?? exported;
}

function engineIn(text: string): Engine | null {
  if (/@mikro-orm\/postgresql|\bPostgreSqlDriver\b/.test(text)) return 'postgres';
  if (/@mikro-orm\/(?:mysql|mariadb)|\b(?:MySqlDriver|MariaDbDriver)\b/.test(text)) return 'mysql';
  return /@mikro-orm\/(?:sqlite|better-sqlite|libsql)|\b(?:Better)?SqliteDriver\b/.test(text) ? 'sqlite' : null;
}

const NAMES = { url: ['clientUrl'], file: ['dbName'], database: ['dbName'], user: ['user'] } as const;

/** The database the configuration names. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { config } = project.settings;
  if (typeof config !== 'string') return [];
  const path = inFolder(project.root, config);
  const text = tree.read(path) ?? '';
  const variables = parseEnvironment(tree.read(inFolder(project.root, '.env')) ?? tree.read('.env') ?? '');
  const address = addressIn(optionsIn(text), engineIn(text), NAMES, variables);
  if (address === null) return [];
  return [{ text: address.text, base: address.fromFile ? folderOf(path) : project.root, from: path }];
}
