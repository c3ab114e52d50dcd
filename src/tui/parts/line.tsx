/** One line of the screen, in its tones. It never wraps: what is too long is cut where the screen ends. */
import { Text } from 'ink';
import { steady } from '../look/steady.ts';
import { LOOKS, type ScreenLine } from '../look/tones.ts';

export interface LineProps {
  readonly line: ScreenLine;
  /** What a screen reader says instead. */
  readonly label?: string;
  /** Drawing only: nothing for a screen reader. */
  readonly hidden?: boolean;
}

export function Line({ line, label, hidden = false }: LineProps) {
  return (
    <Text wrap="truncate-end" aria-hidden={hidden} {...(label === undefined ? {} : { 'aria-label': label })}>
      {line.length === 0
        ? ' '
        : line.map((piece, index) => (
            // Pieces have no identity of their own but their place in the line.
            <Text key={`${index}`} {...LOOKS[piece.tone]}>
              {steady(piece.text)}
            </Text>
          ))}
    </Text>
  );
}
