/**
 * Finds golang-migrate projects. It has no settings file and no mark in its files, and sqlx names files alike: pairs of `.up.` and `.down.`
 * files count, and what scripts, Go code and `go.mod` say.
 */
import type { Project } from '../../domain/migration.ts';
import { SCRIPT_FILES } from '../command-lines.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { baseOf, folderOf, inFolder } from '../repository-paths.ts';
import { type ScriptPlace, scriptPlaces } from '../script-projects.ts';
import { type MigrateSettings, parseSettings, settingsInGo } from './parse-settings.ts';

/** source/parse.go of v4.19.1: version, title, direction, any extension. */
const FILE_NAME = /^(\d{1,40})_[^\n]*\.(down|up)\.[^\n]*$/;

/** Go files that may start it. */
const GO_CODE = [':(glob)**/main.go', ':(glob)**/db.go', ':(glob)**/database.go', ':(glob)**/*migrat*.go'];

/** Pathspecs of everything that `detectGolangMigrate` looks at. */
export const MARKERS = [
  ':(glob)**/[0-9]*_*.up.*',
  ':(glob)**/[0-9]*_*.down.*',
  ':(glob)**/go.mod',
  ':(glob)**/Cargo.toml',
  ...GO_CODE,
  ...SCRIPT_FILES.map(name => `:(glob)**/${name}`),
] as const;

/** A file's version without leading zeros, and its direction; null when golang-migrate would not take it. */
export function partOf(path: string): { readonly version: string; readonly direction: string } | null {
  const [, digits, direction] = FILE_NAME.exec(baseOf(path)) ?? [];
  if (digits === undefined || direction === undefined) return null;
  const version = BigInt(digits);
  return version < 1n << 64n ? { version: String(version), direction } : null;
}

/** The projects of a repository, by root. */
export function detectGolangMigrate(tree: SourceTree): readonly Project[] {
  const code = tree.paths.flatMap(path => {
    const said = path.endsWith('.go') ? settingsInGo(tree.read(path) ?? '') : null;
    return said === null ? [] : [{ path, ...said }];
  });
  const places = placesIn(tree, code.length > 0);
  return places.map(place => {
    const near = code.filter(({ path }) => places.length === 1 || isBelow(path, place.root));
    return projectOf(place, near.find(({ table }) => table !== null)?.table ?? null);
  });
}

const isBelow = (path: string, root: string): boolean => root === '.' || path.startsWith(`${root}/`);

/** Folders count that a script names, that lie below a `go.mod` which requires it, or that hold a pair where no other tool is known. */
function placesIn(tree: SourceTree, inCode: boolean): readonly ScriptPlace<MigrateSettings>[] {
  const directions = new Map<string, Set<string>>();
  for (const path of tree.paths) {
    const part = partOf(path);
    if (part === null) continue;
    const folder = folderOf(path);
    directions.set(folder, (directions.get(folder) ?? new Set()).add(part.direction));
  }
  const speaks = (name: string, text: RegExp) =>
    tree.paths.filter(path => baseOf(path) === name && text.test(tree.read(path) ?? '')).map(folderOf);
  const modules = speaks('go.mod', /golang-migrate\/migrate/);
  const crates = speaks('Cargo.toml', /\bsqlx\b/);
  const isOurs = (folder: string, both: boolean): boolean => {
    if (modules.some(root => isBelow(inFolder(folder, ''), root))) return true;
    return (both || inCode) && !crates.some(root => isBelow(inFolder(folder, ''), root));
  };
  const marked = [...directions].flatMap(([folder, found]) => (isOurs(folder, found.size === 2) ? [folder] : []));
  return scriptPlaces(tree, parseSettings, marked);
}

function projectOf({ root, settings, folders }: ScriptPlace<MigrateSettings>, inCode: string | null): Project {
  const said = settings.find(each => each.table !== null)?.table;
  const historyTable = said ?? { schema: null, name: inCode ?? 'schema_migrations' };
  return { framework: 'golang-migrate', root, historyTable, settings: { migrations: folders } };
}

/** The address of its command lines. It may hold a password, so the project does not keep it. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const place = placesIn(tree, true).find(each => each.root === project.root);
  const database = place?.settings.find(each => each.database !== null)?.database ?? null;
  return database === null ? [] : [{ text: database.text, base: project.root, from: database.from }];
}
