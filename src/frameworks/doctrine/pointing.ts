/**
 * The database of a Doctrine project: where its configuration names one, and how its command is pointed at another. Symfony's real environment
 * comes before `.env` files; the command of Doctrine's own takes the connection from a file in the scratch folder, which holds no password.
 */
import type { Project } from '../../domain/migration.ts';
import type { AddressHint, Pointing, SourceTree, Target } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { HERE, parseConfig, textUnder } from '../php-settings.ts';
import { inFolder } from '../repository-paths.ts';

const [CONFIG, CONNECTION] = ['tidemark_migrations.php', 'tidemark_connection.php'];
const encode = encodeURIComponent;

const SCHEMES: readonly [RegExp, string][] = [
  [/^(?:postgres|postgresql|pgsql|pdo[-_]pgsql)$/, 'postgres'],
  [/^(?:mysql|mysql2|mysqli|pdo[-_]mysql)$/, 'mysql'],
  [/^(?:sqlite|sqlite3|pdo[-_]sqlite)$/, 'sqlite'],
];
const schemeOf = (name: string): string | null => SCHEMES.find(([pattern]) => pattern.test(name))?.[1] ?? null;

/** The address that `.env` files or `migrations-db.php` plainly name. */
export function addressesOf({ root, settings }: Project, tree: SourceTree): readonly AddressHint[] {
  if (settings['by'] === 'symfony') {
    const file = ['.env.local', '.env']
      .map(name => inFolder(root, name))
      .find(path => parseEnvironment(tree.read(path) ?? '')['DATABASE_URL'] !== undefined);
    const url = file === undefined ? '' : (parseEnvironment(tree.read(file) ?? '')['DATABASE_URL'] ?? '');
    return fromUrl(url, root, `${file ?? '.env'} (DATABASE_URL)`);
  }
  const file = inFolder(root, 'migrations-db.php');
  const config = parseConfig(file, tree.read(file) ?? '');
  const said = (key: string): string => textUnder(config, key)?.replace(HERE, '.') ?? '';
  if (said('url') !== '') return fromUrl(said('url'), root, file);
  const scheme = schemeOf(said('driver'));
  if (scheme === 'sqlite')
    return said('path') === '' ? [] : [{ text: `sqlite:${said('path')}`, base: root, from: file }];
  if (scheme === null || said('dbname') === '') return [];
  const login =
    said('user') === ''
      ? ''
      : `${encode(said('user'))}${said('password') === '' ? '' : `:${encode(said('password'))}`}@`;
  const port = /^\d+$/.test(said('port')) ? `:${said('port')}` : '';
  const text = `${scheme}://${login}${said('host') || '127.0.0.1'}${port}/${encode(said('dbname'))}`;
  return [{ text, base: root, from: file }];
}

/** Doctrine's addresses have parameters of its own behind a `?` (`serverVersion`). */
function fromUrl(url: string, base: string, from: string): readonly AddressHint[] {
  const [, name = '', rest = ''] = /^([\w-]{1,20}):\/\/([^?]{1,2000})/.exec(url) ?? [];
  const scheme = schemeOf(name);
  if (scheme === null || rest.includes('$')) return [];
  if (scheme !== 'sqlite') return rest.includes('%kernel') ? [] : [{ text: `${scheme}://${rest}`, base, from }];
  const path = rest.replace(/^\/%kernel\.project_dir%\//, '').replace(/^\/\//, '/');
  return path === '/:memory:' || path.includes('%') ? [] : [{ text: `sqlite:${path}`, base, from }];
}

/** The words of one command, pointed at the scratch folder's configuration. */
export const commandOf = ({ settings }: Project, name: string, ...words: readonly string[]): readonly string[] => [
  `${settings['by'] === 'symfony' ? 'doctrine:migrations' : 'migrations'}:${name}`,
  ...words,
  '--no-interaction',
  `--configuration={scratch}/${CONFIG}`,
  ...(settings['by'] === 'symfony' ? [] : [`--db-configuration={scratch}/${CONNECTION}`]),
];

/** Environment and scratch files for one database. */
export function pointAt({ root, settings }: Project, target: Target): Pointing {
  const { password, ...shown } = target;
  const paths = Object.entries(settings['paths'] ?? {}).map(([namespace, folder]: readonly [string, string]) => [
    namespace,
    root === '.'
      ? folder
      : folder.startsWith(`${root}/`)
        ? folder.slice(root.length + 1)
        : `${root.replace(/[^/]+/g, '..')}/${folder}`,
  ]);
  const config = { migrations_paths: Object.fromEntries(paths) as unknown, table_storage: settings['storage'] };
  const own = { TIDEMARK_TARGET: JSON.stringify(shown), TIDEMARK_PASSWORD: password ?? '' };
  const url = settings['url'] === 'resolve' ? urlOf(target).replaceAll('%', '%%') : urlOf(target);
  return {
    env: {
      TIDEMARK_MIGRATIONS: JSON.stringify(config),
      ...(settings['by'] === 'symfony' ? { DATABASE_URL: url } : own),
    },
    files: [
      { path: CONFIG, text: MIGRATIONS },
      ...(settings['by'] === 'symfony' ? [] : [{ path: CONNECTION, text: PARAMETERS }]),
    ],
  };
}

function urlOf({ engine, database, host, port, socket, user, password }: Target): string {
  if (engine === 'sqlite') return `sqlite:///${database}`;
  const login = user === null ? '' : `${encode(user)}${password === null ? '' : `:${encode(password)}`}@`;
  const key = engine === 'mysql' ? 'unix_socket' : 'host';
  const query = socket === null ? '' : `?${key}=${encode(socket)}`;
  const scheme = engine === 'mysql' ? 'mysql' : 'postgresql';
  return `${scheme}://${login}${host ?? 'localhost'}${port === null ? '' : `:${port}`}/${encode(database)}${query}`;
}

const MIGRATIONS = `<?php
// Where this tree's migrations lie, and which table they are noted in.
$config = json_decode(getenv('TIDEMARK_MIGRATIONS'), true);
foreach ($config['migrations_paths'] as $namespace => $folder) {
    $config['migrations_paths'][$namespace] = getcwd().'/'.$folder;
}
return array_filter($config);
`;

const PARAMETERS = `<?php
// The database Tidemark was asked for, and no other.
$target = json_decode(getenv('TIDEMARK_TARGET'), true);
if ($target['engine'] === 'sqlite') {
    return ['driver' => 'pdo_sqlite', 'path' => $target['database']];
}
return array_filter([
    'driver' => $target['engine'] === 'mysql' ? 'pdo_mysql' : 'pdo_pgsql',
    'dbname' => $target['database'],
    'user' => $target['user'],
    'password' => (string) getenv('TIDEMARK_PASSWORD'),
    'host' => $target['engine'] === 'postgres' && $target['socket'] ? $target['socket'] : $target['host'],
    'port' => $target['port'],
    'unix_socket' => $target['engine'] === 'mysql' ? $target['socket'] : null,
], 'is_scalar');
`;
