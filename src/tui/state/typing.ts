/** Text being typed: the filter of the overview, and the name that confirms. */
import { listOf, withFilter } from './overview.ts';
import { placeOf, type State, top, withTop } from './state.ts';

/** As much as anybody types here. */
const LONGEST = 200;

/** The state with one more character typed; null where nothing is being typed, or the key is no character. */
export function typed(state: State, key: string): State | null {
  const place = placeOf(state);
  const character = key === 'space' ? ' ' : key;
  if ([...character].length !== 1 || (place !== 'filter' && place !== 'name')) return null;
  return withText(state, text => (text.length >= LONGEST ? text : text + character));
}

/** Takes the last character away. */
export const erased = (state: State): State => withText(state, text => [...text].slice(0, -1).join(''));

/** Takes all of it away. */
export const erasedAll = (state: State): State => withText(state, () => '');

function withText(state: State, change: (text: string) => string): State {
  const screen = top(state);
  if (screen.name === 'confirm') return withTop(state, { ...screen, typed: change(screen.typed) });
  return withFilter({ ...state, scroll: 0 }, { filter: change(listOf(state).filter) });
}
