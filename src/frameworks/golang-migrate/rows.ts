/** golang-migrate's history table: at most one row, `version` and `dirty` (database/postgres/postgres.go of v4.19.1, SetVersion). */
import {
  type AppliedMigration,
  type MigrationId,
  migrationId,
  type Row,
  type RowChange,
} from '../../domain/migration.ts';
import type { Known, RowsOrReason } from '../contract.ts';

/** Versions are numbers of 64 bits. */
export const compare = (a: MigrationId, b: MigrationId): number =>
  a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;

/** The table's one row. `version` is -1 where the way back from the first migration failed. */
export interface Standing {
  readonly version: string;
  /** A migration to this version, or back to it from the next, failed or is under way. */
  readonly dirty: boolean;
  readonly row: Row;
}

/** null where the table is empty, or is another tool's. */
export function standingIn(rows: readonly Row[]): Standing | null {
  const row = rows.find(each => each['dirty'] !== undefined && each['version'] !== undefined);
  const version = String(row?.['version'] ?? '');
  if (row === undefined || !/^(?:-1|\d{1,20})$/.test(version)) return null;
  const { dirty } = row;
  return { version, dirty: dirty === true || dirty === 1 || dirty === '1' || dirty === 't', row };
}

/** What stands behind the version: see `Framework.makes`. Only the newest has the row. */
export function appliedIn(rows: readonly Row[], known: Known): readonly AppliedMigration[] {
  const standing = standingIn(rows);
  if (standing === null) return [];
  const { version, dirty, row } = standing;
  const entry = (id: MigrationId, own: Row | null): AppliedMigration => {
    return { id, appliedAt: null, fingerprint: null, state: own !== null && dirty ? 'failed' : 'applied', row: own };
  };
  if (version === '-1') {
    const [first] = versionsOf(known);
    return dirty && first !== undefined ? [entry(first, row)] : [];
  }
  const newest = migrationId(version);
  return [...lower(newest, known).map(id => entry(id, null)), entry(newest, row)];
}

/** Known versions in their order. */
const versionsOf = (known: Known): readonly MigrationId[] =>
  [...known.keys()].filter(id => /^\d{1,20}$/.test(id)).sort(compare);

const lower = (than: MigrationId, known: Known): readonly MigrationId[] =>
  versionsOf(known).filter(id => compare(id, than) < 0);

/** As the table stores it. */
export const stored = (version: string): string | number =>
  Number.isSafeInteger(Number(version)) ? Number(version) : version;

/** The change from one version to another; null for none. */
export function moved(from: Row | null, to: MigrationId | null): readonly RowChange[] {
  if (from === null) return to === null ? [] : [{ change: 'insert', values: { version: stored(to), dirty: false } }];
  if (to === null) return [{ change: 'delete', where: from }];
  return [{ change: 'update', where: from, set: { version: stored(to) } }];
}

const DIRTY = 'the history table says that it is dirty: a migration failed half-way, and only a person can tell where';

export function forgetIn(rows: readonly Row[], id: MigrationId, known: Known): RowsOrReason {
  const standing = standingIn(rows);
  if (standing?.dirty === true) return { reason: DIRTY };
  if (standing?.version === id) return moved(standing.row, lower(id, known).at(-1) ?? null);
  const isBehind = appliedIn(rows, known).some(each => each.id === id);
  if (!isBehind) return { reason: `the history table does not stand at ${id}` };
  return {
    reason: `the history table holds only the newest version, ${standing?.version}, so there is no row of ${id} to forget`,
  };
}

export function markIn(rows: readonly Row[], id: MigrationId, known: Known): RowsOrReason {
  const standing = standingIn(rows);
  if (standing === null) return moved(null, id);
  if (standing.dirty) return { reason: DIRTY };
  const newest = migrationId(standing.version);
  if (compare(id, newest) <= 0) return { reason: `the history table stands at ${newest} already` };
  return between(newest, id, known) ?? moved(standing.row, id);
}

export function relabelIn(rows: readonly Row[], from: MigrationId, to: MigrationId, known: Known): RowsOrReason {
  const standing = standingIn(rows);
  if (standing === null || !appliedIn(rows, known).some(each => each.id === from)) {
    return { reason: `the history table does not stand at ${from}` };
  }
  if (standing.dirty) return { reason: DIRTY };
  const newest = migrationId(standing.version);
  // One below the newest has no row: only where its new name lies above does the version follow.
  if (from !== newest) return compare(to, newest) < 0 ? [] : (between(newest, to, known) ?? moved(standing.row, to));
  const [low, high] = compare(from, to) < 0 ? [from, to] : [to, from];
  return between(low, high, known) ?? moved(standing.row, to);
}

/** Why the version cannot go from one to the other: it would speak for what lies between them. */
function between(low: MigrationId, high: MigrationId, known: Known): { readonly reason: string } | null {
  const [first] = versionsOf(known).filter(id => compare(low, id) < 0 && compare(id, high) < 0);
  if (first === undefined) return null;
  return { reason: `the history table holds only the newest version, and ${first} lies between ${low} and ${high}` };
}
