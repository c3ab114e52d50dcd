/** History tables that know each applied file by a name in one column, with or without its extension. */
import { type AppliedMigration, type MigrationId, migrationId, type Row } from '../domain/migration.ts';
import type { Known, RowsOrReason } from './contract.ts';

/** What is particular to one framework's table. */
export interface NameTable {
  /** Gives the id of a stored name. */
  idsFor(known: Known): (stored: string) => MigrationId;
  /** The name under which a row that was stored as `stored` lives on as `to`. */
  renamed(stored: string, from: MigrationId, to: MigrationId): string;
  /** When the row came, as ISO 8601 in UTC. */
  appliedAt(row: Row): string | null;
  /** Order of application, as far as the table tells. */
  compare(a: Row, b: Row): number;
  /** Columns that name exactly one row; a row that lacks one is named by all its columns. */
  readonly key: readonly string[];
}

/** Name of a file without its last extension. */
export const stemOf = (name: string): string => name.replace(/\.[^.]*$/, '');

/** The last extension of a name, with its dot. */
export const extensionOf = (name: string): string => name.slice(stemOf(name).length);

/** The stored name of a row; null where there is none (some columns allow it). */
export const storedName = (row: Row): string | null =>
  typeof row['name'] === 'string' && row['name'] !== '' ? row['name'] : null;

/**
 * The known id of a stored name that has its extension. Projects that run compiled code store `x.js` where the repository has `x.ts`
 * (knex issues 3027 and 4037): then the stem decides, where it belongs to one only.
 */
export function idsByStem(known: Known): (stored: string) => MigrationId {
  const stems = stemsOf(known);
  return stored =>
    known.has(migrationId(stored)) ? migrationId(stored) : (stems.get(stemOf(stored)) ?? migrationId(stored));
}

/** Known ids by their stem; null where several have it. */
export function stemsOf(known: Known): ReadonlyMap<string, MigrationId | null> {
  const found = new Map<string, MigrationId | null>();
  for (const id of known.keys()) found.set(stemOf(id), found.has(stemOf(id)) ? null : id);
  return found;
}

/** A table of compiled names stays one: `y.js` where `x.js` was `x.ts`. */
export const renamedLike = (stored: string, from: MigrationId, to: MigrationId): string =>
  stored === from ? to : `${stemOf(to)}${extensionOf(stored)}`;

/** Applied migrations, in the table's order. */
export function appliedIn(table: NameTable, rows: readonly Row[], known: Known): readonly AppliedMigration[] {
  const idOf = table.idsFor(known);
  const applied = rows.flatMap(row => {
    const name = storedName(row);
    if (name === null) return [];
    return [{ id: idOf(name), appliedAt: table.appliedAt(row), fingerprint: null, state: 'applied' as const, row }];
  });
  return applied.sort((a, b) => table.compare(a.row, b.row));
}

/** The row of a migration; null when there is none. */
export const rowFor = (table: NameTable, rows: readonly Row[], id: MigrationId, known: Known): Row | null =>
  appliedIn(table, rows, known).find(each => each.id === id)?.row ?? null;

/** The name a row has in the table, for a migration known under an id. */
export const storedNameOf = (applied: readonly AppliedMigration[], id: MigrationId): string => {
  const row = applied.find(each => each.id === id)?.row ?? null;
  return row === null ? id : (storedName(row) ?? id);
};

/** The row change that takes a migration out. */
export function forgetIn(table: NameTable, rows: readonly Row[], id: MigrationId, known: Known): RowsOrReason {
  const row = rowFor(table, rows, id, known);
  return row === null ? noRow(id) : [{ change: 'delete', where: keyOf(table, row) }];
}

/** The row change that lets a row live on under another id. */
export function relabelIn(
  table: NameTable,
  rows: readonly Row[],
  from: MigrationId,
  to: MigrationId,
  known: Known,
): RowsOrReason {
  const row = rowFor(table, rows, from, known);
  if (row === null) return noRow(from);
  if (rowFor(table, rows, to, known) !== null) return alreadyThere(to);
  const name = table.renamed(storedName(row) ?? from, from, to);
  return [{ change: 'update', where: keyOf(table, row), set: { name } }];
}

const noRow = (id: MigrationId) => ({ reason: `the history table has no row for ${id}` });

/** Why a row is not added. */
export const alreadyThere = (id: MigrationId) => ({ reason: `the history table already has a row for ${id}` });

function keyOf({ key }: NameTable, row: Row): Row {
  const found = key.flatMap(column => (row[column] === undefined ? [] : [[column, row[column]] as const]));
  return found.length === key.length ? Object.fromEntries(found) : row;
}
