/** Finds Django projects: a manage.py that names settings, and the folders of migrations around it. */
import type { Project } from '../../domain/migration.ts';
import type { SourceTree } from '../contract.ts';
import { folderOf, inFolder } from '../repository-paths.ts';
import { generationOf } from './generation.ts';
import { labelOf, namedTables, stemOf } from './labels.ts';
import { migrationModules, readSettings } from './settings.ts';

const OTHERS_CODE = /(^|\/)(site-packages|node_modules|dist-packages)\//;

/** True for files of installed packages. */
export const isOthersCode = (path: string): boolean => OTHERS_CODE.test(path);

/** All projects of a working tree. */
export function detectProjects(tree: SourceTree): readonly Project[] {
  const found = rootsOf(tree);
  const roots = found.map(({ root }) => root);
  return found.flatMap(({ root, module }) => projectAt(tree, root, module, roots) ?? []);
}

/** Folders with a manage.py of Django's, and the settings module each names; empty where it names none. */
export function rootsOf(tree: SourceTree): readonly { readonly root: string; readonly module: string }[] {
  const manages = tree.paths.filter(path => /(^|\/)manage\.py$/.test(path) && !isOthersCode(path));
  return manages.flatMap(path => {
    const module = settingsNamed(tree.read(path) ?? '');
    return module === null ? [] : [{ root: folderOf(path), module }];
  });
}

/** Settings module that manage.py falls back to; empty when it is a Django one and names none, null when it is another framework's. */
function settingsNamed(text: string): string | null {
  if (!/\bdjango\b|\bDJANGO_SETTINGS_MODULE\b/.test(text)) return null;
  const named = /DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=)\s*["']([\w.]+)["']/.exec(text)?.[1];
  return named ?? '';
}

function projectAt(tree: SourceTree, root: string, module: string, roots: readonly string[]): Project | null {
  const settings = module === '' ? null : readSettings(tree, root, module);
  const nested = roots.filter(other => other !== root && isIn(root, other));
  const ours = (path: string): boolean => nested.every(other => !isIn(other, path)) && !isOthersCode(path);
  const all = tree.paths.filter(path => isMigrationsFile(path) && ours(path));
  if (generationOf(tree, settings, tree.paths.filter(ours)) === 'south') return null;
  const inside = all.filter(path => isIn(root, path));
  // Apps may lie beside the folder of manage.py, when no other project could own them.
  const outside =
    roots.length === 1 && all.some(path => !isIn(root, path) && /migrations\.Migration\b/.test(tree.read(path) ?? ''));
  const files = outside ? all : inside;
  const modules = migrationModules(settings, root);
  const labels: Record<string, string> = {};
  const tables: Record<string, string> = {};
  for (const [folder, paths] of byFolder(files)) {
    const label = labelOf(tree, folder, paths);
    if (label === null) continue;
    labels[folder] = label;
    for (const [model, table] of namedTables(tree, label, paths)) tables[model] = table;
  }
  for (const [label, folder] of modules) labels[folder] = label;
  return {
    framework: 'django',
    root,
    historyTable: { schema: null, name: 'django_migrations' },
    settings: {
      settings: module,
      area: outside ? '.' : root,
      nested,
      labels,
      tables,
      modules: [...modules.values()],
    },
  };
}

const isMigrationsFile = (path: string): boolean => /(^|\/)migrations\/[^/]+\.py$/.test(path) && stemOf(path) !== null;

const isIn = (folder: string, path: string): boolean => folder === '.' || path.startsWith(`${folder}/`);

function byFolder(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) folders.set(folderOf(path), [...(folders.get(folderOf(path)) ?? []), path]);
  return folders;
}

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : []);

/** Where a project's migrations lie or lay: every `migrations` folder of its part of the repository, and those its settings name. */
export function pathspecsOf({ settings: { area, modules, migrations } }: Project): readonly string[] {
  const start = typeof area === 'string' ? area : '.';
  const named = [...list(modules), ...list(migrations)];
  return [
    `:(glob)${inFolder(literal(start), '**/migrations/*.py')}`,
    ...named.map(folder => `:(glob)${inFolder(literal(folder), '*.py')}`),
  ];
}

/** True for paths in the project's own part of the repository: git's walk is shared with other projects. */
export function isOwn({ settings: { area, nested, modules, migrations } }: Project, path: string): boolean {
  if ([...list(modules), ...list(migrations)].includes(folderOf(path))) return true;
  const start = typeof area === 'string' ? area : '.';
  return isIn(start, path) && !list(nested).some(folder => isIn(folder, path)) && !isOthersCode(path);
}

const literal = (folder: string): string => folder.replace(/[\\*?[\]]/g, '\\$&');
