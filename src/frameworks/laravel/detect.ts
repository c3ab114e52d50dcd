/** Finds Laravel applications by their artisan, and reads what their configuration says of the history table, the migrations and the database. */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { folderOf, inFolder, joined } from '../repository-paths.ts';

/** All applications of a working tree. */
export function detectProjects(tree: SourceTree): readonly Project[] {
  return tree.paths
    .filter(path => /(^|\/)artisan$/.test(path) && !/(^|\/)(vendor|node_modules)\//.test(path))
    .filter(path => /\bbootstrap\/app\.php\b/.test(tree.read(path) ?? ''))
    .map(path => projectAt(tree, folderOf(path)));
}

function projectAt(tree: SourceTree, root: string): Project {
  const config = withoutComments(tree.read(inFolder(root, 'config/database.php')) ?? '');
  // Up to version 10 a name, since 11 a list with it.
  const named =
    /^[ \t]*['"]migrations['"]\s{0,9}=>\s{0,9}(?:\[[^\]]{0,400}?['"]table['"]\s{0,9}=>\s{0,9})?['"]([\w.]{1,128})['"]/m.exec(
      config,
    )?.[1];
  const connection = settingsOf(tree, root)['DB_CONNECTION'] ?? defaultConnection(config);
  const own =
    new RegExp(
      `^[ \\t]*['"]${connection.replace(/\W/g, '')}['"]\\s{0,9}=>\\s{0,9}\\[([\\s\\S]{0,4000}?)^[ \\t]*\\],`,
      'm',
    ).exec(config)?.[1] ?? '';
  const prefix =
    /['"]prefix['"]\s{0,9}=>\s{0,9}(?:env\([^,)]{0,60},\s{0,9})?['"]([\w.]{0,60})['"]/.exec(own)?.[1] ?? '';
  const inDump = dumped(tree, root, connection);
  return {
    framework: 'laravel',
    root,
    historyTable: { schema: null, name: `${prefix}${named ?? 'migrations'}` },
    settings: {
      folders: [inFolder(root, 'database/migrations'), ...loaded(tree, root)],
      ...(Object.keys(inDump).length === 0 ? {} : { dumped: inDump }),
    },
  };
}

/** Migrations whose rows the schema dump of the connection has (`schema:dump`), each with the dump's path. Version 8 names SQLite's and others' `.dump`. */
function dumped(tree: SourceTree, root: string, connection: string): Readonly<Record<string, string>> {
  const names = new Set([connection, 'mysql', 'mariadb', 'pgsql', 'sqlite']);
  const paths = [...names].flatMap(name =>
    ['sql', 'dump'].map(ending => inFolder(root, `database/schema/${name}-schema.${ending}`)),
  );
  return Object.fromEntries(
    paths.flatMap(path =>
      (tree.read(path) ?? '')
        .matchAll(/\b\d{4}_\d{2}_\d{2}_\d{6}_\w{1,200}/g)
        .map(([id]) => [id, path])
        .toArray(),
    ),
  );
}

const defaultConnection = (config: string): string =>
  /^[ \t]*['"]default['"]\s{0,9}=>\s{0,9}(?:env\([^,)]{0,60},\s{0,9})?['"](\w{1,60})['"]/m.exec(config)?.[1] ?? 'mysql';

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^[ \t]*(?:\/\/|#).*$/gm, '');

/** Folders that the application's own provider adds: `$this->loadMigrationsFrom(database_path('more'))`. */
function loaded(tree: SourceTree, root: string): readonly string[] {
  const text = withoutComments(tree.read(inFolder(root, 'app/Providers/AppServiceProvider.php')) ?? '');
  const calls = [...text.matchAll(/loadMigrationsFrom\(([\s\S]{0,1000}?)\);/g)].map(match => match[1] ?? '');
  return calls.flatMap(call =>
    [...call.matchAll(/\b(database|base)_path\(\s{0,9}['"]([\w./-]{1,200})['"]\s{0,9}\)/g)].flatMap(
      ([, kind, path = '']) => joined(root, kind === 'database' ? 'database' : '.', path) ?? [],
    ),
  );
}

const settingsOf = (tree: SourceTree, root: string): Readonly<Record<string, string>> =>
  parseEnvironment(tree.read(inFolder(root, '.env')) ?? '');

const SCHEMES: Readonly<Record<string, string>> = {
  sqlite: 'sqlite',
  pgsql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
};
const encode = encodeURIComponent;

/** The address that `.env` names by `DB_CONNECTION` and its like. */
export function addressesOf({ root }: Project, tree: SourceTree): readonly AddressHint[] {
  const said = settingsOf(tree, root);
  const from = `${inFolder(root, '.env')} (DB_CONNECTION)`;
  const url = said['DB_URL'] || said['DATABASE_URL'] || '';
  if (url !== '')
    return [
      { text: url, base: root, from: `${inFolder(root, '.env')} (${said['DB_URL'] ? 'DB_URL' : 'DATABASE_URL'})` },
    ];
  const scheme = SCHEMES[said['DB_CONNECTION'] ?? ''];
  const name = said['DB_DATABASE'] ?? '';
  if (scheme === undefined) return [];
  // Without a name it is database/database.sqlite; a relative one is from the folder artisan is run in.
  if (scheme === 'sqlite')
    return name === ':memory:'
      ? []
      : [{ text: `sqlite:${name === '' ? 'database/database.sqlite' : name}`, base: root, from }];
  if (name === '') return [];
  const user = said['DB_USERNAME'] ?? '';
  const password = said['DB_PASSWORD'] ?? '';
  const login = user === '' ? '' : `${encode(user)}${password === '' ? '' : `:${encode(password)}`}@`;
  const port = said['DB_PORT'] === undefined || said['DB_PORT'] === '' ? '' : `:${said['DB_PORT']}`;
  return [{ text: `${scheme}://${login}${said['DB_HOST'] || '127.0.0.1'}${port}/${encode(name)}`, base: root, from }];
}
