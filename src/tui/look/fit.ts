/** Text in columns: cut and padded by what the terminal shows, not by characters. */
import wrapAnsi from 'wrap-ansi';
import { isPlain } from './plain.ts';
import { steady, widthOf } from './steady.ts';

/** Code units of one letter with its marks, at most as many as `steady` leaves. */
const LONGEST_LETTER = 8;

const graphemes = new Intl.Segmenter();

/** Text that is exactly `width` columns wide: padded, or its middle left out. */
export function fit(foreign: string, width: number): string {
  if (width <= 0) return '';
  const text = steady(foreign);
  const cut = shorten(text, width);
  return cut + ' '.repeat(Math.max(0, width - widthOf(cut)));
}

/** Text of at most `width` columns; a longer one loses its middle, for names differ at both ends. */
function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 1) return '…'.slice(0, Math.max(0, width));
  const tail = Math.floor((width - 1) / 2);
  const head = width - 1 - tail;
  if (isPlain(text)) return `${text.slice(0, head)}…${text.slice(text.length - tail)}`;
  // Both ends alone are looked at: a line of ten thousand characters is drawn as fast as a short one.
  const enough = width * LONGEST_LETTER;
  const parts = (part: string) => [...graphemes.segment(part)].map(({ segment }) => segment);
  return `${take(parts(text.slice(0, enough)), head)}…${take(parts(text.slice(-enough)).reverse(), tail, true)}`;
}

function take(parts: readonly string[], width: number, backwards = false): string {
  const taken: string[] = [];
  let used = 0;
  for (const part of parts) {
    const wide = widthOf(part);
    if (used + wide > width) break;
    used += wide;
    taken.push(part);
  }
  return (backwards ? taken.reverse() : taken).join('');
}

/** Lines of at most `width` columns. Words stay whole where they fit; spaces at the begin of the text stay. */
export const wrap = (text: string, width: number): readonly string[] =>
  broken(text, width).map((line, index) => (index === 0 ? line : line.replace(/^ /, '')));

/** As `wrap`, and joined again the parts are the text. */
export function broken(foreign: string, width: number): readonly string[] {
  if (width < 1) return [];
  const text = steady(foreign);
  if (isPlain(text) && text.length <= width) return [text];
  // A word that fits nowhere (a path, a checksum) begins where it stands, and goes on in the next line.
  const wordWrap = text.split(' ').every(word => widthOf(word) <= width);
  return wrapAnsi(text, width, { hard: true, trim: false, wordWrap }).split('\n');
}
