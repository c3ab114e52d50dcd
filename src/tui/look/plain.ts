/** Text that needs no table of Unicode: nearly all that is drawn. Asking for the tables costs 20 ms before the first frame. */

/** ASCII, Latin, dashes and quotes, and what frames are drawn with. None of them joins a neighbour, and each is one column wide. */
const CHARACTERS =
  '\\u0020-\\u007e\\u00a1-\\u00ac\\u00ae-\\u02ff\\u2010-\\u2027\\u2190-\\u2193\\u2500-\\u257f\\u25b8\\u25cb\\u25cf\\u2713\\u2717';

const PLAIN = new RegExp(`^[${CHARACTERS}]*$`);
const PLAIN_OR_CONTROL = new RegExp(`^[${CHARACTERS}\\u0000-\\u000c\\u000e-\\u001f]*$`);

/** Is every character of it exactly one column wide? */
export const isPlain = (text: string): boolean => PLAIN.test(text);

/** Is every character of it a grapheme of its own? Escape sequences may be in it; CR, which LF joins, may not. */
export const isInSingles = (text: string): boolean => PLAIN_OR_CONTROL.test(text);
