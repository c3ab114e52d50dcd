/**
 * Rehearses a plan: runs it on a scratch copy of the database, with the same code, the same commands and the same judgement as the real run,
 * and tells what it did there. The real database is held still meanwhile, so that a command that does not go where it is pointed is
 * stopped before it changes anything.
 */
import type { Connection } from '../databases/contract.ts';
import { namesItself } from '../domain/own-name.ts';
import type { Plan, Step } from '../domain/plan.ts';
import { type Problem, ProblemError } from '../domain/problem.ts';
import { effectOf, type Rehearsal, type RehearsedStep, type StepEffect, unannouncedIn } from '../domain/rehearsal.ts';
import type { Schema } from '../domain/schema.ts';
import type { Repository } from '../git/contract.ts';
import { reading } from './connect.ts';
import { countLosses } from './count-losses.ts';
import { digestRows, digestSchema, planId } from './digest.ts';
import type { InspectedProject } from './inspect.ts';
import type { PlannedProject } from './make-plan.ts';
import { contextOnCopy, copyOf, heldStill } from './on-copy.ts';
import type { Listening, Outside } from './outside.ts';
import { projectOfWork, type RunContext, rowsNow, sameDatabase, schemaNow } from './run-context.ts';
import { runStep } from './run-step.ts';
import { removeLeftScratch, withScratch } from './scratch.ts';

/** How much of the database is copied; `auto`: all of it where that is quick. */
export type Copying = 'auto' | 'full' | 'schema';

/** A rehearsal, or what kept it from being made. */
export type RehearsalEnd = { readonly rehearsal: Rehearsal } | { readonly impossible: Problem };

/** Databases up to this size are copied with all their rows when nothing else was asked for. */
const FULL_UP_TO_BYTES = 256 * 1024 * 1024;

/** What the flag says (`--rehearse` alone is `true`), else TIDEMARK_REHEARSE, else `auto`. Throws `bad-arguments`. */
export function copyingWanted({ env }: Outside, flag: string | boolean | undefined): Copying | 'off' {
  const [text, name] =
    flag === undefined
      ? [env['TIDEMARK_REHEARSE'] || 'auto', 'TIDEMARK_REHEARSE']
      : [flag === true ? 'auto' : flag, '--rehearse'];
  const found = (['auto', 'full', 'schema', 'off'] as const).find(choice => choice === text);
  if (found !== undefined) return found;
  throw new ProblemError('bad-arguments', { reason: `${name} takes full, schema, off or auto, not "${text}"` });
}

/** Does a plan do anything that could be rehearsed? Rows of the history table alone need no copy. */
export const canBeRehearsed = (plan: Plan): boolean => plan.steps.some(step => step.doing.how !== 'rows');

/** The plan with what its rehearsal showed. What nobody announced becomes part of what is agreed to, and so of the plan's id. */
export function withRehearsal(planned: PlannedProject, rehearsal: Rehearsal): PlannedProject {
  if (planned.plan === null) return planned;
  const { id, rehearsal: _earlier, ...bare } = planned.plan;
  const unannounced = unannouncedIn(rehearsal);
  const losses = rehearsal.steps.map(step => [step.losses, step.rowsGone]);
  const own =
    unannounced.length === 0
      ? id
      : planId({ ...bare, warnings: [...bare.warnings, JSON.stringify([unannounced, losses])] });
  return { ...planned, plan: { id: own, ...bare, rehearsal } };
}

/**
 * Rehearses. Throws `plan-changed` when the database is not as the plan found it, and `refused` when it changed meanwhile; what keeps a
 * copy from being made is a value.
 */
export async function rehearse(
  outside: Outside,
  repository: Repository,
  given: InspectedProject,
  plan: Plan,
  options: { readonly copying: Copying; readonly timeLimitMs: number },
  listened: Listening,
): Promise<RehearsalEnd> {
  // On a copy there is no step that would have to be brought to its end.
  const listening = { ...listened, force: listened.signal };
  const inspected = projectOfWork(given);
  const began = outside.clock();
  await removeLeftScratch(outside, inspected);
  const before = await reading(outside, inspected.address, connection => lookAt(connection, plan));
  if (digestRows(before.rows) !== plan.rows)
    throw new ProblemError('plan-changed', { asked: plan.id, now: 'another: the history table changed meanwhile' });
  const copy = options.copying === 'auto' ? (before.size <= FULL_UP_TO_BYTES ? 'full' : 'schema') : options.copying;
  const reaches = plan.steps.find(
    step => step.doing.how === 'sql' && namesItself(step.doing.script, plan.engine, inspected.address.database),
  );
  if (reaches !== undefined)
    return impossible(
      inspected,
      `the SQL of ${nameOf(reaches)} names the database itself, and would change it from a copy too`,
    );
  listening.onProgress({ event: 'rehearsing', database: plan.database, copy });
  let end: RehearsalEnd;
  try {
    end = await withScratch(outside, inspected, { purpose: 'rehearsal', contents: copy }, async scratch => {
      const clone = await outside.databases.openToChange(scratch.address, scratch.name);
      try {
        const own = copyOf(inspected, scratch.address);
        if (digestSchema(await clone.describeSchema([own.project.historyTable])) !== digestSchema(before.schema))
          return impossible(inspected, 'the copy did not come out like the original');
        const context = contextOnCopy(
          outside,
          repository,
          own,
          plan,
          clone,
          scratch.id,
          options.timeLimitMs,
          listening,
        );
        const ran = await runHeld(context, inspected, before.schema, copy);
        listening.signal.throwIfAborted();
        return { rehearsal: { copy, milliseconds: 0, ...ran } };
      } finally {
        await clone.close();
      }
    });
  } catch (error) {
    if (!(error instanceof ProblemError) || !['scratch-impossible', 'disk', 'database-locked'].includes(error.code))
      throw error;
    return { impossible: { code: error.code, facts: error.facts } as Problem };
  }
  listening.signal.throwIfAborted();
  const counted = await reading(outside, inspected.address, async connection => {
    sameDatabase(connection, plan);
    mustBeUnchanged(plan, before, await lookAt(connection, plan));
    return 'impossible' in end ? [] : countedSteps(connection, end.rehearsal.steps);
  });
  if ('impossible' in end) return end;
  return { rehearsal: { ...end.rehearsal, steps: counted, milliseconds: outside.clock() - began } };
}

interface Looked {
  readonly rows: Awaited<ReturnType<typeof rowsNow>>;
  readonly schema: Schema;
  readonly size: number;
}

const lookAt = async (connection: Connection, plan: Plan): Promise<Looked> => ({
  rows: await rowsNow(connection, plan),
  schema: await schemaNow(connection, plan),
  size: await connection.size(),
});

function mustBeUnchanged(plan: Plan, before: Looked, after: Looked): void {
  if (digestRows(before.rows) === digestRows(after.rows) && digestSchema(before.schema) === digestSchema(after.schema))
    return;
  throw new ProblemError('refused', {
    reason: `${plan.database} changed while the plan was rehearsed on a copy of it: its history table or its schema is not as before. Somebody else changed it, or the code of a migration reaches it wherever it is pointed.`,
    next: 'tidemark status',
  });
}

const impossible = ({ address }: InspectedProject, reason: string): RehearsalEnd => ({
  impossible: { code: 'scratch-impossible', facts: { database: address.display, reason } },
});

const nameOf = (step: Step): string => (step.kind === 'apply' ? step.migrations.join(', ') : step.migration);

type Ran = Pick<Rehearsal, 'steps' | 'failed'>;

/** Runs the steps with the real database held still where code runs that could go elsewhere. */
async function runHeld(
  context: RunContext,
  real: InspectedProject,
  before: Schema,
  copy: Rehearsal['copy'],
): Promise<Ran> {
  const { result: ran, reached } = await heldStill(context, real, held => runSteps(held, before, copy));
  if (reached === null && !(ran.failed !== null && looksLocked(ran.failed.said))) return ran;
  const what =
    reached === null
      ? 'It found the database locked, and'
      : `It wanted to change ${context.plan.database} itself (${reached}), and`;
  const said = `${what} the real one is held still during a rehearsal: its code does not go where Tidemark points it. Nothing was changed.`;
  return { ...ran, failed: { step: ran.failed?.step ?? 0, said: [said, ran.failed?.said ?? ''].join('\n').trim() } };
}

// Words of SQLite, whose users cannot be seen waiting. The copy itself is nobody else's, and is never locked.
const looksLocked = (said: string): boolean => /database (?:table )?is locked|SQLITE_BUSY/i.test(said);

async function runSteps(context: RunContext, before: Schema, copy: Rehearsal['copy']): Promise<Ran> {
  const { plan, connection, listening } = context;
  const steps: RehearsedStep[] = [];
  let schema = before;
  let rows = copy === 'full' ? await rowCounts(connection, plan) : null;
  for (const [index, step] of plan.steps.entries()) {
    listening.signal.throwIfAborted();
    listening.onProgress({ event: 'rehearsing-step', index, of: plan.steps.length, step });
    const end = await runStep(context, index, step);
    if (!end.done) return { steps, failed: { step: index, said: end.said } };
    const after = await schemaNow(connection, plan);
    const rowsAfter = rows === null ? null : await rowCounts(connection, plan);
    steps.push(rehearsed(effectOf(step, schema, after), digestSchema(after), fewer(rows, rowsAfter)));
    schema = after;
    rows = rowsAfter;
  }
  return { steps, failed: null };
}

function rehearsed(effect: StepEffect, schema: string, rowsGone: RehearsedStep['rowsGone']): RehearsedStep {
  const { appears, disappears, changes, unannounced } = effect;
  const tables = effect.tables.map(table => ({ table, rows: null }));
  const columns = effect.columns.map(({ table, column }) => ({ table, column, values: null }));
  return { schema, appears, disappears, changes, losses: { tables, columns }, rowsGone, unannounced };
}

type RowCounts = ReadonlyMap<string, number>;

async function rowCounts(connection: Connection, plan: Plan): Promise<RowCounts> {
  const counts = new Map<string, number>();
  const { historyTable } = plan.project;
  for (const table of await connection.tables()) {
    if (table.name === historyTable.name && table.schema === historyTable.schema) continue;
    const count = await connection.count(table, null).catch(() => null);
    if (count !== null) counts.set(table.schema === null ? table.name : `${table.schema}.${table.name}`, count);
  }
  return counts;
}

function fewer(before: RowCounts | null, after: RowCounts | null): RehearsedStep['rowsGone'] {
  if (before === null || after === null) return [];
  return [...before].flatMap(([table, rows]) => {
    const now = after.get(table);
    return now !== undefined && now < rows ? [{ table, rows: rows - now }] : [];
  });
}

/** What a reader loses is counted where it is: in the real database. */
async function countedSteps(
  connection: Connection,
  steps: readonly RehearsedStep[],
): Promise<readonly RehearsedStep[]> {
  const counted: RehearsedStep[] = [];
  for (const step of steps) {
    const { tables, columns } = step.losses;
    const { unsure: _, ...losses } = await countLosses(connection, {
      tables: tables.map(each => each.table),
      columns,
      unsure: null,
    });
    counted.push({ ...step, losses });
  }
  return counted;
}
