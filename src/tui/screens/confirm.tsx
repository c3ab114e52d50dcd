/** The question before something is changed. The safe answer is marked; what destroys data wants a name typed. */
import { Box } from 'ink';
import { clean } from '../../messages/clean.ts';
import type { ScreenLine } from '../look/tones.ts';
import { Line } from '../parts/line.tsx';
import { Pane, Rule } from '../parts/pane.tsx';
import { layoutOf } from '../state/layout.ts';
import type { ConfirmScreen, State } from '../state/state.ts';
import { confirmLines } from './result-lines.ts';

export function Confirm({ state, screen }: { readonly state: State; readonly screen: ConfirmScreen }) {
  const { body } = layoutOf(state);
  return (
    <Box flexDirection="column">
      <Line line={[{ tone: 'strong', text: ` ${screen.title}` }]} />
      <Rule title="" columns={state.size.columns} />
      <Box paddingLeft={2}>
        <Pane lines={confirmLines(state, screen)} rows={Math.max(1, body - 5)} scroll={screen.scroll} />
      </Box>
      <Line line={[]} />
      {screen.mustType === null ? (
        <Line line={answers(screen)} label={answersLabel(screen)} />
      ) : (
        <Line line={typing(screen, screen.mustType)} />
      )}
      <Line line={screen.mustType === null ? [] : NOTHING_YET} />
    </Box>
  );
}

const NOTHING_YET: ScreenLine = [
  { tone: 'faint', text: '  Enter goes on once it is right; Esc goes back, and nothing is changed.' },
];

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

function typing(screen: ConfirmScreen, mustType: string): ScreenLine {
  return [
    { tone: 'plain', text: '  It destroys data: type ' },
    { tone: 'strong', text: clean(mustType) },
    { tone: 'plain', text: ` to ${screen.yes}: ` },
    { tone: 'accent', text: clean(screen.typed) },
    { tone: 'cursor', text: ' ' },
  ];
}
