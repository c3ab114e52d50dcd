/**
 * Rows of `django_migrations(id, app, name, applied)`: one per applied migration, with no unique constraint
 * (django/db/migrations/recorder.py), so the same one may be there twice.
 */
import { type AppliedMigration, type Cell, type MigrationId, migrationId, type Row } from '../../domain/migration.ts';
import type { RowsOrReason } from '../contract.ts';

const text = (cell: Cell | undefined): string | null => (typeof cell === 'string' ? cell : null);

/** `tasks.0001_initial` of a row; null when it names none. */
function idOfRow(row: Row): MigrationId | null {
  const [app, name] = [text(row['app']), text(row['name'])];
  return app === null || name === null ? null : migrationId(`${app}.${name}`);
}

/** App and name of an id, as the table's columns hold them. */
export function columnsOf(id: MigrationId): { readonly app: string; readonly name: string } {
  const dot = id.indexOf('.');
  return { app: id.slice(0, Math.max(0, dot)), name: id.slice(dot + 1) };
}

/** Applied migrations in the order of the table's own counter. Of several rows for one migration the first counts. */
export function appliedFromRows(rows: readonly Row[]): readonly AppliedMigration[] {
  const seen = new Map<MigrationId, AppliedMigration>();
  for (const row of inOrder(rows)) {
    const id = idOfRow(row);
    if (id === null || seen.has(id)) continue;
    seen.set(id, { id, appliedAt: isoUtc(row['applied']), fingerprint: null, state: 'applied', row });
  }
  return [...seen.values()];
}

function inOrder(rows: readonly Row[]): readonly Row[] {
  const counter = (row: Row): number => Number(typeof row['id'] === 'object' ? Number.NaN : row['id']);
  return rows.every(row => Number.isFinite(counter(row))) ? [...rows].sort((a, b) => counter(a) - counter(b)) : rows;
}

const STAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** A stored time as ISO 8601 in UTC. A time without offset is UTC, as Django stores it with `USE_TZ` (the default since 5.0). */
function isoUtc(cell: Cell | undefined): string | null {
  const parts = typeof cell === 'string' ? STAMP.exec(cell.trim()) : null;
  if (parts === null) return null;
  const [, day, time, fraction = '', offset = 'Z'] = parts;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [null, '+', '0', '0'];
  const shift = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const moment = Date.parse(`${day}T${time}Z`) - shift * 60_000;
  return Number.isNaN(moment) ? null : `${new Date(moment).toISOString().slice(0, 19)}${fraction}Z`;
}

const rowsOf = (rows: readonly Row[], id: MigrationId): readonly Row[] => rows.filter(row => idOfRow(row) === id);

const notThere = (id: MigrationId): { readonly reason: string } => ({
  reason: `${id} is not in the table django_migrations`,
});

/** Takes a migration out, with all its rows. */
export function forgetRows(rows: readonly Row[], id: MigrationId): RowsOrReason {
  const hit = rowsOf(rows, id);
  return hit.length === 0 ? notThere(id) : hit.map(where => ({ change: 'delete', where }));
}

/** Puts a migration in. `now` is ISO 8601 in UTC; it is stored in the form the rows there have. */
export function markRow(rows: readonly Row[], id: MigrationId, now: string): RowsOrReason {
  if (rowsOf(rows, id).length > 0) return { reason: `${id} is in the table django_migrations already` };
  // PostgreSQL's type keeps an offset and shows one; without it, it would take the time for the session's own zone.
  const zoned = rows.some(row => /[+-]\d\d(:?\d\d)?$/.test(text(row['applied'])?.slice(10) ?? ''));
  const applied = now.replace('T', ' ').replace(/Z$/, zoned ? '+00' : '');
  return [{ change: 'insert', values: { ...columnsOf(id), applied } }];
}

/** Lets the rows of one migration live on under another id. */
export function relabelRows(rows: readonly Row[], from: MigrationId, to: MigrationId): RowsOrReason {
  const hit = rowsOf(rows, from);
  if (hit.length === 0) return notThere(from);
  if (rowsOf(rows, to).length > 0) return { reason: `${to} is in the table django_migrations already` };
  return hit.map(where => ({ change: 'update', where, set: columnsOf(to) }));
}
