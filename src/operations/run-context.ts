/** What a run holds while it works: locks, connection, journal, worktrees. Opened in one order, given back in the other. */
import type { Connection, HeldLock } from '../databases/contract.ts';
import type { AppliedMigration, Row } from '../domain/migration.ts';
import type { Plan } from '../domain/plan.ts';
import { ProblemError } from '../domain/problem.ts';
import type { RunId } from '../domain/run.ts';
import type { Schema } from '../domain/schema.ts';
import type { Repository } from '../git/contract.ts';
import type { Journals, OpenJournal, RunLock } from '../journal/contract.ts';
import { type Checkouts, checkoutsOf } from './checkouts.ts';
import type { InspectedProject } from './inspect.ts';
import type { Listening, Outside } from './outside.ts';
import { expectedRows } from './verify-rows.ts';

export interface RunContext {
  readonly outside: Outside;
  readonly repository: Repository;
  readonly inspected: InspectedProject;
  readonly plan: Plan;
  readonly run: RunId;
  readonly connection: Connection;
  readonly journal: OpenJournal;
  readonly checkouts: Checkouts;
  readonly listening: Listening;
  readonly timeLimitMs: number;
}

/** Locks and connection of one run. */
export interface HeldRun {
  readonly journals: Journals;
  readonly lock: RunLock;
  readonly connection: Connection;
  readonly databaseLock: HeldLock;
  /** Database and its lock were given back before the run's end. */
  readonly early: { done: boolean };
}

/** Takes the run lock, opens the database for changing and takes its lock. What was taken is given back when a later one fails. */
export async function holdRun(
  outside: Outside,
  repository: Repository,
  inspected: Pick<InspectedProject, 'address'>,
  run: RunId,
  beforeDatabaseLock: (connection: Connection) => Promise<void> = async () => undefined,
): Promise<HeldRun> {
  const journals = outside.journals.of(repository.commonDir, outside.clock);
  const lock = journals.lock(run);
  let connection: Connection | null = null;
  try {
    connection = await outside.databases.openToChange(inspected.address, run);
    await beforeDatabaseLock(connection);
    return { journals, lock, connection, databaseLock: await connection.lock(run), early: { done: false } };
  } catch (error) {
    await connection?.close();
    lock.release();
    throw error;
  }
}

/** Throws `locked-by-run` while the process of a run lives: what it started is its own to wait for, and to end. */
export function refuseUnderWay(outside: Outside, repository: Repository, run: RunId): void {
  outside.journals.of(repository.commonDir, outside.clock).lock(run).release();
}

/** Gives the database back while the run goes on: a restore needs it for itself. The run lock still keeps other runs of the repository away. */
export async function releaseDatabase(held: HeldRun): Promise<void> {
  held.early.done = true;
  await held.databaseLock.release();
  await held.connection.close();
}

/** Gives everything back; a failure of one does not keep the others. */
export async function releaseRun(held: HeldRun): Promise<void> {
  if (held.early.done) {
    held.lock.release();
    return;
  }
  try {
    await held.databaseLock.release();
  } finally {
    try {
      await held.connection.close();
    } finally {
      held.lock.release();
    }
  }
}

/**
 * The project as a run needs it: what reverses lies in the working tree, also where another commit was compared. Rows are read with all
 * that either tree declares.
 */
export function projectOfWork(inspected: InspectedProject): InspectedProject {
  if (inspected.to === null) return inspected;
  const { here } = inspected.to;
  const own = new Set(here.facts.files.map(file => file.id));
  const files = [...here.facts.files, ...inspected.facts.files.filter(file => !own.has(file.id))];
  return { ...here, known: inspected.known, facts: { ...here.facts, files } };
}

/** Builds the context of a run from what it holds. */
export function contextOf(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  plan: Plan,
  held: HeldRun,
  journal: OpenJournal,
  timeLimitMs: number,
  listening: Listening,
): RunContext {
  const checkouts = checkoutsOf(outside, repository, inspected, journal);
  const { connection } = held;
  return {
    outside,
    repository,
    inspected,
    plan,
    run: journal.run,
    connection,
    journal,
    checkouts,
    listening,
    timeLimitMs,
  };
}

/** The history rows right now. A table that is gone has none. */
export async function rowsNow(connection: Connection, plan: Plan): Promise<readonly Row[]> {
  const read = await connection.readHistory(plan.project.historyTable);
  return read.table === 'present' ? read.rows : [];
}

/** The schema right now, the history table left out. */
export const schemaNow = (connection: Connection, plan: Plan): Promise<Schema> =>
  connection.describeSchema([plan.project.historyTable]);

/** Rows as applied migrations, read the framework's way. */
export const appliedFrom = (inspected: InspectedProject, rows: readonly Row[]): readonly AppliedMigration[] =>
  inspected.framework.applied(inspected.project, rows, inspected.known);

/** As `appliedFrom`, when the first `done` steps of a plan are. Where the table holds only the newest, no row tells what they reversed. */
export function appliedAfter(
  inspected: InspectedProject,
  { steps }: Plan,
  done: number,
  rows: readonly Row[],
): readonly AppliedMigration[] {
  const { framework, project } = inspected;
  if (framework.makes === undefined) return appliedFrom(inspected, rows);
  const known = new Map(inspected.known);
  for (const step of steps.slice(0, done)) {
    const { gone, come } = expectedRows(step);
    for (const id of gone) known.delete(id);
    for (const id of come) known.set(id, inspected.known.get(id) ?? { id, requires: [], replaces: [] });
  }
  return framework.applied(project, rows, known);
}

/** Refuses when the address leads to another database than the plan was made for. */
export function sameDatabase(connection: Connection, plan: Plan): void {
  if (connection.identity === plan.identity) return;
  throw new ProblemError('refused', {
    reason: `${connection.address.display} is another database than the one the plan was made for (${plan.database}).`,
    next: 'tidemark plan',
  });
}
