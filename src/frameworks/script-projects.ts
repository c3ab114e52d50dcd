/** Where the projects of a runner of SQL files lie: by what scripts tell the runner, and by folders whose files speak for themselves. */
import { SCRIPT_FILES } from './command-lines.ts';
import type { SourceTree } from './contract.ts';
import { baseOf, folderOf, inFolder, joined } from './repository-paths.ts';

/** What one script or environment file says. */
interface ScriptSettings {
  /** Folders of migrations as written, relative to where the runner is started; null where none is named. */
  readonly folders: readonly string[] | null;
}

/** A project's place. */
export interface ScriptPlace<S extends ScriptSettings> {
  /** Folder the runner is started in, from the repository's root. */
  readonly root: string;
  /** What speaks of it, the nearest to the user first. */
  readonly settings: readonly S[];
  /** Folders of migrations, from the repository's root. */
  readonly folders: readonly string[];
}

/** A project is started above these folders where no script says otherwise. */
const HOLDERS = ['db', 'sql', 'database', 'schema', 'internal', 'store', 'storage'];

/**
 * The places, by root. `parse` reads one script and gives null when it does not speak of the runner. `marked` are folders with files that are
 * the runner's. One that no script names belongs to the nearest script above that names none.
 */
export function scriptPlaces<S extends ScriptSettings>(
  tree: SourceTree,
  parse: (path: string, text: string) => S | null,
  marked: readonly string[],
): readonly ScriptPlace<S>[] {
  const settings = settingsByRoot(tree, parse, marked);
  const named = new Map([...settings].map(([root, all]) => [root, ownFolders(root, all)]));
  const claimed = new Set([...named.values()].flat());
  const found = new Map<string, string[]>();
  for (const folder of marked.filter(each => !claimed.has(each))) {
    const told = ancestors(folder).find(each => named.get(each)?.length === 0);
    const usual = usualRoot(folder);
    const root = told ?? ((named.get(usual)?.length ?? 0) > 0 ? folder : usual);
    found.set(root, [...(found.get(root) ?? []), folder]);
  }
  const roots = [...new Set([...named.keys(), ...found.keys()])].sort();
  return roots.flatMap(root => {
    const folders = [...(named.get(root) ?? []), ...(found.get(root) ?? [])];
    return folders.length === 0 ? [] : [{ root, settings: settings.get(root) ?? [], folders }];
  });
}

function settingsByRoot<S extends ScriptSettings>(
  tree: SourceTree,
  parse: (path: string, text: string) => S | null,
  marked: readonly string[],
): ReadonlyMap<string, readonly S[]> {
  const scripts = new Set<string>(SCRIPT_FILES);
  const paths = tree.paths.filter(path => scripts.has(baseOf(path)) && !`/${path}`.includes('/node_modules/'));
  // Git ignores `.env` more often than not, so no listing shows it.
  const roots = ['.', ...paths.map(folderOf), ...marked.flatMap(ancestors)];
  const all = [...new Set([...roots.map(root => inFolder(root, '.env')), ...paths])];
  const settings = new Map<string, S[]>();
  for (const name of SCRIPT_FILES) {
    for (const path of all.filter(each => baseOf(each) === name)) {
      const parsed = parse(path, tree.read(path) ?? '');
      if (parsed !== null) settings.set(folderOf(path), [...(settings.get(folderOf(path)) ?? []), parsed]);
    }
  }
  return settings;
}

/** Folders that settings name, from the repository's root. Those outside the repository are left out. */
const ownFolders = (root: string, settings: readonly ScriptSettings[]): readonly string[] => [
  ...new Set(
    (settings.find(each => each.folders !== null)?.folders ?? []).flatMap(folder =>
      folder.startsWith('/') ? [] : (joined(root, folder) ?? []),
    ),
  ),
];

/** The folder and all above it, the nearest first. */
function ancestors(folder: string): readonly string[] {
  const all = [folder];
  for (let each = folder; each !== '.'; each = folderOf(each)) all.push(folderOf(each));
  return all;
}

function usualRoot(folder: string): string {
  if (folder === '.') return folder;
  let root = folderOf(folder);
  while (HOLDERS.includes(baseOf(root))) root = folderOf(root);
  return root;
}

/** Folders of the paths in which at least one file has the mark. A few of each are read, so that a folder of thousands stays cheap. */
export function markedFolders(
  tree: SourceTree,
  isMigration: (path: string) => boolean,
  hasMark: (text: string) => boolean,
): readonly string[] {
  const byFolder = new Map<string, string[]>();
  for (const path of tree.paths) {
    if (!isMigration(path)) continue;
    const files = byFolder.get(folderOf(path)) ?? [];
    files.push(path);
    byFolder.set(folderOf(path), files);
  }
  return [...byFolder].flatMap(([folder, files]) => {
    const some = new Set([...files.slice(0, 3), ...files.slice(-3)]);
    return [...some].some(path => hasMark(tree.read(path) ?? '')) ? [folder] : [];
  });
}
