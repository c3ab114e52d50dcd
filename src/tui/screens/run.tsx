/** The run under way: each step with its state and time, and what it says. */
import { Box } from 'ink';
import { fit } from '../look/fit.ts';
import type { ScreenLine } from '../look/tones.ts';
import { Line } from '../parts/line.tsx';
import { Rule } from '../parts/pane.tsx';
import { layoutOf } from '../state/layout.ts';
import type { RunningStep, RunView, State } from '../state/state.ts';

const STATES = { waiting: 'faint', running: 'notable', done: 'good' } as const;

export function Run({ state }: { readonly state: State }) {
  const { run } = state;
  const { body } = layoutOf(state);
  if (run === null) return <Line line={[{ tone: 'faint', text: ' Beginning …' }]} />;
  const steps = Math.min(run.steps.length, Math.max(1, Math.floor((body - 3) / 2)));
  const at = Math.max(0, run.steps.findIndex(step => step.state !== 'done') - Math.floor(steps / 2));
  const from = Math.min(at, run.steps.length - steps);
  const stopping = stoppingLines(run);
  const output = Math.max(1, body - steps - 2 - stopping.length);
  return (
    <Box flexDirection="column">
      <Line line={titleLine(run, state.now)} />
      {run.steps.slice(from, from + steps).map((step, index) => (
        <Line key={`${from + index}`} line={stepLine(step, from + index, state.now, state.size.columns)} />
      ))}
      <Rule title="output" columns={state.size.columns} />
      <Box flexDirection="column" height={output} overflow="hidden">
        {run.output.slice(-output).map((text, index) => (
          <Line key={`${index}`} line={[{ tone: 'plain', text: ` ${text}` }]} />
        ))}
      </Box>
      {stopping.map((line, index) => (
        <Line key={`${index}`} line={line} />
      ))}
    </Box>
  );
}

const seconds = (milliseconds: number): string => `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`;

function titleLine(run: RunView, now: number): ScreenLine {
  const done = run.steps.filter(step => step.state === 'done').length;
  return [
    { tone: 'strong', text: ` ${run.title}` },
    { tone: 'plain', text: `  ${done} of ${run.steps.length} steps done, ${seconds(now - run.began)}` },
    { tone: 'faint', text: `  ${run.doing}` },
  ];
}

function stepLine(step: RunningStep, index: number, now: number, columns: number): ScreenLine {
  const took = step.milliseconds ?? (step.began === null ? null : now - step.began);
  return [
    { tone: STATES[step.state], text: ` ${fit(step.state, 8)} ` },
    { tone: 'faint', text: fit(took === null ? '' : seconds(took), 9) },
    { tone: 'plain', text: fit(`${index + 1}. ${step.title}`, Math.max(0, columns - 19)) },
  ];
}

/** What Ctrl-C has done, and how to go on: on lines of their own, for the command must be seen whole. */
function stoppingLines({ stopping, run }: RunView): readonly ScreenLine[] {
  if (stopping === 'no') return [[]];
  const words =
    stopping === 'soft' ? 'Stopping after this step; Ctrl-C again ends what runs now.' : 'Ending what runs now.';
  const next = run === null ? [] : [` To go on later: tidemark resume ${run}`];
  return [` ${words}`, ...next].map(text => [{ tone: 'notable', text }]);
}
