/** Executes an approved plan, journaled: what was intended is on the disk before it is done. */
import path from 'node:path';
import type { MigrationId } from '../domain/migration.ts';
import type { ParkedSummary } from '../domain/parking.ts';
import { type Problem, ProblemError } from '../domain/problem.ts';
import { replay } from '../domain/replay.ts';
import type { RunReport, StepReport } from '../domain/report.ts';
import { JOURNAL_FORMAT, type RunId } from '../domain/run.ts';
import type { ApprovedPlan } from '../domain/safety-rules.ts';
import type { Repository } from '../git/contract.ts';
import type { Journals } from '../journal/contract.ts';
import { digestRows, digestSchema } from './digest.ts';
import { guardTarget, mustBeNamed, rememberTarget } from './guard-target.ts';
import type { InspectedProject } from './inspect.ts';
import type { Listening, Outside } from './outside.ts';
import { dropParked, parkFirst } from './park.ts';
import { proveUndone } from './prove-undone.ts';
import { recordRun } from './provenance.ts';
import { putBackAfter } from './put-back.ts';
import {
  appliedAfter,
  appliedFrom,
  contextOf,
  holdRun,
  projectOfWork,
  type RunContext,
  releaseRun,
  rowsNow,
  sameDatabase,
  schemaNow,
} from './run-context.ts';
import { runStep } from './run-step.ts';
import { removeLeftScratch } from './scratch.ts';
import { restoreForUndo } from './undo-by-backup.ts';

export interface ExecuteOptions {
  /** False for `--no-backup`. */
  readonly backup: boolean;
  /** False for `--no-park`. Missing: what the run destroys is parked. */
  readonly park?: boolean;
  readonly timeLimitMs: number;
  /** The target's name, where a person typed it for this run; see `guardTarget`. */
  readonly named?: string | null;
}

/** A new run id: sorts by time, and two of one second differ. */
export function newRunId(outside: Outside): RunId {
  const stamp = new Date(outside.clock()).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${stamp}-${outside.randomHex(6)}`;
}

/** Where a run's backup goes: outside every repository, apart by database. */
const backupFolder = (outside: Outside, identity: string, run: RunId): string =>
  path.join(outside.stateHome, 'backups', identity, run);

/**
 * Executes. Throws before anything is touched: `target-doubtful`, `run-unfinished`, `locked-by-run`, `database-locked`, `plan-changed`,
 * `backup-impossible`, `disk`. Afterwards failures are in the report, or `run-stopped` is thrown.
 */
export async function execute(
  outside: Outside,
  repository: Repository,
  given: InspectedProject,
  plan: ApprovedPlan,
  options: ExecuteOptions,
  listening: Listening,
): Promise<RunReport> {
  const run = newRunId(outside);
  const inspected = projectOfWork(given);
  mustBeNamed(inspected, await guardTarget(outside, repository, inspected), options.named ?? null);
  const held = await holdRun(outside, repository, inspected, run);
  try {
    refuseUnfinished(held.journals);
    await repository.removeLeftWorktrees([]);
    await removeLeftScratch(outside, inspected);
    sameDatabase(held.connection, plan);
    const rows = await rowsNow(held.connection, plan);
    if (digestRows(rows) !== plan.rows) {
      throw new ProblemError('plan-changed', { asked: plan.id, now: 'another: the history table changed meanwhile' });
    }
    const found = await schemaNow(held.connection, plan);
    const schema = digestSchema(found);
    // The journal holds the digest only; with this an undoing can name what is not as it was.
    outside.databases.rememberSchema(schema, found);
    const journal = held.journals.create(run);
    const mark = outside.processes.mark(process.pid);
    try {
      journal.append({
        what: 'run-began',
        format: JOURNAL_FORMAT,
        tidemark: outside.version,
        plan,
        process: mark,
        rows,
        schema,
        undoes: plan.undo?.run ?? null,
      });
      await rememberTarget(repository, inspected);
      listening.onProgress({ event: 'run-began', run, planId: plan.id });
      const context = contextOf(outside, repository, inspected, plan, held, journal, options.timeLimitMs, listening);
      const parked = await parkOrDrop(context, held.journals, options.park !== false);
      const backup = await backUpFirst(context, held.journals, options.backup);
      if (plan.undo?.way === 'backup') return await restoreForUndo(context, held, plan.undo, backup);
      const before = appliedFrom(inspected, rows).map(row => row.id);
      return await runSteps(context, 0, { before, backup, parked, putBack: false });
    } finally {
      journal.close();
    }
  } finally {
    await releaseRun(held);
  }
}

/** One unfinished run blocks all others of the repository: two half-done plans could not be told apart. */
export function refuseUnfinished(journals: Journals): void {
  for (const run of journals.list()) {
    const state = replay(run, journals.read(run).entries);
    if (state === null) journals.drop(run);
    else if (state.status === 'open') {
      throw new ProblemError('run-unfinished', { run, directory: state.plan.project.root });
    }
  }
}

/** Parks before the first change. Where that fails nothing is begun, and no journal stays behind. */
export async function parkOrDrop(
  context: RunContext,
  journals: Journals,
  wanted: boolean,
): Promise<readonly ParkedSummary[]> {
  try {
    return await parkFirst(context, wanted);
  } catch (error) {
    journals.drop(context.run);
    throw error;
  }
}

/** The full backup before the first change. Without one nothing is begun, and no journal stays behind. */
export async function backUpFirst(
  context: RunContext,
  journals: Journals,
  wanted: boolean,
): Promise<RunReport['backup']> {
  const { outside, inspected, plan, run, journal, listening } = context;
  if (!wanted) {
    journal.append({ what: 'backup-declined' });
    return null;
  }
  listening.onProgress({ event: 'backing-up', database: plan.database });
  try {
    const backup = await outside.databases.backUp(inspected.address, backupFolder(outside, plan.identity, run));
    journal.append({ what: 'backup-made', file: backup.file, bytes: backup.bytes, madeBy: backup.madeBy });
    listening.onProgress({ event: 'backed-up', ...backup });
    return backup;
  } catch (error) {
    dropParked(outside, context.repository, run);
    journals.drop(run);
    throw error;
  }
}

/** What is known of a run when its steps begin, or go on. */
export interface KnownRun {
  readonly before: readonly MigrationId[];
  readonly backup: RunReport['backup'];
  readonly parked: readonly ParkedSummary[];
  /** Parked data was put back before the run was interrupted. */
  readonly putBack: boolean;
}

/**
 * Runs the steps from `first` on. Stops at the first failure, and at the first safe point after an interruption. Throws `run-stopped` with
 * the problem in it when the journal, the connection or a worktree fails.
 */
export async function runSteps(context: RunContext, first: number, known: KnownRun): Promise<RunReport> {
  const { plan, listening, outside } = context;
  const of = plan.steps.length;
  const reports: StepReport[] = plan.steps.map((step, index) => ({
    step,
    state: index < first ? 'done' : 'not-run',
    notes: [],
    said: null,
    left: null,
  }));
  let outcome: RunReport['outcome'] = 'done';
  try {
    for (const [index, step] of plan.steps.entries()) {
      if (index < first) continue;
      if (listening.signal.aborted) {
        outcome = 'interrupted';
        break;
      }
      const began = outside.clock();
      listening.onProgress({ event: 'step-began', index, of, step });
      const end = await runStep(context, index, step);
      if (!end.done) {
        reports[index] = { step, state: 'failed', notes: [], said: end.said, left: end.left };
        outcome = listening.force.aborted ? 'interrupted' : 'failed';
        break;
      }
      reports[index] = { step, state: 'done', notes: end.notes, said: null, left: null };
      listening.onProgress({
        event: 'step-ended',
        index,
        of,
        step,
        notes: end.notes,
        milliseconds: outside.clock() - began,
      });
    }
    // Before the last word: a run that is killed in between is still unfinished, and is found and tidied by resume.
    await context.checkouts.removeAll();
    const putBack = outcome === 'done' && !known.putBack ? await putBackAfter(context, known.parked) : null;
    const undone = outcome === 'done' ? await proveUndone(context) : null;
    return await closeRun(context, outcome, reports, known, { putBack, undone });
  } catch (error) {
    throw asStopped(error, context, reports);
  } finally {
    await context.checkouts.removeAll();
  }
}

/** A problem in the middle of a run leaves a run to take up, and that must be said with it. */
function asStopped(error: unknown, { run }: RunContext, steps: readonly StepReport[]): unknown {
  if (!(error instanceof ProblemError)) return error;
  const problem = { code: error.code, facts: error.facts } as Problem;
  const done = steps.filter(step => step.state === 'done').length;
  return new ProblemError('run-stopped', { run, done, of: steps.length, problem }, { cause: error });
}

async function closeRun(
  context: RunContext,
  outcome: RunReport['outcome'],
  steps: readonly StepReport[],
  known: KnownRun,
  { putBack, undone }: { readonly putBack: RunReport['putBack'] | null; readonly undone: RunReport['undone'] | null },
): Promise<RunReport> {
  const { plan, journal, inspected, connection } = context;
  const finished = steps.filter(({ state }) => state === 'done').length;
  const stored = await rowsNow(connection, plan);
  const rows = appliedAfter(inspected, plan, finished, stored);
  const after = rows.map(row => row.id);
  const removed = known.before.filter(id => !after.includes(id));
  const applied = after.filter(id => !known.before.includes(id));
  if (outcome === 'done') {
    const schema = digestSchema(await schemaNow(connection, plan));
    journal.append({ what: 'finished', removed, applied, rows: digestRows(stored), schema });
  } else journal.append({ what: 'stopped', why: outcome });
  // What is applied again for a switch, or by an undoing, has the text of the commit that is switched to, which is not on disk yet.
  const fromDisk = plan.to === undefined && plan.undo === undefined ? steps : [];
  const done = fromDisk.flatMap(({ step, state }) =>
    step.kind === 'apply' && state === 'done' ? step.migrations : [],
  );
  await recordRun(context.outside, context.repository, inspected.looked, rows, done);
  return {
    run: context.run,
    outcome,
    planId: plan.id,
    database: plan.database,
    steps,
    before: known.before,
    after,
    backup: known.backup,
    ...(known.parked.length === 0 ? {} : { parked: known.parked }),
    ...(putBack == null ? {} : { putBack }),
    ...(undone == null ? {} : { undone }),
    journal: journal.file,
  };
}
