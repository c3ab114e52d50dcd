/** Toned lines broken to a width, so that what is too long is read on and not cut. */

import { broken, wrap } from './fit.ts';
import { steady } from './steady.ts';
import type { Piece, ScreenLine, ScreenTone } from './tones.ts';

/** `label   text`, the text going on below itself. */
export function labelled(
  label: string,
  text: string,
  width: number,
  tone: ScreenTone = 'plain',
  labelWidth = 9,
): readonly ScreenLine[] {
  return wrap(text, Math.max(8, width - labelWidth)).map((line, index) => [
    { tone: 'faint', text: (index === 0 ? label : '').padEnd(labelWidth) },
    { tone, text: line },
  ]);
}

/** One tone, as many lines as it takes. */
export const paragraph = (text: string, width: number, tone: ScreenTone = 'plain'): readonly ScreenLine[] =>
  wrap(text, width).map(line => [{ tone, text: line }]);

/** A line of several pieces; it is broken where its text has to be, and its pieces keep their tones. */
export function wrappedLine(line: ScreenLine, width: number): readonly ScreenLine[] {
  const whole = line.map(piece => piece.text).join('');
  const parts = broken(whole, width);
  if (parts.length === 1) return [line];
  const pieces = line.map(piece => ({ ...piece, text: steady(piece.text) }));
  return parts.map(part => {
    const taken: Piece[] = [];
    let left = part.length;
    while (left > 0) {
      const piece = pieces.shift();
      if (piece === undefined) break;
      taken.push({ ...piece, text: piece.text.slice(0, left) });
      if (piece.text.length > left) pieces.unshift({ ...piece, text: piece.text.slice(left) });
      left -= piece.text.length;
    }
    return taken;
  });
}
