/** Rows of Phinx's history table: `version`, and since 0.5 a name, two local times and a breakpoint. */
import { type AppliedMigration, type MigrationId, migrationId, type Row } from '../../domain/migration.ts';
import type { FileText, RowsOrReason } from '../contract.ts';
import { baseOf } from '../repository-paths.ts';

const NAME = /^(\d+)(?:_([a-z][a-z\d]*(?:_[a-z\d]+)*))?\.php$/i;

/** The version that a file's name begins with, as a number (Util::getVersionFromFileName); null when it is no migration's. */
export function versionOf(name: string): MigrationId | null {
  const [, digits = '', rest] = NAME.exec(name) ?? [];
  const known = digits !== '' && (rest !== undefined || digits.length === 14);
  return known ? migrationId(digits.replace(/^0+(?=\d)/, '')) : null;
}

/** The name that Phinx stores: `create_books` is `CreateBooks`, and a nameless file is `V` and its version. */
function storedName(path: string): string {
  const [, digits = '', rest] = NAME.exec(baseOf(path)) ?? [];
  if (rest === undefined) return `V${digits}`;
  return rest.replace(/(?:^|_)([a-z\d])/gi, (_match, letter: string) => letter.toUpperCase());
}

/** By number: they may be longer than a JavaScript number. */
export const compare = (a: MigrationId, b: MigrationId): number =>
  a.length !== b.length ? a.length - b.length : a < b ? -1 : a > b ? 1 : 0;

function idOf({ version }: Row): MigrationId | null {
  const text = typeof version === 'number' ? String(version) : version;
  return typeof text === 'string' && /^\d+$/.test(text) ? migrationId(text.replace(/^0+(?=\d)/, '')) : null;
}

const startOf = ({ start_time }: Row): string => (typeof start_time === 'string' ? start_time : '');

/** Does a rollback stop at this row? */
export const isBreakpoint = (row: Row | null): boolean =>
  !['', '0', 'false', 'f', 'null'].includes(String(row?.['breakpoint'] ?? ''));

/** Applied migrations in the order they were run. The times are local ones of a machine nobody knows, and so not told. */
export function appliedFromRows(rows: readonly Row[]): readonly AppliedMigration[] {
  const seen = new Map<MigrationId, AppliedMigration>();
  for (const row of rows) {
    const id = idOf(row);
    if (id !== null && !seen.has(id)) seen.set(id, { id, appliedAt: null, fingerprint: null, state: 'applied', row });
  }
  const started = ({ row }: AppliedMigration): string => (row === null ? '' : startOf(row));
  return [...seen.values()].sort((a, b) =>
    started(a) < started(b) ? -1 : started(a) > started(b) ? 1 : compare(a.id, b.id),
  );
}

const rowsOf = (rows: readonly Row[], id: MigrationId): readonly Row[] => rows.filter(row => idOf(row) === id);
const notThere = (id: MigrationId) => ({ reason: `the history table has no row for ${id}` });
const thereAlready = (id: MigrationId) => ({ reason: `the history table has a row for ${id} already` });

export function forgetRow(rows: readonly Row[], id: MigrationId): RowsOrReason {
  const hit = rowsOf(rows, id);
  return hit.length === 0 ? notThere(id) : hit.map(where => ({ change: 'delete', where }));
}

/** A row like the others; `breakpoint` is left to the column's default. */
export function markRow(rows: readonly Row[], id: MigrationId, now: string, file?: FileText): RowsOrReason {
  if (rowsOf(rows, id).length > 0) return thereAlready(id);
  const [like] = rows;
  const time = new Date(now).toISOString().slice(0, 19).replace('T', ' ');
  const name: Row = file === undefined ? {} : { migration_name: storedName(file.path) };
  const values: Row = { version: id, ...name, start_time: time, end_time: time };
  const flag: Row = like === undefined || !('breakpoint' in like) ? {} : { breakpoint: unset(like['breakpoint']) };
  const kept = Object.entries({ ...values, ...flag }).filter(([column]) => like === undefined || column in like);
  return [{ change: 'insert', values: Object.fromEntries(kept) }];
}

const unset = (like: Row[string] | undefined): Row[string] =>
  typeof like === 'boolean' ? false : typeof like === 'string' ? (/^\d+$/.test(like) ? '0' : 'false') : 0;

/** The row lives on under the other version, and under its name where the file is known. */
export function relabelRow(rows: readonly Row[], from: MigrationId, to: MigrationId, file?: FileText): RowsOrReason {
  const hit = rowsOf(rows, from);
  if (hit.length === 0) return notThere(from);
  if (rowsOf(rows, to).length > 0) return thereAlready(to);
  const named = (row: Row): Row =>
    file !== undefined && 'migration_name' in row ? { migration_name: storedName(file.path) } : {};
  return hit.map(where => ({ change: 'update', where, set: { version: to, ...named(where) } }));
}
