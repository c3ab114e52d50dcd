/** The state the terminal UI begins with. */
import type { Change } from './effects.ts';
import type { Opening, State } from './state.ts';

export const begin = (
  directory: string,
  size: State['size'],
  now: number,
  opening: Opening,
  home: string | null = null,
): Change<State> => ({
  state: {
    size,
    now,
    directory,
    home,
    view: null,
    loading: 'Reading git’s history and the database',
    problem: null,
    tab: 0,
    lists: [],
    scroll: 0,
    screens: [{ name: 'overview' }],
    filtering: false,
    run: null,
    leaving: null,
    notice: null,
    reports: [],
    opening,
  },
  effects: [{ do: 'load' }],
});
