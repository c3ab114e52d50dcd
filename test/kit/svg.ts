/** A terminal's screen as an SVG picture: real text in a monospaced font, in the colours of a dark terminal, without anything from outside. */
import type { Cell } from './terminal.ts';

const FONT = 14;
const WIDE = 8.4;
const HIGH = 18;
const MARGIN = 16;

const PAPER = '#16181d';
const INK = '#d6d9e0';

/** The 16 colours of the terminal's palette. */
const PALETTE = [
  ...['#3b4048', '#f07178', '#a5d075', '#e6b450', '#6cb2f7', '#c99bf0', '#5ccfcf', '#d6d9e0'],
  ...['#7a828e', '#ff8f96', '#bfe38f', '#ffd173', '#8cc8ff', '#dbb6ff', '#7fe3e3', '#ffffff'],
];

/** Neighbouring cells of one look. */
interface Stretch {
  readonly column: number;
  readonly cells: readonly Cell[];
}

/** The picture of a screen. `title` is what a reader who cannot see it is told. */
export function svgOf(rows: readonly (readonly Cell[])[], title: string): string {
  const columns = Math.max(...rows.map(cells => cells.reduce((sum, cell) => sum + cell.width, 0)));
  const [width, height] = [Math.ceil(columns * WIDE) + 2 * MARGIN, rows.length * HIGH + 2 * MARGIN];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${PAPER}"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT}" fill="${INK}">
${rows.flatMap((cells, row) => stretchesOf(cells).flatMap(stretch => drawn(stretch, MARGIN + row * HIGH))).join('\n')}
</g>
</svg>
`;
}

const alike = (a: Cell, b: Cell): boolean =>
  a.colour === b.colour && a.bold === b.bold && a.faint === b.faint && a.inverse === b.inverse;

function stretchesOf(cells: readonly Cell[]): readonly Stretch[] {
  const stretches: { column: number; cells: Cell[] }[] = [];
  let column = 0;
  for (const cell of cells) {
    const last = stretches.at(-1);
    if (last?.cells[0] !== undefined && alike(last.cells[0], cell)) last.cells.push(cell);
    else stretches.push({ column, cells: [cell] });
    column += cell.width;
  }
  return stretches;
}

function drawn({ column, cells }: Stretch, top: number): readonly string[] {
  const [look] = cells;
  if (look === undefined) return [];
  const colour = look.colour === null ? INK : (PALETTE[look.colour] ?? INK);
  const widths = cells.reduce((sum, cell) => sum + cell.width, 0);
  const back = look.inverse
    ? [`<rect x="${at(column)}" y="${top}" width="${shown(widths * WIDE)}" height="${HIGH}" fill="${colour}"/>`]
    : [];
  const attributes = [
    ...(look.inverse ? [`fill="${PAPER}"`] : look.colour === null ? [] : [`fill="${colour}"`]),
    ...(look.bold ? ['font-weight="bold"'] : []),
    ...(look.faint ? ['fill-opacity="0.6"'] : []),
  ].map(attribute => ` ${attribute}`);
  return [
    ...back,
    ...wordsOf({ column, cells }).map(words => {
      const columns = words.cells.reduce((sum, cell) => sum + cell.width, 0);
      const text = escaped(words.cells.map(cell => cell.text).join(''));
      // The width is given, so that columns stand below each other whatever font there is.
      const place = `x="${at(words.column)}" y="${top + 13}" textLength="${shown(columns * WIDE)}" lengthAdjust="spacingAndGlyphs"`;
      return `<text ${place}${attributes.join('')}>${text}</text>`;
    }),
  ];
}

/** Words with single spaces between them: wider gaps are no text, as not everything that shows SVG keeps them. */
function wordsOf({ column, cells }: Stretch): readonly Stretch[] {
  const words: { column: number; cells: Cell[] }[] = [];
  let place = column;
  let gap = 2;
  for (const cell of cells) {
    const last = words.at(-1);
    if (cell.text === ' ') gap += 1;
    else {
      if (last === undefined || gap > 1) words.push({ column: place, cells: [cell] });
      else last.cells.push(...(gap === 1 ? [{ ...cell, text: ' ', width: 1 }] : []), cell);
      gap = 0;
    }
    place += cell.width;
  }
  return words;
}

const at = (column: number): string => shown(MARGIN + column * WIDE);

const shown = (number: number): string => String(Math.round(number * 100) / 100);

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);
