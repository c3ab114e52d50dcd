/** The run under way, told by its progress events. */
import { clean } from '../../messages/clean.ts';
import { parkedWords } from '../../messages/parking.ts';
import { stepTitle } from '../../messages/plans.ts';
import { size } from '../../messages/words.ts';
import type { ProgressEvent } from '../../operations/progress.ts';
import type { RunningStep, RunView } from './state.ts';

/** As much output as is kept on the screen; the journal and the report hold what matters of a failure. */
const OUTPUT_LINES = 1000;

/** A step before the run: its title, and whether an earlier part of the same run has done it. */
export interface ListedStep {
  readonly title: string;
  readonly done: boolean;
}

export const runBegun = (title: string, steps: readonly ListedStep[], now: number): RunView => ({
  title,
  run: null,
  began: now,
  doing: 'looking at the database',
  steps: steps.map(step => ({
    title: step.title,
    state: step.done ? 'done' : 'waiting',
    began: null,
    milliseconds: null,
    notes: [],
  })),
  output: [],
  stopping: 'no',
});

export function runProgressed(run: RunView, event: ProgressEvent, now: number): RunView {
  switch (event.event) {
    case 'walking':
    case 'reading-database':
      return run;
    case 'rehearsing':
      return { ...run, doing: `rehearsing on a copy of ${clean(event.database)}` };
    case 'rehearsing-step':
      return { ...run, doing: `rehearsing step ${event.index + 1} of ${event.of}` };
    case 'proving':
      return { ...run, doing: `building the schema that ${clean(event.database)} should have` };
    case 'run-began':
      return { ...run, run: event.run, doing: 'began' };
    case 'waiting':
      return { ...run, doing: `waiting for ${clean(event.what)}` };
    case 'backing-up':
      return { ...run, doing: `backing up ${clean(event.database)}` };
    case 'backed-up':
      return said(
        { ...run, doing: 'backed up' },
        `Backup: ${clean(event.file)} (${size(event.bytes)}, ${clean(event.madeBy)}).`,
      );
    case 'parking':
      return { ...run, doing: `parking what would be destroyed in ${clean(event.database)}` };
    case 'parked':
      return said({ ...run, doing: 'parked' }, `Parked ${parkedWords(event.set)}.`);
    case 'putting-back':
      return said({ ...run, doing: 'putting parked data back' }, `Putting back ${event.sets.join(', ')}.`);
    case 'step-began':
      return {
        ...said(run, `${event.index + 1}/${event.of}  ${stepTitle(event.step)}`),
        doing: `step ${event.index + 1} of ${event.of}`,
        steps: withStep(run.steps, event.index, { state: 'running', began: now }),
      };
    case 'output':
      return said(run, `  ${clean(event.line)}`);
    case 'step-ended':
      return {
        ...run,
        doing: 'proving the result',
        steps: withStep(run.steps, event.index, {
          state: 'done',
          milliseconds: event.milliseconds,
          notes: event.notes.map(clean),
        }),
      };
    case 'restoring':
      return { ...run, doing: `restoring ${clean(event.file)}` };
  }
}

const said = (run: RunView, line: string): RunView => ({
  ...run,
  output: [...run.output.slice(1 - OUTPUT_LINES), line],
});

const withStep = (steps: readonly RunningStep[], index: number, change: Partial<RunningStep>): readonly RunningStep[] =>
  steps.map((step, at) => (at === index ? { ...step, ...change } : step));
