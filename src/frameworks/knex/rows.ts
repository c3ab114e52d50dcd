/** Rows of Knex's history table: `id`, `name`, `batch`, `migration_time` (table-creator.js of 3.3.0). */
import { type AppliedMigration, type Cell, type MigrationId, migrationId, type Row } from '../../domain/migration.ts';
import type { Known, RowsOrReason } from '../contract.ts';

/** Name of a file without its last extension. */
const stemOf = (name: string): string => name.replace(/\.[^.]*$/, '');

const extensionOf = (name: string): string => name.slice(stemOf(name).length);

/** The stored name of a row; null where there is none (the column allows it). */
const storedName = (row: Row): string | null =>
  typeof row['name'] === 'string' && row['name'] !== '' ? row['name'] : null;

/**
 * Known ids by their stem, where it belongs to one only. Projects that run compiled code store `x.js` where the repository has `x.ts`
 * (knex issues 3027 and 4037).
 */
function byStem(known: Known): ReadonlyMap<string, MigrationId | null> {
  const found = new Map<string, MigrationId | null>();
  for (const id of known.keys()) found.set(stemOf(id), found.has(stemOf(id)) ? null : id);
  return found;
}

/** Applied migrations by insertion, which is the order of `id` (migration-list-resolver.js, listCompleted). */
export function appliedIn(rows: readonly Row[], known: Known): readonly AppliedMigration[] {
  const stems = byStem(known);
  const applied = rows.flatMap(row => {
    const name = storedName(row);
    if (name === null) return [];
    const id = known.has(migrationId(name)) ? migrationId(name) : (stems.get(stemOf(name)) ?? migrationId(name));
    return [{ id, appliedAt: timeOf(row['migration_time']), fingerprint: null, state: 'applied' as const, row }];
  });
  return applied.sort((a, b) => Number(a.row['id'] ?? 0) - Number(b.row['id'] ?? 0));
}

/** Milliseconds (SQLite), or a time stamp's text with or without an offset. Without one it is UTC. */
function timeOf(cell: Cell | undefined): string | null {
  const text = typeof cell === 'string' ? cell.trim() : '';
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?\s?(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?$/.exec(text);
  const milliseconds = /^\d{1,15}$/.test(text) ? Number(text) : typeof cell === 'number' ? cell : Number.NaN;
  if (match === null)
    return Number.isFinite(milliseconds) && Math.abs(milliseconds) < 8.64e15
      ? new Date(milliseconds).toISOString()
      : null;
  const [, day, time, fraction = '', , hours, minutes = '00'] = match;
  const at = Date.parse(`${day}T${time}${fraction.slice(0, 4)}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

const rowFor = (rows: readonly Row[], id: MigrationId, known: Known): Row | null =>
  appliedIn(rows, known).find(each => each.id === id)?.row ?? null;

/** The name a row has in the table, for a migration known under an id. */
export const storedNameOf = (applied: readonly AppliedMigration[], id: MigrationId): string => {
  const row = applied.find(each => each.id === id)?.row ?? null;
  return row === null ? id : (storedName(row) ?? id);
};

export function forgetIn(rows: readonly Row[], id: MigrationId, known: Known): RowsOrReason {
  const row = rowFor(rows, id, known);
  return row === null
    ? { reason: `the history table has no row for ${id}` }
    : [{ change: 'delete', where: keyOf(row) }];
}

export function relabelIn(rows: readonly Row[], from: MigrationId, to: MigrationId, known: Known): RowsOrReason {
  const row = rowFor(rows, from, known);
  if (row === null) return { reason: `the history table has no row for ${from}` };
  if (rowFor(rows, to, known) !== null) return { reason: `the history table already has a row for ${to}` };
  const stored = storedName(row) ?? from;
  // A table of compiled names stays one.
  const name = stored === from ? to : `${stemOf(to)}${extensionOf(stored)}`;
  return [{ change: 'update', where: keyOf(row), set: { name } }];
}

/** `now` is ISO 8601 in UTC. A new batch, as `migrate:up` would make one. */
export function markAppliedIn(
  rows: readonly Row[],
  id: MigrationId,
  known: Known,
  now: string,
  engine: string | null,
): RowsOrReason {
  if (rowFor(rows, id, known) !== null) return { reason: `the history table already has a row for ${id}` };
  const batch = rows.reduce((highest, row) => Math.max(highest, Number(row['batch'] ?? 0) || 0), 0) + 1;
  const names = rows.flatMap(row => storedName(row) ?? []);
  const [compiled] = names;
  const unknown = compiled !== undefined && names.every(name => !known.has(migrationId(name)));
  const name = unknown && byStem(known).get(stemOf(compiled)) != null ? `${stemOf(id)}${extensionOf(compiled)}` : id;
  const like = rows.find(row => row['migration_time'] != null)?.['migration_time'];
  return [{ change: 'insert', values: { name, batch, migration_time: timeLike(like, now, engine) } }];
}

/** A time in the form the other rows have; with none there, in the form of the engine. */
function timeLike(like: Cell | undefined, now: string, engine: string | null): Cell {
  if (typeof like === 'number' || (like === undefined && engine === 'sqlite')) return Date.parse(now);
  const text = new Date(now).toISOString().replace('T', ' ').replace('Z', '');
  const withOffset = typeof like === 'string' ? /[+-]\d\d(?::?\d\d)?$|Z$/.test(like) : engine === 'postgres';
  if (withOffset) return `${text}+00`;
  return typeof like === 'string' && /\.\d/.test(like) ? text : text.slice(0, 19);
}

/** What names exactly this row; `id` alone would do, `name` guards against a table that changed. */
const keyOf = (row: Row): Row => {
  const { id, name } = row;
  return id === undefined || name === undefined ? row : { id, name };
};
