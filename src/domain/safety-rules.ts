/** The rules a plan must pass before it may be executed. Only this file makes an `ApprovedPlan`. */
import type { CountedLosses, Plan } from './plan.ts';
import { unannouncedIn } from './rehearsal.ts';

declare const approval: unique symbol;

/** A plan that passed every rule. `execute` takes nothing else. */
export type ApprovedPlan = Plan & { readonly [approval]: true };

/** How the user agreed. */
export type Consent =
  /** Saw the plan and answered yes, or passed `--yes`. Never covers the loss of data. */
  | { readonly how: 'yes' }
  /** Saw this very plan and typed the database's name, or passed `--confirm <plan-id>` of a plan seen before. */
  | { readonly how: 'confirm'; readonly planId: string };

/**
 * Do these losses take data along? Rows and values that were counted do, and so does what nobody can count: a text that runs code, or SQL
 * that cannot be read to its end (`unsure`). An empty table, a column without a value and what is not there any more (null) do not.
 */
export const losesData = ({ tables, columns, unsure }: CountedLosses): boolean =>
  unsure !== null ||
  tables.some(({ rows }) => rows !== null && rows > 0) ||
  columns.some(({ values }) => values !== null && values > 0);

/**
 * Does a plan destroy data, by its texts or by what its rehearsal showed? Only reversals do. What is applied is what the branch's own code asks for, as the framework would run it;
 * what changes history rows alone is put back from the journal. A backup that is restored takes what was written since along.
 */
export const destroysData = (plan: Plan): boolean =>
  plan.undo?.way === 'backup' ||
  plan.steps.some((step, index) => {
    if (step.kind !== 'reverse') return false;
    const seen = plan.rehearsal?.steps[index];
    const more = seen !== undefined && (seen.rowsGone.length > 0 || losesData({ ...seen.losses, unsure: null }));
    return more || losesData(step.losses);
  });

/** Does it reverse anything, so that nobody has seen what it does when it could not be rehearsed? What only applies runs as the framework would. */
export const isBlind = (plan: Plan, unrehearsed: boolean): boolean =>
  unrehearsed && plan.steps.some(step => step.kind === 'reverse');

/** One rule: why a plan must not run, as a sentence and the next step; null when it may. */
type Rule = (plan: Plan, consent: Consent) => { readonly reason: string; readonly next: string } | null;

const isThePlanThatWasSeen: Rule = (plan, consent) =>
  consent.how === 'confirm' && consent.planId !== plan.id
    ? {
        reason: `The plan is ${plan.id} now, not ${consent.planId}: the database, the branch or the wish has changed since.`,
        next: 'tidemark plan',
      }
    : null;

const agreesToLosses: Rule = (plan, consent) =>
  consent.how === 'yes' && destroysData(plan)
    ? {
        reason:
          'The plan destroys data, which takes the name of the database typed, or --confirm with the id of the plan.',
        next: `tidemark reconcile --confirm ${plan.id}`,
      }
    : null;

const hasSomethingToDo: Rule = plan =>
  plan.steps.length === 0 && plan.undo === undefined
    ? { reason: 'The plan has no step.', next: 'tidemark status' }
    : null;

const ordersStepsSafely: Rule = plan => {
  const firstApply = plan.steps.findIndex(step => step.kind === 'apply');
  const lastOther = plan.steps.findLastIndex(step => step.kind !== 'apply');
  return firstApply !== -1 && firstApply < lastOther
    ? { reason: 'The plan applies before it has reversed everything.', next: 'tidemark plan' }
    : null;
};

const survivedItsRehearsal: Rule = ({ rehearsal }) => {
  if (rehearsal === undefined || rehearsal.failed === null) return null;
  const { step, said } = rehearsal.failed;
  return {
    reason: `Step ${step + 1} failed when the plan was rehearsed on a copy: ${said}`,
    next: 'tidemark plan --rehearse',
  };
};

const announcedWhatItDestroys: Rule = ({ id, rehearsal }, consent) => {
  const hidden = rehearsal === undefined ? [] : unannouncedIn(rehearsal);
  if (hidden.length === 0 || consent.how === 'confirm') return null;
  return {
    reason: `The rehearsal destroyed what no migration's text announces: ${hidden.join(', ')}. That takes the plan's own id, and no --yes.`,
    next: `tidemark plan --rehearse\ntidemark reconcile --confirm ${id}`,
  };
};

const RULES: readonly Rule[] = [
  isThePlanThatWasSeen,
  survivedItsRehearsal,
  announcedWhatItDestroys,
  agreesToLosses,
  hasSomethingToDo,
  ordersStepsSafely,
];

/** Approves a plan, or says which rules forbid it. */
export function approve(
  plan: Plan,
  consent: Consent,
):
  | { readonly approved: ApprovedPlan }
  | { readonly forbidden: readonly { readonly reason: string; readonly next: string }[] } {
  const forbidden = RULES.flatMap(rule => rule(plan, consent) ?? []);
  return forbidden.length > 0 ? { forbidden } : { approved: plan as ApprovedPlan };
}
