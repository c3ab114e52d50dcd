/** Does one step of a plan and proves it: intent is on the disk before the act, the outcome after it was looked at. */
import path from 'node:path';
import type { Row } from '../domain/migration.ts';
import type { Doing, Step } from '../domain/plan.ts';
import { compareSchemas, type Schema, sameSchema } from '../domain/schema.ts';
import { digestSchema, sameRow } from './digest.ts';
import { appliedAfter, type RunContext, rowsNow, schemaNow } from './run-context.ts';
import { allowedBy, expectedRows, rowsBack, unexpectedChanges } from './verify-rows.ts';

/** How a step ended. `left`: what a failed one left behind, by looking. */
export type StepEnd =
  | { readonly done: true; readonly notes: readonly string[] }
  | { readonly done: false; readonly said: string; readonly left: 'as-before' | 'unsure' | 'partial' };

/** An act that went wrong by its own account. `takenBack`: a transaction took all of it back. */
interface Failure {
  readonly said: string;
  readonly takenBack: boolean;
}

interface Seen {
  readonly rows: readonly Row[];
  readonly schema: Schema;
}

const look = async ({ connection, plan }: RunContext): Promise<Seen> => ({
  rows: await rowsNow(connection, plan),
  schema: await schemaNow(connection, plan),
});

/** Runs step `index`. Failures of the step are values; problems of the journal or the connection are thrown. */
export async function runStep(context: RunContext, index: number, step: Step): Promise<StepEnd> {
  const { journal } = context;
  // A worktree takes a while and changes nothing: it is made before the intent, so that a crash in it is no doubt about the step.
  if (step.doing.how === 'command') await context.checkouts.readyFor(step.doing);
  const before = await look(context);
  journal.append({ what: 'step-intended', step: index, rows: before.rows, schema: digestSchema(before.schema) });
  const acted = await act(context, index, step, before);
  const after = await look(context);
  const end = acted === null ? await judge(context, index, step, before, after) : failed(acted, before, after);
  if (end.done)
    journal.append({ what: 'step-done', step: index, schema: digestSchema(after.schema), notes: end.notes });
  else journal.append({ what: 'step-failed', step: index, said: end.said, left: end.left });
  return end;
}

/** Acts. null when nothing went wrong by its own account. */
function act(context: RunContext, index: number, step: Step, before: Seen): Promise<Failure | null> {
  switch (step.doing.how) {
    case 'rows':
      return changeRows(context, step.doing.rows);
    case 'sql':
      return runSql(context, step, step.doing, before);
    case 'command':
      return runCommand(context, index, step.doing);
  }
}

async function changeRows({ connection, plan }: RunContext, rows: Extract<Doing, { how: 'rows' }>['rows']) {
  await connection.changeRows(plan.project.historyTable, rows);
  return null;
}

async function runSql(
  { connection, plan }: RunContext,
  step: Step,
  doing: Extract<Doing, { how: 'sql' }>,
  before: Seen,
): Promise<Failure | null> {
  const outcome = await connection.runScript({
    script: doing.script,
    table: plan.project.historyTable,
    rows: doing.rows,
    inTransaction: doing.inTransaction,
    check: schema => didNothing(step, before.schema, schema),
  });
  return outcome.done ? null : { said: outcome.said, takenBack: outcome.rolledBack };
}

async function runCommand(
  context: RunContext,
  index: number,
  doing: Extract<Doing, { how: 'command' }>,
): Promise<Failure | null> {
  const { outside, inspected, journal, listening, checkouts } = context;
  const ready = await checkouts.readyFor(doing);
  const [program, ...leading] = doing.program;
  const password = inspected.address.secret.reveal();
  const end = await outside.processes.run({
    argv: [program, ...leading, ...doing.arguments.map(ready.fill)],
    cwd: path.join(ready.root, inspected.project.root),
    env: ready.env,
    timeLimitMs: context.timeLimitMs,
    secrets: password === null || password === '' ? [] : [password],
    onStart: mark => void journal.append({ what: 'process-started', step: index, mark }),
    onLine: line => listening.onProgress({ event: 'output', line }),
    signal: listening.force,
  });
  journal.append({ what: 'process-ended', step: index, code: end.code, endedBy: end.endedBy });
  if (end.endedBy === 'itself' && end.code === 0) return null;
  const how = {
    itself: `it exited with ${end.code}`,
    'time-limit': `it was ended after ${Math.round(context.timeLimitMs / 1000)} seconds`,
    abort: 'it was ended on request',
    signal: 'a signal ended it',
  }[end.endedBy];
  return { said: [`${how}:`, ...end.tail.slice(-20)].join('\n'), takenBack: doing.whole };
}

/** Judges by what is in the database, never by an exit code. A reversal that left everything standing gets its row back. */
async function judge(context: RunContext, index: number, step: Step, before: Seen, after: Seen): Promise<StepEnd> {
  const { inspected, connection, plan } = context;
  const was = appliedAfter(inspected, plan, index, before.rows);
  const is = appliedAfter(inspected, plan, index + 1, after.rows);
  const wrong = unexpectedChanges(was, is, expectedRows(step), allowedBy(inspected, is, step));
  if (wrong.length > 0) {
    const untouched = sameRows(before.rows, after.rows) && sameSchema(compareSchemas(before.schema, after.schema));
    return { done: false, said: `${wrong.join('; ')}.`, left: untouched ? 'as-before' : 'partial' };
  }
  const nothing = didNothing(step, before.schema, after.schema);
  if (nothing !== null) {
    await connection.changeRows(plan.project.historyTable, rowsBack(after.rows, before.rows));
    return { done: false, said: `${nothing} Its row was put back.`, left: 'as-before' };
  }
  return { done: true, notes: notesOn(step, before.schema, after.schema) };
}

/** A reversal whose text says that it drops something, and that dropped nothing. */
function didNothing(step: Step, before: Schema, after: Schema): string | null {
  if (step.kind !== 'reverse') return null;
  const promised = step.losses.tables.length + step.losses.columns.length;
  if (promised === 0 || !sameSchema(compareSchemas(before, after))) return null;
  return `The reversal of ${step.migration} ran and changed nothing, though its text says that it drops something.`;
}

function notesOn(step: Step, before: Schema, after: Schema): readonly string[] {
  const difference = compareSchemas(before, after);
  if (sameSchema(difference))
    return step.kind === 'reverse' || step.kind === 'apply' ? ['The schema did not change.'] : [];
  const named = (sign: string, objects: Schema) => objects.map(object => `${sign} ${object.kind} ${object.name}`);
  return [
    ...named('-', difference.removed),
    ...named('+', difference.added),
    ...difference.changed.map(({ after: object }) => `~ ${object.kind} ${object.name}`),
  ];
}

function failed({ said, takenBack }: Failure, before: Seen, after: Seen): StepEnd {
  const untouched = sameRows(before.rows, after.rows) && sameSchema(compareSchemas(before.schema, after.schema));
  return { done: false, said, left: untouched ? (takenBack ? 'as-before' : 'unsure') : 'partial' };
}

const sameRows = (one: readonly Row[], other: readonly Row[]): boolean =>
  one.length === other.length && one.every((row, index) => sameRow(row, other[index] ?? {}));
