/** Takes up a run that was killed or stopped: waits for what may still work, looks, and goes on from what it sees. */
import type { Row } from '../domain/migration.ts';
import type { Plan, Step } from '../domain/plan.ts';
import { ProblemError } from '../domain/problem.ts';
import { type Recovery, type RunState, recovery } from '../domain/replay.ts';
import type { RunReport } from '../domain/report.ts';
import type { Repository } from '../git/contract.ts';
import type { Journals, OpenJournal } from '../journal/contract.ts';
import { RUN_VARIABLE } from './checkouts.ts';
import { digestSchema, sameRow } from './digest.ts';
import { backUpFirst, parkOrDrop, runSteps } from './execute.ts';
import type { InspectedProject } from './inspect.ts';
import type { Listening, Outside } from './outside.ts';
import {
  appliedAfter,
  appliedFrom,
  contextOf,
  holdRun,
  type RunContext,
  refuseUnderWay,
  releaseRun,
  rowsNow,
  sameDatabase,
  schemaNow,
} from './run-context.ts';
import { removeLeftScratch } from './scratch.ts';
import { restoreForUndo } from './undo-by-backup.ts';
import { allowedBy, expectedRows, unexpectedChanges } from './verify-rows.ts';

/** How long a killed client's statement may go on at the server before resume gives up waiting. */
const SETTLE_MS = 30_000;

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 5_000;

/** Goes on with an unfinished run. Throws `refused` when what is there cannot be told apart; nothing is changed then. */
export async function resume(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  state: RunState,
  timeLimitMs: number,
  listening: Listening,
): Promise<RunReport> {
  refuseUnderWay(outside, repository, state.run);
  await waitForProcesses(outside, state, timeLimitMs, listening);
  const held = await holdRun(outside, repository, inspected, state.run, async connection => {
    sameDatabase(connection, state.plan);
    await waitForServer(connection, state, listening);
  });
  try {
    await repository.removeLeftWorktrees([]);
    await removeLeftScratch(outside, inspected);
    const journal = held.journals.reopen(state.run);
    try {
      const context = contextOf(outside, repository, inspected, state.plan, held, journal, timeLimitMs, listening);
      const action = await whatIsLeft(context, state);
      journal.append({ what: 'resumed', process: outside.processes.mark(process.pid) });
      listening.onProgress({ event: 'run-began', run: state.run, planId: state.plan.id });
      const next = await settleStep(context, state, action);
      const parked = await parkedOf(context, held.journals, state);
      const backup = await backupOf(context, held.journals, state);
      const { undo } = state.plan;
      if (undo?.way === 'backup') return await restoreForUndo(context, held, undo, backup);
      const before = appliedFrom(inspected, state.before.rows).map(row => row.id);
      return await runSteps(context, next, { before, backup, parked, putBack: state.putBack });
    } finally {
      journal.close();
    }
  } finally {
    await releaseRun(held);
  }
}

/** Processes of a run that outlived it work on: they are waited for, never raced; ended after the time limit or on the second Ctrl-C. */
export async function waitForProcesses(
  outside: Outside,
  state: RunState,
  timeLimitMs: number,
  listening: Listening,
): Promise<void> {
  const left = () => {
    const marks = outside.processes.leftWith(RUN_VARIABLE, state.run);
    return state.child !== null && outside.processes.alive(state.child) ? [state.child, ...marks] : marks;
  };
  const [first] = left();
  if (first === undefined) return;
  listening.onProgress({ event: 'waiting', what: `process ${first.pid}, which outlived the run` });
  const end = outside.clock() + timeLimitMs;
  for (let marks = left(); marks[0] !== undefined; marks = left()) {
    if (outside.clock() > end || listening.force.aborted) {
      for (const mark of marks) await outside.processes.end(mark, GRACE_MS);
    } else if (listening.signal.aborted) {
      throw new ProblemError('refused', {
        reason: `Process ${marks[0].pid} of the run is still at work.`,
        next: `tidemark resume ${state.run}`,
      });
    } else await new Promise(wake => setTimeout(wake, 100));
  }
}

/** The server may still work on what a killed client sent. */
export async function waitForServer(
  connection: { settled(run: string, milliseconds: number): Promise<boolean> },
  state: RunState,
  listening: Listening,
): Promise<void> {
  if (await connection.settled(state.run, 0)) return;
  listening.onProgress({ event: 'waiting', what: 'the server, which still works on what the run sent' });
  if (await connection.settled(state.run, SETTLE_MS)) return;
  throw new ProblemError('refused', {
    reason: `The server still works for run ${state.run}.`,
    next: `tidemark resume ${state.run}`,
  });
}

/** What to do about the step that was begun and not finished; null when there is none. */
async function whatIsLeft(context: RunContext, state: RunState): Promise<Recovery | null> {
  const step = state.plan.steps[state.next];
  const begun = state.steps[state.next];
  if (step === undefined || begun?.before == null || begun.state === 'not-begun') return null;
  const rows = await rowsNow(context.connection, state.plan);
  const applied = new Set(appliedAfter(context.inspected, state.plan, state.next + 1, rows).map(row => row.id));
  const { gone, come } = expectedRows(step);
  const before = begun.before;
  const schema = digestSchema(await schemaNow(context.connection, state.plan));
  const rehearsed = state.plan.rehearsal?.steps[state.next]?.schema;
  const found = recovery({
    rowsAfter: gone.every(id => !applied.has(id)) && come.every(id => applied.has(id)),
    rowsBefore: rows.length === before.rows.length && rows.every((row, at) => sameRow(row, before.rows[at] ?? {})),
    schemaAsBefore: schema === before.schema,
    ...(rehearsed === undefined ? {} : { schemaAsRehearsed: schema === rehearsed }),
    atomic: isAtomic(step, state.plan),
    whole: isWhole(step, state.plan),
    rowsOnly: step.doing.how === 'rows',
    otherRowsMoved: othersMoved(context, state.next, step, before.rows, rows),
    withoutRows: step.doing.how === 'sql' && step.doing.rows.length === 0,
    changesSchema: step.kind === 'reverse' && step.losses.tables.length + step.losses.columns.length > 0,
  });
  // Applying is taken up by applying what is still pending: what is there already is no doubt.
  const unclear = found === 'partial' || found === 'finish-rows';
  const decided = unclear && step.kind === 'apply' && step.doing.how === 'command' ? 'run-again' : found;
  if (decided !== 'partial') return decided;
  throw new ProblemError('refused', {
    reason: `${labelOf(step)} was left half done: the schema changed, and the history table does not say so. Going on would guess.`,
    next: `tidemark abort ${state.run}`,
  });
}

/** Did rows move that the step has nothing to do with? Then what is there is not this step's doing alone. */
function othersMoved(
  context: RunContext,
  index: number,
  step: Step,
  before: readonly Row[],
  now: readonly Row[],
): boolean {
  const { inspected, plan } = context;
  const [was, is] = [appliedAfter(inspected, plan, index, before), appliedAfter(inspected, plan, index + 1, now)];
  return unexpectedChanges(was, is, { ...expectedRows(step), open: true }, allowedBy(inspected, is, step)).length > 0;
}

/** Does the engine make a step's schema change and its row one? */
export function isAtomic(step: Step, plan: Plan): boolean {
  if (step.doing.how === 'command') return step.doing.atomic;
  return step.doing.how === 'sql' && step.doing.inTransaction && plan.engine !== 'mysql';
}

function isWhole(step: Step, plan: Plan): boolean {
  return step.doing.how === 'command' ? step.doing.whole : isAtomic(step, plan);
}

const labelOf = (step: Step): string =>
  step.kind === 'apply' ? `Applying ${step.migrations.join(', ')}` : `${step.kind} of ${step.migration}`;

/** Brings an interrupted step to an end and returns the step to go on with. */
async function settleStep(context: RunContext, state: RunState, action: Recovery | null): Promise<number> {
  const { journal, connection, plan } = context;
  const step = plan.steps[state.next];
  if (action === null || action === 'run-again' || step === undefined) return state.next;
  if (action === 'finish-rows') {
    const rows = await rowsNow(connection, plan);
    const { gone } = expectedRows(step);
    const leftover = appliedFrom(context.inspected, rows).filter(row => gone.includes(row.id) && row.row !== null);
    await connection.changeRows(
      plan.project.historyTable,
      leftover.flatMap(({ row }) => (row === null ? [] : [{ change: 'delete', where: row } as const])),
    );
  }
  noteDone(journal, state.next, digestSchema(await schemaNow(connection, plan)), action);
  return state.next + 1;
}

function noteDone(journal: OpenJournal, step: number, schema: string, action: Recovery): void {
  const note =
    action === 'finish-rows'
      ? 'The schema was reversed before the interruption; its row was removed now.'
      : 'It was finished before the interruption.';
  journal.append({ what: 'step-done', step, schema, notes: [note] });
}

/** What the run parked; parked now when it was killed before that was whole, which is before any step. */
async function parkedOf(context: RunContext, journals: Journals, state: RunState) {
  const begun = state.steps.some(step => step.state !== 'not-begun' || step.before !== null);
  if (state.parked !== null || begun) return state.parked ?? [];
  return parkOrDrop(context, journals, !state.parkingDeclined);
}

/** The run's backup; made now when the run was killed before it was, which is before any step. */
async function backupOf(context: RunContext, journals: Journals, state: RunState): Promise<RunReport['backup']> {
  if (state.backup !== null || state.backupDeclined) return state.backup;
  return backUpFirst(context, journals, true);
}
