/** Proves the schema that a run left, behind the screens. */
import { ProblemError } from '../../domain/problem.ts';
import type { RunId } from '../../domain/run.ts';
import type { Schema } from '../../domain/schema.ts';
import { explain } from '../../messages/problems.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import { prove } from '../../operations/prove.ts';
import type { Desk } from './desk.ts';

/** What is to be proved: the project as it was before the run, and its schema then. */
export interface ToProve {
  readonly run: RunId;
  readonly inspection: Inspection;
  readonly inspected: InspectedProject;
  readonly before: Schema;
}

/** How often its seconds are told. */
const TICK_MS = 1000;

/** Compares, and tells what it found. Whoever stops it gets no proof, and is told so. */
export async function proveRun({ outside, dispatch }: Desk, wanted: ToProve, signal: AbortSignal): Promise<void> {
  const { run, inspection, inspected, before } = wanted;
  const clock = setInterval(() => dispatch({ type: 'ticked', now: outside.clock() }), TICK_MS);
  try {
    signal.throwIfAborted();
    const options = { before, timeLimitMs: inspection.settings.timeLimitSeconds * 1000 };
    const listening = { onProgress: () => undefined, signal, force: signal };
    const end = await prove(outside, inspection.repository, inspected, options, listening);
    if ('proof' in end) dispatch({ type: 'proved', run, proof: end.proof });
    else {
      const { code, facts } = end.impossible;
      dispatch({ type: 'not-proved', run, because: explain(code, facts).what });
    }
  } catch (error) {
    if (signal.aborted)
      dispatch({ type: 'not-proved', run, because: 'The schema was not compared: that was stopped.' });
    else if (error instanceof ProblemError)
      dispatch({ type: 'not-proved', run, because: explain(error.code, error.facts).what });
    else throw error;
  } finally {
    clearInterval(clock);
  }
}
