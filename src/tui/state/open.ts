/** Ways to the other screens. */
import type { MigrationId } from '../../domain/migration.ts';
import type { RunId } from '../../domain/run.ts';
import type { PlanWish } from '../../operations/make-plan.ts';
import type { Change, Effect, Named } from './effects.ts';
import { projectOf, rowOf } from './overview.ts';
import { remediablesOf } from './plan.ts';
import { type PlanScreen, placeOf, pushed, type State, top, withTop } from './state.ts';

/** What is wished for when nothing was said: what is offered first, everywhere. */
const PLAIN_WISH: PlanWish = { only: null, remedies: new Map(), strategy: 'auto', apply: true, from: null };

/** A plan screen before its plan is made. */
const fresh = (project: number, wish: PlanWish): PlanScreen => ({
  name: 'plan',
  project,
  wish,
  about: null,
  choices: new Map(),
  asked: wish,
  planning: true,
  planned: null,
  problem: null,
  cursor: 0,
  scroll: 0,
  menu: null,
});

/** The plan of one project; null for the first that has something to do. */
export function planScreen(state: State, project: number | null, wish: PlanWish, named: Named | null): Change<State> {
  const screen = fresh(project ?? state.tab, wish);
  const key = project === null ? null : (state.view?.projects[project]?.key ?? null);
  const effect: Effect = { do: 'plan', project: key, wish, named };
  const replacing = top(state).name === 'plan';
  return { state: replacing ? withTop(state, screen) : pushed(state, screen), effects: [effect] };
}

/** The plan of the project on the screen. */
export const openPlan = (state: State): Change<State> => planScreen(state, state.tab, { ...PLAIN_WISH }, null);

/** The plan that undoes a run. */
export function openUndo(state: State, run: RunId): Change<State> {
  const wish: PlanWish = { ...PLAIN_WISH };
  const screen: PlanScreen = { ...fresh(state.tab, wish), undo: run };
  return { state: pushed(state, screen), effects: [{ do: 'plan', project: null, wish, named: null, undo: run }] };
}

/** The plan of one migration's remedy: the whole plan, with the cursor where it can be chosen. */
export function openRemedies(state: State, id: MigrationId): Change<State> {
  const change = openPlan(state);
  const screen = top(change.state);
  if (screen.name !== 'plan') return change;
  const about: PlanScreen = { ...screen, about: id };
  const cursor = remediablesOf(projectOf(state), about).findIndex(({ migration }) => migration === id);
  return { ...change, state: withTop(change.state, { ...about, cursor: Math.max(0, cursor) }) };
}

/** The life story of the chosen migration. */
export function openStory(state: State): Change<State> {
  const row = rowOf(state);
  const project = projectOf(state);
  if (row === undefined || project === undefined) return { state, effects: [] };
  return {
    state: pushed(state, {
      name: 'story',
      project: state.tab,
      id: row.id,
      story: null,
      cursor: 0,
      against: null,
      scroll: 0,
    }),
    effects: [{ do: 'story', project: project.key, id: row.id }],
  };
}

export const openRuns = (state: State): Change<State> => ({
  state: pushed(state, { name: 'runs', runs: null, cursor: 0, scroll: 0 }),
  effects: [{ do: 'runs' }],
});

export const openHelp = (state: State): Change<State> => ({
  state: pushed(state, { name: 'help', of: placeOf(state), scroll: 0 }),
  effects: [],
});
