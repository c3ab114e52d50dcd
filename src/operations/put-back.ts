/** Puts parked data back: after the last step of a run that asks for it, or by itself. */
import path from 'node:path';
import type { Connection, ParkedSets, PartFile, StoredSet } from '../databases/contract.ts';
import type { ParkedSummary, PutBack, PutBackHow } from '../domain/parking.ts';
import { isProblem, ProblemError } from '../domain/problem.ts';
import type { RunReport } from '../domain/report.ts';
import type { Outside } from './outside.ts';
import { parkedIn } from './park.ts';
import type { RunContext } from './run-context.ts';

type PutBackReport = NonNullable<RunReport['putBack']>;

/** The files of sets, verified. Throws `disk` for damaged ones, `refused` for those that are not there. */
function filesOf(sets: ParkedSets, ids: readonly string[]): readonly PartFile[] {
  const stored = sets.list();
  return ids.flatMap(id => {
    const found = stored.find(each => each.id === id);
    if (found === undefined)
      throw new ProblemError('refused', { reason: `Nothing is parked as ${id}.`, next: 'tidemark park list' });
    sets.verify(found);
    return (found.set?.parts ?? []).map(part => ({ part, path: path.join(found.folder, part.file) }));
  });
}

/**
 * What a plan asks to be put back once its steps are done; null when it asks for nothing. What it parked itself on the way (a kept migration
 * that was reversed and applied again) is meant too. A failure is told in the report, as the steps hold all the same.
 */
export async function putBackAfter(
  context: RunContext,
  parked: readonly ParkedSummary[],
): Promise<PutBackReport | null> {
  const { outside, repository, plan, journal, connection, listening } = context;
  if (plan.restores === undefined) return null;
  const again = new Set(plan.steps.flatMap(step => (step.kind === 'apply' ? step.migrations : [])));
  const undoing = plan.undo !== undefined;
  // An undoing brings back what was there before the run, and not what it takes away itself.
  const own = undoing ? [] : parked.filter(({ migration }) => again.has(migration)).map(({ id }) => id);
  const ids = [...plan.restores, ...own];
  if (ids.length === 0) return null;
  listening.onProgress({ event: 'putting-back', sets: ids });
  journal.append({ what: 'put-back-intended', sets: ids });
  const sets = parkedIn(outside, repository);
  const done: PutBack[] = [];
  let said: string | null = null;
  try {
    done.push(...(await putSetsBack(outside, connection, sets, plan.restores, { overwrite: undoing, exact: undoing })));
    // Since it was parked, nobody but this run's own migrations can have filled it.
    done.push(...(await putSetsBack(outside, connection, sets, own, { overwrite: true, exact: true })));
  } catch (error) {
    if (undoing || !(error instanceof ProblemError)) throw error;
    said = reasonOf(error);
  }
  journal.append({ what: 'put-back', sets: ids, done, said });
  return { sets: ids, done, said };
}

/** Puts sets back in one transaction, and notes it. */
export async function putSetsBack(
  outside: Outside,
  connection: Connection,
  sets: ParkedSets,
  ids: readonly string[],
  how: PutBackHow,
): Promise<readonly PutBack[]> {
  if (ids.length === 0) return [];
  const done = await connection.putBack(filesOf(sets, ids), how);
  const note = { at: new Date(outside.clock()).toISOString(), identity: connection.identity };
  for (const id of ids) sets.notePutBack(id, note);
  return done;
}

/** Was a set put back into this database since it was parked? */
export const isBack = ({ putBack }: StoredSet, identity: string): boolean =>
  putBack.some(note => note.identity === identity);

function reasonOf(error: ProblemError): string {
  if (isProblem(error, 'refused')) return error.facts.reason;
  if (isProblem(error, 'disk')) return `${error.facts.path}: ${error.facts.said}.`;
  return `${isProblem(error, 'database-failed') ? error.facts.said : error.code}.`;
}
