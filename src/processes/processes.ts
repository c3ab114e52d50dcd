/** The processes room's front door. */
import { ProblemError } from '../domain/problem.ts';
import type { Processes } from './contract.ts';
import { editFile } from './edit-file.ts';
import { endLeftOf } from './end-processes.ts';
import { findProgram } from './find-program.ts';
import { leftOf, leftWith, markOf } from './process-table.ts';
import { handTerminalTo, type Patience, runProgram } from './run-program.ts';

/** Runs real processes. By default five seconds pass from SIGTERM to SIGKILL, and two for output that comes late. */
export function createProcesses({ graceMs = 5000, drainMs = 2000 }: Partial<Patience> = {}): Processes {
  return {
    run: program => runProgram(program, { graceMs, drainMs }),
    handTerminalTo,
    edit: editFile,
    find: findProgram,
    mark: markOf,
    alive: mark => leftOf(mark).length > 0,
    async end(mark, grace) {
      if (leftOf(mark).length === 0) return;
      if (mark.startTicks === null) {
        const reason = `Process ${mark.pid} is running, and this system does not tell whether it is still the one that was started.`;
        throw new ProblemError('refused', { reason, next: `ps -p ${mark.pid}` });
      }
      await endLeftOf(mark, grace);
    },
    leftWith,
  };
}
