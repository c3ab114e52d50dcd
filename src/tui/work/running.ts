/** Runs plans, resumes and aborts for the run screen, and tells how they went. */
import type { MigrationId } from '../../domain/migration.ts';
import { changesOnlyRows, type Plan } from '../../domain/plan.ts';
import { ProblemError } from '../../domain/problem.ts';
import { targetName } from '../../domain/production.ts';
import type { RunReport } from '../../domain/report.ts';
import { approve } from '../../domain/safety-rules.ts';
import type { Schema } from '../../domain/schema.ts';
import { clean } from '../../messages/clean.ts';
import { stepTitle } from '../../messages/plans.ts';
import type { Message } from '../../messages/problems.ts';
import { list } from '../../messages/words.ts';
import { abort, abortNeeds } from '../../operations/abort.ts';
import { adopt } from '../../operations/adopt.ts';
import { execute } from '../../operations/execute.ts';
import { setIgnored } from '../../operations/ignore.ts';
import { type InspectedProject, type Inspection, inspect } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import { openShell } from '../../operations/open-shell.ts';
import type { Listening, Outside, Repository } from '../../operations/outside.ts';
import { isProvable, proofWanted, schemaOf } from '../../operations/prove.ts';
import { acceptAsApplied } from '../../operations/provenance.ts';
import { canBeRehearsed, copyingWanted, rehearse, withRehearsal } from '../../operations/rehearse.ts';
import { resume } from '../../operations/resume.ts';
import { projectOfRun, whereOfRun } from '../../operations/run-project.ts';
import type { Afterwards, Effect } from '../state/effects.ts';
import { type Desk, messageOf } from './desk.ts';
import type { ToProve } from './proving.ts';

/** What came of it: a report, and what else is to be said. */
export interface RunEnd {
  readonly report: RunReport | null;
  readonly said: Message | null;
  /** The schema that it left is to be proved. */
  readonly toProve?: ToProve;
}

/** Runs a plan that was shown, then does what was asked for beside it. */
export async function runPlan(
  { outside, dispatch }: Desk,
  inspection: Inspection,
  planned: PlannedProject,
  {
    afterwards,
    named,
    rehearsed: isOver,
  }: Pick<Extract<Effect, { do: 'run' }>, 'afterwards' | 'named'> & { readonly rehearsed: boolean },
  listening: Listening,
): Promise<RunEnd> {
  const { plan, inspected } = planned;
  let report: RunReport | null = null;
  let before: Schema | null = null;
  if (plan !== null) {
    const title = `Plan ${plan.id} on ${clean(plan.database)}`;
    const steps = plan.steps.map(step => ({ title: stepTitle(step), done: false }));
    dispatch({ type: 'run-began', title, steps, now: outside.clock() });
    if (proofWanted(outside, undefined) && isProvable(plan)) before = await schemaOf(outside, inspected);
    // One beside a database in doubt, which was named only now. What it shows beyond what was shown makes it another plan, refused here.
    const rehearsed = isOver ? plan : await rehearsedPlan(outside, inspection, { ...planned, plan }, listening);
    const approval = approve(rehearsed, { how: 'confirm', planId: plan.id });
    if ('forbidden' in approval) {
      const [first] = approval.forbidden;
      throw new ProblemError('refused', first ?? { reason: 'A rule forbids the plan.', next: 'tidemark plan' });
    }
    const backup = !changesOnlyRows(plan);
    const typed = named === true ? targetName(plan.database) : null;
    const limits = { backup, timeLimitMs: inspection.settings.timeLimitSeconds * 1000, named: typed };
    report = await execute(outside, inspection.repository, inspected, approval.approved, limits, listening);
  }
  if (report !== null && report.outcome !== 'done') return { report, said: null };
  const said = await doAfterwards(outside, inspection, inspected, afterwards);
  if (report === null || before === null) return { report, said };
  return { report, said, toProve: { run: report.run, inspection, inspected, before } };
}

async function rehearsedPlan(
  outside: Outside,
  { repository, settings }: Inspection,
  planned: PlannedProject & { readonly plan: Plan },
  listening: Listening,
): Promise<Plan> {
  const copying = copyingWanted(outside, undefined);
  if (copying === 'off' || planned.plan.undo !== undefined || !canBeRehearsed(planned.plan)) return planned.plan;
  const options = { copying, timeLimitMs: settings.timeLimitSeconds * 1000 };
  const end = await rehearse(outside, repository, planned.inspected, planned.plan, options, listening);
  return 'rehearsal' in end ? (withRehearsal(planned, end.rehearsal).plan ?? planned.plan) : planned.plan;
}

/** Brings files back and leaves orphans alone; null when nothing of it was asked for. */
async function doAfterwards(
  outside: Outside,
  { repository }: Inspection,
  inspected: InspectedProject,
  { adopt: adopted, ignore }: Afterwards,
): Promise<Message | null> {
  const why: string[] = [];
  const paths: string[] = [];
  try {
    for (const id of ignore) why.push(await ignored(outside, repository, inspected, id));
    for (const id of adopted) {
      const written = await adopt(repository, inspected, orphanCalled(inspected, id));
      paths.push(...written);
      why.push(`${clean(id)} is back as ${list(written.map(clean))}, untracked.`);
    }
  } catch (error) {
    const problem = messageOf(error);
    return { ...problem, why: [...why, ...problem.why] };
  }
  if (why.length === 0) return null;
  return { what: 'Done as asked.', why, next: paths.length === 0 ? null : `git add -- ${paths.join(' ')}` };
}

/** An orphan is left alone from now on; of an edited migration, the text on disk counts as applied. Says so. */
async function ignored(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  id: MigrationId,
): Promise<string> {
  if (!inspected.diagnosis.findings.some(finding => finding.kind === 'edited' && finding.migration === id)) {
    await setIgnored(repository, inspected.project, id, true);
    return `${clean(id)} is left alone in this clone.`;
  }
  if (await acceptAsApplied(outside, repository, inspected.looked, id))
    return `The text that ${clean(id)} has now counts as the one that was applied.`;
  const doing = 'recording that its text was applied';
  throw new ProblemError('disk', { path: repository.commonDir, doing, said: 'nothing could be written' });
}

function orphanCalled({ diagnosis }: InspectedProject, id: MigrationId) {
  const found = diagnosis.findings.find(finding => finding.kind === 'orphaned' && finding.migration === id);
  if (found?.kind === 'orphaned') return found;
  throw new ProblemError('refused', { reason: `${id} is no orphan any more.`, next: 'tidemark status' });
}

/** Goes on with a stopped run. */
export async function resumeRun(desk: Desk, run: string, listening: Listening): Promise<RunEnd> {
  const { outside, dispatch } = desk;
  const { where, state } = await whereOfRun(outside, desk.where, run);
  const steps = state.plan.steps.map((step, index) => ({
    title: stepTitle(step),
    done: state.steps[index]?.state === 'done',
  }));
  dispatch({ type: 'run-began', title: `Run ${run}, resumed`, steps, now: outside.clock() });
  const inspection = await inspect(outside, where, listening);
  try {
    const inspected = projectOfRun(inspection, state);
    const limit = inspection.settings.timeLimitSeconds * 1000;
    return { report: await resume(outside, inspection.repository, inspected, state, limit, listening), said: null };
  } finally {
    await inspection.repository.close();
  }
}

/** Looks at what an abort would do, so that it can be asked. */
export async function weighAbort(
  { outside, where: at, dispatch }: Desk,
  run: string,
  listening: Listening,
): Promise<void> {
  const { where, state } = await whereOfRun(outside, at, run);
  const inspection = await inspect(outside, where, listening);
  try {
    const needs = await abortNeeds(outside, projectOfRun(inspection, state), state);
    const { database } = state.plan;
    const backup = needs.backup?.file ?? null;
    dispatch({ type: 'abort-weighed', run: state.run, database, began: state.began, changed: needs.changed, backup });
  } finally {
    await inspection.repository.close();
  }
}

/** Ends a stopped run; what it changed is put back. */
export async function abortRun(
  { outside, where: at, dispatch }: Desk,
  run: string,
  listening: Listening,
): Promise<RunEnd> {
  const { where, state } = await whereOfRun(outside, at, run);
  dispatch({ type: 'run-began', title: `Aborting run ${run}`, steps: [], now: outside.clock() });
  const inspection = await inspect(outside, where, listening);
  try {
    const limits = { keep: false, timeLimitMs: inspection.settings.timeLimitSeconds * 1000 };
    const end = await abort(outside, inspection.repository, projectOfRun(inspection, state), state, limits, listening);
    const words = {
      'nothing-done': 'It had changed nothing.',
      restored: 'The database is as it was before the run.',
      kept: 'The database was left as it is now.',
    };
    return { report: null, said: { what: `Run ${state.run} is aborted. ${words[end]}`, why: [], next: null } };
  } finally {
    await inspection.repository.close();
  }
}

/** A shell in the worktree of a stopped run's step; returns when it ends. */
export async function shellOfRun(
  { outside, where: at }: Desk,
  run: string,
  step: number,
  listening: Listening,
): Promise<void> {
  const { where, state } = await whereOfRun(outside, at, run);
  const inspection = await inspect(outside, { ...where, recover: null }, listening);
  try {
    await openShell(outside, inspection.repository, projectOfRun(inspection, state), state, step);
  } finally {
    await inspection.repository.close();
  }
}
