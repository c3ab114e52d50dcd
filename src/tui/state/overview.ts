/** Moves on the overview: the list of one project, its filter, and the way to the other screens. */
import type { MigrationId } from '../../domain/migration.ts';
import { clamp, layoutOf, scrolledTo } from './layout.ts';
import type { ListState, State } from './state.ts';
import { isWanting, type ProjectView, type RowView } from './view.ts';

const FRESH: ListState = { shown: [], cursor: 0, top: 0, filter: '', onlyFindings: false };

/** The project on the screen; undefined before the first reading. */
export const projectOf = (state: State): ProjectView | undefined => state.view?.projects[state.tab];

export const listOf = (state: State): ListState => state.lists[state.tab] ?? FRESH;

/** The chosen migration; undefined in an empty list. */
export function rowOf(state: State): RowView | undefined {
  const { shown, cursor } = listOf(state);
  return projectOf(state)?.rows[shown[cursor] ?? -1];
}

/** The rows a filter lets through: every word of it is in the id, the path or the state. */
function shownRows(project: ProjectView, filter: string, onlyFindings: boolean): readonly number[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return project.rows.flatMap((row, index) => {
    if (onlyFindings && row.findings.length === 0) return [];
    const text = `${row.id} ${row.path ?? ''} ${row.state}`.toLowerCase();
    return words.every(word => text.includes(word)) ? [index] : [];
  });
}

/** The list again after its rows or its filter changed; the cursor stays on the same migration where it is still shown. */
function relisted(state: State, project: ProjectView, list: ListState, chosen: MigrationId | undefined): ListState {
  const shown = shownRows(project, list.filter, list.onlyFindings);
  const at = chosen === undefined ? -1 : shown.findIndex(index => project.rows[index]?.id === chosen);
  const cursor = clamp(at === -1 ? list.cursor : at, shown.length);
  return {
    ...list,
    shown,
    cursor,
    top: scrolledTo(cursor, list.top, layoutOf(state, shown.length).list.rows, shown.length),
  };
}

/** Lists for a new reading: cursors stay on their migrations; a project seen first starts at its first finding. */
export function listsFor(state: State, projects: readonly ProjectView[]): readonly ListState[] {
  return projects.map(project => {
    const before = state.view?.projects.findIndex(({ key }) => key === project.key) ?? -1;
    const list = state.lists[before];
    const old = state.view?.projects[before];
    if (list !== undefined && old !== undefined)
      return relisted(state, project, list, old.rows[list.shown[list.cursor] ?? -1]?.id);
    const wanting = project.rows.findIndex(isWanting);
    const last = project.rows.length - 1;
    return relisted(state, project, FRESH, project.rows[wanting === -1 ? last : wanting]?.id);
  });
}

const withList = (state: State, list: ListState): State => ({
  ...state,
  lists: state.lists.map((old, index) => (index === state.tab ? list : old)),
});

/** Moves the cursor to an index of the list, or as near as there is. */
export function movedTo(state: State, index: number): State {
  const list = listOf(state);
  const cursor = clamp(index, list.shown.length);
  const top = scrolledTo(cursor, list.top, layoutOf(state, list.shown.length).list.rows, list.shown.length);
  return withList(state, { ...list, cursor, top });
}

/** The next (or previous) migration that asks for attention, round the end. null when there is none. */
export function nextFinding(state: State, step: 1 | -1): State | null {
  const project = projectOf(state);
  const { shown, cursor } = listOf(state);
  for (let offset = 1; offset <= shown.length; offset += 1) {
    const at = (cursor + step * offset + shown.length * 2) % shown.length;
    const row = project?.rows[shown[at] ?? -1];
    if (row !== undefined && isWanting(row)) return movedTo(state, at);
  }
  return null;
}

export function withFilter(state: State, change: Partial<Pick<ListState, 'filter' | 'onlyFindings'>>): State {
  const project = projectOf(state);
  if (project === undefined) return state;
  return withList(state, relisted(state, project, { ...listOf(state), ...change }, rowOf(state)?.id));
}

/** Another project, round the end. */
export function withTab(state: State, tab: number): State {
  const many = state.view?.projects.length ?? 0;
  return many === 0 ? state : { ...state, tab: (tab + many) % many };
}

/** Every list again after the terminal's size changed. */
export const resizedLists = (state: State): readonly ListState[] =>
  state.lists.map(list => ({
    ...list,
    top: scrolledTo(list.cursor, list.top, layoutOf(state, list.shown.length).list.rows, list.shown.length),
  }));
