/** Taking up a run that stopped: resume, abort, or look at what its step saw. */
import type { RunId } from '../../domain/run.ts';
import { toUndo } from '../../domain/undo.ts';
import { underWay } from './answer.ts';
import type { Change } from './effects.ts';
import { openUndo } from './open.ts';
import { type State, top } from './state.ts';

/** The stopped run that the screen is about, and the index of the step it stopped at. */
function stoppedRun(state: State): { readonly run: RunId; readonly step: number } | string {
  const screen = top(state);
  if (screen.name === 'result') {
    const { report } = screen;
    if (report === null) return 'No run is shown here; R on the overview lists them.';
    if (report.outcome === 'done') return 'This run is done: there is nothing to take up.';
    return { run: report.run, step: report.steps.findIndex(({ state: reached }) => reached !== 'done') };
  }
  if (screen.name !== 'runs') return 'There is no run here.';
  const listed = screen.runs?.[screen.cursor];
  if (listed === undefined) return 'There is no run here.';
  if (listed.underWay) return 'This run is under way in another process.';
  if (listed.state.status !== 'open') return `This run is ${listed.state.status}: there is nothing to take up.`;
  return { run: listed.state.run, step: listed.state.next };
}

export function cannotGoOn(state: State): string | null {
  const found = stoppedRun(state);
  return typeof found === 'string' ? found : null;
}

/** Why no shell can be opened; null when one can. */
export function noShell(state: State): string | null {
  const found = stoppedRun(state);
  if (typeof found === 'string') return found;
  return found.step === -1 ? 'Every step of it is done.' : null;
}

export function resumeOfRun(state: State): Change<State> {
  const found = stoppedRun(state);
  return typeof found === 'string' ? { state, effects: [] } : underWay(state, { do: 'resume', run: found.run });
}

export function abortOfRun(state: State): Change<State> {
  const found = stoppedRun(state);
  return { state, effects: typeof found === 'string' ? [] : [{ do: 'weigh-abort', run: found.run }] };
}

export function openShell(state: State): Change<State> {
  const found = stoppedRun(state);
  return { state, effects: typeof found === 'string' ? [] : [{ do: 'shell', run: found.run, step: found.step }] };
}

/** The run that the screen is about, to be undone; a sentence why it cannot be. */
function runToUndo(state: State): { readonly run: RunId } | string {
  const screen = top(state);
  if (screen.name === 'result') {
    const { report } = screen;
    if (report === null) return 'No run is shown here; R on the overview lists them.';
    return report.outcome === 'done'
      ? { run: report.run }
      : 'This run is unfinished: it is resumed (r) or aborted (a), not undone.';
  }
  const runs = screen.name === 'runs' ? (screen.runs ?? []) : [];
  const listed = screen.name === 'runs' ? runs[screen.cursor] : undefined;
  if (listed === undefined) return 'There is no run here.';
  if (listed.underWay) return 'This run is under way in another process.';
  const { identity } = listed.state.plan;
  const same = runs.flatMap(({ state: each }) => (each.plan.identity === identity ? [each] : []));
  const found = toUndo(same, listed.state.run);
  return 'reason' in found ? found.reason : { run: found.run };
}

export function cannotUndo(state: State): string | null {
  const found = runToUndo(state);
  return typeof found === 'string' ? found : null;
}

export function undoOfRun(state: State): Change<State> {
  const found = runToUndo(state);
  return typeof found === 'string' ? { state, effects: [] } : openUndo(state, found.run);
}
