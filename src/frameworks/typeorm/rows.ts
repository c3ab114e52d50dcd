/** Rows of TypeORM's history table: `id`, `timestamp` (of the class's name), `name`. Other tools' tables of that name have other columns. */
import type { AppliedMigration, MigrationId, Row } from '../../domain/migration.ts';
import { migrationId } from '../../domain/migration.ts';
import type { RowsOrReason } from '../contract.ts';
import { storedName } from '../name-rows.ts';
import { timestampOf } from './parse-migration.ts';

/**
 * Applied migrations by insertion (MigrationExecutor.js of 1.1.1, `loadExecutedMigrations`). The time stamp is the file's, not that of
 * its application. db-migrate's rows have `run_on` in its place, Laravel's `migration` and `batch`.
 */
export function appliedIn(rows: readonly Row[]): readonly AppliedMigration[] {
  const applied = rows.flatMap(row => {
    const name = row['timestamp'] === undefined ? null : storedName(row);
    return name === null
      ? []
      : [{ id: migrationId(name), appliedAt: null, fingerprint: null, state: 'applied' as const, row }];
  });
  return applied.sort((a, b) => Number(a.row['id'] ?? 0) - Number(b.row['id'] ?? 0));
}

const rowFor = (rows: readonly Row[], id: MigrationId): Row | null =>
  appliedIn(rows).find(each => each.id === id)?.row ?? null;

export function forgetIn(rows: readonly Row[], id: MigrationId): RowsOrReason {
  const row = rowFor(rows, id);
  return row === null ? noRow(id) : [{ change: 'delete', where: keyOf(row) }];
}

export function markAppliedIn(rows: readonly Row[], id: MigrationId): RowsOrReason {
  if (rowFor(rows, id) !== null) return alreadyThere(id);
  const timestamp = timestampLike(rows, id);
  return timestamp === null ? noTimestamp(id) : [{ change: 'insert', values: { timestamp, name: id } }];
}

export function relabelIn(rows: readonly Row[], from: MigrationId, to: MigrationId): RowsOrReason {
  const row = rowFor(rows, from);
  if (row === null) return noRow(from);
  if (rowFor(rows, to) !== null) return alreadyThere(to);
  const timestamp = timestampLike(rows, to);
  if (timestamp === null) return noTimestamp(to);
  return [{ change: 'update', where: keyOf(row), set: { timestamp, name: to } }];
}

/** As the other rows have it: drivers give a 64-bit number as a text. */
function timestampLike(rows: readonly Row[], id: MigrationId): string | number | null {
  const timestamp = timestampOf(id);
  if (timestamp === null) return null;
  return typeof rows[0]?.['timestamp'] === 'string' ? timestamp : Number(timestamp);
}

const noRow = (id: MigrationId) => ({ reason: `the history table has no row for ${id}` });
const alreadyThere = (id: MigrationId) => ({ reason: `the history table already has a row for ${id}` });
const noTimestamp = (id: MigrationId) => ({ reason: `${id} does not end in a time stamp, which its row must have` });

/** `id` alone would do, `name` guards against a table that changed. */
const keyOf = (row: Row): Row => {
  const { id, name } = row;
  return id === undefined || name === undefined ? row : { id, name };
};
