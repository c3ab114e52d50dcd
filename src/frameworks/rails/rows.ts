/** Rows of `schema_migrations(version)`: text, in which Rails stores numbers without leading zeros (`001_x.rb` is `1`). */
import { type AppliedMigration, type MigrationId, migrationId, type Row } from '../../domain/migration.ts';
import type { RowsOrReason } from '../contract.ts';

/** The version of digits, as Rails stores it. */
export const versionOf = (digits: string): MigrationId => migrationId(digits.replace(/^0+(?=\d)/, ''));

/** By number, as Rails orders them: they may be longer than a JavaScript number. */
export const compare = (a: MigrationId, b: MigrationId): number =>
  a.length !== b.length ? a.length - b.length : a < b ? -1 : a > b ? 1 : 0;

function idOfRow({ version }: Row): MigrationId | null {
  const text = typeof version === 'number' ? String(version) : version;
  return typeof text === 'string' && /^\d+$/.test(text) ? versionOf(text) : null;
}

/** Applied migrations by version: the table says neither when nor in which order. */
export function appliedFromRows(rows: readonly Row[]): readonly AppliedMigration[] {
  const seen = new Map<MigrationId, AppliedMigration>();
  for (const row of rows) {
    const id = idOfRow(row);
    if (id !== null && !seen.has(id)) seen.set(id, { id, appliedAt: null, fingerprint: null, state: 'applied', row });
  }
  return [...seen.values()].sort((a, b) => compare(a.id, b.id));
}

const rowsOf = (rows: readonly Row[], id: MigrationId): readonly Row[] => rows.filter(row => idOfRow(row) === id);
const notThere = (id: MigrationId) => ({ reason: `the history table has no row for ${id}` });

export function forgetRow(rows: readonly Row[], id: MigrationId): RowsOrReason {
  const hit = rowsOf(rows, id);
  return hit.length === 0 ? notThere(id) : hit.map(where => ({ change: 'delete', where }));
}

export function markRow(rows: readonly Row[], id: MigrationId): RowsOrReason {
  if (rowsOf(rows, id).length > 0) return { reason: `the history table has a row for ${id} already` };
  return [{ change: 'insert', values: { version: id } }];
}

export function relabelRow(rows: readonly Row[], from: MigrationId, to: MigrationId): RowsOrReason {
  const hit = rowsOf(rows, from);
  if (hit.length === 0) return notThere(from);
  if (rowsOf(rows, to).length > 0) return { reason: `the history table has a row for ${to} already` };
  return hit.map(where => ({ change: 'update', where, set: { version: to } }));
}
