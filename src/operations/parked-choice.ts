/** Which parked sets are meant by a command, which of them fit the databases as they are now, and putting those back. */
import type { StoredSet } from '../databases/contract.ts';
import type { MigrationId } from '../domain/migration.ts';
import { isParkedId, type ParkedSet, type ParkedSummary, type PutBack, summaryOf } from '../domain/parking.ts';
import { ProblemError } from '../domain/problem.ts';
import type { Repository } from '../git/contract.ts';
import { reading } from './connect.ts';
import { newRunId, refuseUnfinished } from './execute.ts';
import { guardTarget, mustBeNamed } from './guard-target.ts';
import type { InspectedProject, Inspection } from './inspect.ts';
import type { Listening, Outside } from './outside.ts';
import { parkedIn } from './park.ts';
import { isBack, putSetsBack } from './put-back.ts';
import { holdRun, releaseRun } from './run-context.ts';
import { listRuns } from './runs.ts';

/** Sets of one run in one database: they go back together. */
interface SetGroup {
  readonly inspected: InspectedProject;
  readonly ids: readonly string[];
  readonly sets: readonly ParkedSummary[];
}

export interface SetChoice {
  /** The oldest run first. */
  readonly groups: readonly SetGroup[];
  /** What was not named and does not fit, with the reason as a clause. */
  readonly left: readonly { readonly id: string; readonly reason: string }[];
}

/** Sets by their ids, by beginnings of them, or by their migration's id. Throws `bad-arguments` for what names none. */
export function findSets(all: readonly StoredSet[], typed: readonly string[]): readonly StoredSet[] {
  return typed.flatMap(text => {
    const found = all.filter(({ id, set }) => id === text || id.startsWith(text) || set?.migration === text);
    if (found.length > 0) return found;
    throw new ProblemError('bad-arguments', {
      reason: `nothing is parked as "${text}": tidemark park list shows what is`,
    });
  });
}

/** How the run of a parked set stands; null when its journal is gone. */
export function runStatusOf(outside: Outside, repository: Repository) {
  const runs = new Map(listRuns(outside, repository).map(({ state }) => [state.run, state.status]));
  return (id: string) => runs.get(id.slice(0, id.lastIndexOf('-'))) ?? null;
}

/** Chooses what is put back: what was named, or all that fits and was not put back yet. Reads the databases. Throws `refused` when something named does not fit. */
export async function chooseSets(
  outside: Outside,
  { repository, projects }: Inspection,
  typed: readonly string[],
  otherDatabase: boolean,
): Promise<SetChoice> {
  const all = parkedIn(outside, repository).list();
  const statusOf = runStatusOf(outside, repository);
  const named = typed.length > 0;
  const wanted = named ? findSets(all, typed) : all.filter(({ id }) => statusOf(id) !== 'aborted');
  const left: { id: string; reason: string }[] = [];
  const groups: SetGroup[] = [];
  for (const inspected of projects) {
    const own = wanted.filter(
      ({ set }) => set !== null && isOf(set, inspected) && (otherDatabase || set.identity === inspected.identity),
    );
    const open = named ? own : own.filter(stored => !isBack(stored, inspected.identity));
    const fitting = await reading(outside, inspected.address, async connection => {
      const good: ParkedSet[] = [];
      for (const { id, set, damage } of open) {
        if (set === null) continue;
        const reason = damage ?? (await connection.missingFor(set.parts)).find(clause => clause !== null);
        if (reason == null) good.push(set);
        else left.push({ id, reason });
      }
      return good;
    });
    for (const [, sets] of [...Map.groupBy(fitting, set => set.run)].sort(([a], [b]) => (a < b ? -1 : 1)))
      groups.push({ inspected, ids: sets.map(({ id }) => id), sets: sets.map(set => summaryOf(set, 0)) });
  }
  const placed = new Set([...groups.flatMap(({ ids }) => ids), ...left.map(({ id }) => id)]);
  const [bad] = named
    ? [
        ...left,
        ...wanted
          .filter(({ id }) => !placed.has(id))
          .map(({ id, damage }) => ({
            id,
            reason: damage ?? 'it is of another database, or of a project that is not here',
          })),
      ]
    : [];
  if (bad !== undefined) {
    throw new ProblemError('refused', {
      reason: `${bad.id} cannot be put back: ${bad.reason}.`,
      next: `tidemark park show ${bad.id}`,
    });
  }
  return { groups, left };
}

const isOf = ({ project, engine }: ParkedSet, { project: own, address }: InspectedProject): boolean =>
  project.framework === own.framework && project.root === own.root && engine === address.engine;

/** Puts the chosen sets back, each group in one transaction, with the locks of a run. Throws `target-doubtful`, `run-unfinished`, `refused`, `disk`. `named`: the database's name, typed out. */
export async function setsBack(
  outside: Outside,
  repository: Repository,
  { groups }: SetChoice,
  how: { readonly overwrite: boolean; readonly named: string | null },
  listening: Listening,
): Promise<readonly { readonly ids: readonly string[]; readonly done: readonly PutBack[] }[]> {
  const ends = [];
  for (const { inspected, ids } of groups) {
    mustBeNamed(inspected, await guardTarget(outside, repository, inspected), how.named);
    const held = await holdRun(outside, repository, inspected, newRunId(outside));
    try {
      refuseUnfinished(held.journals);
      listening.onProgress({ event: 'putting-back', sets: ids });
      ends.push({
        ids,
        done: await putSetsBack(outside, held.connection, parkedIn(outside, repository), ids, {
          overwrite: how.overwrite,
        }),
      });
    } finally {
      await releaseRun(held);
    }
  }
  return ends;
}

/** Sound sets of a project's database that hold data of these migrations and were not put back, newest first; one per migration. */
export function waitingFor(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  migrations: readonly MigrationId[],
): readonly ParkedSet[] {
  if (migrations.length === 0) return [];
  const wanted = new Set(migrations);
  const found = new Map<MigrationId, ParkedSet>();
  const all = parkedIn(outside, repository).list();
  if (all.length === 0) return [];
  const statusOf = runStatusOf(outside, repository);
  for (const stored of all) {
    const { set, damage } = stored;
    if (
      set === null ||
      damage !== null ||
      !isParkedId(set.id) ||
      !wanted.has(set.migration) ||
      found.has(set.migration)
    )
      continue;
    if (set.identity !== inspected.identity || !isOf(set, inspected)) continue;
    if (!isBack(stored, inspected.identity) && statusOf(set.id) !== 'aborted') found.set(set.migration, set);
  }
  return [...found.values()].reverse();
}
