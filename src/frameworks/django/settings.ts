/** Reads Django settings files as text: the default database, where migrations live, whether South is in use. */
import type { AddressHint, SourceTree } from '../contract.ts';
import { evaluate, evaluatedText, folderOf, joinPaths, type Scope, scopeOf, topLevel } from '../python-evaluate.ts';
import { argument, entryOf, nameOf, type PythonValue, textOf } from '../python-text.ts';
import { pythonLines } from '../python-tokens.ts';

/** A settings module with everything it takes over from others by `from x import *`. */
export interface SettingsFile {
  readonly path: string;
  readonly scope: Scope;
  /** Value of `DATABASES["default"]`, with the file it stands in. */
  readonly database: { readonly value: PythonValue; readonly path: string; readonly scope: Scope } | null;
}

const MOST_STAR_IMPORTS = 8;

/** Reads a settings module (`shop.settings`) of a project in `root`; null when its file is not there. */
export function readSettings(tree: SourceTree, root: string, module: string, depth = 0): SettingsFile | null {
  const stem = joinPaths(root, module.replaceAll('.', '/'));
  const path = [`${stem}.py`, `${stem}/__init__.py`].find(each => tree.read(each) !== null);
  const text = path === undefined ? null : tree.read(path);
  if (path === undefined || text === null || depth > MOST_STAR_IMPORTS) return null;
  let under: SettingsFile | null = null;
  for (const [folder, name] of starImports(text, path, root)) {
    under = readSettings(tree, folder, name, depth + 1) ?? under;
  }
  const scope = scopeOf(path, text, under?.scope);
  // Names a base file sets are worked out where they stand: `__file__` there is the base file.
  const own = new Set(topLevel(text).flatMap(({ target }) => (target.is === 'name' ? [target.name] : [])));
  const taken = { ...scope, file: under !== null && !own.has('BASE_DIR') ? under.scope.file : path };
  const value = databaseIn(text);
  return { path, scope: taken, database: value === null ? (under?.database ?? null) : { value, path, scope: taken } };
}

function starImports(text: string, path: string, root: string): readonly (readonly [string, string])[] {
  return pythonLines(text).flatMap(({ indent, tokens }): (readonly [string, string])[] => {
    const words = tokens.map(({ value }) => value);
    if (indent > 0 || words[0] !== 'from' || words.at(-1) !== '*') return [];
    const module = words.slice(1, -2).join('');
    const dots = /^\.*/.exec(module)?.[0].length ?? 0;
    let folder = dots === 0 ? root : folderOf(path);
    for (let up = 1; up < dots; up += 1) folder = folderOf(folder);
    return [[folder, module.slice(dots)]];
  });
}

function databaseIn(text: string): PythonValue | null {
  let found: PythonValue | null = null;
  for (const { target, value } of topLevel(text)) {
    if (target.is === 'name' && target.name === 'DATABASES') found = entryOf(value, 'default') ?? null;
    if (target.is === 'item' && nameOf(target.of) === 'DATABASES' && textOf(target.key) === 'default') found = value;
  }
  return found;
}

/** Folders of migrations by app label, from a literal `MIGRATION_MODULES`, or South's own setting. */
export function migrationModules(
  settings: SettingsFile | null,
  root: string,
  setting = 'MIGRATION_MODULES',
): ReadonlyMap<string, string> {
  const value = settings?.scope.names.get(setting);
  const folders = new Map<string, string>();
  for (const [key, module] of value?.is === 'dict' ? value.entries : []) {
    const [label, dotted] = [textOf(key), textOf(module)];
    if (label !== null && dotted !== null) folders.set(label, joinPaths(root, dotted.replaceAll('.', '/')));
  }
  return folders;
}

const SCHEMES = [
  [/sqlite|spatialite/, 'sqlite'],
  [/postg|psqlextra/, 'postgres'],
  [/mysql|mariadb/, 'mysql'],
] as const;

/** The address of the default database; null when its parts cannot be read without running the file. */
export function addressOf(settings: SettingsFile | null, root: string): AddressHint | null {
  const found = settings?.database;
  if (found === null || found === undefined) return null;
  const from = `${found.path} (DATABASES["default"])`;
  const value = found.value.is === 'name' ? (found.scope.names.get(found.value.name) ?? found.value) : found.value;
  if (value.is === 'call') return urlGiven(value, found.scope, root, from);
  const said = (key: string): string => evaluatedText(entryOf(value, key), found.scope) ?? '';
  const scheme = SCHEMES.find(([pattern]) => pattern.test(said('ENGINE').toLowerCase()))?.[1];
  const name = evaluate(entryOf(value, 'NAME'), found.scope);
  if (scheme === undefined || name === null || name.value === '') return null;
  if (scheme === 'sqlite') {
    // A plain text is relative to the folder manage.py is run in, a path built from BASE_DIR to the repository's root.
    return name.value === ':memory:'
      ? null
      : { text: `sqlite:${name.value}`, base: name.is === 'path' ? '.' : root, from };
  }
  const read = (key: string): string | null => {
    const entry = entryOf(value, key);
    return entry === undefined ? '' : (evaluate(entry, found.scope)?.value ?? null);
  };
  const [user, password, host, port] = ['USER', 'PASSWORD', 'HOST', 'PORT'].map(read);
  if (
    typeof user !== 'string' ||
    typeof password !== 'string' ||
    typeof host !== 'string' ||
    typeof port !== 'string'
  ) {
    return null;
  }
  const login = user === '' ? '' : `${encode(user)}${password === '' ? '' : `:${encode(password)}`}@`;
  const socket = host.startsWith('/') ? `?${scheme === 'mysql' ? 'socket' : 'host'}=${encode(host)}` : '';
  const place = socket === '' ? `${host === '' ? 'localhost' : host}${port === '' ? '' : `:${port}`}` : '';
  return { text: `${scheme}://${login}${place}/${encode(name.value)}${socket}`, base: root, from };
}

const encode = encodeURIComponent;
const URL_READERS: ReadonlySet<string> = new Set([
  'dj_database_url.config',
  'dj_database_url.parse',
  'config',
  'parse',
]);

/** `dj_database_url.config(default="…")`, `dj_database_url.parse("…")`, `env.db("DATABASE_URL", default="…")`. */
function urlGiven(call: PythonValue, scope: Scope, root: string, from: string): AddressHint | null {
  const name = nameOf(call);
  const parsed = name.endsWith('parse');
  if (!URL_READERS.has(name) && !/^env\.(db|db_url|dj_db_url)$/.test(name)) return null;
  const at = parsed ? 0 : name === 'env.db' || name === 'env.db_url' ? 1 : Number.POSITIVE_INFINITY;
  const url = evaluatedText(argument(call, at, parsed ? 'url' : 'default'), scope);
  if (url === null || url === '') return null;
  // Both libraries read `sqlite:///x` as a path relative to the folder, `sqlite:////x` as an absolute one.
  const sqlite = /^sqlite3?:\/\/\/(.+)$/.exec(url);
  return { text: sqlite === null ? url : `sqlite:${sqlite[1]}`, base: root, from };
}
