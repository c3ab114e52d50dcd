/** Undoes a run by its full backup. A run of its own: journaled, with a backup of what is there now, to be resumed or aborted. */
import { ProblemError } from '../domain/problem.ts';
import type { RunReport } from '../domain/report.ts';
import type { Undoing } from '../domain/undo.ts';
import { digestRows, digestSchema } from './digest.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';
import { appliedFrom, type HeldRun, type RunContext, releaseDatabase, rowsNow, schemaNow } from './run-context.ts';

/**
 * Restores the backup that the plan names and proves it. The run's connection is closed, as the restore needs the database for itself;
 * the run lock still keeps other runs away. Throws `refused` before anything is changed, `run-stopped` when the restore fails.
 */
export async function restoreForUndo(
  context: RunContext,
  held: HeldRun,
  undo: Undoing,
  backup: RunReport['backup'],
): Promise<RunReport> {
  const { outside, inspected, plan, run, journal, listening } = context;
  if (undo.backup === null)
    throw new ProblemError('refused', { reason: `Run ${undo.run} has no backup.`, next: 'tidemark runs' });
  const before = appliedFrom(inspected, await rowsNow(context.connection, plan)).map(({ id }) => id);
  listening.onProgress({ event: 'restoring', file: undo.backup.file });
  journal.append({ what: 'restore-intended', file: undo.backup.file });
  await releaseDatabase(held);
  try {
    await outside.databases.restore(inspected.address, undo.backup);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const problem = { code: error.code, facts: error.facts } as never;
    throw new ProblemError('run-stopped', { run, done: 0, of: 1, problem }, { cause: error });
  }
  journal.append({ what: 'restored', file: undo.backup.file });
  const seen = await look(outside, inspected, context);
  const after = appliedFrom(inspected, seen.rows).map(({ id }) => id);
  journal.append({
    what: 'finished',
    removed: before.filter(id => !after.includes(id)),
    applied: after.filter(id => !before.includes(id)),
    rows: digestRows(seen.rows),
    schema: seen.schema,
  });
  const rowsSame = digestRows(seen.rows) === digestRows(undo.rows);
  const schemaSame = seen.schema === undo.schema;
  return {
    run,
    outcome: 'done',
    planId: plan.id,
    database: plan.database,
    steps: [],
    before,
    after,
    backup,
    undone: {
      run: undo.run,
      way: 'backup',
      rowsSame,
      schemaSame,
      differences: [
        ...(rowsSame ? [] : ['the history table does not hold the same rows']),
        ...(schemaSame ? [] : ['the schema is not the same']),
      ],
    },
    journal: journal.file,
  };
}

async function look(outside: Outside, inspected: InspectedProject, { plan }: RunContext) {
  const connection = await outside.databases.openToRead(inspected.address);
  try {
    return { rows: await rowsNow(connection, plan), schema: digestSchema(await schemaNow(connection, plan)) };
  } finally {
    await connection.close();
  }
}
