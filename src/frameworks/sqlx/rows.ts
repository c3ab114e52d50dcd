/** sqlx's history rows, and the checksum in them: SHA-384 of the file's bytes as they lay on disk. */
import { createHash } from 'node:crypto';
import {
  type AppliedMigration,
  type Engine,
  type MigrationId,
  migrationId,
  type Project,
  type Row,
} from '../../domain/migration.ts';
import type { RowsOrReason } from '../contract.ts';
import { withEitherLineEnding } from '../line-endings.ts';
import { timeOf } from '../row-times.ts';
import { descriptionOf } from './file-names.ts';

/** sqlx applies by number. */
export function compare(a: MigrationId, b: MigrationId): number {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== null && right !== null && left !== right) return left < right ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

const numberOf = (id: string): bigint | null => (/^-?\d{1,20}$/.test(id) ? BigInt(id) : null);

const versionIn = ({ version }: Row): MigrationId | null =>
  typeof version === 'number' || (typeof version === 'string' && version !== '') ? migrationId(String(version)) : null;

const isDone = ({ success }: Row): boolean => [true, 1, '1', 't', 'true'].some(each => each === success);

/** Applied migrations, in the order of their numbers: the order in which sqlx takes them. */
export const appliedIn = (rows: readonly Row[]): readonly AppliedMigration[] =>
  rows
    .flatMap((row): AppliedMigration[] => {
      const id = versionIn(row);
      const { checksum, installed_on: at } = row;
      const fingerprint = typeof checksum === 'object' && checksum !== null ? checksum.hex.toLowerCase() : null;
      if (id === null) return [];
      return [{ id, appliedAt: timeOf(at), fingerprint, state: isDone(row) ? 'applied' : 'failed', row }];
    })
    .sort((a, b) => compare(a.id, b.id));

const rowOf = (rows: readonly Row[], id: MigrationId): Row | null => rows.find(row => versionIn(row) === id) ?? null;

const cellOf = (id: MigrationId) => (Number.isSafeInteger(Number(id)) ? Number(id) : id);

export function forgetIn(rows: readonly Row[], id: MigrationId): RowsOrReason {
  const row = rowOf(rows, id);
  return row === null ? notThere(id) : [{ change: 'delete', where: { version: row['version'] ?? id } }];
}

const notThere = (id: MigrationId): RowsOrReason => ({ reason: `the history table has no row for ${id}` });

/** A new row, as sqlx writes it before it has measured how long it took. */
export const newRow = (
  project: Project,
  id: MigrationId,
  file: { path: string; text: string },
  done: Row[string],
): Row => ({
  version: cellOf(id),
  description: descriptionOf(file.path),
  success: done,
  checksum: { hex: checksumOf(project, new TextEncoder().encode(file.text)) },
  execution_time: -1,
});

export const doneFor = (engine: Engine): boolean | number => (engine === 'postgres' ? true : 1);

/** What says "applied" in rows like those that are there. */
export const doneLike = (rows: readonly Row[]): boolean | number =>
  typeof rows[0]?.['success'] === 'boolean' ? true : 1;

/** The row lives on; its checksum and words become those of the file that it belongs to then, as sqlx compares them. */
export function relabelIn(
  project: Project,
  rows: readonly Row[],
  from: MigrationId,
  to: MigrationId,
  file: { path: string; text: string } | undefined,
): RowsOrReason {
  const row = rowOf(rows, from);
  if (row === null) return notThere(from);
  if (rowOf(rows, to) !== null) return { reason: `the history table already has a row for ${to}` };
  const where = { version: row['version'] ?? from };
  const as = typeof row['version'] === 'string' ? to : cellOf(to);
  if (file === undefined) return [{ change: 'update', where, set: { version: as } }];
  const { description = '', checksum = null } = newRow(project, to, file, null);
  return [{ change: 'update', where, set: { version: as, description, checksum } }];
}

/** What the checksum is made of, in lower-case hex. Characters that `sqlx.toml` ignores do not count. */
function checksumOf({ settings }: Project, bytes: Uint8Array): string {
  const { ignored } = settings;
  if (typeof ignored !== 'string' || ignored === '') return createHash('sha384').update(bytes).digest('hex');
  const left = [...new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)].filter(each => !ignored.includes(each));
  return createHash('sha384').update(left.join('')).digest('hex');
}

/** Checksums of a file with its bytes as they are, and with the other line endings: git may have written either. */
export function checksumsOf(project: Project, bytes: Uint8Array): readonly string[] {
  return [...new Set(withEitherLineEnding(bytes).map(form => checksumOf(project, form)))];
}
