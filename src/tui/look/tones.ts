/** How each tone looks: the terminal's own 16 colours, so that light and dark themes both work; every tone also differs by letter or sign. */
import type { Tone, Toned, TonedLine } from '../../messages/toned.ts';

/** Tones of the terminal UI: those of messages, and those of code, diffs and the cursor. */
export type ScreenTone =
  | Tone
  | 'accent'
  | 'keyword'
  | 'string'
  | 'comment'
  | 'number'
  | 'name'
  | 'added'
  | 'removed'
  | 'cursor'
  | 'bar';

export type ScreenLine = TonedLine<ScreenTone>;
export type CodeLine = ScreenLine;
export type Piece = Toned<ScreenTone>;

/** What Ink's `<Text>` is given for a tone. */
export interface Look {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
  readonly underline?: boolean;
}

export const LOOKS: Readonly<Record<ScreenTone, Look>> = {
  plain: {},
  strong: { bold: true },
  faint: { dimColor: true },
  good: { color: 'green' },
  bad: { color: 'red', bold: true },
  notable: { color: 'yellow' },
  accent: { color: 'cyan' },
  keyword: { color: 'magenta' },
  string: { color: 'green' },
  comment: { dimColor: true },
  number: { color: 'cyan' },
  name: { color: 'blue' },
  added: { color: 'green' },
  removed: { color: 'red' },
  cursor: { inverse: true },
  bar: { inverse: true },
};
