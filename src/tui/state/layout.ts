/** How the screen is divided: rows and columns of each part, from the size of the terminal. Screens draw by it, keys move by it. */
import type { State } from './state.ts';

/** From here on, lists and details stand side by side. */
const WIDE = 120;

/** Smaller terminals are told so. */
const SMALLEST = { columns: 40, rows: 10 };

/** A list has room for as many lines, however few it has. */
const LEAST = 3;

/** Header and footer lines around a screen's body. */
const HEADER = 2;
const FOOTER = 2;

export interface Layout {
  readonly columns: number;
  readonly tooSmall: boolean;
  readonly wide: boolean;
  readonly tabs: boolean;
  /** Rows between header and footer. */
  readonly body: number;
  /** Rows and columns of a list, without its heading. */
  readonly list: { readonly rows: number; readonly columns: number };
  /** Rows and columns of what is said about the chosen item. */
  readonly detail: { readonly rows: number; readonly columns: number };
}

/** `items`: how many lines the list has to show; a short list leaves its room to the details. */
export function layoutOf({ size, view }: Pick<State, 'size' | 'view'>, items = Number.POSITIVE_INFINITY): Layout {
  const { columns, rows } = size;
  const tabs = (view?.projects.length ?? 0) > 1;
  const body = Math.max(1, rows - HEADER - FOOTER - (tabs ? 1 : 0));
  const base = { columns, tabs, body, tooSmall: columns < SMALLEST.columns || rows < SMALLEST.rows };
  if (columns >= WIDE) {
    const left = Math.floor(columns * 0.5);
    const heights = Math.max(1, body - 1);
    return {
      ...base,
      wide: true,
      list: { rows: heights, columns: left },
      detail: { rows: heights, columns: columns - left - 2 },
    };
  }
  const list = Math.max(1, Math.min(Math.ceil((body - 2) / 2), Math.max(LEAST, items)));
  return {
    ...base,
    wide: false,
    list: { rows: list, columns },
    detail: { rows: Math.max(0, body - 2 - list), columns },
  };
}

/** Rows that a question leaves for what it is about: its title, a rule and three lines of answers stand around it. */
export const confirmRows = (body: number): number => Math.max(1, body - 5);

/** First visible index so that `cursor` is on the screen, moved as little as possible. */
export function scrolledTo(cursor: number, top: number, rows: number, length: number): number {
  const least = Math.max(0, cursor - rows + 1);
  return Math.max(0, Math.min(Math.max(least, Math.min(top, cursor)), Math.max(0, length - rows)));
}

/** An index kept inside a list; 0 for an empty one. */
export const clamp = (index: number, length: number): number => Math.max(0, Math.min(index, length - 1));
