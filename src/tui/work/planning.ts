/** Makes plans for the plan screen, and remembers them: what is confirmed is what was shown. */
import path from 'node:path';
import { changesOnlyRows, type Plan } from '../../domain/plan.ts';
import type { RunId } from '../../domain/run.ts';
import { findMigration } from '../../operations/find-migration.ts';
import { guardTarget } from '../../operations/guard-target.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import { makePlan, type PlannedProject, type PlanWish } from '../../operations/make-plan.ts';
import type { Outside } from '../../operations/outside.ts';
import { canBeRehearsed, copyingWanted } from '../../operations/rehearse.ts';
import { projectOfRun } from '../../operations/run-project.ts';
import { planUndo, runToUndo } from '../../operations/undo.ts';
import type { Event, Named } from '../state/effects.ts';
import type { PlannedView } from '../state/state.ts';

/** A plan that was shown, with all that it takes to run it. */
export interface Shown {
  readonly planned: PlannedProject;
  readonly event: Extract<Event, { type: 'planned' }>;
}

/** Plans one project; with `project` null the first that the typed ids name, or that has something to do or to decide. */
export async function planFor(
  outside: Outside,
  inspection: Inspection,
  asked: PlanWish,
  project: string | null,
  named: Named | null,
): Promise<Shown | null> {
  const ids = (named?.typed ?? []).map(text => findMigration(inspection, text));
  const candidates = inspection.projects.filter(
    inspected =>
      (project === null || inspected.key === project) &&
      (ids.length === 0 || ids.some(entry => entry.inspected === inspected)),
  );
  let last: Shown | null = null;
  for (const inspected of candidates) {
    const own = ids.filter(entry => entry.inspected === inspected).map(entry => entry.id);
    const remedies = new Map(asked.remedies);
    if (named?.remedy != null) for (const id of own) remedies.set(id, named.remedy);
    const wish = { ...asked, only: ids.length === 0 ? asked.only : own, remedies };
    last = await planOne(outside, inspection, inspected, asked, wish);
    if (last.planned.plan !== null || last.planned.refusals.length > 0) return last;
  }
  return last;
}

async function planOne(
  outside: Outside,
  inspection: Inspection,
  inspected: InspectedProject,
  asked: PlanWish,
  wish: PlanWish,
): Promise<Shown> {
  return shownAs(outside, inspection, await makePlan(outside, inspection.repository, inspected, wish), asked, wish);
}

/** Plans the undoing of a run. Throws `unknown-run`, `refused`. */
export async function planUndoOf(
  outside: Outside,
  inspection: Inspection,
  run: RunId,
  asked: PlanWish,
): Promise<Shown> {
  const { repository } = inspection;
  const state = runToUndo(outside, repository, run);
  const wish = { fromBackup: false, fromParked: false };
  const planned = await planUndo(outside, repository, projectOfRun(inspection, state), state, wish);
  return shownAs(outside, inspection, planned, asked, asked);
}

async function shownAs(
  outside: Outside,
  inspection: Inspection,
  planned: PlannedProject,
  asked: PlanWish,
  wish: PlanWish,
): Promise<Shown> {
  const { inspected } = planned;
  const { plan, refusals, warnings } = planned;
  const rowsOnly = plan === null || changesOnlyRows(plan);
  const backupFolder = rowsOnly ? null : path.join(outside.stateHome, 'backups', plan.identity);
  // What was chosen to stay is no refusal to be read.
  const told = refusals.filter(refusal => asked.remedies.get(refusal.migration) !== 'ignore');
  const { doubts } = plan === null ? { doubts: [] } : await guardTarget(outside, inspection.repository, inspected);
  const rehearsing = rehearsingOf(outside, plan, doubts);
  const view: PlannedView = { plan, refusals: told, warnings, backupFolder, doubts, ...rehearsing };
  return { planned, event: { type: 'planned', asked, project: inspected.key, wish, planned: view } };
}

/** Rehearsed is what does more than change rows. Beside a database that looks like production nothing is made before it was named. */
function rehearsingOf(outside: Outside, plan: Plan | null, doubts: readonly string[]): Pick<PlannedView, 'rehearsing'> {
  if (plan === null || plan.undo !== undefined || !canBeRehearsed(plan) || copyingWanted(outside, undefined) === 'off')
    return {};
  if (doubts.length === 0) return { rehearsing: { is: 'under-way', doing: 'begins', began: outside.clock() } };
  const because = 'It is rehearsed once the name is typed: no copy is made beside a database that is in doubt before.';
  return { rehearsing: { is: 'left-out', because } };
}
