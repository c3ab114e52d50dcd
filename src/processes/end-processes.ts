/** Ending a process and all that it started, and waiting until none of it is left. */
import { setTimeout as passed } from 'node:timers/promises';
import { ProblemError } from '../domain/problem.ts';
import type { ProcessMark } from '../domain/run.ts';
import { leftOf, signalLeftOf } from './process-table.ts';

const LOOK_EVERY_MS = 20;

/**
 * SIGTERM to what is left of a mark, SIGKILL after `graceMs` (at once when that is 0). Returns when it is gone. Throws `refused` when it may not be ended by
 * this user.
 */
export async function endLeftOf(mark: ProcessMark, graceMs: number): Promise<void> {
  if (graceMs > 0) {
    // A stopped process gets SIGTERM only when it goes on.
    if (!signalAllowed(mark, 'SIGTERM') || !signalAllowed(mark, 'SIGCONT')) return;
    if (await goneWithin(mark, graceMs)) return;
  }
  // Again and again: a process may have been forking while the signal was sent.
  while (signalAllowed(mark, 'SIGKILL') && !(await goneWithin(mark, 10 * LOOK_EVERY_MS)));
}

async function goneWithin(mark: ProcessMark, milliseconds: number): Promise<boolean> {
  const until = performance.now() + milliseconds;
  while (leftOf(mark).length > 0) {
    if (performance.now() >= until) return false;
    await passed(LOOK_EVERY_MS);
  }
  return true;
}

function signalAllowed(mark: ProcessMark, signal: NodeJS.Signals): boolean {
  try {
    return signalLeftOf(mark, signal);
  } catch (error) {
    const reason = `Process ${mark.pid} is still running, and this user may not end it.`;
    throw new ProblemError('refused', { reason, next: `kill ${mark.pid}` }, { cause: error });
  }
}
