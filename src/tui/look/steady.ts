/** Foreign text without what terminals draw in different widths, and how wide the rest is on them. */
import stringWidth from 'string-width';
import { isPlain } from './plain.ts';

/** More marks on one letter than this climb over the lines above and below. */
const MARKS = /(\p{Mn}{3})\p{Mn}+/gu;

/** Letters of a flag. */
const REGIONAL = /[\u{1f1e6}-\u{1f1ff}]/gu;

/** Variation selectors, keycaps, and skin tones: what makes one wide sign of several for some terminals, and not for others. */
const JOINED = /[\ufe00-\ufe0f\u20e3\u{e0100}-\u{e01ef}]|(?<=\p{Extended_Pictographic})[\u{1f3fb}-\u{1f3ff}]/gu;

/** The same text as signs that stand for themselves: a flag is its letters, a skin tone is left out, a letter keeps three marks. */
export function steady(text: string): string {
  if (isPlain(text)) return text;
  return text
    .replace(REGIONAL, letter => String.fromCharCode((letter.codePointAt(0) ?? 0) - 0x1f1e6 + 0x41))
    .replace(JOINED, '')
    .replace(MARKS, '$1');
}

/**
 * Columns of a text, character by character, as terminals count that join no clusters (xterm; string-width joins the conjuncts of
 * Indic scripts, which then take more columns than it says).
 */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length;
  let width = 0;
  for (const character of text) width += stringWidth(character);
  return width;
}
