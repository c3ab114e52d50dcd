/** Finds goose projects: by the marks in its files, Go migrations that register themselves, and what scripts tell the command. */
import type { Project } from '../../domain/migration.ts';
import { SCRIPT_FILES, tableName } from '../command-lines.ts';
import type { AddressHint, SourceTree } from '../contract.ts';
import { baseOf, folderOf } from '../repository-paths.ts';
import { markedFolders, type ScriptPlace, scriptPlaces } from '../script-projects.ts';
import { hasMark } from './parse-migration.ts';
import { addressOf, type GooseSettings, parseSettings, tableInGo } from './parse-settings.ts';

/** goose takes what stands before the first `_` for the version, read as a number of 64 bits (migration.go, NumericComponent). */
const FILE_NAME = /^\+?(\d{1,40})_.*\.(?:sql|go)$/s;

/** Go files that may set the table's name. */
const GO_CODE = [
  ':(glob)**/main.go',
  ':(glob)**/db.go',
  ':(glob)**/database.go',
  ':(glob)**/*migrat*.go',
  ':(glob)**/*goose*.go',
];

/** Pathspecs of everything that `detectGoose` looks at. */
export const MARKERS = [
  ':(glob)**/*.sql',
  ':(glob)**/[0-9]*_*.go',
  ...GO_CODE,
  ...SCRIPT_FILES.map(name => `:(glob)**/${name}`),
] as const;

/** The version of a file's name, without leading zeros; null when goose would not take it. */
export function versionOf(path: string): string | null {
  const name = baseOf(path);
  const digits = FILE_NAME.exec(name)?.[1];
  if (digits === undefined || name.endsWith('_test.go')) return null;
  const version = BigInt(digits);
  return version > 0n && version < 1n << 63n ? String(version) : null;
}

const isMarked = (text: string): boolean =>
  hasMark(text) || (text.includes('pressly/goose') && /\bgoose\.AddMigration|\bAddMigration/.test(text));

/** The projects of a repository, by root. */
export function detectGoose(tree: SourceTree): readonly Project[] {
  const places = placesIn(tree);
  return places.map(place => projectOf(place, tableInCode(tree, places.length === 1 ? '.' : place.root)));
}

const placesIn = (tree: SourceTree): readonly ScriptPlace<GooseSettings>[] =>
  scriptPlaces(
    tree,
    parseSettings,
    markedFolders(tree, path => versionOf(path) !== null, isMarked),
  );

/** The table that Go code below a folder sets. */
function tableInCode(tree: SourceTree, root: string): string | null {
  const code = tree.paths.filter(path => path.endsWith('.go') && (root === '.' || path.startsWith(`${root}/`)));
  for (const path of code.filter(each => versionOf(each) === null).slice(0, 200)) {
    const table = tableInGo(tree.read(path) ?? '');
    if (table !== null) return table;
  }
  return null;
}

function projectOf({ root, settings, folders }: ScriptPlace<GooseSettings>, inCode: string | null): Project {
  const table = settings.find(each => each.table !== null)?.table ?? inCode ?? 'goose_db_version';
  return { framework: 'goose', root, historyTable: tableName(table), settings: { migrations: folders } };
}

/** The address goose itself would use. It may hold a password, so the project does not keep it. */
export function addressesOf(project: Project, tree: SourceTree): readonly AddressHint[] {
  const place = placesIn(tree).find(each => each.root === project.root);
  const database = place?.settings.find(each => each.database !== null)?.database ?? null;
  const text = database === null ? null : addressOf(database);
  return text === null || database === null ? [] : [{ text, base: project.root, from: database.from }];
}

/** Is this a file of the project's own folders? */
export const liesIn = (folders: readonly string[], path: string): boolean => folders.includes(folderOf(path));
