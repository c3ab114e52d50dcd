/** Finds Flyway projects: by settings files that speak of it, and by `db/migration/V…__….sql`. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { jdbcAddress } from '../java-settings.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';
import { type FlywaySettings, readFlywaySettings, SETTINGS_FILES } from './settings.ts';

const CALLBACK = /^(?:before|after|createSchema)[A-Za-z]*(?:__.*)?\.sql$/;

/** Pathspecs of everything that `detectFlyway` looks at. */
export const MARKERS = [
  ...SETTINGS_FILES.map(name => `:(glob)**/${name}`),
  ':(glob)**/db/migration/**/V*__*',
  ...['before', 'after', 'createSchema'].map(name => `:(glob)**/${name}*.sql`),
] as const;

const RESOURCES = 'src/main/resources';

/** What speaks for one project, by its root. */
interface Evidence {
  readonly settings: FlywaySettings[];
  /** Whether files lie where Flyway looks by default. */
  filesByDefault: boolean;
}

/** The projects of a repository, by root. */
export function detectFlyway(tree: SourceTree): readonly Project[] {
  const byRoot = new Map<string, Evidence>();
  const at = (root: string): Evidence => {
    const evidence = byRoot.get(root) ?? { settings: [], filesByDefault: false };
    byRoot.set(root, evidence);
    return evidence;
  };
  const names = new Set<string>(SETTINGS_FILES);
  const paths = tree.paths.filter(path => !/\/(?:node_modules|target|build)\//.test(`/${path}`));
  for (const path of paths) {
    const settings = names.has(baseOf(path)) ? readFlywaySettings(tree, path) : null;
    if (settings !== null) at(settings.root).settings.push(settings);
  }
  for (const path of paths) {
    const [, above] =
      /^(.*?)\/?(?:src\/main\/(?:resources|java|kotlin)\/)?db\/migration\/(?:.*\/)?V[^/]*__[^/]*$/.exec(path) ?? [];
    // refinery names its files alike.
    if (above === undefined) continue;
    const root = above === '' ? '.' : above;
    if (!/refinery/.test(tree.read(inFolder(root, 'Cargo.toml')) ?? '')) at(root).filesByDefault = true;
  }
  const all = [...byRoot].sort(([a], [b]) => (a < b ? -1 : 1));
  const isStrong = ([, { settings, filesByDefault }]: (typeof all)[number]) =>
    filesByDefault || settings.some(each => each.of === 'command' || each.values.size > 0);
  const strong = all.filter(isStrong);
  return (strong.length > 0 ? strong : all).map(([root, evidence]) => projectOf(tree, root, evidence));
}

function projectOf(tree: SourceTree, root: string, { settings, filesByDefault }: Evidence): Project {
  const sorted = bySettingsFile(settings);
  const first = (name: string): string | null =>
    sorted.map(each => each.values.get(name)).find(value => value !== undefined) ?? null;
  const engine = /^jdbc:(\w+)/.exec(
    sorted.map(each => each.values.get('url') ?? each.fallback?.url).find(Boolean) ?? '',
  )?.[1];
  const own = first('locations')?.split(',') ?? [];
  const command = sorted.some(each => each.of === 'command') && !filesByDefault;
  const locations = own.length > 0 ? own : [command ? 'filesystem:sql' : 'classpath:db/migration'];
  const folders = [
    ...new Set(locations.flatMap(each => foldersOf(tree, root, each.trim().replace('{vendor}', engine ?? '*')))),
  ];
  const placeholders = new Map(
    sorted
      .toReversed()
      .flatMap(each => [...each.values])
      .flatMap(([name, value]) => {
        return name.startsWith('placeholders.') ? [[name.slice('placeholders.'.length), value] as const] : [];
      }),
  );
  const callbacks = tree.paths.filter(
    path => CALLBACK.test(baseOf(path)) && folders.some(folder => isBelow(folder, path)),
  );
  const texts = {
    prefix: first('sqlmigrationprefix') ?? 'V',
    undoPrefix: first('undosqlmigrationprefix') ?? 'U',
    repeatablePrefix: first('repeatablesqlmigrationprefix') ?? 'R',
    separator: first('sqlmigrationseparator') ?? '__',
    placeholderReplacement: first('placeholderreplacement')?.toLowerCase() ?? 'true',
    placeholderPrefix: first('placeholderprefix') ?? '${',
    placeholderSuffix: first('placeholdersuffix') ?? '}',
    encoding: first('encoding')?.toLowerCase() ?? 'utf-8',
  };
  return {
    framework: 'flyway',
    root,
    historyTable: {
      schema: first('defaultschema') ?? first('schemas')?.split(',')[0]?.trim() ?? null,
      name: first('table') ?? 'flyway_schema_history',
    },
    settings: {
      ...texts,
      locations: folders,
      suffixes: first('sqlmigrationsuffixes')?.split(',') ?? ['.sql'],
      placeholders: Object.fromEntries(placeholders),
      callbacks,
    },
  };
}

const bySettingsFile = (settings: readonly FlywaySettings[]): readonly FlywaySettings[] => {
  const rank = ({ path }: FlywaySettings) => (SETTINGS_FILES as readonly string[]).indexOf(baseOf(path));
  return [...settings].sort((a, b) => rank(a) - rank(b));
};

/** Folders of the repository that a location may mean; wildcards stay as they are. */
function foldersOf(tree: SourceTree, root: string, location: string): readonly string[] {
  const [, kind = 'classpath', path = ''] = /^(?:(\w+):)?(.*)$/.exec(location) ?? [];
  if (path.includes('$') || !['filesystem', 'classpath'].includes(kind)) return [];
  if (kind === 'filesystem') return path.startsWith('/') ? [] : [joined(root, path)].flatMap(each => each ?? []);
  const roots = [RESOURCES, 'src/main/java', 'src/main/kotlin'].flatMap(each => joined(root, each, path) ?? []);
  // Resources need not lie where Maven has them.
  const plain = joined(root, path);
  const bare = plain !== null && tree.paths.some(each => folderOf(each) === plain) ? [plain] : [];
  return [...roots, ...bare];
}

/** Does a path lie in a location or below it? `*`, `**` and `?` stand for what they do in Flyway. */
export function isBelow(location: string, path: string): boolean {
  if (location === '.') return true;
  if (!/[*?]/.test(location)) return path.startsWith(`${location}/`);
  const pattern = location
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?|\*|\?/g, mark => (mark === '?' ? '[^/]' : mark === '*' ? '[^/]{0,200}' : '(?:.{0,400}/)?'));
  return new RegExp(`^${pattern}/`).test(path);
}

/** The database that each settings file names; Spring's own only where Flyway has none. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const found = SETTINGS_FILES.flatMap(name => [name, `conf/${name}`, `${RESOURCES}/${name}`]).flatMap(
    name => readFlywaySettings(tree, inFolder(project.root, name)) ?? [],
  );
  const [hint] = bySettingsFile(found.filter(each => each.root === project.root)).flatMap(
    ({ path, root, values, fallback }) => {
      const own = values.get('url') ?? null;
      const text =
        own === null && fallback !== null
          ? jdbcAddress(fallback.url, values.get('user') ?? fallback.user, values.get('password') ?? fallback.password)
          : jdbcAddress(own, values.get('user') ?? null, values.get('password') ?? null);
      return text === null ? [] : [{ text, base: root, from: path }];
    },
  );
  return hint === undefined ? [] : [hint];
}
