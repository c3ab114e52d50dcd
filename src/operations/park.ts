/** Parks what a run will destroy, before its first step: no step is begun unless what it takes away lies safe on the disk. */
import type { Connection, ParkedSets } from '../databases/contract.ts';
import type { TableName } from '../domain/migration.ts';
import {
  type Endangered,
  PARKED_FORMAT,
  type ParkedSet,
  type ParkedSummary,
  parkedId,
  summaryOf,
} from '../domain/parking.ts';
import type { Plan } from '../domain/plan.ts';
import type { RunId } from '../domain/run.ts';
import type { Repository } from '../git/contract.ts';
import { tableName } from './count-losses.ts';
import type { Outside } from './outside.ts';
import type { RunContext } from './run-context.ts';

/** What lies parked, for faces. */
export type { StoredSet } from '../databases/contract.ts';

/** What dies with a step, by name as texts and schemas have it. */
interface Dying {
  readonly tables: readonly string[];
  readonly columns: readonly { readonly table: string; readonly column: string }[];
}

/** The parked sets of a repository. */
export const parkedIn = (outside: Outside, repository: Repository): ParkedSets =>
  outside.databases.parked(repository.commonDir);

/** What each step of a plan destroys, by its text and by what its rehearsal showed; steps that destroy nothing are left out. */
const dyingIn = (plan: Plan): readonly { readonly step: number; readonly dying: Dying }[] =>
  plan.steps.flatMap((step, index) => {
    if (step.kind !== 'reverse') return [];
    const seen = plan.rehearsal?.steps[index]?.losses;
    const tables = [...step.losses.tables, ...(seen?.tables ?? [])];
    const columns = [...step.losses.columns, ...(seen?.columns ?? [])];
    if (tables.length + columns.length === 0) return [];
    return [{ step: index, dying: { tables: tables.map(({ table }) => table), columns } }];
  });

/**
 * Parks it all, one set per step, verified by reading it again, and notes it in the journal. `wanted` is false for `--no-park`. Throws
 * `disk` and problems of the database; then nothing of it stays.
 */
export async function parkFirst(context: RunContext, wanted: boolean): Promise<readonly ParkedSummary[]> {
  const { outside, repository, plan, run, journal, listening } = context;
  const all = dyingIn(plan);
  if (all.length === 0) return [];
  if (!wanted) {
    journal.append({ what: 'parking-declined' });
    return [];
  }
  listening.onProgress({ event: 'parking', database: plan.database });
  const sets: ParkedSummary[] = [];
  try {
    for (const { step, dying } of all) {
      const set = await parkStep(context, step, dying);
      if (set !== null) sets.push(summaryOf(set, step));
    }
  } catch (error) {
    dropParked(outside, repository, run);
    throw error;
  }
  journal.append({ what: 'parked', sets });
  for (const set of sets) listening.onProgress({ event: 'parked', set });
  return sets;
}

/** Parks what dies with one step; null when nothing of it is there, or no row. */
async function parkStep(context: RunContext, step: number, dying: Dying): Promise<ParkedSet | null> {
  const { outside, repository, plan, run, connection } = context;
  const planned = plan.steps[step];
  if (planned?.kind !== 'reverse') return null;
  const sets = parkedIn(outside, repository);
  const id = parkedId(run, step);
  const folder = sets.begin(id);
  const parts = await connection.park(await endangeredBy(connection, dying), folder);
  if (parts.length === 0) {
    sets.drop(id);
    return null;
  }
  const { framework, root } = plan.project;
  const set: ParkedSet = {
    format: PARKED_FORMAT,
    id,
    run,
    migration: planned.migration,
    project: { framework, root },
    database: plan.database,
    identity: plan.identity,
    engine: plan.engine,
    at: new Date(outside.clock()).toISOString(),
    parts,
  };
  sets.finish(set);
  return set;
}

/** Removes all that a run parked: it will not take the first step. */
export function dropParked(outside: Outside, repository: Repository, run: RunId): void {
  const sets = parkedIn(outside, repository);
  for (const { id } of sets.list()) if (id.startsWith(`${run}-`)) sets.drop(id);
}

/** Names as the database has them; PostgreSQL stores unquoted ones in lower case. Two names of one table are one. */
async function endangeredBy(connection: Connection, dying: Dying): Promise<Endangered> {
  const named = async (table: string, column: string | null): Promise<{ table: TableName; column: string | null }> => {
    const written = { table: tableName(table), column };
    if (connection.address.engine !== 'postgres') return written;
    if ((await connection.count(written.table, column)) !== null) return written;
    return { table: tableName(table.toLowerCase()), column: column?.toLowerCase() ?? null };
  };
  const tables: TableName[] = [];
  for (const table of new Set(dying.tables)) tables.push((await named(table, null)).table);
  const columns: { table: TableName; column: string }[] = [];
  for (const { table, column } of dying.columns) {
    const found = await named(table, column);
    columns.push({ table: found.table, column: found.column ?? column });
  }
  return { tables, columns };
}
