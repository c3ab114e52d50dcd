/** The one reducer: an event and the state before make the state after, and what is to be done in the world. */
import type { MigrationId } from '../../domain/migration.ts';
import type { RunReport } from '../../domain/report.ts';
import { bindingFor } from '../keys.ts';
import { abortQuestion } from './abort.ts';
import { takeWritten } from './by-hand.ts';
import type { Change, Event } from './effects.ts';
import { planScreen } from './open.ts';
import { listsFor, resizedLists } from './overview.ts';
import { planItems, STILL_PLANNING } from './plan.ts';
import { rehearsalTold, toRehearse } from './rehearsing.ts';
import { runBegun, runProgressed } from './run.ts';
import {
  type Choice,
  type PlanScreen,
  placeOf,
  popped,
  pushed,
  type Screen,
  type State,
  top,
  withTop,
} from './state.ts';
import { typed } from './typing.ts';

const still = (state: State): Change<State> => ({ state, effects: [] });

/** What is rehearsed follows from the screens: it begins with its plan, and ends when that is left. */
export function reduce(state: State, event: Event): Change<State> {
  const change = changed(state, event);
  const plan = toRehearse(change.state);
  return plan === toRehearse(state) ? change : { ...change, effects: [...change.effects, { do: 'rehearse', plan }] };
}

function changed(state: State, event: Event): Change<State> {
  switch (event.type) {
    case 'key':
      return keyed({ ...state, notice: null }, event.key);
    case 'pasted': {
      const quiet: State = { ...state, notice: null };
      return still([...event.text].reduce((before, character) => typed(before, character) ?? before, quiet));
    }
    case 'resized': {
      const resized = { ...state, size: { columns: event.columns, rows: event.rows } };
      return still({ ...resized, lists: resizedLists(resized) });
    }
    case 'ticked':
      return still({ ...state, now: event.now });
    case 'loading':
      return still({ ...state, loading: event.what });
    case 'loaded':
      return loaded(state, event);
    case 'load-failed':
      return still({ ...state, loading: null, problem: event.problem });
    case 'moved':
      return { state: { ...state, notice: event.what }, effects: [{ do: 'load', byItself: true }] };
    case 'planned':
    case 'plan-failed':
      return still(planned(state, event));
    case 'rehearsed':
      return still(rehearsalTold(state, event));
    case 'written':
      return takeWritten(state, event.written);
    case 'story': {
      const screen = top(state);
      if (screen.name !== 'story' || screen.id !== event.id) return still(state);
      const applied = event.story.versions.findLastIndex(version => version.applied);
      const cursor = applied === -1 ? event.story.versions.length - 1 : applied;
      return still(withTop(state, { ...screen, story: event.story, cursor: Math.max(0, cursor) }));
    }
    case 'run-began':
      return still({ ...state, run: runBegun(event.title, event.steps, event.now), now: event.now });
    case 'progress':
      return state.run === null
        ? still(state)
        : still({ ...state, run: runProgressed(state.run, event.progress, event.now), now: event.now });
    case 'run-ended':
      return runEnded(state, event);
    case 'proved':
    case 'not-proved':
      return still(proved(state, event));
    case 'runs': {
      const screen = top(state);
      return still(screen.name === 'runs' ? withTop(state, { ...screen, runs: event.runs }) : state);
    }
    case 'abort-weighed':
      return still(pushed(state, abortQuestion(event)));
    case 'said':
      return still({ ...state, notice: event.text });
    case 'asked-to-end':
      return state.run === null
        ? { state, effects: [{ do: 'quit', code: event.code }] }
        : {
            state: { ...state, leaving: event.code, run: { ...state.run, stopping: 'soft' } },
            effects: [{ do: 'stop', hard: false }],
          };
  }
}

/** The binding is looked up with the state as it is now, so that two fast keys never see the same one. */
function keyed(state: State, key: string): Change<State> {
  const binding = bindingFor(placeOf(state), key);
  if (binding === null) {
    const after = typed(state, key);
    return still(after ?? state);
  }
  const because = binding.disabledBecause?.(state) ?? null;
  return because === null ? binding.does(state, key) : still({ ...state, notice: because });
}

function loaded(state: State, { view, now }: Extract<Event, { type: 'loaded' }>): Change<State> {
  const first = state.view === null;
  const sized = { ...state, view, now, loading: null, problem: null };
  const wanting = view.projects.findIndex(project => project.wanting > 0);
  const kept = view.projects.findIndex(({ key }) => key === state.view?.projects[state.tab]?.key);
  const tab = Math.max(0, first ? wanting : kept);
  const next: State = { ...sized, tab, lists: listsFor({ ...state, size: state.size }, view.projects) };
  const tabbed = { ...next, scroll: 0, lists: resizedLists(next) };
  if (first && state.opening.at === 'plan') return planScreen(tabbed, null, state.opening.wish, state.opening.named);
  // A plan is of what was read before: it is made again, and a question about it is asked again.
  const under = top(tabbed).name === 'confirm' ? popped(tabbed) : tabbed;
  const screen = top(under);
  return screen.name === 'plan' ? replanned(under, screen) : still(tabbed);
}

/** The plan again, after a new reading. Indices of projects may have moved. */
function replanned(state: State, screen: PlanScreen): Change<State> {
  const project = state.view?.projects[screen.project];
  if (project === undefined) return still(state);
  const asked = { ...screen.asked };
  return {
    state: withTop(state, { ...screen, asked, planning: true }),
    effects: [{ do: 'plan', project: project.key, wish: asked, named: null, ...undoing(screen) }],
  };
}

const undoing = ({ undo }: PlanScreen) => (undo === undefined ? {} : { undo });

function planned(state: State, event: Extract<Event, { type: 'planned' | 'plan-failed' }>): State {
  const at = state.screens.findLastIndex(screen => screen.name === 'plan' && screen.asked === event.asked);
  const screen = state.screens[at];
  if (screen?.name !== 'plan') return state;
  const answered = answeredPlan(state, screen, event);
  const [first, ...rest] = state.screens.map((each, index) => (index === at ? answered : each));
  const tab = answered.project;
  const notice = state.notice === STILL_PLANNING ? null : state.notice;
  return first === undefined ? state : { ...state, tab, notice, screens: [first, ...rest] };
}

function answeredPlan(
  state: State,
  screen: PlanScreen,
  event: Extract<Event, { type: 'planned' | 'plan-failed' }>,
): PlanScreen {
  if (event.type === 'plan-failed') return { ...screen, planning: false, planned: null, problem: event.problem };
  const found = state.view?.projects.findIndex(({ key }) => key === event.project) ?? -1;
  const project = found === -1 ? screen.project : found;
  // What was typed on the command line is new to the wish; what was chosen by hand since is kept.
  const typedRemedies = [...event.wish.remedies].filter(([, remedy]) => remedy !== 'ask' && remedy !== 'apply');
  const choices = new Map([...(typedRemedies as [MigrationId, Choice][]), ...screen.choices]);
  const wish = { ...screen.wish, only: event.wish.only };
  const answered = { ...screen, project, wish, choices, planned: event.planned, planning: false, problem: null };
  const many = planItems(state.view?.projects[project], answered).length;
  return { ...answered, cursor: Math.max(0, Math.min(answered.cursor, many - 1)), scroll: 0 };
}

function runEnded(state: State, { report, said, proving }: Extract<Event, { type: 'run-ended' }>): Change<State> {
  const result = { name: 'result', report, said, ...(proving === undefined ? {} : { proving }), scroll: 0 } as const;
  const screens: State['screens'] = [state.screens[0], result];
  const reports = report === null ? state.reports : [...state.reports, report];
  const ended: State = { ...state, run: null, reports, screens, notice: null };
  // What the run changed is read again by itself.
  return { state: ended, effects: [state.leaving === null ? { do: 'load' } : { do: 'quit', code: state.leaving }] };
}

/** The proof on the result, where that is on a screen still, and in the report for the normal screen. */
function proved(state: State, event: Extract<Event, { type: 'proved' | 'not-proved' }>): State {
  const proof = event.type === 'proved' ? event.proof : null;
  const withProof = (report: RunReport): RunReport => (report.run === event.run ? { ...report, proof } : report);
  const [first, ...rest] = state.screens.map((screen): Screen => {
    if (screen.name !== 'result' || screen.report?.run !== event.run) return screen;
    const { proving: _, ...result } = screen;
    const failed = event.type === 'proved' ? {} : { proving: { is: 'impossible', because: event.because } as const };
    return { ...result, report: withProof(screen.report), ...failed };
  });
  const screens: State['screens'] = first === undefined ? state.screens : [first, ...rest];
  return { ...state, reports: state.reports.map(withProof), screens };
}
