/** `tidemark reconcile`: does what the plan says, and proves it. `relabel` and `forget` are plans of one step and come here too. */
import { quoted } from '../../domain/command-text.ts';
import { changesOnlyRows } from '../../domain/plan.ts';
import { ProblemError } from '../../domain/problem.ts';
import { unexplained } from '../../domain/proof.ts';
import type { RunReport } from '../../domain/report.ts';
import { approve } from '../../domain/safety-rules.ts';
import { nextLines } from '../../messages/words.ts';
import { execute } from '../../operations/execute.ts';
import { type Inspection, inspect } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import { isProvable, proofWanted, schemaOf } from '../../operations/prove.ts';
import { planDocument, reportDocument } from '../print/as-json.ts';
import { printPlan } from '../print/plan-text.ts';
import { printAfter, printReport } from '../print/report-text.ts';
import type { Session } from '../session.ts';
import { commandAgain } from './again.ts';
import { type AgreedPlan, agree, type ConsentOptions } from './consent.ts';
import { proofAfter } from './proof-after.ts';
import { type RehearseOptions, refuseFailed, rehearseAll } from './rehearsing.ts';
import { planAll, refuseLoneSwitch, type WishOptions } from './wish.ts';
import { editTyped } from './written.ts';

export interface ReconcileOptions extends WishOptions, ConsentOptions, RehearseOptions {
  readonly dryRun?: boolean;
  readonly backup?: boolean;
  readonly park?: boolean;
  readonly proof?: boolean;
}

/** Exit codes: 0 done or nothing to do, 3 refused, 4 stopped midway, 130 interrupted. */
export async function reconcileCommand(
  session: Session,
  ids: readonly string[],
  asked: ReconcileOptions,
): Promise<number> {
  refuseLoneSwitch(asked);
  const where = { ...session.where, to: asked.to ?? null };
  const inspection = await inspect(session.outside, where, session.listening);
  try {
    const [failed] = inspection.failed;
    if (failed !== undefined) throw failed.problem;
    const options = asked.edit === true ? { ...asked, with: await editTyped(session, inspection, ids) } : asked;
    const bare = await planAll(session, inspection, ids, options);
    const onlyShown = options.dryRun === true && options.rehearse === undefined;
    const planned = onlyShown ? bare : await rehearseAll(session, inspection, bare, options);
    if (options.dryRun !== true) refuseFailed(session, planned);
    if (inspection.to !== null && options.switch === true && options.dryRun !== true) {
      const { switchOver } = await import('./switch-over.ts');
      return await switchOver(session, inspection, inspection.to, planned, ['reconcile', ...ids], options);
    }
    const code = await carryOut(session, inspection, planned, ['reconcile', ...ids], options);
    if (code === 0 && inspection.to?.arguments != null && options.dryRun !== true) {
      for (const line of nextLines(switchCommand(inspection.to.arguments))) session.tell(line);
    }
    return code;
  } finally {
    await inspection.repository.close();
  }
}

const switchCommand = (words: readonly string[]): string => ['git', 'switch', ...words.map(quoted)].join(' ');

/**
 * Shows plans, gets consent for each, executes them one after the other, and stops at the first that does not end well. `words` are the
 * command's name and its arguments.
 */
export async function carryOut(
  session: Session,
  inspection: Inspection,
  planned: readonly PlannedProject[],
  words: readonly string[],
  options: ReconcileOptions,
): Promise<number> {
  if (options.dryRun === true) return showOnly(session, inspection, planned);
  // Who confirms a plan by its id has seen it.
  if (!session.json && options.confirm === undefined) for (const project of planned) printPlan(session, project);
  const agreed = await agree(session, inspection, planned, options, commandAgain(session, words, options, planned));
  if (agreed.length === 0 && planned.some(({ plan }) => plan !== null)) {
    session.tell('Nothing was changed.');
    return 3;
  }
  const reports: RunReport[] = [];
  await runAgreed(session, inspection, agreed, options, reports);
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
  for (const { inspected, plan, consent, named } of agreed) {
    if (plan.steps.length === 0 && plan.undo === undefined) continue;
    const approval = approve(plan, consent);
    if ('forbidden' in approval) {
      throw new ProblemError(
        'refused',
        approval.forbidden[0] ?? { reason: 'A rule forbids the plan.', next: 'tidemark plan' },
      );
    }
    const proving = proofWanted(session.outside, options.proof) && isProvable(plan);
    const before = proving ? await schemaOf(session.outside, inspected) : null;
    const ran = await execute(
      session.outside,
      inspection.repository,
      inspected,
      approval.approved,
      {
        backup: options.backup !== false && !changesOnlyRows(plan),
        park: options.park !== false,
        timeLimitMs: inspection.settings.timeLimitSeconds * 1000,
        named,
      },
      session.listening,
    );
    if (!session.json) printReport(session, ran);
    const proved = proving && ran.outcome === 'done' ? await proofAfter(session, inspection, inspected, before) : {};
    const report = { ...ran, ...proved };
    reports.push(report);
    if (!session.json) printAfter(session, report);
    if (report.outcome !== 'done') return report.outcome;
  }
  return 'done';
}

function showOnly(session: Session, inspection: Inspection, planned: readonly PlannedProject[]): number {
  if (session.json) session.document(planDocument(inspection, planned));
  else for (const project of planned) printPlan(session, project);
  return 0;
}

export function exitCode(reports: readonly RunReport[], planned: readonly PlannedProject[]): number {
  const last = reports.at(-1);
  if (last?.outcome === 'interrupted') return 130;
  if (last?.outcome === 'failed') return 4;
  if (reports.some(({ proof }) => proof != null && unexplained(proof).some(({ before }) => before === false))) return 1;
  const refused = planned.some(({ refusals }) => refusals.length > 0);
  return reports.length === 0 && refused ? 3 : 0;
}
