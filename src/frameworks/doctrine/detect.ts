/** Finds Doctrine Migrations by its configuration, Symfony's or its own, and reads what that says of the history table and the migrations. */
import type { Project } from '../../domain/migration.ts';
import type { SourceTree } from '../contract.ts';
import { HERE, parseConfig, type Setting, textUnder, under } from '../php-settings.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';

/** In the order in which the command looks for them (ConfigurationFileWithFallback). */
const OWN = ['migrations.php', 'migrations.xml', 'migrations.yml', 'migrations.yaml', 'migrations.json'];
const SYMFONY = /^(?:(.*)\/)?config\/packages\/doctrine_migrations\.ya?ml$/;

/** All projects of a working tree: one a folder, Symfony's before a configuration of Doctrine's own. */
export function detectProjects(tree: SourceTree): readonly Project[] {
  const paths = tree.paths.filter(path => !/(^|\/)(vendor|node_modules)\//.test(path));
  const found = new Map<string, Project>();
  for (const path of paths) {
    const match = SYMFONY.exec(path);
    const project = match === null ? null : symfonyAt(tree, match[1] ?? '.', path);
    if (project !== null) found.set(project.root, project);
  }
  for (const name of OWN)
    for (const path of paths.filter(each => baseOf(each) === name)) {
      const project = found.has(folderOf(path)) ? null : standaloneAt(tree, path);
      if (project !== null) found.set(project.root, project);
    }
  return [...found.values()].sort((a, b) => (a.root < b.root ? -1 : a.root > b.root ? 1 : 0));
}

function symfonyAt(tree: SourceTree, root: string, path: string): Project | null {
  const config = under(parseConfig(path, tree.read(path) ?? ''), 'doctrine_migrations');
  if (config === null) return null;
  // The bundle's first two versions have one folder, one namespace, and another table.
  const folder = textUnder(config, 'dir_name');
  const named = textUnder(config, 'namespace') ?? 'Application\\Migrations';
  const paths: Setting = folder === null ? under(config, 'migrations_paths') : { [named]: folder };
  const table: Setting =
    folder === null
      ? under(config, 'storage', 'table_storage')
      : { table_name: textUnder(config, 'table_name') ?? 'migration_versions' };
  const doctrine = ['yaml', 'yml']
    .map(end => tree.read(inFolder(root, `config/packages/doctrine.${end}`)) ?? '')
    .join('\n');
  const [, resolve] = /env\((resolve:)?DATABASE_URL\)/.exec(doctrine) ?? [null, undefined];
  const pointed = /env\([\w:]*DATABASE_URL\)/.test(doctrine) && !/^\s+connections:/m.test(doctrine);
  const url = !pointed ? 'no' : resolve === undefined ? 'plain' : 'resolve';
  return projectOf(root, paths ?? {}, table, { by: 'symfony', url, config: path });
}

function standaloneAt(tree: SourceTree, path: string): Project | null {
  const text = tree.read(path) ?? '';
  const config = path.endsWith('.xml') ? xmlConfig(text) : parseConfig(path, text);
  const paths = under(config, 'migrations_paths');
  if (paths === null) return null;
  const root = folderOf(path);
  // It makes the connection in code, and then takes no other.
  const own = ['cli-config.php', 'config/cli-config.php'].some(name => tree.read(inFolder(root, name)) !== null);
  return projectOf(root, paths, under(config, 'table_storage'), {
    ...{ by: 'doctrine', url: own ? 'no' : 'plain', config: path },
  });
}

function projectOf(root: string, paths: Setting, table: Setting, settings: Project['settings']): Project {
  const entries = paths === null || typeof paths === 'string' ? [] : Object.entries(paths);
  const folders = entries.flatMap(([namespace, folder]) => {
    const inside = typeof folder === 'string' ? folder.replace(HERE, '.').replace(/^%kernel\.project_dir%/, '.') : '/';
    const path = /^\/|[%*?[\]]/.test(inside) ? null : joined(root, inside);
    return path === null ? [] : [[namespace, path] as const];
  });
  const said = (key: string): Readonly<Record<string, string>> => {
    const text = textUnder(table, key);
    return text === null ? {} : { [key]: text };
  };
  const keys = ['table_name', 'version_column_name', 'version_column_length', 'executed_at_column_name'];
  const storage = Object.assign({}, ...[...keys, 'execution_time_column_name'].map(said)) as Record<string, string>;
  const name = storage['table_name'] ?? 'doctrine_migration_versions';
  const [schema = '', short = ''] = /^[^.]+\.[^.]+$/.test(name) ? name.split('.') : ['', name];
  return {
    framework: 'doctrine',
    root,
    historyTable: { schema: schema === '' ? null : schema, name: short },
    settings: { ...settings, paths: Object.fromEntries(folders), storage },
  };
}

/** `<path namespace="App">src</path>` and `<table-storage table-name="x"/>`. */
function xmlConfig(text: string): Setting {
  if (!/<doctrine-migrations\b/.test(text)) return null;
  const paths = [...text.matchAll(/<path\s{1,9}namespace="([^"<>]{1,200})"\s{0,9}>([^<>]{1,300})<\/path>/g)];
  const attributes = /<table-storage\b([^<>]{0,1000})/.exec(text)?.[1] ?? '';
  const storage = [...attributes.matchAll(/([\w-]{1,60})="([^"]{0,200})"/g)];
  return {
    migrations_paths: Object.fromEntries(paths.map(([, namespace = '', folder = '']) => [namespace, folder.trim()])),
    table_storage: Object.fromEntries(storage.map(([, key = '', value = '']) => [key.replaceAll('-', '_'), value])),
  };
}
