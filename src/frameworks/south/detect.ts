/** Finds South projects: a manage.py whose settings install South, and the folders of migrations around it. */
import type { Project } from '../../domain/migration.ts';
import type { SourceTree } from '../contract.ts';
import { isOthersCode, isOwn, rootsOf } from '../django/detect.ts';
import { generationOf } from '../django/generation.ts';
import { migrationModules, readSettings } from '../django/settings.ts';
import { nameOf } from '../python-text.ts';
import { baseOf, folderOf, inFolder } from '../repository-paths.ts';

/** All projects of a working tree. */
export function detectProjects(tree: SourceTree): readonly Project[] {
  const roots = rootsOf(tree);
  return roots.flatMap(({ root, module: named }) => {
    // manage.py of Django 1.3 imports the settings beside it, and names them nowhere.
    const module = named === '' && tree.read(inFolder(root, 'settings.py')) !== null ? 'settings' : named;
    const settings = module === '' ? null : readSettings(tree, root, module);
    const nested = roots.map(other => other.root).filter(other => other !== root && isIn(root, other));
    const area = roots.length === 1 ? '.' : root;
    const own = (path: string): boolean =>
      isIn(area, path) && !nested.some(other => isIn(other, path)) && !isOthersCode(path);
    if (generationOf(tree, settings, tree.paths.filter(own)) !== 'south') return [];
    const modules = migrationModules(settings, root, 'SOUTH_MIGRATION_MODULES');
    return [
      {
        framework: 'south',
        root,
        historyTable: { schema: null, name: 'south_migrationhistory' },
        settings: {
          settings: module,
          area,
          nested,
          modules: [...modules.values()],
          labels: Object.fromEntries([...modules].map(([label, folder]) => [folder, label])),
          zoned: nameOf(settings?.scope.names.get('USE_TZ')) === 'True' ? 'true' : 'false',
        },
      },
    ];
  });
}

const isIn = (folder: string, path: string): boolean => folder === '.' || path.startsWith(`${folder}/`);

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : []);
const literal = (folder: string): string => folder.replace(/[\\*?[\]]/g, '\\$&');

/** Where a project's migrations lie or lay: South 1.0 looks into `south_migrations` first, older ones only into `migrations`. */
export function pathspecsOf({ settings: { area, modules, migrations } }: Project): readonly string[] {
  const start = literal(typeof area === 'string' ? area : '.');
  return [
    `:(glob)${inFolder(start, '**/migrations/*.py')}`,
    `:(glob)${inFolder(start, '**/south_migrations/*.py')}`,
    ...[...list(modules), ...list(migrations)].map(folder => `:(glob)${inFolder(literal(folder), '*.py')}`),
    ':(glob,exclude)**/__init__*',
  ];
}

/** App and name of the migration a path may hold; null for what South does not take for one (south/migration/base.py, MIGRATION_FILENAME). */
export function nameAt(project: Project, path: string): { readonly app: string; readonly name: string } | null {
  const name = /^(?!__init__)([0-9a-zA-Z_]+)\.py$/.exec(baseOf(path))?.[1];
  const folder = folderOf(path);
  const labels = project.settings['labels'] as Readonly<Record<string, string>> | undefined;
  const said = labels !== undefined && Object.hasOwn(labels, folder) ? labels[folder] : undefined;
  // The label of an app is the last part of its package's name: before Django 1.7 nothing could change it.
  const app = said ?? (/(^|\/)(south_)?migrations$/.test(folder) ? baseOf(folderOf(folder)) : null);
  if (name === undefined || app === null || app === '.' || !isOwn(project, path)) return null;
  return { app, name };
}
