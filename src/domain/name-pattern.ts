/** Patterns for file names that the settings declare: read here so far that none can keep the machine busy, whatever the names are. */

/** Longest name that a pattern is tried on; file systems know none that is longer. */
export const LONGEST_NAME = 255;

/**
 * More ways than this to match one name are refused: four parts of any length, or three and some that may be left out. The worst name then takes
 * some two seconds (`^(?<id>.*).*.*.*4$` on 255 letters, Node 24), and a usual one none.
 */
const MOST_WAYS = 2 ** 32;

/** A pattern, or what is wrong with it, as a clause after its name. */
export type NamePattern = { readonly pattern: RegExp } | { readonly fault: string };

/** Reads a pattern of JavaScript with the flag u. It must have a group called id. */
export function namePattern(written: string): NamePattern {
  if (!written.includes('(?<id>')) return { fault: 'must have a group named id: "(?<id>…)"' };
  try {
    const pattern = new RegExp(written, 'u');
    if (waysOf(written) <= MOST_WAYS) return { pattern };
  } catch {
    return { fault: 'is not a regular expression of JavaScript (with the flag u)' };
  }
  const advice = 'begin it with "^", and repeat no group that holds "|", "?", "*", "+" or "{…,…}"';
  return { fault: `could keep Tidemark busy for ever on some names: ${advice}` };
}

/** A piece of a pattern: a group's bounds, `|`, what says how often, or anything else that is matched once. */
const PIECES =
  /\\[pPu]\{[^}]*\}|\\k<[^>]*>|\\.|\[(?:\\.|[^\]\\])*\]|\(\?<?[=!:]|\(\?<\w+>|\(|\)|\||[*+?]\??|\{\d+(?:,\d*)?\}\??|./gsu;

/** How many ways a group has been found to match; `before` is without its last piece, `last` those of that piece. */
interface Group {
  readonly done: number;
  readonly before: number;
  readonly last: number;
}

const OPEN: Group = { done: 0, before: 1, last: 1 };

/**
 * An upper bound of the ways in which a sound pattern can match one name. Ways of pieces in a row multiply, those of alternatives add up, and what
 * is repeated without end is taken for repeated as often as a name has letters.
 */
function waysOf(pattern: string): number {
  const stack: Group[] = [];
  let group = OPEN;
  for (const [piece] of pattern.matchAll(PIECES)) {
    if (piece.startsWith('(')) {
      stack.push(group);
      group = OPEN;
    } else if (piece === ')') {
      const last = total(group);
      const { done, before, last: other } = stack.pop() ?? OPEN;
      group = { done, before: before * other, last };
    } else if (piece === '|') {
      group = { ...OPEN, done: total(group) };
    } else if (/^(?:[*+?]|\{\d)/.test(piece)) {
      group = { ...group, last: repeated(group.last, piece) };
    } else {
      group = { done: group.done, before: group.before * group.last, last: 1 };
    }
  }
  const isAnchored = pattern.startsWith('^') && group.done === 0;
  return total(group) * (isAnchored ? 1 : LONGEST_NAME);
}

const total = ({ done, before, last }: Group): number => done + before * last;

/** Ways of what has `ways` ones when it is repeated as `quantifier` says. */
function repeated(ways: number, quantifier: string): number {
  const [from, to] = bounds(quantifier);
  return (to - from + 1) * ways ** to;
}

function bounds(quantifier: string): readonly [number, number] {
  if (quantifier.startsWith('?')) return [0, 1];
  if (/^[*+]/.test(quantifier)) return [1, LONGEST_NAME];
  const [, least = '0', comma, most] = /^\{(\d+)(,)?(\d*)/.exec(quantifier) ?? [];
  const from = Math.min(Number(least), LONGEST_NAME);
  return [
    from,
    comma === undefined ? from : Math.max(from, most === '' ? LONGEST_NAME : Math.min(Number(most), LONGEST_NAME)),
  ];
}
