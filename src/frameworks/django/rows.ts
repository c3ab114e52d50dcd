/**
 * Rows of `django_migrations(id, app, name, applied)`, and of South's `south_migrationhistory(id, app_name, migration, applied)`: one per
 * applied migration, with no unique constraint (django/db/migrations/recorder.py, south/models.py), so the same one may be there twice.
 */
import { type AppliedMigration, type Cell, type MigrationId, migrationId, type Row } from '../../domain/migration.ts';
import type { RowsOrReason } from '../contract.ts';

const text = (cell: Cell | undefined): string | null => (typeof cell === 'string' ? cell : null);

/** App and name of an id, as the table's columns hold them. */
export function columnsOf(id: MigrationId): { readonly app: string; readonly name: string } {
  const dot = id.indexOf('.');
  return { app: id.slice(0, Math.max(0, dot)), name: id.slice(dot + 1) };
}

/** A history table's name, and its columns for app and name. */
interface HistoryColumns {
  readonly table: string;
  readonly app: string;
  readonly name: string;
}

/** What reads and changes the rows of one such table. */
export function historyRows(columns: HistoryColumns) {
  /** `tasks.0001_initial` of a row; null when it names none. */
  const idOfRow = (row: Row): MigrationId | null => {
    const [app, name] = [text(row[columns.app]), text(row[columns.name])];
    return app === null || name === null ? null : migrationId(`${app}.${name}`);
  };
  const rowsOf = (rows: readonly Row[], id: MigrationId): readonly Row[] => rows.filter(row => idOfRow(row) === id);
  const valuesOf = (id: MigrationId): Row => {
    const { app, name } = columnsOf(id);
    return { [columns.app]: app, [columns.name]: name };
  };
  const notThere = (id: MigrationId) => ({ reason: `${id} is not in the table ${columns.table}` });
  const thereAlready = (id: MigrationId) => ({ reason: `${id} is in the table ${columns.table} already` });

  return {
    /**
     * Applied migrations in the order of the table's own counter. Of several rows for one migration the first counts. `utc`: times without
     * an offset are UTC, as Django stores them with `USE_TZ` (the default since 5.0); else they are in a time zone that is not known.
     */
    applied(rows: readonly Row[], utc: boolean): readonly AppliedMigration[] {
      const seen = new Map<MigrationId, AppliedMigration>();
      for (const row of inOrder(rows)) {
        const id = idOfRow(row);
        if (id === null || seen.has(id)) continue;
        seen.set(id, { id, appliedAt: isoUtc(row['applied'], utc), fingerprint: null, state: 'applied', row });
      }
      return [...seen.values()];
    },
    /** Takes a migration out, with all its rows. */
    forget(rows: readonly Row[], id: MigrationId): RowsOrReason {
      const hit = rowsOf(rows, id);
      return hit.length === 0 ? notThere(id) : hit.map(where => ({ change: 'delete', where }));
    },
    /** Puts a migration in. `now` is ISO 8601 in UTC; it is stored in the form the rows there have. */
    mark(rows: readonly Row[], id: MigrationId, now: string): RowsOrReason {
      if (rowsOf(rows, id).length > 0) return thereAlready(id);
      // PostgreSQL's type keeps an offset and shows one; without it, it would take the time for the session's own zone.
      const zoned = rows.some(row => /[+-]\d\d(:?\d\d)?$/.test(text(row['applied'])?.slice(10) ?? ''));
      const applied = now.replace('T', ' ').replace(/Z$/, zoned ? '+00' : '');
      return [{ change: 'insert', values: { ...valuesOf(id), applied } }];
    },
    /** Lets the rows of one migration live on under another id. */
    relabel(rows: readonly Row[], from: MigrationId, to: MigrationId): RowsOrReason {
      const hit = rowsOf(rows, from);
      if (hit.length === 0) return notThere(from);
      if (rowsOf(rows, to).length > 0) return thereAlready(to);
      return hit.map(where => ({ change: 'update', where, set: valuesOf(to) }));
    },
  };
}

function inOrder(rows: readonly Row[]): readonly Row[] {
  const counter = (row: Row): number => Number(typeof row['id'] === 'object' ? Number.NaN : row['id']);
  return rows.every(row => Number.isFinite(counter(row))) ? [...rows].sort((a, b) => counter(a) - counter(b)) : rows;
}

const STAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** A stored time as ISO 8601 in UTC; null when it is none, or its zone is not known. */
function isoUtc(cell: Cell | undefined, utc: boolean): string | null {
  const parts = typeof cell === 'string' ? STAMP.exec(cell.trim()) : null;
  if (parts === null || (parts[4] === undefined && !utc)) return null;
  const [, day, time, fraction = '', offset = 'Z'] = parts;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [null, '+', '0', '0'];
  const shift = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const moment = Date.parse(`${day}T${time}Z`) - shift * 60_000;
  return Number.isNaN(moment) ? null : `${new Date(moment).toISOString().slice(0, 19)}${fraction}Z`;
}
