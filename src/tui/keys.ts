/** The one key table: what each key does where, what it says, and why it may not work. Footer, help and README come from it. */

import { helpLines } from './screens/help-lines.ts';
import {
  answer,
  askToRun,
  back,
  choose,
  interrupt,
  noMenu,
  noWish,
  openMenu,
  quit,
  turned,
  withWish,
  yes,
} from './state/answer.ts';
import { cannotWrite, write } from './state/by-hand.ts';
import type { Change } from './state/effects.ts';
import { type Move, withCursor, withHelpScroll, withScroll } from './state/move.ts';
import { openHelp, openPlan, openRemedies, openRuns, openStory } from './state/open.ts';
import { listOf, nextFinding, projectOf, rowOf, withFilter, withTab } from './state/overview.ts';
import { hasWork, STILL_PLANNING } from './state/plan.ts';
import { badlyRehearsed } from './state/rehearsing.ts';
import { type Place, type State, top } from './state/state.ts';
import { compareVersions, noVersions } from './state/story.ts';
import { abortOfRun, cannotGoOn, cannotUndo, noShell, openShell, resumeOfRun, undoOfRun } from './state/take-up.ts';
import { erased, erasedAll } from './state/typing.ts';
import { remediableOf } from './state/view.ts';

/** One line of the table. */
export interface Binding {
  /** Names as `input.ts` gives them: `j`, `down`, `ctrl+c`. */
  readonly keys: readonly string[];
  readonly says: string;
  readonly where: readonly Place[];
  readonly inFooter: boolean;
  /** Why it does nothing just now, as a sentence; null when it works. */
  readonly disabledBecause?: (state: State) => string | null;
  readonly does: (state: State, key: string) => Change<State>;
}

const still = (state: State): Change<State> => ({ state, effects: [] });
const cursor = (move: Move) => (state: State) => still(withCursor(state, move));
const scroll = (move: Move) => (state: State) => still(withScroll(state, move));

const LISTS: readonly Place[] = ['overview', 'story', 'plan', 'runs'];
const TEXTS: readonly Place[] = ['result', 'confirm'];
const SCREENS: readonly Place[] = ['overview', 'story', 'plan', 'result', 'runs', 'confirm'];
const EVERYWHERE: readonly Place[] = [...SCREENS, 'help', 'run', 'filter', 'name', 'remedies'];

const noRow = (state: State): string | null => (rowOf(state) === undefined ? 'There is no migration here.' : null);
const noData = (state: State): string | null =>
  projectOf(state) === undefined
    ? 'Nothing has been read yet; r reads again.'
    : (projectOf(state)?.failed?.what ?? null);
const oneProject = (state: State): string | null =>
  (state.view?.projects.length ?? 0) > 1 ? null : 'There is only one project here.';

function notReady(state: State): string | null {
  const screen = top(state);
  if (screen.name !== 'plan') return null;
  if (screen.planning) return STILL_PLANNING;
  const badly = badlyRehearsed(screen.planned);
  if (badly !== null) return badly;
  return hasWork(screen) ? null : 'There is nothing to run: see the lines above.';
}

const otherTab = (step: number) => (state: State) => {
  const tabbed = withTab({ ...state, scroll: 0 }, state.tab + step);
  return top(state).name === 'plan' ? openPlan({ ...tabbed, screens: [state.screens[0]] }) : still(tabbed);
};

/** In the order they are shown. */
// biome-ignore format: a table is read by its columns
export const BINDINGS: readonly Binding[] = [
  { keys: ['p'], says: 'plan', where: ['overview'], inFooter: true, disabledBecause: noData, does: openPlan },
  { keys: ['enter'], says: 'story', where: ['overview'], inFooter: true, disabledBecause: noRow, does: openStory },
  { keys: ['n'], says: 'next', where: ['overview'], inFooter: true, does: state => found(state, 1) },
  { keys: ['N'], says: 'previous finding', where: ['overview'], inFooter: false, does: state => found(state, -1) },
  { keys: ['/'], says: 'filter', where: ['overview'], inFooter: true, disabledBecause: noData, does: state => still({ ...state, filtering: true }) },
  { keys: ['f'], says: 'only findings', where: ['overview'], inFooter: false, disabledBecause: noData, does: onlyFindings },
  { keys: ['x'], says: 'choose a remedy', where: ['overview'], inFooter: false, disabledBecause: noRemedies, does: remediesOf },
  { keys: ['R'], says: 'runs', where: ['overview'], inFooter: true, does: openRuns },
  { keys: ['r'], says: 'refresh', where: ['overview'], inFooter: true, does: state => ({ state, effects: [{ do: 'load' }] }) },
  { keys: ['tab', ']'], says: 'next project', where: ['overview', 'plan'], inFooter: false, disabledBecause: oneProject, does: otherTab(1) },
  { keys: ['shift+tab', '['], says: 'previous project', where: ['overview', 'plan'], inFooter: false, disabledBecause: oneProject, does: otherTab(-1) },

  { keys: ['enter'], says: 'run', where: ['plan'], inFooter: true, disabledBecause: notReady, does: askToRun },
  { keys: ['x', 'space'], says: 'remedy', where: ['plan'], inFooter: true, disabledBecause: noMenu, does: openMenu },
  { keys: ['e'], says: 'by hand', where: ['plan'], inFooter: true, disabledBecause: cannotWrite, does: write },
  { keys: ['s'], says: 'strategy', where: ['plan'], inFooter: true, disabledBecause: noWish, does: strategy },
  { keys: ['r'], says: 'refresh', where: ['plan'], inFooter: false, does: state => ({ state, effects: [{ do: 'load' }] }) },
  { keys: ['a'], says: 'pending', where: ['plan'], inFooter: true, disabledBecause: noWish, does: state => withWish(state, wish => ({ ...wish, apply: !wish.apply })) },

  { keys: ['enter', 'space'], says: 'take it', where: ['remedies'], inFooter: true, does: choose },
  { keys: ['up', 'k'], says: 'up', where: ['remedies'], inFooter: false, does: cursor({ lines: -1 }) },
  { keys: ['down', 'j'], says: 'down', where: ['remedies'], inFooter: false, does: cursor({ lines: 1 }) },
  { keys: ['esc', 'q'], says: 'back', where: ['remedies'], inFooter: true, does: closeMenu },

  { keys: ['n'], says: 'no', where: ['confirm'], inFooter: true, does: back },
  { keys: ['y'], says: 'yes', where: ['confirm'], inFooter: true, does: yes },
  { keys: ['tab', 'shift+tab', 'left', 'right'], says: 'turn to the other answer', where: ['confirm'], inFooter: false, does: turned },
  { keys: ['enter'], says: 'answer as marked', where: ['confirm'], inFooter: true, does: answer },
  { keys: ['enter'], says: 'go on, once the name is typed', where: ['name'], inFooter: true, does: answer },
  { keys: ['esc'], says: 'no, go back', where: ['name'], inFooter: true, does: back },
  { keys: ['down'], says: 'scroll down', where: ['name'], inFooter: false, does: scroll({ lines: 1 }) },
  { keys: ['up'], says: 'scroll up', where: ['name'], inFooter: false, does: scroll({ lines: -1 }) },
  { keys: ['pagedown'], says: 'a page down', where: ['name'], inFooter: false, does: scroll({ pages: 1 }) },
  { keys: ['pageup'], says: 'a page up', where: ['name'], inFooter: false, does: scroll({ pages: -1 }) },

  { keys: ['enter'], says: 'keep the filter', where: ['filter'], inFooter: true, does: state => still({ ...state, filtering: false }) },
  { keys: ['esc'], says: 'show all again', where: ['filter'], inFooter: true, does: state => still({ ...withFilter(state, { filter: '' }), filtering: false }) },
  { keys: ['down'], says: 'down', where: ['filter'], inFooter: false, does: cursor({ lines: 1 }) },
  { keys: ['up'], says: 'up', where: ['filter'], inFooter: false, does: cursor({ lines: -1 }) },
  { keys: ['backspace', 'delete', 'ctrl+h'], says: 'erase', where: ['filter', 'name'], inFooter: false, does: state => still(erased(state)) },
  { keys: ['ctrl+u'], says: 'erase all', where: ['filter', 'name'], inFooter: false, does: state => still(erasedAll(state)) },

  { keys: ['d'], says: 'diff', where: ['story'], inFooter: true, disabledBecause: noVersions('before'), does: compareVersions('before') },
  { keys: ['space'], says: 'mark', where: ['story'], inFooter: true, disabledBecause: noVersions('marked'), does: compareVersions('marked') },
  { keys: ['D'], says: 'applied against disk', where: ['story'], inFooter: true, disabledBecause: noVersions('disk'), does: compareVersions('disk') },
  { keys: ['t'], says: 'text', where: ['story'], inFooter: true, does: compareVersions('text') },

  { keys: ['r'], says: 'resume', where: ['runs', 'result'], inFooter: true, disabledBecause: cannotGoOn, does: resumeOfRun },
  { keys: ['a'], says: 'abort', where: ['runs', 'result'], inFooter: true, disabledBecause: cannotGoOn, does: abortOfRun },
  { keys: ['u'], says: 'undo', where: ['result', 'runs'], inFooter: true, disabledBecause: cannotUndo, does: undoOfRun },
  { keys: ['s'], says: 'shell in its worktree', where: ['runs', 'result'], inFooter: true, disabledBecause: noShell, does: openShell },
  { keys: ['enter'], says: 'back', where: ['result'], inFooter: true, does: back },

  { keys: ['down', 'j'], says: 'down', where: LISTS, inFooter: false, does: cursor({ lines: 1 }) },
  { keys: ['up', 'k'], says: 'up', where: LISTS, inFooter: false, does: cursor({ lines: -1 }) },
  { keys: ['pagedown', 'ctrl+d', 'ctrl+f'], says: 'a page down', where: LISTS, inFooter: false, does: cursor({ pages: 1 }) },
  { keys: ['pageup', 'ctrl+u', 'ctrl+b'], says: 'a page up', where: LISTS, inFooter: false, does: cursor({ pages: -1 }) },
  { keys: ['home', 'g'], says: 'first', where: LISTS, inFooter: false, does: cursor({ to: 'first' }) },
  { keys: ['end', 'G'], says: 'last', where: LISTS, inFooter: false, does: cursor({ to: 'last' }) },
  { keys: ['J'], says: 'scroll the text down', where: LISTS, inFooter: false, does: scroll({ lines: 1 }) },
  { keys: ['K'], says: 'scroll the text up', where: LISTS, inFooter: false, does: scroll({ lines: -1 }) },
  { keys: ['ctrl+n'], says: 'a page of text down', where: LISTS, inFooter: false, does: scroll({ pages: 1 }) },
  { keys: ['ctrl+p'], says: 'a page of text up', where: LISTS, inFooter: false, does: scroll({ pages: -1 }) },
  { keys: ['down', 'j'], says: 'scroll down', where: TEXTS, inFooter: false, does: scroll({ lines: 1 }) },
  { keys: ['up', 'k'], says: 'scroll up', where: TEXTS, inFooter: false, does: scroll({ lines: -1 }) },
  { keys: ['pagedown', 'space'], says: 'a page down', where: ['result'], inFooter: false, does: scroll({ pages: 1 }) },
  { keys: ['pageup'], says: 'a page up', where: ['result'], inFooter: false, does: scroll({ pages: -1 }) },
  { keys: ['down', 'j'], says: 'scroll down', where: ['help'], inFooter: true, does: help({ lines: 1 }) },
  { keys: ['up', 'k'], says: 'scroll up', where: ['help'], inFooter: false, does: help({ lines: -1 }) },
  { keys: ['pagedown', 'space'], says: 'a page down', where: ['help'], inFooter: true, does: help({ pages: 1 }) },
  { keys: ['pageup'], says: 'a page up', where: ['help'], inFooter: false, does: help({ pages: -1 }) },

  { keys: ['?'], says: 'help', where: SCREENS, inFooter: true, does: openHelp },
  { keys: ['?', 'esc', 'q', 'enter'], says: 'back', where: ['help'], inFooter: true, does: back },
  { keys: ['esc', 'q'], says: 'back', where: ['story', 'plan', 'runs', 'result', 'confirm'], inFooter: true, does: back },
  { keys: ['q'], says: 'quit', where: ['overview'], inFooter: true, does: state => quit(state, 0) },
  { keys: ['esc'], says: 'show all again', where: ['overview'], inFooter: false, does: state => still(withFilter(state, { filter: '', onlyFindings: false })) },
  { keys: ['ctrl+z'], says: 'suspend', where: EVERYWHERE, inFooter: false, disabledBecause: state => (state.run === null ? null : 'Not while a run is under way; Ctrl-C stops it.'), does: state => ({ state, effects: [{ do: 'suspend' }] }) },
  { keys: ['ctrl+c'], says: 'stop after this step', where: ['run'], inFooter: true, does: interrupt },
  { keys: ['ctrl+c'], says: 'leave', where: EVERYWHERE.filter(place => place !== 'run'), inFooter: false, does: interrupt },
];

function help(move: Move): Binding['does'] {
  return state => {
    const screen = top(state);
    const lines = screen.name === 'help' ? helpLines(BINDINGS, screen.of, state.size.columns).length : 0;
    return still(withHelpScroll(state, move, lines));
  };
}

/** The binding of a key at a place; null when it has none. */
export const bindingFor = (place: Place, key: string): Binding | null =>
  BINDINGS.find(({ where, keys }) => where.includes(place) && keys.includes(key)) ?? null;

function found(state: State, step: 1 | -1): Change<State> {
  const next = nextFinding(state, step);
  if (next !== null) return still({ ...next, scroll: 0 });
  const { filter, onlyFindings: only } = listOf(state);
  const shown = filter === '' && !only ? 'here' : 'among what the filter shows';
  return still({ ...state, notice: `There is no finding ${shown}.` });
}

function onlyFindings(state: State): Change<State> {
  return still({ ...withFilter(state, { onlyFindings: !listOf(state).onlyFindings }), scroll: 0 });
}

function noRemedies(state: State): string | null {
  return remediableOf(rowOf(state)) === null
    ? 'Only an orphan, or an edited migration, has remedies to choose from.'
    : null;
}

function remediesOf(state: State): Change<State> {
  const row = rowOf(state);
  return row === undefined ? still(state) : openRemedies(state, row.id);
}

function closeMenu(state: State): Change<State> {
  const screen = top(state);
  if (screen.name !== 'plan') return still(state);
  const [first, ...rest] = state.screens;
  return still({ ...state, screens: [first, ...rest.slice(0, -1), { ...screen, menu: null }] });
}

function strategy(state: State): Change<State> {
  const next = { auto: 'rewind', rewind: 'in-place', 'in-place': 'auto' } as const;
  return withWish(state, wish => ({ ...wish, strategy: next[wish.strategy] }));
}
