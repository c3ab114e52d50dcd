/** Parts of a screen: lines in a box of fixed height, from a scrolled position, and rules between boxes. */
import { Box, useIsScreenReaderEnabled } from 'ink';
import type { ReactNode } from 'react';
import type { ScreenLine } from '../look/tones.ts';
import { Line } from './line.tsx';

export interface PaneProps {
  readonly lines: readonly ScreenLine[];
  readonly rows: number;
  readonly scroll?: number;
}

/** Lines from `scroll` on. What lies beyond is told in the last line, where there are enough of them. */
export function Pane({ lines, rows, scroll = 0 }: PaneProps) {
  const from = Math.max(0, Math.min(scroll, lines.length - rows));
  const shown = lines.slice(from, from + rows);
  const below = lines.length - from - shown.length;
  return (
    <Box flexDirection="column" height={rows} overflow="hidden">
      {shown.map((line, index) => (
        <Line key={`${from + index}`} line={index === rows - 1 && below > 0 && rows > 2 ? more(below + 1) : line} />
      ))}
    </Box>
  );
}

const more = (lines: number): ScreenLine => [{ tone: 'faint', text: `… ${lines} more lines` }];

/** A line across, with words in it. */
export function Rule({ title, columns }: { readonly title: string; readonly columns: number }) {
  const words = title === '' ? '' : ` ${title} `;
  return (
    <Line hidden={title === ''} label={title} line={[{ tone: 'faint', text: `──${words}`.padEnd(columns, '─') }]} />
  );
}

/** A list above, or beside, what is said about its chosen item. What is read aloud is one after the other in any case. */
export function Split({
  wide,
  list,
  detail,
  columns,
}: {
  readonly wide: boolean;
  readonly list: ReactNode;
  readonly detail: ReactNode;
  readonly columns: number;
}) {
  const aloud = useIsScreenReaderEnabled();
  if (!wide || aloud)
    return (
      <Box flexDirection="column">
        {list}
        {detail}
      </Box>
    );
  return (
    <Box>
      <Box flexDirection="column" width={columns}>
        {list}
      </Box>
      <Box flexDirection="column" marginLeft={2}>
        {detail}
      </Box>
    </Box>
  );
}
