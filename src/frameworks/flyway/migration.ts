/** A migration of Flyway's as its files tell it: id, undo script, how it runs, and the row it gets. */
import { type Engine, type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { FileText } from '../contract.ts';
import { baseOf } from '../repository-paths.ts';
import { isBelow } from './detect.ts';
import { compareVersions, type FlywayName, nameOf, versionKey } from './names.ts';
import { type NewRow, repeatableId } from './rows.ts';
import { checksumOf, filledIn, runsInTransaction, scriptSettings, unlike } from './text.ts';

/** A list among the project's settings. */
export const listOf = (project: Project, name: string): readonly string[] => {
  const value = project.settings[name];
  return Array.isArray(value) ? value : [];
};

/** The location a path lies in, from the repository's root; null when it lies in none. */
export const locationOf = (project: Project, path: string): string | null =>
  listOf(project, 'locations').find(location => isBelow(location, path)) ?? null;

/** The id of a file by its name. */
export const idOfName = (name: FlywayName): MigrationId =>
  name.version === null ? repeatableId(name.description) : migrationId(name.version);

/** Versions in their order, then repeatables by description. */
export const compare = (a: MigrationId, b: MigrationId): number => {
  const [left, right] = [versionKey(a), versionKey(b)];
  if (left === null || right === null) return left === right ? textOrder(a, b) : left === null ? 1 : -1;
  return compareVersions(a, b) || textOrder(a, b);
};

const textOrder = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Java or Kotlin, which only Flyway can run. */
export const isCode = (path: string): boolean => /\.(?:java|kt)$/.test(path);

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Checksums that the table may hold for a file with these bytes; none where they cannot be told. */
export function fingerprintsOf(project: Project, path: string, bytes: Uint8Array): readonly string[] {
  if (isCode(path) || !isUtf8(project)) return [];
  if (nameOf(project, path)?.kind !== 'repeatable') return [String(checksumOf(bytes))];
  const filled = filledIn(project, new TextDecoder().decode(bytes));
  return 'reason' in filled ? [] : [String(checksumOf(bytes)), String(checksumOf(bytesOf(filled.text)))];
}

const isUtf8 = ({ settings: { encoding } }: Project): boolean =>
  typeof encoding === 'string' && /^utf-?8$/.test(encoding);

/** Undo scripts among a migration's files. */
export const undoOf = (project: Project, file: FileText) =>
  (file.parts ?? []).filter(part => nameOf(project, part.path)?.kind === 'undo');

/** Text of the settings file beside a script; null when there is none. */
export const settingsOf = (file: FileText, path: string): string | null =>
  file.parts?.find(part => part.path === `${path}.conf`)?.text ?? null;

/** A script as Flyway would run it, or why Tidemark cannot, as a clause. */
export function scriptOf(
  project: Project,
  { text }: { readonly text: string },
  settings: string | null,
  engine: Engine,
): { readonly text: string; readonly inTransaction: boolean } | { readonly reason: string } {
  if (!isUtf8(project)) return { reason: `its encoding is ${String(project.settings['encoding'])}` };
  const { inTransaction, reason } = scriptSettings(settings);
  if (reason !== null) return { reason };
  const filled = filledIn(project, text.replace(/^\ufeff/, ''));
  if ('reason' in filled) return filled;
  const clause = unlike(filled.text, engine);
  if (clause !== null) return { reason: clause };
  return { text: filled.text, inTransaction: inTransaction ?? runsInTransaction(filled.text, engine) };
}

/** What Flyway writes of a file. Without one, what the id says. */
export function newRow(project: Project, id: MigrationId, file: FileText | null, now: string | null): NewRow {
  const name = file === null ? null : nameOf(project, file.path);
  const version = versionKey(id) === null ? null : id;
  if (file === null || name === null)
    return {
      id,
      version,
      description: version === null ? id.replace(/^R__/, '') : '',
      script: '',
      checksum: null,
      now,
    };
  const location = locationOf(project, file.path) ?? '.';
  const script =
    /[*?]/.test(location) || location === '.'
      ? location === '.'
        ? file.path
        : baseOf(file.path)
      : file.path.slice(location.length + 1);
  const filled = name.kind === 'repeatable' ? filledIn(project, file.text) : file;
  const checksum = isCode(file.path) ? null : checksumOf(bytesOf('text' in filled ? filled.text : file.text));
  return { id, version, description: name.description, script, checksum, now };
}
