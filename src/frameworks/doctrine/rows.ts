/** Rows of Doctrine's history table: the class with its namespace, or its digits alone where version 2 of the library made the table. */
import {
  type AppliedMigration,
  type MigrationId,
  migrationId,
  type Project,
  type Row,
} from '../../domain/migration.ts';
import type { Known, RowsOrReason } from '../contract.ts';

const columnOf = ({ settings }: Project, key: string, otherwise: string): string => {
  const storage = settings['storage'];
  return (
    (typeof storage === 'object' && !Array.isArray(storage) ? (storage as Record<string, string>)[key] : undefined) ??
    otherwise
  );
};
const versionColumn = (project: Project): string => columnOf(project, 'version_column_name', 'version');

const digitsOf = (id: string): string | null => /Version(\d{1,40})$/.exec(id)?.[1] ?? null;

/** Is the row one of version 2, which knows digits only? */
export const isOfOld = (project: Project, row: Row | null): boolean =>
  /^\d+$/.test(String(row?.[versionColumn(project)] ?? ''));

/** The id of a row: digits stand for the one known class that ends with them. */
function idOf(project: Project, row: Row, known: Known): MigrationId | null {
  const cell = row[versionColumn(project)];
  const stored = typeof cell === 'number' ? String(cell) : cell;
  if (typeof stored !== 'string' || stored === '') return null;
  if (!/^\d+$/.test(stored)) return migrationId(stored);
  const hits = [...known.keys()].filter(id => digitsOf(id) === stored);
  return hits.length === 1 && hits[0] !== undefined ? hits[0] : migrationId(stored);
}

/** By class, as the library compares (AlphabeticalComparator); times are local ones of a machine nobody knows, and so not told. */
export function appliedFromRows(project: Project, rows: readonly Row[], known: Known): readonly AppliedMigration[] {
  const seen = new Map<MigrationId, AppliedMigration>();
  for (const row of rows) {
    const id = idOf(project, row, known);
    if (id !== null && !seen.has(id)) seen.set(id, { id, appliedAt: null, fingerprint: null, state: 'applied', row });
  }
  return [...seen.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

const notThere = (id: MigrationId) => ({ reason: `the history table has no row for ${id}` });
const thereAlready = (id: MigrationId) => ({ reason: `the history table has a row for ${id} already` });
const rowsOf = (project: Project, rows: readonly Row[], id: MigrationId, known: Known): readonly Row[] =>
  rows.filter(row => idOf(project, row, known) === id);

/** The name a migration is stored under, in a table that has rows like this one. */
const storedLike = (project: Project, like: Row | undefined, id: MigrationId): string =>
  (isOfOld(project, like ?? null) ? digitsOf(id) : null) ?? id;

export function forgetRow(project: Project, rows: readonly Row[], id: MigrationId, known: Known): RowsOrReason {
  const hit = rowsOf(project, rows, id, known);
  return hit.length === 0 ? notThere(id) : hit.map(where => ({ change: 'delete', where }));
}

export function markRow(
  project: Project,
  rows: readonly Row[],
  id: MigrationId,
  known: Known,
  now: string,
): RowsOrReason {
  if (rowsOf(project, rows, id, known).length > 0) return thereAlready(id);
  const [like] = rows;
  const values: Row = {
    [versionColumn(project)]: storedLike(project, like, id),
    [columnOf(project, 'executed_at_column_name', 'executed_at')]: new Date(now)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' '),
    [columnOf(project, 'execution_time_column_name', 'execution_time')]: null,
  };
  const kept = Object.entries(values).filter(([column]) => like === undefined || column in like);
  return [{ change: 'insert', values: Object.fromEntries(kept) }];
}

export function relabelRow(
  project: Project,
  [from, to]: readonly [MigrationId, MigrationId],
  rows: readonly Row[],
  known: Known,
): RowsOrReason {
  const hit = rowsOf(project, rows, from, known);
  if (hit.length === 0) return notThere(from);
  if (rowsOf(project, rows, to, known).length > 0) return thereAlready(to);
  return hit.map(where => ({
    change: 'update',
    where,
    set: { [versionColumn(project)]: storedLike(project, where, to) },
  }));
}
