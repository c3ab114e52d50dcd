/** `tidemark reconcile`: does what the plan says, and proves it. `relabel` and `forget` are plans of one step and come here too. */
import { quoted } from '../../domain/command-text.ts';
import type { Plan } from '../../domain/plan.ts';
import { ProblemError } from '../../domain/problem.ts';
import type { RunReport } from '../../domain/report.ts';
import { approve, type Consent } from '../../domain/safety-rules.ts';
import type { SwitchTarget } from '../../domain/switching.ts';
import { totalLosses } from '../../messages/plans.ts';
import { list, nextLines } from '../../messages/words.ts';
import { execute } from '../../operations/execute.ts';
import { type InspectedProject, type Inspection, inspect } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import { planDocument, reportDocument } from '../print/as-json.ts';
import { printPlan } from '../print/plan-text.ts';
import { printReport } from '../print/report-text.ts';
import type { Session } from '../session.ts';
import { planAll, refuseLoneSwitch, type WishOptions } from './wish.ts';

export interface ReconcileOptions extends WishOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly backup?: boolean;
  readonly confirm?: string;
}

/** Exit codes: 0 done or nothing to do, 3 refused, 4 stopped midway, 130 interrupted. */
export async function reconcileCommand(
  session: Session,
  ids: readonly string[],
  options: ReconcileOptions,
): Promise<number> {
  refuseLoneSwitch(options);
  const where = { ...session.where, to: options.to ?? null };
  const inspection = await inspect(session.outside, where, session.listening);
  try {
    const [failed] = inspection.failed;
    if (failed !== undefined) throw failed.problem;
    const planned = await planAll(session, inspection, ids, options);
    if (inspection.to !== null && options.switch === true && options.dryRun !== true) {
      const { switchOver } = await import('./switch-over.ts');
      return await switchOver(session, inspection, inspection.to, planned, options);
    }
    const code = await carryOut(session, inspection, planned, options);
    if (code === 0 && inspection.to?.arguments != null && options.dryRun !== true) {
      for (const line of nextLines(switchCommand(inspection.to.arguments))) session.tell(line);
    }
    return code;
  } finally {
    await inspection.repository.close();
  }
}

const switchCommand = (words: readonly string[]): string => ['git', 'switch', ...words.map(quoted)].join(' ');

/** A plan and the consent to it. */
interface AgreedPlan {
  readonly inspected: InspectedProject;
  readonly plan: Plan;
  readonly consent: Consent;
}

/** Shows plans, gets consent for each, executes them one after the other, and stops at the first that does not end well. */
export async function carryOut(
  session: Session,
  inspection: Inspection,
  planned: readonly PlannedProject[],
  options: ReconcileOptions,
): Promise<number> {
  if (options.dryRun === true) return showOnly(session, inspection, planned);
  // Who confirms a plan by its id has seen it.
  if (!session.json && options.confirm === undefined) for (const project of planned) printPlan(session, project);
  const chosen = choosePlans(planned, options);
  const reports: RunReport[] = [];
  for (const { inspected, plan } of chosen) {
    const consent = await consentTo(session, plan, options);
    if (consent === null) {
      session.tell('Nothing was changed.');
      return 3;
    }
    if ((await runAgreed(session, inspection, [{ inspected, plan, consent }], options, reports)) !== 'done') break;
  }
  if (session.json) session.document(reportDocument(reports, planned, inspection.to));
  return exitCode(reports, planned);
}

/** Executes plans that were agreed to, one after the other; a plan without steps needs no run. Adds to `reports`. */
export async function runAgreed(
  session: Session,
  inspection: Inspection,
  agreed: readonly AgreedPlan[],
  options: ReconcileOptions,
  reports: RunReport[],
): Promise<RunReport['outcome']> {
  for (const { inspected, plan, consent } of agreed) {
    if (plan.steps.length === 0) continue;
    const approval = approve(plan, consent);
    if ('forbidden' in approval) {
      throw new ProblemError(
        'refused',
        approval.forbidden[0] ?? { reason: 'A rule forbids the plan.', next: 'tidemark plan' },
      );
    }
    const report = await execute(
      session.outside,
      inspection.repository,
      inspected,
      approval.approved,
      { backup: options.backup !== false && !onlyRows(plan), timeLimitMs: inspection.settings.timeLimitSeconds * 1000 },
      session.listening,
    );
    reports.push(report);
    if (!session.json) printReport(session, report);
    if (report.outcome !== 'done') return report.outcome;
  }
  return 'done';
}

/** Consent to all plans at once, as a switch follows that concerns them all; null when one was declined. */
export async function agreeAll(
  session: Session,
  planned: readonly PlannedProject[],
  options: ReconcileOptions,
  target: SwitchTarget,
): Promise<readonly AgreedPlan[] | null> {
  const chosen = choosePlans(planned, options);
  if (chosen.length < planned.filter(({ plan }) => plan !== null).length) {
    const reason = '--switch concerns every project, and --confirm names the plan of one: say which with --project';
    throw new ProblemError('bad-arguments', { reason });
  }
  const agreed: AgreedPlan[] = [];
  for (const { inspected, plan } of chosen) {
    const consent = await consentTo(session, plan, options, target);
    if (consent === null) return null;
    agreed.push({ inspected, plan, consent });
  }
  return agreed;
}

function showOnly(session: Session, inspection: Inspection, planned: readonly PlannedProject[]): number {
  if (session.json) session.document(planDocument(inspection, planned));
  else for (const project of planned) printPlan(session, project);
  return 0;
}

/** Only history rows change, and the journal holds them as they were: a backup of the whole database would add nothing. */
const onlyRows = (plan: Plan): boolean => plan.steps.every(step => step.doing.how === 'rows');

function choosePlans(planned: readonly PlannedProject[], options: ReconcileOptions) {
  const plans = planned.flatMap(({ inspected, plan }) => (plan === null ? [] : [{ inspected, plan }]));
  if (options.confirm === undefined) return plans;
  const confirmed = plans.filter(({ plan }) => plan.id === options.confirm);
  if (confirmed.length > 0) return confirmed;
  const now = plans.map(({ plan }) => plan.id).join(', ');
  throw new ProblemError('plan-changed', { asked: options.confirm, now: now === '' ? 'no plan at all' : now });
}

async function consentTo(
  session: Session,
  plan: Plan,
  options: ReconcileOptions,
  target: SwitchTarget | null = null,
): Promise<Consent | null> {
  if (options.confirm !== undefined) return { how: 'confirm', planId: options.confirm };
  if (options.yes === true) return { how: 'yes' };
  const then = target === null ? '' : ` Then git switches to ${target.name}${applies(plan)}.`;
  const question = `Run plan ${plan.id} on ${plan.database}? It ${totalLosses(plan)}.${then}`;
  const flags = plan.to === undefined ? '' : ` --to ${quoted(plan.to.name)}${plan.to.switch ? ' --switch' : ''}`;
  const command = `tidemark reconcile${flags}`;
  const answered = await session.confirm(question, `${command} --yes\n${command} --confirm ${plan.id}`);
  return answered ? { how: 'yes' } : null;
}

const applies = ({ to }: Plan): string =>
  to === undefined || to.apply.length === 0 ? '' : `, and ${list([...to.apply])} is applied there`;

export function exitCode(reports: readonly RunReport[], planned: readonly PlannedProject[]): number {
  const last = reports.at(-1);
  if (last?.outcome === 'interrupted') return 130;
  if (last?.outcome === 'failed') return 4;
  const refused = planned.some(({ refusals }) => refusals.length > 0);
  return reports.length === 0 && refused ? 3 : 0;
}
