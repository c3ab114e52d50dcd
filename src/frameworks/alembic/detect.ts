/** Finds Alembic projects: a configuration whose script folder has an env.py, and what that env.py says about the history table. */
import type { Project, TableName } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { evaluatedText, scopeOf } from '../python-evaluate.ts';
import { argument, nameOf, type PythonValue, parse } from '../python-text.ts';
import { pythonLines } from '../python-tokens.ts';
import { folderOf, inFolder, joined } from '../repository-paths.ts';
import { type Config, HERE, pathsOf, readIni, readPyproject, settingOf } from './parse-config.ts';
import { revisionIn } from './parse-revision.ts';

/** All projects of a working tree. A folder's alembic.ini and pyproject.toml are one configuration. */
export function detectProjects(tree: SourceTree): readonly Project[] {
  const files = tree.paths.filter(path => /(^|\/)(alembic\.ini|pyproject\.toml)$/.test(path));
  const folders = [...new Set(files.map(folderOf))];
  return folders.flatMap(folder => {
    const config = new Map<string, readonly string[]>();
    const used: string[] = [];
    for (const [name, read] of READERS) {
      const path = inFolder(folder, name);
      const text = files.includes(path) ? tree.read(path) : null;
      const found = text === null ? null : read(text);
      if (found === null) continue;
      used.push(path);
      for (const [key, value] of found) config.set(key, value);
    }
    return used.length === 0 ? [] : (projectOf(tree, folder, config, used) ?? []);
  });
}

const READERS = [
  ['pyproject.toml', readPyproject],
  ['alembic.ini', readIni],
] as const;

function projectOf(tree: SourceTree, here: string, config: Config, used: readonly string[]): Project | null {
  const place = scriptFolder(tree, here, settingOf(config, 'script_location') ?? '');
  const env = place === null ? null : tree.read(inFolder(place.script, 'env.py'));
  if (place === null || env === null || isFlaskMigrate(here, place.script, env)) return null;
  return scriptProject(tree, 'alembic', { here, ...place, env, config, used });
}

/** True for an env.py that asks the running Flask application for everything. Flask-Migrate keeps the ini file beside it. */
export const isFlaskMigrate = (here: string, script: string, env: string): boolean =>
  /\bcurrent_app\b/.test(env) && (here === script || /\bextensions\b[^\n]{0,20}["']migrate["']/.test(env));

/** A script folder with all that was found about it. */
export interface Scripts {
  /** Folder of the configuration, folder that commands run in, and folder of env.py. */
  readonly here: string;
  readonly root: string;
  readonly script: string;
  /** Text of env.py. */
  readonly env: string;
  readonly config: Config;
  /** Paths of the configuration's files. */
  readonly used: readonly string[];
}

/** The project of a script folder, by its configuration and its env.py. */
export function scriptProject(tree: SourceTree, framework: string, scripts: Scripts): Project {
  const { here, root, script, env, config, used } = scripts;
  const listed = pathsOf(config, 'version_locations').map(each => located(tree, here, root, each));
  const versions = listed.length === 0 ? [inFolder(script, 'versions')] : listed.filter(each => each !== null);
  return {
    framework,
    root,
    historyTable: historyTable(env, inFolder(script, 'env.py')),
    settings: {
      config: used,
      script,
      versions,
      recursive: settingOf(config, 'recursive_version_locations') === 'true' ? 'true' : 'false',
      labels: labelsIn(tree, versions),
      databases: /get_main_option\(\s*["']databases["']/.test(env) ? 'several' : 'one',
      transactional: /transactional_ddl\s*=\s*False|AUTOCOMMIT/.test(env) ? 'false' : 'true',
    },
  };
}

/** The script folder and the folder commands run in: paths without `%(here)s` are from there, which may lie above the ini file. */
function scriptFolder(
  tree: SourceTree,
  here: string,
  written: string,
): { readonly root: string; readonly script: string } | null {
  if (written === '') return null;
  for (let root = here; ; root = folderOf(root)) {
    for (const path of spellings(here, root, written)) {
      if (path !== null && tree.read(inFolder(path, 'env.py')) !== null) return { root, script: path };
    }
    if (root === '.') return null;
  }
}

/** `package:folder` is looked for where packages may lie. */
function spellings(here: string, root: string, written: string): readonly (string | null)[] {
  const package_ = /^([\w.]+):(.*)$/.exec(written);
  if (package_ !== null) {
    const below = `${(package_[1] ?? '').replaceAll('.', '/')}/${package_[2] ?? ''}`;
    return [joined(root, below), joined(root, 'src', below)];
  }
  return [written.startsWith(HERE) ? joined(here, written.slice(HERE.length)) : joined(root, written)];
}

function located(tree: SourceTree, here: string, root: string, written: string): string | null {
  const all = spellings(here, root, written).filter(each => each !== null);
  const held = all.find(folder => tree.paths.some(path => path.startsWith(`${folder}/`)));
  return held ?? all[0] ?? null;
}

/** Branch labels and the revisions that carry them: `depends_on` may name a label. */
function labelsIn(tree: SourceTree, versions: readonly string[]): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const path of tree.paths) {
    if (!path.endsWith('.py') || !versions.some(folder => path.startsWith(`${folder}/`))) continue;
    const text = tree.read(path);
    const revision = text !== null && /^branch_labels\b.*["'(]/m.test(text) ? revisionIn(path, text) : null;
    if (revision === null || 'reason' in revision) continue;
    for (const label of revision.labels) labels[label] = revision.id;
  }
  return labels;
}

/** Calls in a Python text that stand on a line of their own, also those inside functions. */
const callsIn = (text: string): readonly PythonValue[] =>
  pythonLines(text)
    .map(({ tokens }) => parse(tokens))
    .filter(({ is }) => is === 'call');

/** Name and schema of the table, from `context.configure(version_table=…, version_table_schema=…)`. */
function historyTable(env: string, file: string): TableName {
  const scope = scopeOf(file, env);
  const said = (name: string): string | null => {
    const calls = callsIn(env).filter(call => nameOf(call).endsWith('configure'));
    const values = calls.map(call => evaluatedText(argument(call, Number.POSITIVE_INFINITY, name), scope));
    return values.find(value => value !== null) ?? null;
  };
  return { schema: said('version_table_schema'), name: said('version_table') ?? 'alembic_version' };
}

/** Addresses in env.py (which decides) or the ini file. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { script, config } = project.settings;
  const file = inFolder(String(script), 'env.py');
  const env = tree.read(file) ?? '';
  const scope = scopeOf(file, env);
  for (const call of callsIn(env)) {
    if (!nameOf(call).endsWith('set_main_option')) continue;
    if (evaluatedText(argument(call, 0, 'name'), scope) !== 'sqlalchemy.url') continue;
    const url = evaluatedText(argument(call, 1, 'value'), scope);
    return url === null ? [] : [hint(url.replaceAll('%%', '%'), project.root, file)];
  }
  const ini = (Array.isArray(config) ? (config as readonly string[]) : []).find(path => path.endsWith('.ini'));
  if (ini === undefined) return [];
  const text = tree.read(ini) ?? '';
  const read = readIni(text);
  // `alembic init -t multidb` gives every database a section of its own, named in `databases`.
  const sections = (read === null ? null : settingOf(read, 'databases'))?.split(/[\s,]+/).filter(Boolean) ?? [
    'alembic',
  ];
  return sections.flatMap(section => {
    const settings = section === 'alembic' ? read : readIni(text, section);
    const url = settings === null ? null : settingOf(settings, 'sqlalchemy.url');
    // What `alembic init` writes into a new file is no address.
    if (url === null || url === '' || url.includes('%(') || url.startsWith('driver://')) return [];
    const base = url.includes(HERE) ? '.' : project.root;
    const found = hint(url.replace(HERE, folderOf(ini)), base, ini);
    return [section === 'alembic' ? found : { ...found, from: `${ini} (sqlalchemy.url of [${section}])` }];
  });
}

/** SQLAlchemy takes three slashes for a relative path and four for an absolute one. */
function hint(url: string, base: string, file: string): AddressHint {
  const sqlite = /^sqlite(?:\+\w+)?:\/\/\/([^?]+)/.exec(url)?.[1];
  return { text: sqlite === undefined ? url : `sqlite:${sqlite}`, base, from: `${file} (sqlalchemy.url)` };
}
