/** Finds refinery projects: by `refinery.toml`, by commands, and by crates that depend on it with files of its names below. */
import type { Project } from '../../domain/migration.ts';
import { commandsOf, flags, SCRIPT_FILES, tableName } from '../command-lines.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { cratesUsing, environmentAddress, nearestCrate, tomlText } from '../rust-projects.ts';

/** Pathspecs of everything that `detectRefinery` looks at. */
export const MARKERS = [
  ':(glob)**/Cargo.toml',
  ':(glob)**/refinery.toml',
  ':(glob)**/[UV][0-9]*__*.sql',
  ':(glob)**/[UV][0-9]*__*.rs',
  ...SCRIPT_FILES.map(name => `:(glob)**/${name}`),
] as const;

/** Rust's `\w` is Unicode's. refinery-core 0.9.2, src/util.rs. */
const NAME = /^[UV](\d+(?:\.\d+)?)__([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+)\.(?:sql|rs)$/u;

/** Version and name of a file; null for what refinery passes over. */
export function partsOfName(path: string): { readonly version: string; readonly name: string } | null {
  const [, version, name] = NAME.exec(baseOf(path)) ?? [];
  return version === undefined || name === undefined ? null : { version, name };
}

/** Where a crate may say which folder and table it means; more files are not looked into. */
const SOURCES = [
  'src/main.rs',
  'src/lib.rs',
  'src/db.rs',
  'src/db/mod.rs',
  'src/database.rs',
  'src/migrations.rs',
  'build.rs',
];

/** The projects of a repository, by root. */
export function detectRefinery(tree: SourceTree): readonly Project[] {
  const crates = cratesUsing(tree, 'refinery', 'refinery-core', 'refinery-macros');
  const configured = tree.paths.filter(path => baseOf(path) === 'refinery.toml').map(folderOf);
  const scripts = new Set<string>(SCRIPT_FILES);
  const commanded = tree.paths
    .filter(path => scripts.has(baseOf(path)) && callsIn(tree, path).length > 0)
    .map(folderOf);
  const roots = [...new Set([...crates, ...configured, ...commanded])].sort();
  const named = new Map(roots.map(root => [root, namedFolders(tree, root)]));
  const claimed = [...named.values()].flat();
  const found = new Map<string, Set<string>>();
  for (const path of tree.paths.filter(each => partsOfName(each) !== null)) {
    if (claimed.some(folder => path.startsWith(`${folder}/`))) continue;
    const root = nearestCrate(tree, folderOf(path), roots);
    if (root !== null) found.set(root, (found.get(root) ?? new Set()).add(baseFolder(path, root)));
  }
  return roots.flatMap(root => {
    const own = named.get(root) ?? [];
    const folders = own.length > 0 ? own : [...(found.get(root) ?? [])];
    if (folders.length === 0 && configured.includes(root)) folders.push(inFolder(root, 'migrations'));
    return folders.length === 0 ? [] : [projectOf(tree, root, folders)];
  });
}

const callsIn = (tree: SourceTree, path: string) =>
  commandsOf(tree.read(path) ?? '', 'refinery').filter(([word]) => word === 'migrate');

const sourcesOf = (tree: SourceTree, root: string): string =>
  SOURCES.map(name => tree.read(inFolder(root, name)) ?? '').join('\n');

const commandsAt = (tree: SourceTree, root: string) =>
  SCRIPT_FILES.flatMap(name => callsIn(tree, inFolder(root, name)));

/** Folders that a command or `embed_migrations!` names, from the repository's root. */
function namedFolders(tree: SourceTree, root: string): string[] {
  const commanded = commandsAt(tree, root).flatMap(call => flags(call, '-p'));
  const embedded = [...sourcesOf(tree, root).matchAll(/embed_migrations!\(\s*"([^"]+)"/g)].map(match => match[1] ?? '');
  const all = [...commanded, ...embedded].flatMap(each => (each.startsWith('/') ? [] : (joined(root, each) ?? [])));
  return [...new Set(all)];
}

/** refinery looks below its folder too: the outermost folder that is called so, else where the file lies. */
function baseFolder(path: string, root: string): string {
  const parts = folderOf(path).split('/');
  const from = root === '.' ? 0 : root.split('/').length;
  const at = parts.findIndex((part, index) => index >= from && part === 'migrations');
  return at === -1 ? folderOf(path) : parts.slice(0, at + 1).join('/');
}

function projectOf(tree: SourceTree, root: string, folders: readonly string[]): Project {
  const [commanded] = commandsAt(tree, root).flatMap(call => flags(call, '--table-name'));
  const set = /set_migration_table_name\(\s*"([^"]+)"/.exec(sourcesOf(tree, root))?.[1];
  const table = tableName(commanded ?? set ?? 'refinery_schema_history');
  return { framework: 'refinery', root, historyTable: table, settings: { migrations: folders } };
}

const SCHEMES: Readonly<Record<string, string>> = { postgres: 'postgres', postgresql: 'postgres', mysql: 'mysql' };

/** What `refinery.toml` says, else `DATABASE_URL`. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const path = inFolder(project.root, 'refinery.toml');
  const text = tree.read(path);
  if (text === null) return environmentAddress(project, tree, 'DATABASE_URL');
  const said = (key: string): string | null => tomlText(text, 'main', key);
  const type = said('db_type')?.toLowerCase() ?? '';
  const from = `${path} (main)`;
  const file = said('db_path');
  if (type === 'sqlite') return file === null ? [] : [{ text: `sqlite:${file}`, base: project.root, from }];
  const scheme = SCHEMES[type];
  if (scheme === undefined) return [];
  const [user, password, port] = [said('db_user'), said('db_pass'), said('db_port')];
  const who =
    user === null ? '' : `${encodeURIComponent(user)}${password === null ? '' : `:${encodeURIComponent(password)}`}@`;
  const at = `${said('db_host') ?? 'localhost'}${port === null ? '' : `:${port}`}`;
  return [{ text: `${scheme}://${who}${at}/${said('db_name') ?? ''}`, base: project.root, from }];
}
