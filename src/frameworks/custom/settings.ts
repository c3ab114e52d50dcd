/** What `tidemark.config.json` (or `tidemark` in package.json) declares of a migration tool nobody else knows. Checked in the config room; read here as far as it is right. */
import type { Project } from '../../domain/migration.ts';
import { LONGEST_NAME, namePattern } from '../../domain/name-pattern.ts';
import type { SourceTree } from '../contract.ts';
import { inFolder, joined } from '../repository-paths.ts';

/** One declared tool. Fields it does not mention are null. */
export interface Declared {
  /** Matches a file's name; its group `id` is the id as the history table stores it. */
  readonly files: RegExp;
  /** Matches the names of files that undo others, by the same id. */
  readonly undoFiles: RegExp | null;
  /** Beginnings of the lines that open a section of a file. */
  readonly up: string | null;
  readonly down: string | null;
  readonly id: string;
  readonly appliedAt: string | null;
  readonly checksum: { readonly column: string; readonly algorithm: string } | null;
  /** Arguments of the program. */
  readonly reverse: readonly string[] | null;
  readonly forward: readonly string[] | null;
  readonly program: readonly string[] | null;
  /** Folders of migrations, from the repository's root. */
  readonly folders: readonly string[];
}

const texts = (value: unknown): readonly string[] | null =>
  Array.isArray(value) && value.every(each => typeof each === 'string') ? value : null;

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The projects that settings declare as `custom`. */
export function projectsIn(tree: SourceTree): readonly Project[] {
  return [ownSettings(tree), packageSettings(tree)].flatMap(settings => {
    const { projects } = Object(settings) as { projects?: unknown };
    return (Array.isArray(projects) ? projects : []).flatMap(project => projectOf(Object(project)) ?? []);
  });
}

const ownSettings = (tree: SourceTree): unknown => parsed(tree.read('tidemark.config.json'));

const packageSettings = (tree: SourceTree): unknown =>
  (Object(parsed(tree.read('package.json'))) as { tidemark?: unknown }).tidemark;

function parsed(json: string | null): unknown {
  try {
    return json === null ? null : JSON.parse(json);
  } catch {
    return null;
  }
}

function projectOf(declared: Readonly<Record<string, unknown>>): Project | null {
  const { framework, custom, historyTable, historySchema, migrations, program } = declared;
  const root = joined(text(declared['root']) ?? '.');
  const name = text(historyTable);
  const folders = texts(migrations)?.flatMap(folder => joined(inFolder(root ?? '.', folder)) ?? []);
  if (framework !== 'custom' || root === null || name === null || folders === undefined) return null;
  const said = Object(custom) as Readonly<Record<string, unknown>>;
  const kept: Record<string, string | readonly string[]> = { migrations: folders };
  for (const key of KEYS) {
    const value = text(said[key]) ?? texts(said[key]);
    if (value !== null) kept[key] = value;
  }
  const words = texts(program);
  if (words !== null) kept['program'] = words;
  return { framework: 'custom', root, historyTable: { schema: text(historySchema), name }, settings: kept };
}

const KEYS = [
  ...['files', 'undoFiles', 'upMarker', 'downMarker', 'idColumn', 'appliedAtColumn', 'checksumColumn'],
  ...['checksum', 'reverse', 'forward'],
] as const;

/** A project's declaration; null where it is not whole. */
export function declaredBy({ settings }: Project): Declared | null {
  const files = patternOf(settings['files']);
  const id = text(settings['idColumn']);
  if (files === null || id === null) return null;
  const column = text(settings['checksumColumn']);
  return {
    files,
    undoFiles: patternOf(settings['undoFiles']),
    up: text(settings['upMarker']),
    down: text(settings['downMarker']),
    id,
    appliedAt: text(settings['appliedAtColumn']),
    checksum: column === null ? null : { column, algorithm: text(settings['checksum']) ?? 'sha256' },
    reverse: texts(settings['reverse']),
    forward: texts(settings['forward']),
    program: texts(settings['program']),
    folders: (texts(settings['migrations']) ?? []).flatMap(folder => joined(folder) ?? []),
  };
}

function patternOf(value: unknown): RegExp | null {
  const written = text(value);
  const read = written === null ? null : namePattern(written);
  return read !== null && 'pattern' in read ? read.pattern : null;
}

/** The id in a file's name; null where the pattern does not match. */
export const idIn = (pattern: RegExp | null, name: string): string | null =>
  (name.length > LONGEST_NAME ? null : pattern?.exec(name)?.groups?.['id']) || null;
