/** Finds dbmate projects. Four tools keep a `schema_migrations` table, so only dbmate's own marks count: in files, dumps and settings. */
import type { Project } from '../../domain/migration.ts';
import { SCRIPT_FILES, tableName } from '../command-lines.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { markedFolders } from '../script-projects.ts';
import { hasMark } from './parse-migration.ts';
import { type DbmateSettings, parseSettings, schemaInAddress, tableInDump } from './parse-settings.ts';

/** dbmate reads the files of a folder whose names begin with digits (pkg/dbmate/db.go, migrationFileRegexp). Go's dot leaves out only a line feed. */
export const FILE_NAME = /^(\d+)[^\n]*\.sql$/;

const DEFAULT_FOLDER = 'db/migrations';

/** Pathspecs of everything that `detectDbmate` looks at. */
export const MARKERS = [':(glob)**/*.sql', ...SCRIPT_FILES.map(name => `:(glob)**/${name}`)] as const;

/** What speaks for one project, by its root. */
interface Evidence {
  readonly settings: DbmateSettings[];
  /** Folders with marked files, from the repository's root. */
  readonly found: string[];
  dumped: string | null;
}

/** What speaks for each project so far, and a way to add to it. */
function gathering() {
  const byRoot = new Map<string, Evidence>();
  const at = (root: string): Evidence => {
    const evidence = byRoot.get(root) ?? { settings: [], found: [], dumped: null };
    byRoot.set(root, evidence);
    return evidence;
  };
  return { byRoot, at };
}

/** The first of some settings that says it. */
const first = <T>(settings: readonly DbmateSettings[], pick: (each: DbmateSettings) => T | null): T | null =>
  settings.map(pick).find(value => value !== null) ?? null;

/** The projects of a repository, by root. */
export function detectDbmate(tree: SourceTree): readonly Project[] {
  const { byRoot, at } = gathering();
  readSettings(tree, at);
  for (const path of tree.paths) {
    const dumped = baseOf(path) === 'schema.sql' ? tableInDump(tree.read(path) ?? '') : null;
    if (dumped !== null) at(rootAbove(folderOf(path), 'db', 'sql', 'database')).dumped = dumped;
  }
  const claimed = new Set([...byRoot].flatMap(([root, { settings }]) => ownFolders(root, settings)));
  for (const folder of markedFolders(tree, path => FILE_NAME.test(baseOf(path)), hasMark)) {
    if (claimed.has(folder)) continue;
    const root = folder === '.' ? folder : rootAbove(folderOf(folder), 'db', 'sql', 'database');
    if (!byRoot.has(root)) readEnvironment(tree, root, at);
    at(root).found.push(folder);
  }
  const all = [...byRoot].sort(([a], [b]) => (a < b ? -1 : 1));
  const strong = all.filter(
    ([root, each]) => each.found.length > 0 || each.dumped !== null || ownFolders(root, each.settings).length > 0,
  );
  return (strong.length > 0 ? strong : all).map(([root, evidence]) => projectOf(tree, root, evidence));
}

function readSettings(tree: SourceTree, at: (root: string) => Evidence): void {
  const names = new Set<string>(SCRIPT_FILES);
  const paths = tree.paths.filter(path => names.has(baseOf(path)) && !`/${path}`.includes('/node_modules/'));
  // dbmate reads `.env` where it runs; git ignores that file more often than not, so no listing shows it.
  const environments = ['.', ...paths.map(folderOf)].map(folder => inFolder(folder, '.env'));
  const all = [...new Set([...environments, ...paths])];
  for (const name of SCRIPT_FILES) {
    for (const path of all.filter(each => baseOf(each) === name)) {
      const settings = parseSettings(path, tree.read(path) ?? '');
      if (settings !== null) at(folderOf(path)).settings.push(settings);
    }
  }
}

function readEnvironment(tree: SourceTree, root: string, at: (root: string) => Evidence): void {
  const path = inFolder(root, '.env');
  const settings = parseSettings(path, tree.read(path) ?? '');
  if (settings !== null) at(root).settings.push(settings);
}

const inRepository = (root: string, folder: string): readonly string[] => {
  const path = folder.startsWith('/') ? null : joined(root, folder);
  return path === null ? [] : [path];
};

/** Folders that settings name, from the repository's root. */
const ownFolders = (root: string, settings: readonly DbmateSettings[]): readonly string[] =>
  (settings.find(each => each.folders !== null)?.folders ?? []).flatMap(folder => inRepository(root, folder));

/** The folder above, when the folder has one of these names; else the folder itself. */
const rootAbove = (folder: string, ...names: readonly string[]): string =>
  names.includes(baseOf(folder)) ? folderOf(folder) : folder;

function projectOf(tree: SourceTree, root: string, evidence: Evidence): Project {
  const { settings, found, dumped } = evidence;
  const own = ownFolders(root, settings);
  const folders = own.length > 0 ? own : found.length > 0 ? found : [inFolder(root, DEFAULT_FOLDER)];
  const variable = first(settings, each => each.variable) ?? 'DATABASE_URL';
  const address = first(settings, each => each.address);
  const table = tableName(first(settings, each => each.table) ?? dumped ?? 'schema_migrations');
  const schema = table.schema ?? schemaInAddress(address ?? environment(tree, root)[variable] ?? null);
  return {
    framework: 'dbmate',
    root,
    historyTable: { schema, name: table.name },
    // Not the address: it may hold a password, and a project is written into the journal.
    settings: { migrations: folders, variable },
  };
}

const environment = (tree: SourceTree, root: string): Readonly<Record<string, string>> =>
  parseEnvironment(tree.read(inFolder(root, '.env')) ?? '');

/** Addresses that dbmate itself would use: `--url` of a script, and the variable in `.env` of its folder. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { variable } = project.settings;
  const base = project.root;
  const { byRoot, at } = gathering();
  readSettings(tree, at);
  const address = first(byRoot.get(base)?.settings ?? [], each => each.address);
  if (address !== null) return [{ text: address, base, from: 'the dbmate command (--url)' }];
  const path = inFolder(project.root, '.env');
  const name = typeof variable === 'string' ? variable : 'DATABASE_URL';
  const text = parseEnvironment(tree.read(path) ?? '')[name];
  return text === undefined || text === '' ? [] : [{ text, base, from: `${path} (${name})` }];
}
