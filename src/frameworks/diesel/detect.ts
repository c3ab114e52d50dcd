/** Finds diesel projects: by `diesel.toml`, and by crates that depend on it with folders of `up.sql` below. */
import type { Project } from '../../domain/migration.ts';
import type { SourceTree } from '../contract.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { cratesUsing, nearestCrate, tomlText } from '../rust-projects.ts';

/** Pathspecs of everything that `detectDiesel` looks at. */
export const MARKERS = [':(glob)**/Cargo.toml', ':(glob)**/diesel.toml', ':(glob)**/up.sql'] as const;

/** The projects of a repository, by root. */
export function detectDiesel(tree: SourceTree): readonly Project[] {
  const crates = cratesUsing(tree, 'diesel', 'diesel_migrations', 'diesel-async');
  const configured = tree.paths.filter(path => baseOf(path) === 'diesel.toml').map(folderOf);
  const roots = [...new Set([...crates, ...configured])].sort();
  const named = new Map(roots.map(root => [root, namedFolder(tree, root)]));
  const claimed = new Set(named.values());
  const found = new Map<string, string[]>();
  for (const folder of foldersOfMigrations(tree)) {
    const root = claimed.has(folder) ? null : nearestCrate(tree, folder, roots);
    if (root !== null && named.get(root) === null) found.set(root, [...(found.get(root) ?? []), folder]);
  }
  return roots.flatMap(root => {
    const own = named.get(root) ?? null;
    const usual = inFolder(root, 'migrations');
    const others = found.get(root) ?? [];
    // With several folders beside the usual one, those are of other databases.
    const folders = own !== null ? [own] : others.includes(usual) ? [usual] : others;
    const isSure = folders.length > 0 || configured.includes(root);
    return isSure ? [projectOf(root, folders.length > 0 ? folders : [usual])] : [];
  });
}

/** The folder that `diesel.toml` names; an absolute one is of the machine that wrote it. */
function namedFolder(tree: SourceTree, root: string): string | null {
  const folder = tomlText(tree.read(inFolder(root, 'diesel.toml')) ?? '', 'migrations_directory', 'dir');
  return folder === null || /^(?:\/|[A-Za-z]:)/.test(folder) ? null : joined(root, folder);
}

/** Folders that hold folders with an `up.sql`. */
const foldersOfMigrations = (tree: SourceTree): readonly string[] => [
  ...new Set(
    tree.paths
      .filter(path => baseOf(path) === 'up.sql' && path.includes('/') && !`/${path}`.includes('/target/'))
      .map(path => folderOf(folderOf(path))),
  ),
];

const projectOf = (root: string, folders: readonly string[]): Project => ({
  framework: 'diesel',
  root,
  historyTable: { schema: null, name: '__diesel_schema_migrations' },
  settings: { migrations: folders },
});
