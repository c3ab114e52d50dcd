/** The plan on the screen: its items, the remedies chosen by hand, and what must be confirmed before it runs. */
import { needsAttention } from '../../domain/finding.ts';
import type { MigrationId } from '../../domain/migration.ts';
import type { Refusal, Step } from '../../domain/plan.ts';
import type { Rehearsal } from '../../domain/rehearsal.ts';
import { destroysData, isBlind } from '../../domain/safety-rules.ts';
import { clean } from '../../messages/clean.ts';
import { planLosses, stepTitle, undoLines } from '../../messages/plans.ts';
import { rehearsalLines, schemaLine } from '../../messages/rehearsal.ts';
import type { PlanWish } from '../../operations/make-plan.ts';
import type { Afterwards, Effect } from './effects.ts';
import type { Choice, ConfirmScreen, Fact, PlannedView, PlanScreen, Rehearsing, State } from './state.ts';
import { type ProjectView, type Remediable, remediableOf } from './view.ts';

/** Why a plan that is being made cannot be run; said no longer once it is there. */
export const STILL_PLANNING = 'The plan is still being made.';

/** Why a plan that is being rehearsed is not run. */
const STILL_REHEARSING = 'The plan is still being rehearsed: answer again once that is done. Esc goes back.';

/** All that can be done about a finding, in the order of the menu. */
export const CHOICES: readonly Choice[] = ['reverse', 'relabel', 'adopt', 'forget', 'ignore', 'leave'];

/** What each choice means, in a few words. */
export const CHOICE_WORDS: Readonly<Record<Choice, string>> = {
  reverse: 'run its own reversal, with the code that had it',
  relabel: 'let its row live on under the new id',
  adopt: 'bring its file back into the working tree',
  forget: 'remove its row; the schema stays',
  ignore: 'leave it alone in this clone from now on',
  leave: 'keep it out of this plan',
};

/** One line of the plan that can be chosen. */
export type PlanItem =
  | { readonly kind: 'finding'; readonly finding: Remediable; readonly choice: Choice | null }
  /** Which run is undone, how, and why so. */
  | { readonly kind: 'undo'; readonly lines: readonly string[] }
  | { readonly kind: 'step'; readonly step: Step; readonly number: number }
  /** How the rehearsal of the steps stands, or what it showed. */
  | { readonly kind: 'rehearsal'; readonly stands: Rehearsing | Rehearsal }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | { readonly kind: 'warning'; readonly text: string };

/** The orphans and edited migrations a plan is about: all that ask for attention, and what was chosen by hand. */
export const remediablesOf = (project: ProjectView | undefined, screen: PlanScreen): readonly Remediable[] =>
  (screen.undo === undefined ? (project?.rows ?? []) : [])
    .flatMap(row => remediableOf(row) ?? [])
    .filter(
      finding =>
        finding.migration === screen.about ||
        (screen.wish.only?.includes(finding.migration) ??
          (needsAttention(finding) || screen.choices.has(finding.migration))),
    );

/** Findings first, then steps in order, then their rehearsal, then what is refused and what to know. */
export function planItems(project: ProjectView | undefined, screen: PlanScreen): readonly PlanItem[] {
  const { planned } = screen;
  const undo = planned?.plan == null ? [] : undoLines(planned.plan);
  return [
    ...(undo.length === 0 ? [] : [{ kind: 'undo' as const, lines: undo }]),
    ...remediablesOf(project, screen).map(finding => ({
      kind: 'finding' as const,
      finding,
      choice: screen.choices.get(finding.migration) ?? offered(finding, planned?.plan?.steps ?? []),
    })),
    ...(planned?.plan?.steps ?? []).map((step, index) => ({ kind: 'step' as const, step, number: index + 1 })),
    ...rehearsalOf(planned),
    ...(planned?.refusals ?? []).map(refusal => ({ kind: 'refusal' as const, refusal })),
    ...(planned?.warnings ?? []).map(text => ({ kind: 'warning' as const, text })),
  ];
}

function rehearsalOf(planned: PlannedView | null): readonly PlanItem[] {
  const stands = planned?.plan?.rehearsal ?? planned?.rehearsing;
  return stands === undefined ? [] : [{ kind: 'rehearsal', stands }];
}

/** What happens to a finding that nobody chose for: what the plan does with it, else that it stays. An edit is acted on by choice only. */
function offered(finding: Remediable, steps: readonly Step[]): Choice | null {
  const step = steps.find(each => 'migration' in each && each.migration === finding.migration);
  if (step !== undefined && step.kind !== 'apply' && step.kind !== 'remember') return step.kind;
  return finding.kind === 'edited' || finding.remedy === 'ignore' ? 'leave' : null;
}

/** Why a choice cannot be taken; null when it can. */
export function notPossible(finding: Remediable, choice: Choice): string | null {
  if (choice === 'leave' || finding.remedies.includes(choice)) return null;
  if (finding.kind === 'edited') return 'its file is here, so its row belongs where it is';
  if (choice === 'relabel' && finding.renamedTo === null) return 'nothing on this branch looks like it';
  if (choice === 'reverse' || choice === 'adopt')
    return finding.source === null ? 'no single version of its file is known' : 'it lives on under another name';
  return 'it would not put this finding right';
}

/** The wish with what was chosen by hand. What is adopted, ignored or left takes no step of the plan; an edit takes none unasked. */
export function wishWith(project: ProjectView | undefined, screen: PlanScreen): PlanWish {
  const remedies = new Map(screen.wish.remedies);
  for (const { migration, kind } of remediablesOf(project, screen)) {
    const choice = screen.choices.get(migration);
    if (choice === undefined) continue;
    if (choice === 'reverse' || choice === 'relabel' || choice === 'forget') remedies.set(migration, choice);
    else if (kind === 'edited') remedies.delete(migration);
    else remedies.set(migration, 'ignore');
  }
  const { byHand = null } = screen.wish;
  const kept = byHand !== null && remedies.get(byHand.migration) !== 'reverse' ? { byHand: null } : {};
  return { ...screen.wish, remedies, ...kept };
}

/** What is done beside the plan's steps. */
function afterwardsOf(screen: PlanScreen): Afterwards {
  const chosen = (wanted: Choice): readonly MigrationId[] =>
    [...screen.choices].flatMap(([id, choice]) => (choice === wanted ? [id] : []));
  return { adopt: chosen('adopt'), ignore: chosen('ignore') };
}

/** Is there anything to confirm: a step, or something beside the steps? */
export function hasWork(screen: PlanScreen): boolean {
  const { adopt, ignore } = afterwardsOf(screen);
  return screen.planned !== null && (screen.planned.plan !== null || adopt.length + ignore.length > 0);
}

/** The question before a plan runs. A plan that destroys something wants the database's name typed. */
export function confirmationOf(state: State, screen: PlanScreen): ConfirmScreen {
  const project = state.view?.projects[screen.project];
  const plan = screen.planned?.plan ?? null;
  const afterwards = afterwardsOf(screen);
  const unrehearsed = screen.planned?.rehearsing?.is === 'left-out';
  const destructive = plan !== null && (destroysData(plan) || isBlind(plan, unrehearsed));
  const doubts = plan === null ? [] : (screen.planned?.doubts ?? []);
  const named = destructive || doubts.length > 0 ? { named: true as const } : {};
  const doing: Effect = { do: 'run', project: project?.key ?? '', planId: plan?.id ?? null, afterwards, ...named };
  return {
    name: 'confirm',
    title: plan === null ? 'Do this?' : `Run plan ${plan.id}?`,
    facts: [
      { label: 'database', text: `${clean(project?.database ?? '')} (${clean(project?.server ?? '')})` },
      ...doubts.map((text): Fact => ({ label: '', text: clean(text), tone: 'bad' })),
      ...(plan?.steps ?? []).map((step, index) => ({ label: `step ${index + 1}`, text: stepTitle(step) })),
      ...(plan === null ? [] : undoLines(plan)).map((text, index) => ({ label: index === 0 ? 'undo' : '', text })),
      ...afterwards.adopt.map(id => ({ label: 'adopt', text: `${clean(id)}: its file comes back, untracked` })),
      ...afterwards.ignore.map(id => ({ label: 'ignore', text: `${clean(id)}, in this clone` })),
      ...(plan === null ? [] : [...lossFacts(planLosses(plan)), ...rehearsalFacts(state, screen.planned)]),
      ...(plan === null ? [] : [backupFact(screen.planned)]),
    ],
    mustType: 'named' in named ? (project?.databaseName ?? '') : null,
    typed: '',
    choice: 'no',
    yes: plan === null ? 'do it' : 'run it',
    doing,
    ...(screen.planned?.rehearsing?.is === 'under-way' ? { waits: STILL_REHEARSING } : {}),
    scroll: 0,
  };
}

/** What the rehearsal showed of each step, or how far it is. */
function rehearsalFacts({ now }: State, planned: PlannedView | null): readonly Fact[] {
  const rehearsal = planned?.plan?.rehearsal;
  if (rehearsal !== undefined) {
    const many = rehearsal.steps.length > 1;
    const seen = rehearsal.steps.map((step, index) => `${many ? `step ${index + 1}: ` : ''}${schemaLine(step)}`);
    return [...seen, ...rehearsalLines(rehearsal, planned?.plan?.steps.length ?? 0)].map((text, index) => ({
      label: index === 0 ? 'rehearsed' : '',
      text,
    }));
  }
  const stands = planned?.rehearsing;
  return stands === undefined ? [] : [{ label: 'rehearsal', text: rehearsingWords(stands, now) }];
}

/** How a rehearsal that is not done stands, in a few words. */
export function rehearsingWords(stands: Rehearsing, now: number): string {
  if (stands.is === 'under-way')
    return `under way, ${Math.max(0, Math.round((now - stands.began) / 1000))} s: ${stands.doing}`;
  return stands.is === 'left-out' ? stands.because : stands.problem.what;
}

const lossFacts = (lost: readonly string[]): readonly Fact[] =>
  lost.length === 0
    ? [{ label: 'destroys', text: 'nothing that its text names' }]
    : lost.map((text, index) => ({ label: index === 0 ? 'destroys' : '', text, tone: 'bad' }));

function backupFact(planned: PlannedView | null): Fact {
  const folder = planned?.backupFolder ?? null;
  const none = 'none needed: only history rows change, and the journal keeps them';
  return { label: 'backup', text: folder === null ? none : clean(folder) };
}
