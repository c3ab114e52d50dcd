/** Colours by meaning for plain output. They never carry meaning alone. */

export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
  readonly notable: (text: string) => string;
}

const wrap = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const plain = (text: string) => text;

/** Colour only on a terminal that has it and for a user who wants it (https://no-color.org). */
export function styleFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  wanted: boolean,
): Style {
  const refused = !wanted || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const forced = (env['FORCE_COLOR'] ?? '0') !== '0';
  if (refused || !(stream.isTTY === true || forced)) {
    return { strong: plain, faint: plain, bad: plain, good: plain, notable: plain };
  }
  return { strong: wrap(1, 22), faint: wrap(2, 22), bad: wrap(31, 39), good: wrap(32, 39), notable: wrap(33, 39) };
}
