/** Finds projects of TypeORM by the files that make their data sources. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { relativeImports } from '../js-imports.ts';
import { addressIn, engineNamed } from '../js-settings.ts';
import { flagIn, flagsIn } from '../package-json.ts';
import { globFrom, spreadBraces } from '../path-globs.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { type DataSourceSettings, makesDataSource, parseDataSource } from './parse-data-source.ts';

const ENDINGS = ['ts', 'js', 'mts', 'mjs', 'cts', 'cjs'] as const;

/** Pathspecs of everything that `detectTypeorm` looks at: names data sources usually have. Others are named by a script. */
export const MARKERS = [
  ':(glob)**/package.json',
  ...ENDINGS.flatMap(ending =>
    ['data-source', 'datasource', 'typeorm', 'ormconfig'].map(name => `:(glob,icase)**/*${name}*.${ending}`),
  ),
];

const USUAL = /(?:data-source|datasource|typeorm|ormconfig)[^/]*\.[cm]?[jt]s$/i;

/** One project per folder with a package.json (or the root), sorted; the data source a script names comes first. */
export function detectTypeorm(tree: SourceTree): readonly Project[] {
  const paths = tree.paths.filter(path => !`/${path}`.includes('/node_modules/'));
  const found = new Map<string, string>();
  for (const path of paths.filter(each => baseOf(each) === 'package.json')) {
    const root = folderOf(path);
    const named = flagIn(tree.read(path) ?? '', 'typeorm', '-d', '--dataSource');
    const file = named === null ? null : sourceOf(tree, root, named);
    if (file !== null) found.set(root, file);
  }
  const usual = paths.filter(path => USUAL.test(path) && !/\.d\.[cm]?ts$|\.(?:spec|test)\./.test(path));
  for (const path of usual.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
    const root = packageOf(tree, path);
    const text = found.has(root) ? null : tree.read(path);
    if (text !== null && makesDataSource(text) && text.includes('migrations')) found.set(root, path);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([root, file]) => projectOf(tree, root, file) ?? []);
}

/** The file a script names with `-d`, or where that is what a build makes of it (`dist/data-source.js`), its source. */
function sourceOf(tree: SourceTree, root: string, named: string): string | null {
  for (const candidate of [named, ...sourcesOf(named)]) {
    const path = candidate.startsWith('/') ? null : joined(root, candidate);
    const text = path === null ? null : tree.read(path);
    if (path !== null && text?.includes('DataSource') === true && !isBuilt(candidate)) return path;
  }
  return null;
}

const BUILT = /^(?:\.\/)?(?:dist|build|out|lib|output)\//;
const isBuilt = (path: string): boolean => BUILT.test(path);

/** Where the source of a built file or glob lies: the usual layouts of TypeScript and NestJS. */
function sourcesOf(built: string): readonly string[] {
  if (!isBuilt(built)) return [];
  const rest = built.replace(BUILT, '');
  const swapped = [rest.replace(/\.([cm]?)js$/, '.$1ts'), rest];
  return [...new Set(swapped.flatMap(each => [`src/${each}`, each]))];
}

/** The folder of the nearest package.json above a file: commands are run there. */
function packageOf(tree: SourceTree, path: string): string {
  for (let folder = folderOf(path); folder !== '.'; folder = folderOf(folder)) {
    if (tree.read(inFolder(folder, 'package.json')) !== null) return folder;
  }
  return '.';
}

function projectOf(tree: SourceTree, root: string, file: string): Project | null {
  const text = tree.read(file) ?? '';
  const settings = parseDataSource(text);
  const { globs, mapped } = globsOf(settings, root, file, text);
  // Nothing says where migrations are: a data source of an application that has none.
  if (globs.length === 0 && !text.includes('migrations')) return null;
  const registers = flagsIn(tree.read(inFolder(root, 'package.json')) ?? '', 'typeorm', '-r', '--require');
  return {
    framework: 'typeorm',
    root,
    historyTable: { schema: settings.schema, name: settings.table },
    settings: {
      dataSource: joined(relativeTo(root, file)) ?? file,
      globs,
      ...(mapped.length === 0 ? {} : { mapped }),
      ...(registers.length === 0 ? {} : { registers }),
      ...(settings.type === null ? {} : { type: settings.type }),
      transactions: settings.transactions ? 'yes' : 'no',
    },
  };
}

/** Globs from the repository's root; `mapped`: from the project's folder, where the settings name built files. */
function globsOf(settings: DataSourceSettings, root: string, file: string, text: string) {
  const globs = new Set<string>();
  const mapped = new Set<string>();
  const written = settings.globs.flatMap(({ glob, fromFile }) => spreadBraces(glob).map(each => ({ each, fromFile })));
  const builtBeside = /\.[cm]?ts$/.test(file) && !written.some(({ each }) => /\.[cm]?ts$/.test(each));
  for (const { each, fromFile } of written) {
    if (fromFile && builtBeside) {
      // `__dirname + '/migrations/*.js'`: of the built data source, beside which they lie as built.
      const found = globFrom(folderOf(file), each.replace(/\.([cm]?)js$/, '.$1ts'));
      if (found !== null) mapped.add(relativeTo(root, found));
      if (found !== null) globs.add(found);
    } else {
      const sources = fromFile ? [] : sourcesOf(each);
      for (const source of sources) mapped.add(source);
      for (const one of sources.length === 0 ? [each] : sources) {
        const found = globFrom(fromFile ? folderOf(file) : root, one);
        if (found !== null) globs.add(found);
      }
    }
  }
  if (globs.size === 0) {
    // Classes named one by one: they lie where they are imported from.
    const folders = relativeImports(file, text).filter(path => /migrat/i.test(path) && /\.[cm]?[jt]s$/.test(path));
    for (const path of folders) for (const ending of ENDINGS) globs.add(inFolder(folderOf(path), `*.${ending}`));
  }
  return { globs: [...globs].sort(), mapped: [...mapped].sort() };
}

const relativeTo = (root: string, path: string): string => (root === '.' ? path : path.slice(root.length + 1));

const NAMES = { url: ['url'], file: ['database'], database: ['database'], user: ['username'] } as const;

/** The database the data source names. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { dataSource } = project.settings;
  if (typeof dataSource !== 'string') return [];
  const path = inFolder(project.root, dataSource);
  const { options, type } = parseDataSource(tree.read(path) ?? '');
  const variables = parseEnvironment(tree.read(inFolder(project.root, '.env')) ?? tree.read('.env') ?? '');
  const address = addressIn(options, engineNamed(type), NAMES, variables);
  if (address === null) return [];
  const base = address.fromFile ? folderOf(path) : project.root;
  return [{ text: address.text, base, from: path }];
}
