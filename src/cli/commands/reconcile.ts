/** `tidemark reconcile`: does what the plan says, and proves it. `relabel` and `forget` are plans of one step and come here too. */
import type { Plan } from '../../domain/plan.ts';
import { ProblemError } from '../../domain/problem.ts';
import type { RunReport } from '../../domain/report.ts';
import { approve, type Consent } from '../../domain/safety-rules.ts';
import { totalLosses } from '../../messages/plans.ts';
import { execute } from '../../operations/execute.ts';
import { type Inspection, inspect } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import { planDocument, reportDocument } from '../print/as-json.ts';
import { printPlan } from '../print/plan-text.ts';
import { printReport } from '../print/report-text.ts';
import type { Session } from '../session.ts';
import { planAll, type WishOptions } from './wish.ts';

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
  const inspection = await inspect(session.outside, session.where, session.listening);
  try {
    const [failed] = inspection.failed;
    if (failed !== undefined) throw failed.problem;
    const planned = await planAll(session, inspection, ids, options);
    return await carryOut(session, inspection, planned, options);
  } finally {
    await inspection.repository.close();
  }
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
    if (report.outcome !== 'done') break;
  }
  if (session.json) session.document(reportDocument(reports, planned));
  return exitCode(reports, planned);
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

async function consentTo(session: Session, plan: Plan, options: ReconcileOptions): Promise<Consent | null> {
  if (options.confirm !== undefined) return { how: 'confirm', planId: options.confirm };
  if (options.yes === true) return { how: 'yes' };
  const question = `Run plan ${plan.id} on ${plan.database}? It ${totalLosses(plan)}.`;
  const answered = await session.confirm(question, `tidemark reconcile --yes\ntidemark reconcile --confirm ${plan.id}`);
  return answered ? { how: 'yes' } : null;
}

function exitCode(reports: readonly RunReport[], planned: readonly PlannedProject[]): number {
  const last = reports.at(-1);
  if (last?.outcome === 'interrupted') return 130;
  if (last?.outcome === 'failed') return 4;
  const refused = planned.some(({ refusals }) => refusals.length > 0);
  return reports.length === 0 && refused ? 3 : 0;
}
