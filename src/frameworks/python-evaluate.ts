/**
 * Works out what simple Python expressions in a settings file come to: strings, paths below the file's own folder, defaults of
 * environment variables. Nothing is executed; what depends on anything else is not known (null).
 */
import { argument, assignmentsIn, nameOf, type PythonAssignment, type PythonValue, textOf } from './python-text.ts';

/** A value: text, or a path from the repository's root (an absolute one begins with `/`). */
export type Known = { readonly is: 'text' | 'path'; readonly value: string };

/** The names a settings file has given values to. `file` is its path from the repository's root. */
export interface Scope {
  readonly file: string;
  readonly names: ReadonlyMap<string, PythonValue>;
}

const DEEPEST = 30;
/** Sub-expressions looked at for one value: names that are made of themselves would never end. */
const MOST_PARTS = 2000;

/** Names assigned at the top of a file, the last assignment of each; those of `under` (a star import) where the file has none. */
export function scopeOf(file: string, text: string, under?: Scope): Scope {
  const names = new Map<string, PythonValue>(under?.names);
  for (const { target, value } of topLevel(text)) if (target.is === 'name') names.set(target.name, value);
  return { file, names };
}

/** Assignments that are not indented. */
export const topLevel = (text: string): readonly PythonAssignment[] =>
  assignmentsIn(text).filter(({ indent }) => indent === 0);

/** What an expression comes to; null when that cannot be known. */
export function evaluate(value: PythonValue | undefined, scope: Scope): Known | null {
  let parts = 0;
  const at = (other: PythonValue | undefined, depth: number): Known | null => {
    parts += 1;
    if (other === undefined || depth > DEEPEST || parts > MOST_PARTS) return null;
    return one(other, scope, each => at(each, depth + 1));
  };
  return at(value, 0);
}

type Inner = (value: PythonValue | undefined) => Known | null;

function one(value: PythonValue, scope: Scope, inner: Inner): Known | null {
  if (value.is === 'text') return { is: 'text', value: value.value };
  if (value.is === 'number') return { is: 'text', value: value.value.replaceAll('_', '') };
  if (value.is === 'joined') return joined(value.sign, inner(value.left), inner(value.right));
  if (value.is === 'name') return named(value.name, inner, scope);
  if (value.is === 'attribute') return parentOf(value.name, inner(value.of));
  if (value.is === 'item') return parents(value, inner);
  return value.is === 'call' ? called(value, inner, scope) : null;
}

function named(name: string, inner: Inner, scope: Scope): Known | null {
  if (name === '__file__') return { is: 'path', value: scope.file };
  const [first = '', ...rest] = name.split('.');
  const start = inner(scope.names.get(first));
  return rest.reduce<Known | null>((known, part) => parentOf(part, known), start);
}

const parentOf = (name: string, known: Known | null): Known | null =>
  name === 'parent' && known?.is === 'path' ? { is: 'path', value: folderOf(known.value) } : null;

/** `Path(__file__).resolve().parents[2]`. */
function parents(value: PythonValue & { readonly is: 'item' }, inner: Inner): Known | null {
  if (value.of.is !== 'attribute' || value.of.name !== 'parents' || value.key.is !== 'number') return null;
  let known = inner(value.of.of);
  for (let up = Number(value.key.value); up >= 0 && known !== null; up -= 1) known = parentOf('parent', known);
  return known;
}

function joined(sign: string, left: Known | null, right: Known | null): Known | null {
  if (left === null || right === null) return null;
  if (sign === '+') return { is: left.is, value: left.value + right.value };
  return sign === '/' ? { is: 'path', value: joinPaths(left.value, right.value) } : null;
}

/** Calls that give back what they are given, or a path: `str(x)`, `Path(x).resolve()`, `os.path.abspath(x)`. */
const SAME: ReadonlySet<string> = new Set([
  'str',
  'Path',
  'pathlib.Path',
  'os.path.abspath',
  'os.path.realpath',
  'os.path.normpath',
  'abspath',
  'realpath',
  'os.fspath',
  'path.abspath',
]);
const DIRNAME: ReadonlySet<string> = new Set(['os.path.dirname', 'dirname', 'path.dirname']);
const JOIN: ReadonlySet<string> = new Set(['os.path.join', 'join', 'path.join']);
const ENVIRONMENT: ReadonlySet<string> = new Set([
  'os.environ.get',
  'environ.get',
  'os.getenv',
  'getenv',
  'env',
  'env.str',
  'env.get',
  'config',
  'decouple.config',
  'getconf',
]);

function called(call: PythonValue & { readonly is: 'call' }, inner: Inner, scope: Scope): Known | null {
  const method = call.of.is === 'attribute' ? call.of.name : '';
  if (method === 'resolve' || method === 'absolute' || method === 'as_posix') {
    return call.of.is === 'attribute' ? inner(call.of.of) : null;
  }
  if (method === 'joinpath' && call.of.is === 'attribute') return path([inner(call.of.of), ...call.given.map(inner)]);
  const name = nameOf(call);
  if (SAME.has(name)) return inner(call.given[0]);
  if (JOIN.has(name)) return path(call.given.map(inner));
  if (DIRNAME.has(name)) {
    const known = inner(call.given[0]);
    return known === null ? null : { is: 'path', value: folderOf(known.value) };
  }
  if (ENVIRONMENT.has(name)) return inner(argument(call, 1, 'default'));
  // A method of a name (`BASE_DIR.joinpath("x")`, `ROOT.resolve()`) has no attribute node of its own.
  const dot = name.lastIndexOf('.');
  const start = dot > 0 ? scope.names.get(name.slice(0, dot)) : undefined;
  if (start === undefined) return null;
  if (name.endsWith('.joinpath') || name.endsWith('.child')) return path([inner(start), ...call.given.map(inner)]);
  return name.endsWith('.resolve') ? inner(start) : null;
}

function path(parts: readonly (Known | null)[]): Known | null {
  if (parts.length === 0 || parts.includes(null)) return null;
  return { is: 'path', value: parts.map(part => part?.value ?? '').reduce(joinPaths) };
}

/** Folder of a path from the repository's root; `.` for the root itself, `..` and so on above it. */
export function folderOf(path: string): string {
  if (path === '.' || path === '..' || path.endsWith('/..')) return path === '.' ? '..' : `${path}/..`;
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}

/** Joins two paths and takes out `.` and `..` parts. */
export function joinPaths(left: string, right: string): string {
  if (right.startsWith('/')) return right;
  const parts: string[] = [];
  for (const part of `${left}/${right}`.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const whole = parts.join('/');
  return left.startsWith('/') ? `/${whole}` : whole === '' ? '.' : whole;
}

/** Text of an expression, whatever kind it comes to. */
export const evaluatedText = (value: PythonValue | undefined, scope: Scope): string | null =>
  textOf(value) ?? evaluate(value, scope)?.value ?? null;
