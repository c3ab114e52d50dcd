/** The whole screen: frame and the screen on top of the stack, as a function of the state. */
import { Box } from 'ink';
import { BINDINGS } from './keys.ts';
import { Footer, Header } from './parts/frame.tsx';
import { Line } from './parts/line.tsx';
import { Pane } from './parts/pane.tsx';
import { Confirm } from './screens/confirm.tsx';
import { helpLines } from './screens/help-lines.ts';
import { Overview } from './screens/overview.tsx';
import { PlanView } from './screens/plan.tsx';
import { resultLines } from './screens/result-lines.ts';
import { Run } from './screens/run.tsx';
import { Runs } from './screens/runs.tsx';
import { Story } from './screens/story.tsx';
import { layoutOf } from './state/layout.ts';
import { type State, top } from './state/state.ts';

export function App({ state }: { readonly state: State }) {
  const { columns, rows } = state.size;
  const layout = layoutOf(state);
  if (layout.tooSmall) return <Line line={[{ tone: 'notable', text: `Too small: ${columns}x${rows}` }]} />;
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Header state={state} />
      <Box flexDirection="column" height={layout.body} overflow="hidden">
        <Shown state={state} />
      </Box>
      <Footer state={state} />
    </Box>
  );
}

function Shown({ state }: { readonly state: State }) {
  const screen = top(state);
  const { body } = layoutOf(state);
  switch (screen.name) {
    case 'overview':
      return <Overview state={state} />;
    case 'story':
      return <Story state={state} screen={screen} />;
    case 'plan':
      return <PlanView state={state} screen={screen} />;
    case 'confirm':
      return <Confirm state={state} screen={screen} />;
    case 'run':
      return <Run state={state} />;
    case 'result':
      return <Pane lines={[[], ...resultLines(state, screen)]} rows={body} scroll={screen.scroll} />;
    case 'runs':
      return <Runs state={state} screen={screen} />;
    case 'help':
      return <Pane lines={helpLines(BINDINGS, screen.of, columnsOf(state))} rows={body} scroll={screen.scroll} />;
  }
}

const columnsOf = (state: State): number => state.size.columns;
