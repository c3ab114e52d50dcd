/** `tidemark plan`: exactly what would run, and what it would destroy. Changes nothing. */
import { inspect } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import { planDocument } from '../print/as-json.ts';
import { printPlan } from '../print/plan-text.ts';
import type { Session } from '../session.ts';
import { commandAgain, confirming } from './again.ts';
import { type RehearseOptions, rehearseAll } from './rehearsing.ts';
import { planAll, refuseLoneSwitch, type WishOptions } from './wish.ts';

export interface PlanOptions extends WishOptions, RehearseOptions {
  readonly exitCode?: boolean;
}

/** Exit code 0; with `exitCode` 1 when there is something to do or to decide. */
export async function planCommand(session: Session, ids: readonly string[], options: PlanOptions): Promise<number> {
  const planned = await showPlans(session, ids, options);
  const found = planned.some(({ plan, refusals }) => plan !== null || refusals.length > 0);
  return options.exitCode === true && found ? 1 : 0;
}

/** Plans and prints. */
export async function showPlans(
  session: Session,
  ids: readonly string[],
  options: PlanOptions,
): Promise<readonly PlannedProject[]> {
  refuseLoneSwitch(options);
  const where = { ...session.where, to: options.to ?? null };
  const inspection = await inspect(session.outside, where, session.listening);
  try {
    const planned = await rehearseAll(session, inspection, await planAll(session, inspection, ids, options), {
      rehearse: options.rehearse ?? 'off',
    });
    if (session.json) session.document(planDocument(inspection, planned));
    else {
      for (const [index, project] of planned.entries()) {
        if (index > 0) session.out('');
        printPlan(session, project);
      }
      const plans = planned.flatMap(({ plan }) => plan ?? []);
      const command = commandAgain(session, ['reconcile', ...ids], options, planned);
      if (plans.length > 0) session.tell(`\nTo run exactly this plan: ${command}${confirming(plans)}`);
    }
    return planned;
  } finally {
    await inspection.repository.close();
  }
}
