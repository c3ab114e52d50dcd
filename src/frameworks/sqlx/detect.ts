/** Finds sqlx projects: crates that depend on it, its own settings, and commands that name a folder. */
import type { Project } from '../../domain/migration.ts';
import { commandsOf, flags, SCRIPT_FILES, tableName } from '../command-lines.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { cratesUsing, environmentAddress, nearestCrate, tomlText } from '../rust-projects.ts';
import { versionOf } from './file-names.ts';

/** Pathspecs of everything that `detectSqlx` looks at. */
export const MARKERS = [
  ':(glob)**/Cargo.toml',
  ':(glob)**/sqlx.toml',
  ':(glob)**/migrations/*.sql',
  ':(glob)**/*.up.sql',
  ...SCRIPT_FILES.map(name => `:(glob)**/${name}`),
] as const;

/** What others write into the files of such a folder. */
const OTHERS = /^[ \t]*--[ \t]*(?:migrate:up|\+goose|\+micrate|\+migrate|rambler up|changeset )/im;

/** The projects of a repository, by root. */
export function detectSqlx(tree: SourceTree): readonly Project[] {
  const crates = cratesUsing(tree, 'sqlx', 'sqlx-core');
  const configured = tree.paths.filter(path => baseOf(path) === 'sqlx.toml').map(folderOf);
  const commanded = commandedFolders(tree);
  const roots = [...new Set([...crates, ...configured, ...commanded.keys()])];
  const named = new Map(
    roots.map(root => {
      const said = [...(commanded.get(root) ?? []), ...embeddedFolders(tree, root)];
      return [root, namedFolders(tree, root, said)] as const;
    }),
  );
  const claimed = new Set([...named.values()].flat());
  const found = new Map<string, string[]>();
  for (const folder of foldersOfMigrations(tree)) {
    const root = claimed.has(folder) ? null : nearestCrate(tree, folder, roots);
    if (root !== null && named.get(root)?.length === 0) found.set(root, [...(found.get(root) ?? []), folder]);
  }
  return roots.sort().flatMap(root => {
    const own = [...(named.get(root) ?? []), ...(found.get(root) ?? [])];
    const fallback = own.length === 0 && (configured.includes(root) || commanded.has(root) || migrates(tree, root));
    const folders = fallback ? [inFolder(root, 'migrations')] : own;
    return folders.length === 0 ? [] : [projectOf(tree, root, folders)];
  });
}

/** A crate that switches the feature on by name has migrations, even when all its files are gone. */
const migrates = (tree: SourceTree, root: string): boolean =>
  /^[ \t]*sqlx\b.*["']migrate["']/m.test(tree.read(inFolder(root, 'Cargo.toml')) ?? '');

const settingsOf = (tree: SourceTree, root: string): string => tree.read(inFolder(root, 'sqlx.toml')) ?? '';

function namedFolders(tree: SourceTree, root: string, said: readonly string[]): readonly string[] {
  const folder = tomlText(settingsOf(tree, root), 'migrate', 'migrations-dir');
  const all = folder === null ? said : [folder];
  return [...new Set(all.flatMap(each => (each.startsWith('/') ? [] : (joined(root, each) ?? []))))];
}

/** Where a crate mostly says `sqlx::migrate!("db/changes")`. All its sources are too many to be looked through. */
const SOURCES = [
  'build.rs',
  'src/main.rs',
  'src/lib.rs',
  'src/db.rs',
  'src/db/mod.rs',
  'src/database.rs',
  'src/database/mod.rs',
];

/** Folders that programs embed. A path is the crate's own, also for a file below `src` (sqlx-macros, `CARGO_MANIFEST_DIR`). */
const embeddedFolders = (tree: SourceTree, root: string): readonly string[] => [
  ...new Set(
    SOURCES.flatMap(path =>
      [
        ...(tree.read(inFolder(root, path)) ?? '')
          .replace(/^[ \t]*\/\/.*$/gm, '')
          .matchAll(/\bmigrate!\s{0,9}\(\s{0,99}"([^"\n]{1,300})"/g),
      ].flatMap(([, folder]) => folder ?? []),
    ),
  ),
];

/** Roots with a `sqlx migrate` command, and the folders that it names; none where it names no folder. */
function commandedFolders(tree: SourceTree): ReadonlyMap<string, readonly string[]> {
  const scripts = new Set<string>(SCRIPT_FILES);
  const folders = new Map<string, readonly string[]>();
  for (const path of tree.paths) {
    if (!scripts.has(baseOf(path)) || `/${path}`.includes('/node_modules/')) continue;
    const calls = commandsOf(tree.read(path) ?? '', 'sqlx').filter(([word]) => word === 'migrate' || word === 'mig');
    if (calls.length === 0) continue;
    const named = calls.flatMap(call => flags(call, '--source'));
    folders.set(folderOf(path), [...new Set([...(folders.get(folderOf(path)) ?? []), ...named])]);
  }
  return folders;
}

/** Folders whose files have sqlx's names and nobody else's marks. */
function foldersOfMigrations(tree: SourceTree): readonly string[] {
  const files = Map.groupBy(
    tree.paths.filter(path => versionOf(path) !== null),
    folderOf,
  );
  return [...files].flatMap(([folder, paths]) => {
    const some = [...new Set([...paths.slice(0, 2), ...paths.slice(-2)])];
    return some.some(path => OTHERS.test(tree.read(path) ?? '')) ? [] : [folder];
  });
}

function projectOf(tree: SourceTree, root: string, folders: readonly string[]): Project {
  const text = settingsOf(tree, root);
  const table = tableName(tomlText(text, 'migrate', 'table-name') ?? '_sqlx_migrations');
  const bare = (name: string) => name.replaceAll(/["`]/g, '');
  const ignored = ignoredCharacters(text);
  return {
    framework: 'sqlx',
    root,
    historyTable: { schema: table.schema === null ? null : bare(table.schema), name: bare(table.name) },
    settings: {
      migrations: folders,
      variable: tomlText(text, 'common', 'database-url-var') ?? 'DATABASE_URL',
      ...(ignored === '' ? {} : { ignored }),
    },
  };
}

/** `ignored-chars = ["\r", "\n"]`: those that do not count in checksums. */
function ignoredCharacters(text: string): string {
  const list = /^[ \t]*ignored-chars[ \t]*=[ \t]*\[([^\]]*)\]/m.exec(text)?.[1] ?? '';
  const strings = list.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
  return strings
    .map(string => string.replace(/\\u\{?([0-9a-fA-F]{4})\}?/g, '\\u$1'))
    .flatMap(string => {
      try {
        return String(JSON.parse(string));
      } catch {
        return [];
      }
    })
    .join('');
}

/** The variable that its settings name, in `.env`. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { variable } = project.settings;
  return environmentAddress(project, tree, typeof variable === 'string' ? variable : 'DATABASE_URL');
}
