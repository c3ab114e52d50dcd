/**
 * Drizzle's history rows: the SHA-256 of the file and the journal's `when`, and since version 1.0 the migration's name and when it was applied.
 * Which migration a row is of is found out by both, with the marks of every version that is known.
 */
import { createHash } from 'node:crypto';
import { type AppliedMigration, type Cell, type MigrationId, migrationId, type Row } from '../../domain/migration.ts';
import type { Known, RowsOrReason } from '../contract.ts';
import { withEitherLineEnding } from '../line-endings.ts';
import { timeOf } from '../row-times.ts';

const textIn = (row: Row, column: string): string => {
  const cell = row[column];
  return typeof cell === 'string' ? cell : typeof cell === 'number' ? String(cell) : '';
};

const hashIn = (row: Row): string => textIn(row, 'hash').toLowerCase();

/** Milliseconds; not a number where there are none. */
export const whenIn = (row: Row): number => Number.parseInt(textIn(row, 'created_at'), 10);

/** What rows hold of the time in the journal. */
export const whenMark = (when: number): string => `when ${when}`;

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** What Drizzle stores for a text. */
const hashOf = (text: string): string => sha256(text);

/** Checksums the table may hold for a file: of its bytes as they are, and with other line endings. */
export function hashesOf(bytes: Uint8Array): readonly string[] {
  return withEitherLineEnding(bytes).map(sha256);
}

type MarkIndex = ReadonlyMap<string, readonly MigrationId[]>;

function indexOf(known: Known): MarkIndex {
  const index = new Map<string, MigrationId[]>();
  for (const { id, marks = [] } of known.values()) {
    for (const mark of marks) index.set(mark, [...(index.get(mark) ?? []), id]);
  }
  return index;
}

/**
 * The migration a row is of: by its name where it has one; else the one whose text and time both fit, then the one whose text does, then the
 * one whose time does (times in a journal are changed by hand). Of several the last known, which is the one on disk. A row that nothing known
 * fits goes by its checksum.
 */
function idOf(row: Row, index: MarkIndex): MigrationId | null {
  const name = textIn(row, 'name');
  if (name !== '') return migrationId(name);
  const byText = index.get(hashIn(row)) ?? [];
  const byTime = index.get(whenMark(whenIn(row))) ?? [];
  const found = byText.findLast(id => byTime.includes(id)) ?? byText.at(-1) ?? byTime.at(-1);
  return found ?? (hashIn(row) === '' ? null : migrationId(hashIn(row)));
}

const inOrder = (a: Row, b: Row): number =>
  // SQLite's column `id` is `SERIAL`, which fills nothing in there before 1.0.
  Number(textIn(a, 'id')) - Number(textIn(b, 'id')) || whenIn(a) - whenIn(b) || 0;

/** Applied migrations; one that Drizzle applied once more, because its time was changed, counts once. */
export function appliedIn(rows: readonly Row[], known: Known): readonly AppliedMigration[] {
  const index = indexOf(known);
  const applied = new Map<MigrationId, AppliedMigration>();
  for (const row of [...rows].sort(inOrder)) {
    const id = idOf(row, index);
    // `created_at` is when the file was made; when it was applied stands in the table only since 1.0.
    const appliedAt = timeOf(row['applied_at']);
    const fingerprint = hashIn(row) === '' ? null : hashIn(row);
    if (id !== null) applied.set(id, { id, appliedAt, fingerprint, state: 'applied', row });
  }
  return [...applied.values()];
}

/** A row is known by all it says: `id` is empty on SQLite. */
const keyOf = (row: Row): Row => (row['id'] === null || row['id'] === undefined ? row : { id: row['id'] });

const notThere = (id: MigrationId) => ({ reason: `the history table has no row for ${id}` });

/** Takes out every row of a migration. */
export function forgetIn(rows: readonly Row[], id: MigrationId, known: Known): RowsOrReason {
  const index = indexOf(known);
  const own = rows.filter(row => idOf(row, index) === id);
  return own.length === 0 ? notThere(id) : own.map(row => ({ change: 'delete', where: keyOf(row) }));
}

/** The row lives on with what Drizzle would store for the other file: `text`, where it is there, else a checksum and a time that are known. */
export function relabelIn(
  rows: readonly Row[],
  [from, to]: readonly [MigrationId, MigrationId],
  known: Known,
  text: string | null,
  when: number | null,
): RowsOrReason {
  const applied = appliedIn(rows, known);
  const row = applied.find(each => each.id === from)?.row ?? null;
  if (row === null) return notThere(from);
  if (applied.some(each => each.id === to)) return alreadyThere(to);
  const marks = known.get(to)?.marks ?? [];
  const hash = text === null ? marks.find(mark => /^[0-9a-f]{64}$/.test(mark)) : hashOf(text);
  const time = when ?? marks.flatMap(mark => /^when (\d+)$/.exec(mark)?.[1] ?? []).map(Number)[0];
  if (row['name'] === undefined && hash === undefined && time === undefined)
    return { reason: `neither a text of ${to} nor its time in a journal is known` };
  const set = {
    ...(hash === undefined ? {} : { hash }),
    ...(time === undefined ? {} : { created_at: likeIn(row, time) }),
    ...(row['name'] === undefined ? {} : { name: to }),
  };
  return [{ change: 'update', where: keyOf(row), set }];
}

/** A time as the other rows hold it: servers give 64-bit numbers as texts. */
const likeIn = (like: Row | undefined, when: number): Cell =>
  typeof like?.['created_at'] === 'string' ? String(when) : when;

/** A row as Drizzle writes it, in the columns that the others have. `named`: where there are none, those of version 1.0. */
export function newRow(id: MigrationId, text: string, when: number, rows: readonly Row[], named: boolean): Row {
  const [like] = rows;
  const hasName = like === undefined ? named : like['name'] !== undefined;
  return {
    ...(like?.['id'] === null ? { id: null } : {}),
    hash: hashOf(text),
    created_at: likeIn(like, when),
    ...(hasName ? { name: id } : {}),
  };
}

/** Why a row is not added. */
export const alreadyThere = (id: MigrationId) => ({ reason: `the history table already has a row for ${id}` });
