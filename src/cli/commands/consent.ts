/** How plans are agreed to: by a yes, by the database's name typed, or by their ids on the command line. All before anything is run. */
import { quoted } from '../../domain/command-text.ts';
import type { Plan } from '../../domain/plan.ts';
import { ProblemError } from '../../domain/problem.ts';
import { targetName } from '../../domain/production.ts';
import { type Consent, destroysData, isBlind } from '../../domain/safety-rules.ts';
import type { SwitchTarget } from '../../domain/switching.ts';
import { clean } from '../../messages/clean.ts';
import { planLosses, totalLosses } from '../../messages/plans.ts';
import { databaseName, list } from '../../messages/words.ts';
import { type GuardedTarget, guardTarget } from '../../operations/guard-target.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import type { PlannedProject } from '../../operations/make-plan.ts';
import type { Session } from '../session.ts';
import { confirming } from './again.ts';

export interface ConsentOptions {
  readonly yes?: boolean;
  /** Ids of plans that were seen before. */
  readonly confirm?: readonly string[];
  /** Names of databases, typed out. */
  readonly target?: readonly string[];
}

/** A plan and the consent to it. */
export interface AgreedPlan {
  readonly inspected: InspectedProject;
  readonly plan: Plan;
  readonly consent: Consent;
  /** The database's name, where it was typed out. */
  readonly named: string | null;
}

type Chosen = Pick<AgreedPlan, 'inspected' | 'plan'> & {
  /** Nobody has seen what its reversals do: that takes more than `--yes`. */
  readonly blind: boolean;
};

/**
 * Consent to each plan; those that were declined are left out. `command` is what was typed, without a consent. Throws `plan-changed`, and
 * where nobody can answer `needs-answer`, `target-doubtful` or `loses-data`.
 */
export async function agree(
  session: Session,
  { repository }: Inspection,
  planned: readonly PlannedProject[],
  options: ConsentOptions,
  command: string,
  target: SwitchTarget | null = null,
): Promise<readonly AgreedPlan[]> {
  const chosen = choosePlans(planned, options);
  const plans = chosen.map(({ plan }) => plan);
  const guards = await Promise.all(chosen.map(({ inspected }) => guardTarget(session.outside, repository, inspected)));
  refuseUnnamed(session, chosen, guards, options, command);
  const losing = plans.filter(destroysData);
  if (options.confirm === undefined && losing.length > 0 && !session.canAsk) {
    throw new ProblemError('loses-data', {
      plans: losing.map(plan => ({ plan: plan.id, database: plan.database, losses: planLosses(plan) })),
      command: `${command}${confirming(plans)}`,
    });
  }
  const unseen = chosen.find(({ blind }) => blind);
  if (options.confirm === undefined && unseen !== undefined && !session.canAsk) {
    throw new ProblemError('refused', {
      reason: `Plan ${unseen.plan.id} could not be rehearsed on a copy of ${clean(unseen.plan.database)}, so nobody has seen what its reversals do: that takes the name of the database typed, or --confirm with the id of the plan.`,
      next: `${command}${confirming(plans)}`,
    });
  }
  const agreed: AgreedPlan[] = [];
  for (const [index, { inspected, plan, blind }] of chosen.entries()) {
    const guard = guards[index] ?? { name: '', known: true, doubts: [] };
    if (!guard.known)
      session.tell(`The first change of ${clean(plan.database)} (${clean(inspected.server)}) from this clone.`);
    const given = isNamed(guard, options) ? guard.name : null;
    const doubts = given === null ? guard.doubts : [];
    const agreement = await consentTo(session, { inspected, plan, blind }, doubts, options, command, target);
    if (agreement !== null) agreed.push({ inspected, plan, ...agreement, named: agreement.named ?? given });
    else if (chosen.length > 1) session.tell(`Plan ${plan.id} on ${clean(plan.database)} is left out.`);
  }
  return agreed;
}

/** Was the guarded database named on the command line? */
export const isNamed = ({ name }: GuardedTarget, { target = [] }: ConsentOptions): boolean =>
  target.includes(name) || target.includes(clean(name));

/** A doubtful target has to be named, and nobody can be asked. */
function refuseUnnamed(
  session: Session,
  chosen: readonly Chosen[],
  guards: readonly GuardedTarget[],
  options: ConsentOptions,
  command: string,
): void {
  const unnamed = chosen.filter((_, index) => {
    const guard = guards[index];
    return guard !== undefined && guard.doubts.length > 0 && !isNamed(guard, options);
  });
  const [first] = unnamed;
  if (first === undefined || session.canAsk) return;
  const names = new Set(guards.filter(({ doubts }) => doubts.length > 0).map(({ name }) => name));
  const confirmed = confirming(chosen.map(({ plan }) => plan));
  const naming = [...names].map(name => ` --target ${quoted(clean(name))}`).join('');
  const guard = guards[chosen.indexOf(first)];
  throw new ProblemError('target-doubtful', {
    database: first.plan.database,
    name: guard?.name ?? '',
    doubts: guard?.doubts ?? [],
    command: `${command}${confirmed}${naming}`,
  });
}

/** All plans, or those that are confirmed by their ids. */
export function choosePlans(planned: readonly PlannedProject[], { confirm }: ConsentOptions): readonly Chosen[] {
  const plans = planned.flatMap(({ inspected, plan, unrehearsed = false }) =>
    plan === null ? [] : [{ inspected, plan, blind: isBlind(plan, unrehearsed) }],
  );
  if (confirm === undefined) return plans;
  const unknown = confirm.find(id => !plans.some(({ plan }) => plan.id === id));
  if (unknown === undefined) return plans.filter(({ plan }) => confirm.includes(plan.id));
  const now = plans.map(({ plan }) => plan.id).join(', ');
  throw new ProblemError('plan-changed', { asked: unknown, now: now === '' ? 'no plan at all' : now });
}

async function consentTo(
  session: Session,
  { plan, blind }: Chosen,
  doubts: readonly string[],
  options: ConsentOptions,
  command: string,
  target: SwitchTarget | null,
): Promise<Pick<AgreedPlan, 'consent' | 'named'> | null> {
  const confirmed = { how: 'confirm', planId: plan.id } as const;
  if (options.confirm !== undefined && doubts.length === 0) return { consent: confirmed, named: null };
  const then = target === null ? '' : ` Then git switches to ${clean(target.name)}${applies(plan)}.`;
  const says = `It ${totalLosses(plan)}.${then}`;
  if (destroysData(plan) || blind || doubts.length > 0) {
    const name = databaseName(plan.database);
    const typed = await session.ask(
      [
        `Run plan ${plan.id} on ${clean(plan.database)}? ${says}`,
        ...doubts.map(clean),
        ...(blind ? ['It could not be rehearsed, so nobody has seen what its reversals do.'] : []),
        `To run it, type the name of the database, ${name}: `,
      ].join('\n'),
    );
    return typed === name ? { consent: confirmed, named: targetName(plan.database) } : null;
  }
  if (options.yes === true) return { consent: { how: 'yes' }, named: null };
  const flags = `${command} --yes\n${command} --confirm ${plan.id}`;
  return (await session.confirm(`Run plan ${plan.id} on ${clean(plan.database)}? ${says}`, flags))
    ? { consent: { how: 'yes' }, named: null }
    : null;
}

const applies = ({ to }: Plan): string =>
  to === undefined || to.apply.length === 0 ? '' : `, and ${list(to.apply.map(clean))} is applied there`;
