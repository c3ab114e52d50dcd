/** Reads what a Flask application says of its migrations and its database, from the files it is made of. Nothing is executed. */
import type { AddressHint, SourceTree } from '../contract.ts';
import { parseEnvironment } from '../environment-file.ts';
import { evaluate, evaluatedText, type Scope, scopeOf } from '../python-evaluate.ts';
import { importedPaths } from '../python-imports.ts';
import { argument, assignmentIn, lastName, nameOf, type PythonValue, parse, textOf } from '../python-text.ts';
import { pythonLines } from '../python-tokens.ts';
import { baseOf, folderOf, inFolder, joined } from '../repository-paths.ts';

/** What the files of an application say. */
export interface Application {
  /** Arguments of `Migrate(…)` and of its `init_app(…)`. */
  readonly migrates: readonly {
    readonly directory: string | null;
    readonly table: string | null;
    readonly schema: string | null;
  }[];
  readonly addresses: readonly AddressHint[];
}

/** Modules that applications begin in, besides what FLASK_APP names. */
const BEGINNINGS = ['wsgi', 'app', 'main', 'run', 'manage', 'application', 'autoapp', 'config', 'settings'] as const;
/** Files that are read at most: an application imports its models and views too. */
const MOST_FILES = 60;

/** The application whose commands are run in `root`. */
export function readApplication(tree: SourceTree, root: string): Application {
  const files = filesOf(tree, root);
  const calls = [...files].flatMap(([path, text]) =>
    /\bMigrate\b|\binit_app\b/.test(text) ? callsOf(text).map(call => ({ call, scope: scopeOf(path, text) })) : [],
  );
  const migrates = calls.flatMap(({ call, scope }) => {
    if (lastName(call) !== 'Migrate' && !/(^|\.)init_app$/.test(nameOf(call))) return [];
    const at = lastName(call) === 'Migrate' ? 2 : Number.POSITIVE_INFINITY;
    const said = (position: number, name: string): string | null =>
      evaluatedText(argument(call, position, name), scope);
    const found = {
      directory: said(at, 'directory'),
      table: said(Number.POSITIVE_INFINITY, 'version_table'),
      schema: said(Number.POSITIVE_INFINITY, 'version_table_schema'),
    };
    return lastName(call) === 'Migrate' || Object.values(found).some(each => each !== null) ? [found] : [];
  });
  return { migrates, addresses: addressesIn(files, root, tree) };
}

/** Texts of the application's files by path: where it begins, and what that imports of the repository, as far as MOST_FILES. */
function filesOf(tree: SourceTree, root: string): ReadonlyMap<string, string> {
  const open = [...namedInEnvironment(tree, root), ...BEGINNINGS].flatMap(module =>
    [root, inFolder(root, 'src')].flatMap(folder => [
      inFolder(folder, `${module}.py`),
      inFolder(folder, `${module}/__init__.py`),
    ]),
  );
  const files = new Map<string, string>();
  const passed = new Set<string>();
  for (let path = open.shift(); path !== undefined && files.size < MOST_FILES; path = open.shift()) {
    if (passed.has(path)) continue;
    passed.add(path);
    const text = tree.read(path);
    if (text === null) continue;
    files.set(path, text);
    open.push(...importedPaths(path, text, [...new Set([root, inFolder(root, 'src'), '.'])]));
  }
  return files;
}

/** `FLASK_APP=shop.web:create_app("dev")` or `FLASK_APP=src/shop.py`, as a path without its ending. */
function namedInEnvironment(tree: SourceTree, root: string): readonly string[] {
  return ['.flaskenv', '.env'].flatMap(name => {
    const said = parseEnvironment(tree.read(inFolder(root, name)) ?? '')['FLASK_APP'] ?? '';
    const module = /^[\w./-]+/.exec(said)?.[0] ?? '';
    if (module === '') return [];
    return [module.endsWith('.py') || module.includes('/') ? module.replace(/\.py$/, '') : module.replaceAll('.', '/')];
  });
}

/** All calls of a text that stand alone or are assigned. */
const callsOf = (text: string): readonly PythonValue[] =>
  pythonLines(text)
    .map(line => assignmentIn(line)?.value ?? parse(line.tokens))
    .filter(({ is }) => is === 'call');

const SETTING = 'SQLALCHEMY_DATABASE_URI';

/** Every value the application may give its database's address; several (one a configuration class) are for a person to choose from. */
function addressesIn(files: ReadonlyMap<string, string>, root: string, tree: SourceTree): readonly AddressHint[] {
  const instance = inFolder(aboveApplication(files, tree) ?? root, 'instance');
  const found = new Map<string, AddressHint>();
  for (const [path, text] of files) {
    if (!text.includes(SETTING)) continue;
    const scope = scopeOf(path, text);
    for (const line of pythonLines(text)) {
      const assigned = assignmentIn(line);
      const target = assigned?.target;
      const here =
        (target?.is === 'name' && target.name === SETTING) || (target?.is === 'item' && textOf(target.key) === SETTING);
      const value = here ? assigned?.value : argument(parse(line.tokens), Number.POSITIVE_INFINITY, SETTING);
      const said = value === undefined ? null : written(value, text, scope);
      if (said !== null) found.set(said.url, addressOf(said.url, said.joined ? '.' : instance, `${path} (${SETTING})`));
    }
  }
  return [...found.values()].filter(({ text }) => !/^sqlite:(\/\/)?(:memory:)?$/.test(text));
}

/** An address with the folder its path is from. */
interface Written {
  readonly url: string;
  /** True for a path joined to the file's own folder: it is from the repository's root. */
  readonly joined: boolean;
}

/** `os.environ.get("DATABASE_URL") or "sqlite:///…"`: the last of several is what stands there when nothing is set. */
function written(value: PythonValue, text: string, scope: Scope): Written | null {
  const last =
    value.is === 'unknown' ? /^[\s\S]*\bor\b([\s\S]+)$/.exec(text.slice(value.start, value.end))?.[1] : undefined;
  const [line] = last === undefined ? [] : pythonLines(`(${last.trim()})`);
  const chosen = line === undefined ? value : parse(line.tokens);
  const url = evaluatedText(chosen, scope);
  // A formatted string is read as it stands: what is in its brackets is not known.
  return url === null || /[{}]/.test(url) ? null : { url, joined: endsInPath(chosen, scope) };
}

const endsInPath = (value: PythonValue, scope: Scope): boolean =>
  value.is === 'joined' && (evaluate(value.right, scope)?.is === 'path' || endsInPath(value.left, scope));

/** Flask-SQLAlchemy 3 takes a relative SQLite path from the instance folder (flask_sqlalchemy/extension.py, _apply_driver_defaults). */
function addressOf(url: string, base: string, from: string): AddressHint {
  const sqlite = /^sqlite(?:\+\w+)?:\/\/\/([^?]+)/.exec(url)?.[1];
  return { text: sqlite === undefined ? url : `sqlite:${sqlite}`, base, from };
}

/** The folder above the package or module that makes the application: its `instance` folder is there (flask/sansio/scaffold.py, find_package). */
function aboveApplication(files: ReadonlyMap<string, string>, tree: SourceTree): string | null {
  const maker = [...files].find(([, text]) => /\bFlask\(\s*__name__/.test(text))?.[0];
  if (maker === undefined) return null;
  let folder = baseOf(maker) === '__init__.py' ? folderOf(folderOf(maker)) : folderOf(maker);
  while (folder !== '.' && tree.read(inFolder(folder, '__init__.py')) !== null) folder = folderOf(folder);
  return joined(folder);
}
