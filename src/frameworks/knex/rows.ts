/** Rows of Knex's history table: `id`, `name`, `batch`, `migration_time` (table-creator.js of 3.3.0). */
import { type Engine, type MigrationId, migrationId, type Row } from '../../domain/migration.ts';
import type { Known, RowsOrReason } from '../contract.ts';
import {
  alreadyThere,
  extensionOf,
  idsByStem,
  type NameTable,
  renamedLike,
  rowFor,
  stemOf,
  stemsOf,
  storedName,
} from '../name-rows.ts';
import { timeLike, timeOf } from '../row-times.ts';

/** Applied migrations stand in the order of `id` (migration-list-resolver.js, listCompleted). `id` names a row, `name` guards against a table that changed. */
export const KNEX_ROWS: NameTable = {
  idsFor: idsByStem,
  renamed: renamedLike,
  appliedAt: row => timeOf(row['migration_time']),
  compare: (a, b) => Number(a['id'] ?? 0) - Number(b['id'] ?? 0),
  key: ['id', 'name'],
};

/** `now` is ISO 8601 in UTC. A new batch, as `migrate:up` would make one. */
export function markAppliedIn(
  rows: readonly Row[],
  id: MigrationId,
  known: Known,
  now: string,
  engine: Engine | null,
): RowsOrReason {
  if (rowFor(KNEX_ROWS, rows, id, known) !== null) return alreadyThere(id);
  const batch = rows.reduce((highest, row) => Math.max(highest, Number(row['batch'] ?? 0) || 0), 0) + 1;
  const names = rows.flatMap(row => storedName(row) ?? []);
  const [compiled] = names;
  const unknown = compiled !== undefined && names.every(name => !known.has(migrationId(name)));
  const name = unknown && stemsOf(known).get(stemOf(compiled)) != null ? `${stemOf(id)}${extensionOf(compiled)}` : id;
  const like = rows.find(row => row['migration_time'] != null)?.['migration_time'];
  return [{ change: 'insert', values: { name, batch, migration_time: timeLike(like, now, engine) } }];
}
