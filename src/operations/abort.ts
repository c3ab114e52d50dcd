/** Ends an unfinished run: nothing was done and it is closed, or the backup brings back what was there before. */
import { ProblemError } from '../domain/problem.ts';
import type { RunState } from '../domain/replay.ts';
import type { Repository } from '../git/contract.ts';
import { digestRows, digestSchema } from './digest.ts';
import type { InspectedProject } from './inspect.ts';
import type { Listening, Outside } from './outside.ts';
import { dropParked } from './park.ts';
import { isAtomic, waitForProcesses, waitForServer } from './resume.ts';
import {
  holdRun,
  refuseUnderWay,
  releaseDatabase,
  releaseRun,
  rowsNow,
  sameDatabase,
  schemaNow,
} from './run-context.ts';
import { removeLeftScratch } from './scratch.ts';
import { rowsBack } from './verify-rows.ts';

/** How a run was ended. */
export type AbortEnd = 'nothing-done' | 'restored' | 'kept';

/** What abort would have to do; asked before it is done. */
export interface AbortNeeds {
  /** True when the database differs from how the run found it. */
  readonly changed: boolean;
  /** True when only a backup can put it back: what anybody wrote since then goes with that. False where the journal holds the rows. */
  readonly restores: boolean;
  readonly backup: RunState['backup'];
}

/** Looks at what an abort would do. Changes nothing. */
export async function abortNeeds(outside: Outside, inspected: InspectedProject, state: RunState): Promise<AbortNeeds> {
  const connection = await outside.databases.openToRead(inspected.address);
  try {
    sameDatabase(connection, state.plan);
    const rows = digestRows(await rowsNow(connection, state.plan));
    const schema = digestSchema(await schemaNow(connection, state.plan));
    const changed = rows !== digestRows(state.before.rows) || schema !== state.before.schema || dataMayDiffer(state);
    return { changed, restores: changed && !changedOnlyRows(state), backup: state.backup };
  } finally {
    await connection.close();
  }
}

const changedOnlyRows = (state: RunState): boolean =>
  !state.restoring && state.plan.steps.every(step => step.doing.how === 'rows');

/** A step that ran, or was begun where no transaction takes it back, may have changed data without a trace in rows and schema. */
const dataMayDiffer = (state: RunState): boolean =>
  state.restoring ||
  state.steps.some(({ state: reached }, index) => {
    const step = state.plan.steps[index];
    const takenBack = step !== undefined && (step.doing.how === 'rows' || isAtomic(step, state.plan));
    return reached === 'done' || reached === 'failed' || (reached === 'intended' && !takenBack);
  });

/**
 * Aborts. `keep` leaves the database as it is. Throws `refused` when the database changed and there is no backup; `step-failed`
 * when what was restored is not what was there before.
 */
export async function abort(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  state: RunState,
  options: { readonly keep: boolean; readonly timeLimitMs: number },
  listening: Listening,
): Promise<AbortEnd> {
  refuseUnderWay(outside, repository, state.run);
  await waitForProcesses(outside, state, options.timeLimitMs, listening);
  const needs = await abortNeeds(outside, inspected, state);
  const rowsOnly = changedOnlyRows(state);
  if (needs.changed && !options.keep && needs.backup === null && !rowsOnly) {
    throw new ProblemError('refused', {
      reason: `Run ${state.run} changed the database and made no backup, so nothing can be brought back.`,
      next: `tidemark resume ${state.run}\ntidemark abort ${state.run} --keep`,
    });
  }
  const held = await holdRun(outside, repository, inspected, state.run, connection =>
    waitForServer(connection, state, listening),
  );
  const { backup } = needs;
  let end: AbortEnd = needs.changed ? 'kept' : 'nothing-done';
  try {
    await repository.removeLeftWorktrees([]);
    await removeLeftScratch(outside, inspected);
    if (needs.changed && !options.keep && rowsOnly) {
      // Such a run makes no backup: the journal holds the rows as they were.
      const back = rowsBack(await rowsNow(held.connection, state.plan), state.before.rows);
      if (back.length > 0) await held.connection.changeRows(state.plan.project.historyTable, back);
      end = 'restored';
    } else if (needs.changed && !options.keep && backup !== null) {
      listening.onProgress({ event: 'restoring', file: backup.file });
      // The restore needs the database for itself; the run lock still keeps other runs of this repository away.
      await releaseDatabase(held);
      await outside.databases.restore(inspected.address, backup);
      await provesRestored(outside, inspected, state);
      end = 'restored';
    }
    // Killed before it was whole: it is nothing, and what it was to save is where it was.
    if (state.parked === null) dropParked(outside, repository, state.run);
    const journal = held.journals.reopen(state.run);
    try {
      journal.append({ what: 'aborted', how: end });
    } finally {
      journal.close();
    }
    return end;
  } finally {
    await releaseRun(held);
  }
}

async function provesRestored(outside: Outside, inspected: InspectedProject, state: RunState): Promise<void> {
  const connection = await outside.databases.openToRead(inspected.address);
  try {
    const same =
      digestRows(await rowsNow(connection, state.plan)) === digestRows(state.before.rows) &&
      digestSchema(await schemaNow(connection, state.plan)) === state.before.schema;
    if (!same) {
      throw new ProblemError('step-failed', {
        step: `restoring ${state.backup?.file ?? 'the backup'}`,
        said: 'the database is not as it was before the run',
      });
    }
  } finally {
    await connection.close();
  }
}
