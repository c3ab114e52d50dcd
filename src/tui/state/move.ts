/** Moving on the screen that is shown: the cursor of its list, and the scrolling of what is beside or below it. */
import { detailLines as overviewDetail } from '../screens/overview-lines.ts';
import { planDetail } from '../screens/plan-lines.ts';
import { confirmLines, resultLines } from '../screens/result-lines.ts';
import { runDetail } from '../screens/runs-lines.ts';
import { storyText } from '../screens/story-lines.ts';
import { clamp, confirmRows, layoutOf } from './layout.ts';
import { listOf, movedTo } from './overview.ts';
import { CHOICES, planItems } from './plan.ts';
import { type State, top, withTop } from './state.ts';

/** How a cursor moves: by lines, by pages, or to an end. */
export type Move = { readonly lines: number } | { readonly pages: number } | { readonly to: 'first' | 'last' };

function moved(cursor: number, move: Move, length: number, page: number): number {
  if ('lines' in move) return clamp(cursor + move.lines, length);
  if ('pages' in move) return clamp(cursor + move.pages * Math.max(1, page - 1), length);
  return move.to === 'first' ? 0 : Math.max(0, length - 1);
}

/** How many lines the list of the screen has. */
function itemsOf(state: State): number {
  const screen = top(state);
  switch (screen.name) {
    case 'overview':
      return listOf(state).shown.length;
    case 'story':
      return screen.story?.versions.length ?? 0;
    case 'plan':
      return planItems(state.view?.projects[screen.project], screen).length;
    case 'runs':
      return screen.runs?.length ?? 0;
    default:
      return 0;
  }
}

/** Moves the cursor of the screen; where there is no list, its text. */
export function withCursor(state: State, move: Move): State {
  const screen = top(state);
  const page = layoutOf(state, itemsOf(state)).list.rows;
  switch (screen.name) {
    case 'overview': {
      const { cursor, shown } = listOf(state);
      return { ...movedTo(state, moved(cursor, move, shown.length, page)), scroll: 0 };
    }
    case 'story': {
      const cursor = moved(screen.cursor, move, itemsOf(state), page);
      return withTop(state, { ...screen, cursor, scroll: 0 });
    }
    case 'plan': {
      if (screen.menu !== null)
        return withTop(state, { ...screen, menu: moved(screen.menu, move, CHOICES.length, page) });
      return withTop(state, { ...screen, cursor: moved(screen.cursor, move, itemsOf(state), page), scroll: 0 });
    }
    case 'runs': {
      const cursor = moved(screen.cursor, move, itemsOf(state), page);
      return withTop(state, { ...screen, cursor, scroll: 0 });
    }
    default:
      return withScroll(state, move);
  }
}

/** Scrolls the text of the screen, as far as it goes. */
export function withScroll(state: State, move: Move): State {
  const screen = top(state);
  const { detail, body } = layoutOf(state, itemsOf(state));
  const scrolled = (scroll: number, lines: number, rows: number): number =>
    clamp(moved(scroll, move, lines, rows), Math.max(0, lines - rows) + 1);
  switch (screen.name) {
    case 'overview':
      return { ...state, scroll: scrolled(state.scroll, overviewDetail(state).length, detail.rows) };
    case 'story':
      return withTop(state, {
        ...screen,
        scroll: scrolled(screen.scroll, storyText(state, screen).length, detail.rows),
      });
    case 'plan':
      return withTop(state, {
        ...screen,
        scroll: scrolled(screen.scroll, planDetail(state, screen).length, detail.rows),
      });
    case 'runs':
      return withTop(state, {
        ...screen,
        scroll: scrolled(screen.scroll, runDetail(state, screen).length, detail.rows),
      });
    case 'result':
      return withTop(state, {
        ...screen,
        scroll: scrolled(screen.scroll, 1 + resultLines(state, screen).length, body),
      });
    case 'confirm':
      return withTop(state, {
        ...screen,
        scroll: scrolled(screen.scroll, confirmLines(state, screen).length, confirmRows(body)),
      });
    default:
      return state;
  }
}

/** Scrolls the help, which has this many lines. */
export function withHelpScroll(state: State, move: Move, lines: number): State {
  const screen = top(state);
  if (screen.name !== 'help') return state;
  const { body } = layoutOf(state);
  return withTop(state, {
    ...screen,
    scroll: clamp(moved(screen.scroll, move, lines, body), Math.max(0, lines - body) + 1),
  });
}
