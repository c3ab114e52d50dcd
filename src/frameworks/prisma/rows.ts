/** Prisma's history rows: several per migration, one for each attempt, and the checksum in them (SHA-256 of the file's bytes). */
import { createHash } from 'node:crypto';
import {
  type AppliedMigration,
  type Cell,
  type Engine,
  type MigrationId,
  migrationId,
  type Row,
} from '../../domain/migration.ts';
import type { RowsOrReason } from '../contract.ts';
import { withEitherLineEnding } from '../line-endings.ts';
import { timeOf } from '../row-times.ts';

const nameIn = ({ migration_name: name }: Row): string | null =>
  typeof name === 'string' && name !== '' ? name : null;

const isSet = (cell: Cell | undefined): boolean => cell !== null && cell !== undefined;

const byText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const startOf = (row: Row): string => timeOf(row['started_at']) ?? '';

/**
 * Applied and failed migrations, in the order they were begun. Of several rows the last counts that was not rolled back: Prisma itself takes
 * a row that is marked so for no attempt at all, whatever else it says.
 */
export function appliedIn(rows: readonly Row[]): readonly AppliedMigration[] {
  const last = new Map<string, Row>();
  const inOrder = [...rows].sort((a, b) => byText(startOf(a), startOf(b)) || byText(nameIn(a) ?? '', nameIn(b) ?? ''));
  for (const row of inOrder) {
    const name = nameIn(row);
    if (name === null || isSet(row['rolled_back_at'])) continue;
    last.delete(name);
    last.set(name, row);
  }
  return [...last].map(([name, row]) => {
    const { checksum, finished_at: finished } = row;
    return {
      id: migrationId(name),
      appliedAt: timeOf(isSet(finished) ? finished : row['started_at']),
      fingerprint: typeof checksum === 'string' && checksum !== '' ? checksum.toLowerCase() : null,
      state: isSet(finished) ? 'applied' : 'failed',
      row,
    };
  });
}

/** Takes out all rows of a migration: one that says `rolled_back_at` would let `migrate status` call an unapplied migration applied. */
export function forgetIn(rows: readonly Row[], id: MigrationId): RowsOrReason {
  const own = rows.filter(row => nameIn(row) === id);
  if (!appliedIn(own).some(each => each.id === id)) return { reason: `the history table has no row for ${id}` };
  return own.map(row => ({ change: 'delete', where: keyOf(row) }));
}

const keyOf = (row: Row): Row => (row['id'] === undefined ? row : { id: row['id'] });

/** Why a row is not added. */
export const alreadyThere = (id: MigrationId) => ({ reason: `the history table already has a row for ${id}` });

/** The row lives on; its checksum becomes that of the file that it belongs to then, as `migrate dev` compares them. */
export function relabelIn(rows: readonly Row[], from: MigrationId, to: MigrationId, text: string | null): RowsOrReason {
  const applied = appliedIn(rows);
  const row = applied.find(each => each.id === from)?.row ?? null;
  if (row === null) return { reason: `the history table has no row for ${from}` };
  if (applied.some(each => each.id === to)) return alreadyThere(to);
  const set = text === null ? { migration_name: to } : { migration_name: to, checksum: checksumOf(bytesOf(text)) };
  return [{ change: 'update', where: keyOf(row), set }];
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const checksumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The same checksum as early versions wrote it: without the zero in front of small bytes. */
const unpadded = (checksum: string): string => checksum.replace(/0(.)|(..)/g, '$1$2');

/** Checksums the table may hold for a file: with its bytes as they are, or with other line endings (schema-connector/src/checksum.rs). */
export function checksumsOf(bytes: Uint8Array): readonly string[] {
  const sums = withEitherLineEnding(bytes).map(checksumOf);
  return [...new Set([...sums, ...sums.map(unpadded)])];
}

/** The `id` of a new row: it repeats for the same table, so that a plan shown twice is the same plan. */
function rowId(id: MigrationId, rows: number): string {
  const hex = createHash('sha256').update(`${rows} ${id}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** A row without its times, as `migrate deploy` begins it (`steps` 0) or `migrate resolve --applied` leaves it. */
export const newRow = (id: MigrationId, text: string, rows: number): Row => ({
  id: rowId(id, rows),
  checksum: checksumOf(bytesOf(text)),
  finished_at: null,
  migration_name: id,
  logs: null,
  rolled_back_at: null,
  applied_steps_count: 0,
});

/** Now, as SQL, in the form that other rows have: whole milliseconds of the native engine, or text of the other one, on SQLite. */
export function nowIn(engine: Engine, rows: readonly Row[]): string {
  if (engine === 'postgres') return 'now()';
  if (engine === 'mysql') return 'UTC_TIMESTAMP(3)';
  return typeof rows[0]?.['started_at'] === 'number'
    ? "CAST(strftime('%s', 'now') AS INTEGER) * 1000"
    : "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')";
}

/** `now` (ISO 8601 in UTC) in the form that other rows have. */
export function timeLike(like: Cell | undefined, now: string): Cell {
  if (typeof like === 'number') return Date.parse(now);
  const text = new Date(now).toISOString();
  if (typeof like !== 'string' || /^\d{4}-\d\d-\d\dT/.test(like)) return text.replace('Z', '+00:00');
  const plain = text.replace('T', ' ').replace('Z', '');
  return /[+-]\d\d(?::?\d\d)?$/.test(like) ? `${plain}+00` : plain;
}
