/** Answers: leaving screens, choosing remedies, confirming, stopping. */
import type { Change } from './effects.ts';
import { CHOICES, confirmationOf, notPossible, planItems, remediablesOf, wishWith } from './plan.ts';
import { withoutRehearsing } from './rehearsing.ts';
import { type Choice, type PlanScreen, popped, pushed, type State, top, withTop } from './state.ts';

const still = (state: State): Change<State> => ({ state, effects: [] });

/** One screen back. */
export const back = (state: State): Change<State> => still(popped(state));

export const quit = (state: State, code: number): Change<State> => ({ state, effects: [{ do: 'quit', code }] });

/** Ctrl-C: stops a run, at once when pressed again; leaves otherwise. */
export function interrupt(state: State): Change<State> {
  if (state.run === null) return quit(state, 130);
  const hard = state.run.stopping !== 'no';
  return {
    state: { ...state, run: { ...state.run, stopping: hard ? 'hard' : 'soft' } },
    effects: [{ do: 'stop', hard }],
  };
}

/** Why a plan that undoes a run is as it is. */
const UNDOES = 'The plan undoes a run: there is nothing to choose.';

/** Why nothing can be wished for here; null when it can. */
export const noWish = (state: State): string | null => (planOn(state)?.undo === undefined ? null : UNDOES);

/** The plan screen on top, with the project it is about. */
function planOn(state: State): PlanScreen | null {
  const screen = top(state);
  return screen.name === 'plan' ? screen : null;
}

/** Opens the remedies of the orphan under the cursor, at the one that is chosen now. */
export function openMenu(state: State): Change<State> {
  const screen = planOn(state);
  const item = screen === null ? undefined : planItems(state.view?.projects[screen.project], screen)[screen.cursor];
  if (screen === null || item?.kind !== 'finding') return still(state);
  const at = item.choice === null ? 0 : CHOICES.indexOf(item.choice);
  return still(withTop(state, { ...screen, menu: Math.max(0, at) }));
}

/** Why there is no remedy to choose here; null when there is. */
export function noMenu(state: State): string | null {
  const screen = planOn(state);
  if (screen?.undo !== undefined) return UNDOES;
  const item = screen === null ? undefined : planItems(state.view?.projects[screen.project], screen)[screen.cursor];
  return item?.kind === 'finding' ? null : 'Only findings have remedies: move to one of the first lines.';
}

/** Takes the remedy under the menu's cursor, and plans again. */
export function choose(state: State): Change<State> {
  const screen = planOn(state);
  if (screen === null || screen.menu === null) return still(state);
  const finding = remediablesOf(state.view?.projects[screen.project], screen)[screen.cursor];
  const choice: Choice | undefined = CHOICES[screen.menu];
  if (finding === undefined || choice === undefined) return still(state);
  const because = notPossible(finding, choice);
  if (because !== null) return still({ ...state, notice: `${choice} cannot be chosen: ${because}.` });
  const choices = new Map(screen.choices).set(finding.migration, choice);
  return rewished(state, { ...screen, choices, menu: null });
}

/** The plan again, for another wish. */
export function rewished(state: State, screen: PlanScreen): Change<State> {
  const project = state.view?.projects[screen.project]?.key ?? null;
  const asked = wishWith(state.view?.projects[screen.project], screen);
  return {
    state: withTop(state, { ...screen, asked, planning: true, planned: withoutRehearsing(screen.planned) }),
    effects: [{ do: 'plan', project, wish: asked, named: null }],
  };
}

export function withWish(state: State, change: (wish: PlanScreen['wish']) => PlanScreen['wish']): Change<State> {
  const screen = planOn(state);
  return screen === null ? still(state) : rewished(state, { ...screen, wish: change(screen.wish) });
}

/** Asks whether the plan shall run. */
export function askToRun(state: State): Change<State> {
  const screen = planOn(state);
  return screen === null ? still(state) : still(pushed(state, confirmationOf(state, screen)));
}

/** Turns between no and yes. */
export function turned(state: State): Change<State> {
  const screen = top(state);
  if (screen.name !== 'confirm') return still(state);
  return still(withTop(state, { ...screen, choice: screen.choice === 'no' ? 'yes' : 'no' }));
}

/** Yes: what was asked for is done. Runs and aborts go on on the run screen. */
export function yes(state: State): Change<State> {
  const screen = top(state);
  if (screen.name !== 'confirm') return still(state);
  if (screen.waits !== undefined) return still({ ...state, notice: screen.waits });
  return underWay(popped(state), screen.doing);
}

/** Enter on the question: what is chosen; with a name to type, only the right name is a yes. */
export function answer(state: State): Change<State> {
  const screen = top(state);
  if (screen.name !== 'confirm') return still(state);
  if (screen.mustType !== null) {
    if (screen.typed === screen.mustType) return yes(state);
    const said = screen.typed === '' ? 'Type the name first' : 'That is not the name';
    return still({ ...state, notice: `${said}: ${screen.mustType}. Esc goes back, and nothing is changed.` });
  }
  return screen.choice === 'yes' ? yes(state) : still({ ...popped(state), notice: 'Nothing was changed.' });
}

/** An effect that is a run of its own: the run screen shows it. */
export const underWay = (state: State, effect: Change<State>['effects'][number]): Change<State> => ({
  state: pushed(state, { name: 'run' }),
  effects: [effect],
});
