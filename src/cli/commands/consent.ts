/** How plans are agreed to: by a yes, by the database's name typed, or by their ids on the command line. All before anything is run. */
import type { Plan } from '../../domain/plan.ts';
import { ProblemError } from '../../domain/problem.ts';
import { type Consent, destroysData } from '../../domain/safety-rules.ts';
import type { SwitchTarget } from '../../domain/switching.ts';
import { clean } from '../../messages/clean.ts';
import { planLosses, totalLosses } from '../../messages/plans.ts';
import { databaseName, list } from '../../messages/words.ts';
import type { InspectedProject } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import type { Session } from '../session.ts';
import { confirming } from './again.ts';

export interface ConsentOptions {
  readonly yes?: boolean;
  /** Ids of plans that were seen before. */
  readonly confirm?: readonly string[];
}

/** A plan and the consent to it. */
export interface AgreedPlan {
  readonly inspected: InspectedProject;
  readonly plan: Plan;
  readonly consent: Consent;
}

/**
 * Consent to each plan; those that were declined are left out. `command` is what was typed, without a consent. Throws `plan-changed`, and
 * where nobody can answer `needs-answer` or `loses-data`.
 */
export async function agree(
  session: Session,
  planned: readonly PlannedProject[],
  options: ConsentOptions,
  command: string,
  target: SwitchTarget | null = null,
): Promise<readonly AgreedPlan[]> {
  const chosen = choosePlans(planned, options);
  const plans = chosen.map(({ plan }) => plan);
  const losing = plans.filter(destroysData);
  if (options.confirm === undefined && losing.length > 0 && !session.canAsk) {
    throw new ProblemError('loses-data', {
      plans: losing.map(plan => ({ plan: plan.id, database: plan.database, losses: planLosses(plan) })),
      command: `${command}${confirming(plans)}`,
    });
  }
  const agreed: AgreedPlan[] = [];
  for (const { inspected, plan } of chosen) {
    const consent = await consentTo(session, plan, options, command, target);
    if (consent !== null) agreed.push({ inspected, plan, consent });
    else if (chosen.length > 1) session.tell(`Plan ${plan.id} on ${clean(plan.database)} is left out.`);
  }
  return agreed;
}

/** All plans, or those that are confirmed by their ids. */
export function choosePlans(
  planned: readonly PlannedProject[],
  { confirm }: ConsentOptions,
): readonly Omit<AgreedPlan, 'consent'>[] {
  const plans = planned.flatMap(({ inspected, plan }) => (plan === null ? [] : [{ inspected, plan }]));
  if (confirm === undefined) return plans;
  const unknown = confirm.find(id => !plans.some(({ plan }) => plan.id === id));
  if (unknown === undefined) return plans.filter(({ plan }) => confirm.includes(plan.id));
  const now = plans.map(({ plan }) => plan.id).join(', ');
  throw new ProblemError('plan-changed', { asked: unknown, now: now === '' ? 'no plan at all' : now });
}

async function consentTo(
  session: Session,
  plan: Plan,
  options: ConsentOptions,
  command: string,
  target: SwitchTarget | null,
): Promise<Consent | null> {
  if (options.confirm !== undefined) return { how: 'confirm', planId: plan.id };
  const then = target === null ? '' : ` Then git switches to ${clean(target.name)}${applies(plan)}.`;
  const says = `It ${totalLosses(plan)}.${then}`;
  if (destroysData(plan)) {
    const name = databaseName(plan.database);
    const typed = await session.ask(
      `Run plan ${plan.id} on ${clean(plan.database)}? ${says}\nTo run it, type the name of the database, ${name}: `,
    );
    return typed === name ? { how: 'confirm', planId: plan.id } : null;
  }
  if (options.yes === true) return { how: 'yes' };
  const flags = `${command} --yes\n${command} --confirm ${plan.id}`;
  return (await session.confirm(`Run plan ${plan.id} on ${clean(plan.database)}? ${says}`, flags))
    ? { how: 'yes' }
    : null;
}

const applies = ({ to }: Plan): string =>
  to === undefined || to.apply.length === 0 ? '' : `, and ${list(to.apply.map(clean))} is applied there`;
