/** The question before something is changed. The safe answer is marked; what destroys data wants a name typed. */
import { Box } from 'ink';
import { clean } from '../../messages/clean.ts';
import type { ScreenLine } from '../look/tones.ts';
import { Line } from '../parts/line.tsx';
import { Pane, Rule } from '../parts/pane.tsx';
import { confirmRows, layoutOf } from '../state/layout.ts';
import type { ConfirmScreen, State } from '../state/state.ts';
import { confirmLines } from './result-lines.ts';

export function Confirm({ state, screen }: { readonly state: State; readonly screen: ConfirmScreen }) {
  const { body } = layoutOf(state);
  return (
    <Box flexDirection="column">
      <Line line={[{ tone: 'strong', text: ` ${screen.title}` }]} />
      <Rule title="" columns={state.size.columns} />
      <Box paddingLeft={2}>
        <Pane lines={confirmLines(state, screen)} rows={confirmRows(body)} scroll={screen.scroll} />
      </Box>
      {screen.mustType === null ? (
        <>
          <Line line={[]} />
          <Line line={answers(screen)} label={answersLabel(screen)} />
          <Line line={[]} />
        </>
      ) : (
        typing(screen, screen.mustType, state.size.columns).map((line, index) => <Line key={`${index}`} line={line} />)
      )}
    </Box>
  );
}

function answers(screen: ConfirmScreen): ScreenLine {
  const no = screen.choice === 'no';
  return [
    { tone: no ? 'cursor' : 'plain', text: no ? ' ▸ no ' : '   no ' },
    { tone: 'plain', text: '   ' },
    { tone: no ? 'plain' : 'cursor', text: no ? `   yes, ${screen.yes} ` : ` ▸ yes, ${screen.yes} ` },
  ];
}

/** What a screen reader says for them. */
const answersLabel = ({ choice, yes }: ConfirmScreen): string =>
  choice === 'no' ? `selected: no; the other answer: yes, ${yes}` : `selected: yes, ${yes}; the other answer: no`;

/** The name and what was typed of it stand below each other: both are seen however long they are. */
function typing(screen: ConfirmScreen, mustType: string, columns: number): readonly ScreenLine[] {
  const typed = clean(screen.typed);
  const destroys = screen.facts.some(({ label, tone }) => label === 'destroys' && tone === 'bad');
  const asks = destroys ? `It destroys data: to ${screen.yes}, type` : `To ${screen.yes}, type`;
  return [
    [{ tone: 'plain', text: `  ${asks}` }],
    [{ tone: 'strong', text: `  ${clean(mustType)}` }],
    [
      { tone: 'accent', text: `  ${typed.slice(Math.max(0, typed.length - columns + 4))}` },
      { tone: 'cursor', text: ' ' },
    ],
  ];
}
