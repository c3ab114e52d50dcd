/** Finds projects of drizzle-kit: by the folder that a `drizzle.config` names, or by a journal that no configuration names. */
import type { Engine, Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { addressIn, textOf } from '../js-settings.ts';
import { entryOf, exportedValue, type JsValue } from '../js-values.ts';
import { dependsOn } from '../package-json.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { parseJournal } from './journal.ts';

/** Pathspecs of everything that `detectDrizzle` looks at. */
export const MARKERS = [
  ':(glob)**/drizzle*.config.*',
  ':(glob)**/meta/_journal.json',
  ':(glob)**/package.json',
] as const;

const CONFIG = /^drizzle(?:[.-][\w.-]{1,80})?\.config\.(?:[cm]?[jt]s|json)$/;

/** Where the journal of a folder of migrations lies. */
export const journalOf = (folder: string): string => inFolder(folder, 'meta/_journal.json');

/** One project per folder of migrations, sorted. */
export function detectDrizzle(tree: SourceTree): readonly Project[] {
  const paths = tree.paths.filter(path => !`/${path}`.includes('/node_modules/'));
  const found = new Map<string, Project>();
  // `drizzle.config.ts` is the one that is read unless another is named.
  const configs = paths.filter(path => CONFIG.test(baseOf(path))).sort((a, b) => a.length - b.length);
  for (const config of configs) {
    const project = configured(tree, config);
    const folder = String(project?.settings['migrations']);
    if (project !== null && !found.has(folder)) found.set(folder, project);
  }
  for (const path of paths.filter(each => baseOf(each) === '_journal.json')) {
    const folder = folderOf(folderOf(path));
    const journal = parseJournal(tree.read(path) ?? '');
    if (found.has(folder) || journal?.dialect == null) continue;
    const project = projectOf(tree, rootOf(tree, folder), folder, null, { kind: 'unknown' });
    if (project !== null) found.set(folder, project);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, project]) => project);
}

const exportOf = (tree: SourceTree, config: string): JsValue => {
  const text = tree.read(config) ?? '';
  return exportedValue(config.endsWith('.json') ? `export default ${text}` : text);
};

function configured(tree: SourceTree, config: string): Project | null {
  const value = exportOf(tree, config);
  const out = textOf(entryOf(value, 'out')) ?? './drizzle';
  if (out.startsWith('/')) return null;
  // It is relative to where the command is started: mostly the configuration's folder, or one above it (`--config`).
  const folders = [...ancestors(folderOf(config))].flatMap(root => {
    const folder = joined(root, out);
    return folder === null || folder === '.' ? [] : [{ root, folder }];
  });
  const place = folders.find(({ folder }) => tree.paths.includes(journalOf(folder))) ?? folders[0];
  return place === undefined ? null : projectOf(tree, place.root, place.folder, config, value);
}

function* ancestors(folder: string): Generator<string> {
  for (let each = folder; ; each = folderOf(each)) {
    yield each;
    if (each === '.') return;
  }
}

/** The nearest folder above whose package.json names Drizzle; else the one that holds the migrations' folder. */
function rootOf(tree: SourceTree, folder: string): string {
  const own = (each: string) => tree.read(inFolder(each, 'package.json')) ?? '';
  return [...ancestors(folder)].find(each => dependsOn(own(each), 'drizzle-orm', 'drizzle-kit')) ?? folderOf(folder);
}

/** null for a dialect that Tidemark does not speak. */
function projectOf(
  tree: SourceTree,
  root: string,
  folder: string,
  config: string | null,
  value: JsValue,
): Project | null {
  const journal = parseJournal(tree.read(journalOf(folder)) ?? '');
  const dialect = textOf(entryOf(value, 'dialect')) ?? journal?.dialect ?? null;
  const engine = engineOf(dialect);
  if (dialect !== null && engine === null) return null;
  const said = (name: string) => textOf(entryOf(entryOf(value, 'migrations'), name));
  const whens = (journal?.entries ?? []).map(({ tag, when }) => [tag, String(when)] as const);
  return {
    framework: 'drizzle',
    root,
    historyTable: {
      schema: engine === 'postgres' ? (said('schema') ?? 'drizzle') : null,
      name: said('table') ?? '__drizzle_migrations',
    },
    settings: {
      migrations: folder,
      ...(config === null ? {} : { config }),
      ...(engine === null ? {} : { engine }),
      // In the journal's order, which is the one in which they are applied.
      ...(journal === null ? {} : { order: whens.map(([tag]) => tag), when: Object.fromEntries(whens) }),
    },
  };
}

function engineOf(dialect: string | null): Engine | null {
  if (dialect === 'postgresql' || dialect === 'pg') return 'postgres';
  if (dialect === 'sqlite' || dialect === 'turso') return 'sqlite';
  return dialect === 'mysql' ? 'mysql' : null;
}

const PARTS = {
  url: ['url', 'connectionString', 'uri'],
  file: ['url'],
  database: ['database'],
  user: ['user'],
} as const;

/** The database the configuration names. A relative SQLite file begins where the command is started. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { config, engine } = project.settings;
  if (typeof config !== 'string') return [];
  const places = [project.root, '.'].map(place => tree.read(inFolder(place, '.env')));
  const variables = parseEnvironment(places.find(text => text !== null) ?? '');
  const credentials = entryOf(exportOf(tree, config), 'dbCredentials');
  const known = engine === 'postgres' || engine === 'mysql' || engine === 'sqlite' ? engine : null;
  const address = addressIn(credentials, known, PARTS, variables);
  // Databases of Turso's own servers are none that a driver here could open.
  if (address === null || /^(?:libsql|wss?|https?):/.test(address.text)) return [];
  return [{ text: address.text, base: project.root, from: config }];
}
