/** Finds Rails applications by config/application.rb, and what they say of their first database. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { folderOf, inFolder, joined } from '../repository-paths.ts';
import { type DatabaseEntry, historyTableIn, migrationPathsIn, readDatabases } from './parse-config.ts';

const ENVIRONMENT = 'development';

/** All applications of a working tree, a project for each of their databases. Those an engine keeps for its own tests are left out. */
export function detectProjects(tree: SourceTree): readonly Project[] {
  return tree.paths
    .filter(
      path =>
        /(^|\/)config\/application\.rb$/.test(path) && !/(^|\/)((test|spec)\/dummy|vendor|node_modules)\//.test(path),
    )
    .flatMap(path => {
      const text = tree.read(path) ?? '';
      return /\bRails::Application\b/.test(text) ? projectsAt(tree, folderOf(folderOf(path)), text) : [];
    });
}

function projectsAt(tree: SourceTree, root: string, application: string): readonly Project[] {
  const environment = tree.read(inFolder(root, `config/environments/${ENVIRONMENT}.rb`)) ?? '';
  const entries = databasesOf(tree, root);
  const first = firstOf(entries);
  const historyTable = { schema: null, name: historyTableIn([application, environment]) };
  const projectOf = (entry: DatabaseEntry | undefined): Project => {
    const paths = entry?.values.get('migrations_paths');
    const folders = paths === undefined || paths === null ? migrationPathsIn(application) : listed(paths);
    return {
      ...{ framework: 'rails', root, historyTable },
      ...(entry === first || !entry?.name ? {} : { database: entry.name }),
      settings: {
        folders: folders.flatMap(folder => joined(root, folder) ?? []),
        // Where there are several databases, the task of each has its name in it.
        ...(entries.length > 1 && entry?.name ? { database: entry.name } : {}),
      },
    };
  };
  return [first, ...entries.filter(entry => entry !== first && isMigrated(entry, root, tree))].map(projectOf);
}

/** A folder of migrations as Rails' own generator names it for a further database. */
const USUAL = /(^|\/)db\/\w+_migrate$/;

/** Is a further database one with migrations of its own? Caches and queues have folders named by Rails, and mostly nothing in them. */
function isMigrated({ values }: DatabaseEntry, root: string, { paths }: SourceTree): boolean {
  if (values.get('replica') === 'true' || values.get('database_tasks') === 'false') return false;
  const folders = listed(values.get('migrations_paths') ?? '').flatMap(folder => joined(root, folder) ?? []);
  return folders.some(folder => !USUAL.test(folder) || paths.some(path => path.startsWith(`${folder}/`)));
}

const databasesOf = (tree: SourceTree, root: string): readonly DatabaseEntry[] =>
  readDatabases(tree.read(inFolder(root, 'config/database.yml')) ?? '', ENVIRONMENT);

/** `primary`, else the first one that is no replica of another. */
const firstOf = (entries: readonly DatabaseEntry[]): DatabaseEntry | undefined =>
  entries.find(({ name }) => name === 'primary') ?? entries.find(({ values }) => values.get('replica') !== 'true');

/** `db/changes` or `["db/changes", "db/more"]`. */
const listed = (value: string): readonly string[] =>
  value
    .replace(/^\[|\]$/g, '')
    .split(',')
    .map(each => each.trim().replace(/^(["'])(.*)\1$/, '$2'))
    .filter(Boolean);

const SCHEMES: readonly (readonly [RegExp, string])[] = [
  [/^sqlite3?$/, 'sqlite'],
  [/^postg/, 'postgres'],
  [/^(mysql2?|trilogy)$/, 'mysql'],
];
const encode = encodeURIComponent;

/** The address of the project's database in the development environment, where it can be read without running Ruby. */
export function addressesOf({ root, database }: Project, tree: SourceTree): readonly AddressHint[] {
  const entries = databasesOf(tree, root);
  const entry = database === undefined ? firstOf(entries) : entries.find(({ name }) => name === database);
  const from = `${inFolder(root, 'config/database.yml')} (${[ENVIRONMENT, entry?.name ?? []].flat().join('.')})`;
  const said = (key: string): string => entry?.values.get(key) ?? '';
  if ([...(entry?.values.entries() ?? [])].some(([key, value]) => value === null && KEYS.has(key))) return [];
  const url = said('url');
  if (url !== '') {
    const sqlite = /^sqlite3:(?:\/\/)?([^?]+)/.exec(url)?.[1];
    return [
      {
        text:
          sqlite === undefined
            ? url.replace(/^(mysql2|trilogy):/, 'mysql:').replace(/^postgis:/, 'postgres:')
            : `sqlite:${sqlite}`,
        base: root,
        from,
      },
    ];
  }
  const scheme = SCHEMES.find(([pattern]) => pattern.test(said('adapter')))?.[1];
  const name = said('database');
  if (scheme === undefined || name === '' || name === ':memory:') return [];
  // Rails.root is the folder of the application.
  if (scheme === 'sqlite') return [{ text: `sqlite:${name}`, base: root, from }];
  const [user, password, host, port] = [said('username'), said('password'), said('host'), said('port')];
  const socket = said('socket') || (host.startsWith('/') ? host : '');
  const login = user === '' ? '' : `${encode(user)}${password === '' ? '' : `:${encode(password)}`}@`;
  const place = socket === '' ? `${host === '' ? 'localhost' : host}${port === '' ? '' : `:${port}`}` : '';
  const query = socket === '' ? '' : `?${scheme === 'mysql' ? 'socket' : 'host'}=${encode(socket)}`;
  return [{ text: `${scheme}://${login}${place}/${encode(name)}${query}`, base: root, from }];
}

const KEYS: ReadonlySet<string> = new Set([
  'url',
  'adapter',
  'database',
  'host',
  'port',
  'username',
  'socket',
  'password',
]);
