/** Rows of goose's history table: `id`, `version_id`, `is_applied`, `tstamp` (internal/dialects of v3.27.3). */
import { type AppliedMigration, type Cell, type MigrationId, migrationId, type Row } from '../../domain/migration.ts';
import type { RowsOrReason } from '../contract.ts';

/** The version of a row; null for the sentinel 0, and for tables of other tools. */
function versionIn({ version_id: cell }: Row): MigrationId | null {
  const text = typeof cell === 'number' || typeof cell === 'string' ? String(cell) : '';
  return /^[1-9]\d{0,18}$/.test(text) ? migrationId(text) : null;
}

const isApplied = ({ is_applied: cell }: Row): boolean => cell === true || cell === 1 || cell === '1';

/** Time stamps without a zone are UTC with SQLite; elsewhere they are the server's, which the table does not name. */
function timeOf(cell: Cell | undefined): string | null {
  const match = typeof cell === 'string' ? /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,3})?/.exec(cell) : null;
  const at = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}${match[3] ?? ''}Z`);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Rows of one version, the oldest first. */
const rowsOf = (rows: readonly Row[], id: MigrationId): readonly Row[] =>
  byId(rows).filter(row => versionIn(row) === id);

const byId = (rows: readonly Row[]): readonly Row[] => [...rows].sort((a, b) => orderOf(a) - orderOf(b));

const orderOf = ({ id }: Row): number => (Number.isFinite(Number(id)) ? Number(id) : 0);

/** What is applied, in the order it was: the newest row of a version decides, as very old versions of goose only added rows. */
export function appliedIn(rows: readonly Row[]): readonly AppliedMigration[] {
  const newest = new Map<MigrationId, Row>();
  for (const row of byId(rows)) {
    const id = versionIn(row);
    if (id === null) continue;
    newest.delete(id);
    newest.set(id, row);
  }
  return [...newest].flatMap(([id, row]) =>
    isApplied(row) ? [{ id, appliedAt: timeOf(row['tstamp']), fingerprint: null, state: 'applied' as const, row }] : [],
  );
}

const isIn = (rows: readonly Row[], id: MigrationId): boolean => appliedIn(rows).some(each => each.id === id);

const notThere = (id: MigrationId): RowsOrReason => ({ reason: `the history table has no row for ${id}` });

/** Takes out every row of the version, as goose does. */
export function forgetIn(rows: readonly Row[], id: MigrationId): RowsOrReason {
  if (!isIn(rows, id)) return notThere(id);
  return rowsOf(rows, id).map(where => ({ change: 'delete', where }));
}

export function markIn(rows: readonly Row[], id: MigrationId): RowsOrReason {
  if (isIn(rows, id)) return { reason: `the history table already has a row for ${id}` };
  return [{ change: 'insert', values: rowValues(id) }];
}

/** The columns that goose fills itself; the database fills the others. */
export const rowValues = (id: MigrationId): Row => ({ version_id: storedVersion(id), is_applied: true });

const storedVersion = (id: MigrationId): number | string => (Number.isSafeInteger(Number(id)) ? Number(id) : id);

export function relabelIn(rows: readonly Row[], from: MigrationId, to: MigrationId): RowsOrReason {
  if (!isIn(rows, from)) return notThere(from);
  if (isIn(rows, to)) return { reason: `the history table already has a row for ${to}` };
  // A newer row that says `to` was taken back would outvote the one that moves there.
  const outdated = rowsOf(rows, to).map(where => ({ change: 'delete', where }) as const);
  const moved = rowsOf(rows, from).map(
    where => ({ change: 'update', where, set: { version_id: storedVersion(to) } }) as const,
  );
  return [...outdated, ...moved];
}
