/** Finds projects of Prisma Migrate: by `migration_lock.toml` beside their migrations, or by a `prisma.config` that names their folder. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { resolvedText, textOf } from '../js-settings.ts';
import { entryOf, exportedValue, type JsValue } from '../js-values.ts';
import { dependsOn } from '../package-json.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';

const CONFIG = /^(?:.*\/)?(?:prisma7?\.config|\.config\/prisma7?(?:\.config)?)\.(?:[cm]?[jt]s)$/;

/** Pathspecs of everything that `detectPrisma` looks at. */
export const MARKERS = [
  ':(glob)**/migration_lock.toml',
  ':(glob)**/*.prisma',
  ':(glob)**/prisma*.config.*',
  ':(glob)**/.config/prisma*',
  ':(glob)**/package.json',
] as const;

/** One project per folder of migrations, sorted. */
export function detectPrisma(tree: SourceTree): readonly Project[] {
  const paths = tree.paths.filter(path => !`/${path}`.includes('/node_modules/'));
  const configs = paths.filter(path => CONFIG.test(path));
  const locked = paths
    .filter(
      path => baseOf(path) === 'migration_lock.toml' && /^[ \t]{0,99}provider[ \t]{0,99}=/m.test(tree.read(path) ?? ''),
    )
    .map(folderOf);
  const found = new Map(locked.map(folder => [folder, rootOf(tree, folder, configs)]));
  for (const config of configs) {
    const folder = configuredFolder(tree, config);
    if (folder !== null && !found.has(folder)) found.set(folder, configRoot(config));
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, root]) => projectOf(tree, folder, root, configs));
}

/** The folder whose configuration it is. */
const configRoot = (config: string): string => {
  const folder = folderOf(config);
  return baseOf(folder) === '.config' ? folderOf(folder) : folder;
};

/** The folder of migrations a configuration names, from the repository's root. */
function configuredFolder(tree: SourceTree, config: string): string | null {
  const path = textOf(entryOf(entryOf(exportedValue(tree.read(config) ?? ''), 'migrations'), 'path'));
  return path === null || path.startsWith('/') ? null : joined(configRoot(config), path);
}

/** The nearest folder above that has a configuration or a package.json of Prisma's; else the one that holds `prisma/` or the migrations. */
function rootOf(tree: SourceTree, migrations: string, configs: readonly string[]): string {
  const roots = new Set(configs.map(configRoot));
  const parent = folderOf(migrations);
  for (let folder = parent; ; folder = folderOf(folder)) {
    const manifest = tree.read(inFolder(folder, 'package.json')) ?? '';
    if (roots.has(folder) || dependsOn(manifest, 'prisma', '@prisma/client')) return folder;
    if (folder === '.') return baseOf(parent) === 'prisma' ? folderOf(parent) : parent;
  }
}

function projectOf(tree: SourceTree, migrations: string, root: string, configs: readonly string[]): Project {
  const config = configs.find(path => configRoot(path) === root) ?? null;
  const schema = schemaOf(tree, migrations, root, config);
  const settings = { migrations, ...(config === null ? {} : { config }), ...(schema === null ? {} : { schema }) };
  const project = { framework: 'prisma', root, historyTable: { schema: null, name: '_prisma_migrations' }, settings };
  const url = urlOf(project, tree)?.text ?? '';
  const [, own = null] = /^postgres\w*:.*[?&]schema=([^&#]+)/.exec(url) ?? [];
  return own === null ? project : { ...project, historyTable: { ...project.historyTable, schema: decoded(own) } };
}

/** Of text that is no percent-encoding: itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The file that names the database: the one that is configured, or one that lies beside the migrations. */
function schemaOf(tree: SourceTree, migrations: string, root: string, config: string | null): string | null {
  const named = config === null ? null : textOf(entryOf(exportedValue(tree.read(config) ?? ''), 'schema'));
  const [, packaged = null] =
    /"prisma"\s{0,9}:\s{0,9}\{[^{}]{0,500}"schema"\s{0,9}:\s{0,9}"([^"]{1,300})"/.exec(
      tree.read(inFolder(root, 'package.json')) ?? '',
    ) ?? [];
  const usual = ['schema.prisma', 'prisma/schema.prisma'];
  const wanted = [named, packaged, ...usual].flatMap(path => (path === null ? [] : (joined(root, path) ?? [])));
  const schemas = tree.paths.filter(path => path.endsWith('.prisma') && datasourceOf(tree.read(path) ?? '') !== null);
  // A schema of several files is a folder.
  const configured = wanted.flatMap(path => schemas.filter(each => each === path || each.startsWith(`${path}/`)));
  const beside = schemas.filter(path => folderOf(path) === folderOf(migrations));
  return (named === null ? [...beside, ...configured] : [...configured, ...beside])[0] ?? null;
}

/** What stands between the braces of `datasource db { … }`. */
const datasourceOf = (schema: string): string | null =>
  /^[ \t]{0,99}datasource\s{1,9}\w{1,99}\s{0,9}\{([^}]{0,4000})\}/m.exec(schema)?.[1] ?? null;

/** The address a project names, and the file that does; null where it stands in no text. */
function urlOf(project: Project, tree: SourceTree): { readonly text: string; readonly file: string } | null {
  const { config, schema } = project.settings;
  const places = [
    project.root,
    ...(typeof schema === 'string' ? [folderOf(schema)] : []),
    inFolder(project.root, 'prisma'),
    '.',
  ];
  const environment = places.map(place => tree.read(inFolder(place, '.env'))).find(text => text !== null) ?? '';
  const variables = parseEnvironment(environment);
  const named = (name: string | undefined): JsValue | null =>
    name === undefined ? null : { kind: 'variable', name, otherwise: null };
  if (typeof config === 'string') {
    const text = tree.read(config) ?? '';
    const own = entryOf(entryOf(exportedValue(text), 'datasource'), 'url');
    const called = /\burl\s{0,9}:\s{0,9}env(?:<[^>]{0,99}>)?\(\s{0,9}['"](\w{1,200})['"]/.exec(text)?.[1];
    const found = resolvedText(own, variables) ?? resolvedText(named(called), variables);
    if (found !== null) return { text: found.text, file: config };
  }
  if (typeof schema !== 'string') return null;
  const source = datasourceOf(tree.read(schema) ?? '') ?? '';
  const [, variable, written] =
    /^[ \t]{0,99}url\s{0,99}=\s{0,99}(?:env\(\s{0,9}"(\w{1,200})"\s{0,9}\)|"([^"\n]{1,2000})")/m.exec(source) ?? [];
  const text = written ?? resolvedText(named(variable), variables)?.text;
  return text === undefined ? null : { text, file: schema };
}

/** Parameters of Prisma's own, which no server knows. */
const OWN =
  /^(?:schema|connection_limit|pool_timeout|pgbouncer|statement_cache_size|socket_timeout|sslidentity|sslpassword|sslaccept)$/;

/** The database the project names. A relative SQLite file begins at the folder of the file that names it. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const url = urlOf(project, tree);
  if (url === null || url.text.startsWith('prisma')) return [];
  const [address = '', query = ''] = url.text.split('?', 2);
  const kept = query.split('&').filter(pair => pair !== '' && !OWN.test(pair.split('=')[0] ?? ''));
  const text = kept.length === 0 ? address : `${address}?${kept.join('&')}`;
  const base = url.file.endsWith('.prisma') ? folderOf(url.file) : project.root;
  return [{ text: text.replace(/^file:(?!\/)/, 'sqlite:'), base, from: url.file }];
}
