/** Finds Liquibase projects: by `liquibase.properties`, Maven's plugin, Spring's settings, and changelogs where Spring looks for them. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import {
  jdbcAddress,
  mavenPlugin,
  moduleOf,
  readProperties,
  readYaml,
  type Settings,
  springValue,
  xmlTexts,
} from '../java-settings.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';

const FILES = [
  'liquibase.properties',
  'pom.xml',
  'application.properties',
  'application.yml',
  'application.yaml',
] as const;

/** Pathspecs of everything that `detectLiquibase` looks at. */
export const MARKERS = [...FILES.map(name => `:(glob)**/${name}`), ':(glob)**/db/changelog/**'] as const;

const RESOURCES = 'src/main/resources';

/** What one file says. */
interface Found {
  readonly path: string;
  readonly root: string;
  readonly changelog: string | null;
  /** Folder that paths of changelogs are relative to. */
  readonly base: string;
  readonly table: string | null;
  readonly locks: string | null;
  readonly schema: string | null;
  readonly url: string | null;
  readonly user: string | null;
  readonly password: string | null;
  /** Whether Liquibase's own command finds its changelog by this file. */
  readonly command: boolean;
}

const normal = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^liquibase\.(?:command\.)?/, '')
    .replace(/[-_]/g, '');

/** The projects of a repository, by root; the stronger file of a root wins. */
export function detectLiquibase(tree: SourceTree): readonly Project[] {
  const byRoot = new Map<string, Found>();
  for (const name of FILES) {
    for (const path of tree.paths) {
      if (baseOf(path) !== name || /\/(?:target|build|node_modules)\//.test(`/${path}`)) continue;
      const found = readFile(tree, path);
      if (found !== null && !byRoot.has(found.root)) byRoot.set(found.root, found);
    }
  }
  for (const path of tree.paths) {
    if (!/(?:^|\/)src\/main\/resources\/db\/changelog\//.test(path) || byRoot.has(moduleOf(path))) continue;
    if (!/databaseChangeLog|liquibase\s+formatted\s+sql/i.test(tree.read(path)?.slice(0, 4000) ?? '')) continue;
    byRoot.set(moduleOf(path), spring(moduleOf(path), path, new Map()));
  }
  return [...byRoot.values()].sort((a, b) => (a.root < b.root ? -1 : 1)).map(projectOf);
}

function readFile(tree: SourceTree, path: string): Found | null {
  const text = tree.read(path) ?? '';
  const root = folderOf(path);
  if (baseOf(path) === 'liquibase.properties') {
    const values = new Map([...readProperties(text)].map(([name, value]) => [normal(name), value]));
    const of = (name: string) => values.get(name) ?? null;
    const [search] = (of('searchpath') ?? '.').split(',');
    return {
      ...{ path, root, changelog: of('changelogfile'), base: joined(root, search ?? '.') ?? root, command: true },
      ...{
        table: of('databasechangelogtablename'),
        locks: of('databasechangeloglocktablename'),
        schema: of('liquibaseschemaname') ?? of('defaultschemaname'),
      },
      ...{ url: of('url'), user: of('username'), password: of('password') },
    };
  }
  if (baseOf(path) === 'pom.xml') {
    const plugin = mavenPlugin(text, 'liquibase-maven-plugin');
    if (plugin === null) return null;
    const of = (name: string) => xmlTexts(plugin, name, text)[0] ?? null;
    const changelog = of('changeLogFile');
    const inResources = changelog?.startsWith(`${RESOURCES}/`) === true;
    return {
      ...{ path, root, changelog, base: inResources ? root : inFolder(root, RESOURCES), command: false },
      ...{
        locks: of('databaseChangeLogLockTableName'),
        table: of('databaseChangeLogTableName'),
        schema: of('liquibaseSchemaName') ?? of('defaultSchemaName'),
      },
      ...{ url: of('url'), user: of('username'), password: of('password') },
    };
  }
  const values = path.endsWith('.properties') ? readProperties(text) : readYaml(text);
  return [...values.keys()].some(name => name.startsWith('spring.liquibase.'))
    ? spring(moduleOf(path), path, values)
    : null;
}

function spring(root: string, path: string, values: Settings): Found {
  const names = new Map([...values].map(([name, value]) => [name.toLowerCase().replace(/[-_]/g, ''), value]));
  const of = (name: string) => springValue(names.get(name));
  const own = (name: string) => of(`spring.liquibase.${name}`);
  return {
    ...{ path, root, base: inFolder(root, RESOURCES), command: false },
    changelog: own('changelog')?.replace(/^classpath:\/?/, '') ?? 'db/changelog/db.changelog-master.yaml',
    ...{
      locks: own('databasechangeloglocktable'),
      table: own('databasechangelogtable'),
      schema: own('liquibaseschema') ?? own('defaultschema'),
    },
    url: own('url') ?? of('spring.datasource.url'),
    user: own('user') ?? of('spring.datasource.username'),
    password: own('password') ?? of('spring.datasource.password'),
  };
}

function projectOf({ root, base, changelog, table, locks, schema, url, command, path }: Found): Project {
  const isPostgres = /^jdbc:postgresql:/.test(url ?? '');
  const named = (name: string) => (isPostgres ? name.toLowerCase() : name);
  const file = changelog === null ? null : joined(base, changelog.replace(/^\/+/, ''));
  return {
    framework: 'liquibase',
    root,
    // Liquibase leaves the name unquoted, and PostgreSQL has it in lower case.
    historyTable: { schema, name: named(table ?? 'DATABASECHANGELOG') },
    settings: {
      ...{ base, configuration: path, command: command ? 'yes' : 'no' },
      lockTable: named(locks ?? 'DATABASECHANGELOGLOCK'),
      // Included files lie below the folder of the first one, as far as is known.
      folder: file === null ? base : folderOf(file),
      ...(url === null ? {} : { scheme: /^jdbc:(\w+)/.exec(url)?.[1] ?? '' }),
    },
  };
}

/** The database that the project's file names. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const { configuration } = project.settings;
  const found = typeof configuration === 'string' ? readFile(tree, configuration) : null;
  const text = found === null ? null : jdbcAddress(found.url, found.user, found.password);
  return text === null || found === null ? [] : [{ text, base: project.root, from: found.path }];
}
