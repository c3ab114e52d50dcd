/** What the hook does once a migration changed: looks, as `status` does, but follows only what a person has looked at before. */
import type { HookMemory } from '../domain/hook.ts';
import type { Step } from '../domain/plan.ts';
import { isLocalTarget } from '../domain/production.ts';
import type { RunReport } from '../domain/report.ts';
import { approve } from '../domain/safety-rules.ts';
import type { Oid } from '../domain/sighting.ts';
import type { Repository } from '../git/contract.ts';
import { execute } from './execute.ts';
import { guardTarget } from './guard-target.ts';
import { followOnly } from './hook-memory.ts';
import { type InspectedProject, type Inspection, inspectIn } from './inspect.ts';
import { makePlan, type PlannedProject } from './make-plan.ts';
import type { Listening, Outside } from './outside.ts';

/** Looks at every project whose configuration is known. Others are among `failed`, or thrown when there is only one. */
export const lookForHook = (
  outside: Outside,
  repository: Repository,
  memory: HookMemory,
  listening: Listening,
): Promise<Inspection> =>
  inspectIn(
    outside,
    repository,
    {
      directory: repository.root,
      database: null,
      framework: null,
      project: null,
      deep: false,
      recover: null,
      follow: followOnly(memory),
    },
    listening,
  );

/**
 * Plans what may be done without asking: nothing is applied, as that is code of the tree that was just checked out, and only versions are
 * reversed that the worktree held at `previous`. null where a person must look: a refusal, a warning, anything that may be lost, a command
 * to run, or a database on another machine.
 */
export async function planWithoutAsking(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  previous: Oid | null,
): Promise<PlannedProject | null> {
  const wish = { only: null, remedies: new Map(), strategy: 'auto', apply: false, from: null } as const;
  const planned = await makePlan(outside, repository, inspected, wish);
  const { plan, refusals, warnings } = planned;
  // What the framework's own commands would do wrong is no doubt about the plan.
  const doubts = warnings.filter(warning => warning !== inspected.hazard);
  const isHarmless =
    plan !== null &&
    refusals.length + doubts.length === 0 &&
    isLocalTarget(inspected.address) &&
    plan.strategy === 'in-place' &&
    plan.steps.every(isHarmlessStep) &&
    (await wereHere(repository, plan.steps, previous)) &&
    (await guardTarget(outside, repository, inspected)).doubts.length === 0;
  return isHarmless ? planned : null;
}

/** Reversals by SQL of Tidemark's own running that destroy no row and no value, and rows that get another name. */
function isHarmlessStep(step: Step): boolean {
  if (step.kind === 'relabel') return step.doing.how === 'rows';
  if (step.kind !== 'reverse' || step.because !== 'orphaned' || step.doing.how !== 'sql') return false;
  const { tables, columns, unsure } = step.losses;
  return unsure === null && tables.every(({ rows }) => rows === 0) && columns.every(({ values }) => values === 0);
}

async function wereHere(repository: Repository, steps: readonly Step[], previous: Oid | null): Promise<boolean> {
  const reversed = steps.flatMap(step => (step.kind === 'reverse' ? [step] : []));
  if (reversed.length === 0) return true;
  if (previous === null || !(await repository.existing([previous])).has(previous)) return false;
  // What is run may well stand in another file of the migration's.
  const files = reversed.flatMap(({ path, blob, parts = [] }) => [{ path, blob }, ...parts]);
  const blobs = await repository.blobsAt(
    previous,
    files.map(({ path }) => path),
  );
  return files.every(({ path, blob }) => blob !== null && blobs.get(path) === blob);
}

/** Executes a plan of `planWithoutAsking`, journaled as any other. The mode in local git settings is the consent. */
export async function reconcileWithoutAsking(
  outside: Outside,
  inspection: Inspection,
  { inspected, plan }: PlannedProject,
  listening: Listening,
): Promise<RunReport | null> {
  if (plan === null) return null;
  const approval = approve(plan, { how: 'yes' });
  if ('forbidden' in approval) return null;
  const options = { backup: true, timeLimitMs: inspection.settings.timeLimitSeconds * 1000 };
  return execute(outside, inspection.repository, inspected, approval.approved, options, listening);
}
