/** `tidemark reconcile --to <ref> --switch`: reverses what the ref does not have, switches with git, and applies what is pending there. */
import { quoted } from '../../domain/command-text.ts';
import { needsAttention } from '../../domain/finding.ts';
import { type Problem, ProblemError } from '../../domain/problem.ts';
import type { RunReport } from '../../domain/report.ts';
import type { SwitchTarget } from '../../domain/switching.ts';
import { clean, cleanLines } from '../../messages/clean.ts';
import { count, list } from '../../messages/words.ts';
import { afterSwitch } from '../../operations/apply-after-switch.ts';
import type { Inspection } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import { reportDocument } from '../print/as-json.ts';
import { printPlan } from '../print/plan-text.ts';
import type { Session } from '../session.ts';
import { commandAgain } from './again.ts';
import { type AgreedPlan, agree, choosePlans } from './consent.ts';
import { exitCode, type ReconcileOptions, runAgreed } from './reconcile.ts';

/**
 * Exit codes: 0 done, 3 refused before anything was touched, 4 stopped midway, 130 interrupted. Everything that can be known to be in
 * the way of the switch is looked at before the first change.
 */
export async function switchOver(
  session: Session,
  inspection: Inspection,
  target: SwitchTarget,
  planned: readonly PlannedProject[],
  words: readonly string[],
  options: ReconcileOptions,
): Promise<number> {
  if (!session.json && options.confirm === undefined) for (const project of planned) printPlan(session, project);
  refuseUndecided(target, planned);
  await refuseObstacle(inspection, target);
  const command = commandAgain(session, words, options, planned);
  const agreed = await agreeAll(session, inspection, planned, options, command, target);
  if (agreed === null) {
    session.tell('Nothing was changed.');
    return 3;
  }
  const reports: RunReport[] = [];
  const end = await runAgreed(session, inspection, agreed, options, reports);
  if (end !== 'done' || session.listening.signal.aborted) {
    session.tell(`git did not switch to ${clean(target.name)}.`);
    if (session.json) session.document(reportDocument(reports, planned, target));
    return session.listening.signal.aborted ? 130 : exitCode(reports, planned);
  }
  // A hook of the user's, or a person, may have come in between.
  if (reports.length > 0) await obstacleAfterwards(inspection, target, reports);
  await switchByGit(session, inspection, target, reports);
  try {
    const applied = await applyThere(session, planned, agreed, target, options, reports);
    if (session.json) session.document(reportDocument(reports, planned, target, true));
    return applied === 'done' ? 0 : exitCode(reports, []);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code === 'run-stopped') throw error;
    const problem = { code: error.code, facts: error.facts } as Problem;
    throw new ProblemError('switch-incomplete', { target: target.name, problem }, { cause: error });
  }
}

/** Consent to all plans at once, as the switch concerns them all; null when one was declined. */
async function agreeAll(
  session: Session,
  inspection: Inspection,
  planned: readonly PlannedProject[],
  options: ReconcileOptions,
  command: string,
  target: SwitchTarget,
): Promise<readonly AgreedPlan[] | null> {
  const all = planned.filter(({ plan }) => plan !== null).length;
  if (choosePlans(planned, options).length < all) {
    const reason = '--switch concerns every project: give --confirm for each plan, or say which project with --project';
    throw new ProblemError('bad-arguments', { reason });
  }
  const agreed = await agree(session, inspection, planned, options, command, target);
  return agreed.length < all ? null : agreed;
}

function refuseUndecided(target: SwitchTarget, planned: readonly PlannedProject[]): void {
  const undecided = planned.flatMap(({ refusals }) => refusals.map(refusal => refusal.migration));
  if (undecided.length === 0) return;
  throw new ProblemError('refused', {
    reason: `It is not decided what becomes of ${list(undecided)}, and once ${target.name} is checked out its code is no longer here.`,
    next: `tidemark plan --to ${quoted(target.name)}`,
  });
}

async function refuseObstacle({ repository }: Inspection, target: SwitchTarget): Promise<void> {
  const obstacle = await repository.obstacle(target);
  if (obstacle === null) return;
  throw new ProblemError('refused', { reason: `git would not switch: ${obstacle.reason}.`, next: obstacle.next });
}

async function obstacleAfterwards(
  { repository }: Inspection,
  target: SwitchTarget,
  reports: readonly RunReport[],
): Promise<void> {
  const obstacle = await repository.obstacle(target);
  if (obstacle !== null) throw switchFailed(target, obstacle.reason, reports);
}

async function switchByGit(
  session: Session,
  { repository }: Inspection,
  target: SwitchTarget,
  reports: readonly RunReport[],
): Promise<void> {
  const { switched, code, said } = await repository.switchTo(target);
  if (!switched) throw switchFailed(target, said, reports);
  for (const line of cleanLines(said).filter(text => text.trim() !== '')) session.tell(line);
  if (code !== 0) {
    session.tell(`${clean(target.name)} is checked out, but git ended with ${code}: one of your hooks failed.`);
  }
}

function switchFailed(target: SwitchTarget, said: string, reports: readonly RunReport[]): ProblemError {
  const { name } = target;
  if (reports.length === 0) {
    return new ProblemError('refused', { reason: `git did not switch to ${name}: ${said}`, next: 'git status' });
  }
  const changed = reports.flatMap(({ before, after }) => before.filter(id => !after.includes(id)));
  return new ProblemError('switch-failed', { target: name, said, gone: changed, runs: reports.map(({ run }) => run) });
}

/** Applies, project by project, and says where each database stands. */
async function applyThere(
  session: Session,
  planned: readonly PlannedProject[],
  before: readonly AgreedPlan[],
  target: SwitchTarget,
  options: ReconcileOptions,
  reports: RunReport[],
): Promise<'done' | 'stopped'> {
  for (const project of planned) {
    // On the target there is nothing to look at.
    if (project.inspected.to?.setAside != null) continue;
    const { inspection, planned: left } = await afterSwitch(session.outside, session.where, project, session.listening);
    try {
      if (left?.plan != null) {
        const named = before.find(({ inspected }) => inspected.key === left.inspected.key)?.named ?? null;
        const agreed = [{ inspected: left.inspected, plan: left.plan, consent: { how: 'yes' } as const, named }];
        if ((await runAgreed(session, inspection, agreed, options, reports)) !== 'done') return 'stopped';
      }
    } finally {
      await inspection.repository.close();
    }
    await saysWhereItStands(session, project, target);
  }
  return 'done';
}

async function saysWhereItStands(session: Session, project: PlannedProject, target: SwitchTarget): Promise<void> {
  const { inspection } = await afterSwitch(
    session.outside,
    session.where,
    { ...project, plan: null },
    session.listening,
  );
  try {
    const left = inspection.projects.flatMap(({ diagnosis }) => diagnosis.findings.filter(needsAttention));
    const which = `${clean(project.inspected.key)} on ${clean(target.name)}`;
    if (left.length === 0) session.tell(`${which}: the database is where the branch expects it.`);
    else session.tell(`${which}: ${count(left.length, 'finding')} left. (tidemark status)`);
  } finally {
    await inspection.repository.close();
  }
}
