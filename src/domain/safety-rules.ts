/** The rules a plan must pass before it may be executed. Only this file makes an `ApprovedPlan`. */
import type { Plan } from './plan.ts';

declare const approval: unique symbol;

/** A plan that passed every rule. `execute` takes nothing else. */
export type ApprovedPlan = Plan & { readonly [approval]: true };

/** How the user agreed. */
export type Consent =
  /** Saw the plan and answered yes, or passed `--yes`. */
  | { readonly how: 'yes' }
  /** Passed `--confirm <plan-id>` of a plan seen before. */
  | { readonly how: 'confirm'; readonly planId: string };

/** One rule: why a plan must not run, as a sentence and the next step; null when it may. */
type Rule = (plan: Plan, consent: Consent) => { readonly reason: string; readonly next: string } | null;

const isThePlanThatWasSeen: Rule = (plan, consent) =>
  consent.how === 'confirm' && consent.planId !== plan.id
    ? {
        reason: `The plan is ${plan.id} now, not ${consent.planId}: the database, the branch or the wish has changed since.`,
        next: 'tidemark plan',
      }
    : null;

const hasSomethingToDo: Rule = plan =>
  plan.steps.length === 0 ? { reason: 'The plan has no step.', next: 'tidemark status' } : null;

const ordersStepsSafely: Rule = plan => {
  const firstApply = plan.steps.findIndex(step => step.kind === 'apply');
  const lastOther = plan.steps.findLastIndex(step => step.kind !== 'apply');
  return firstApply !== -1 && firstApply < lastOther
    ? { reason: 'The plan applies before it has reversed everything.', next: 'tidemark plan' }
    : null;
};

const RULES: readonly Rule[] = [isThePlanThatWasSeen, hasSomethingToDo, ordersStepsSafely];

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
