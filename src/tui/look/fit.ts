/** Text in columns: cut and padded by what the terminal shows, not by characters. */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

const graphemes = new Intl.Segmenter();

/** Text that is exactly `width` columns wide: padded, or its middle left out. */
export function fit(text: string, width: number): string {
  if (width <= 0) return '';
  const has = isPlain(text) ? text.length : stringWidth(text);
  if (has <= width) return text + ' '.repeat(width - has);
  const cut = shorten(text, width);
  return cut + ' '.repeat(Math.max(0, width - stringWidth(cut)));
}

/** Text of at most `width` columns; a longer one loses its middle, for names differ at both ends. */
function shorten(text: string, width: number): string {
  if (isPlain(text) ? text.length <= width : stringWidth(text) <= width) return text;
  if (width <= 1) return '…'.slice(0, Math.max(0, width));
  const tail = Math.floor((width - 1) / 2);
  const parts = [...graphemes.segment(text)].map(({ segment }) => segment);
  return `${take(parts, width - 1 - tail)}…${take(parts.toReversed(), tail, true)}`;
}

function take(parts: readonly string[], width: number, backwards = false): string {
  const taken: string[] = [];
  let used = 0;
  for (const part of parts) {
    const wide = stringWidth(part);
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
export function broken(text: string, width: number): readonly string[] {
  if (width < 1) return [];
  if (isPlain(text) && text.length <= width) return [text];
  // A word that fits nowhere (a path, a checksum) begins where it stands, and goes on in the next line.
  const wordWrap = text.split(' ').every(word => stringWidth(word) <= width);
  return wrapAnsi(text, width, { hard: true, trim: false, wordWrap }).split('\n');
}

/** Printable ASCII is as wide as it is long. */
const isPlain = (text: string): boolean => /^[\u0020-\u007e]*$/.test(text);
