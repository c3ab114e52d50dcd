/** Running steps on a scratch copy of a database while the real one is held still. */
import type { Connection, Hold } from '../databases/contract.ts';
import type { Plan } from '../domain/plan.ts';
import { ProblemError } from '../domain/problem.ts';
import type { JournalEntry, NewEntry } from '../domain/run.ts';
import type { Repository } from '../git/contract.ts';
import { checkoutsOf } from './checkouts.ts';
import type { InspectedProject } from './inspect.ts';
import type { Listening, Outside } from './outside.ts';
import type { RunContext } from './run-context.ts';

/** Between two looks at who waits for the real database. */
const LOOK_MS = 250;

/** The project as it is on the copy. MySQL's schemas are databases: a table named with the real one is the copy's own there. */
export function copyOf(inspected: InspectedProject, address: InspectedProject['address']): InspectedProject {
  const { historyTable } = inspected.project;
  const isOwn = address.engine === 'mysql' && historyTable.schema === inspected.address.database;
  const project = isOwn ? { ...inspected.project, historyTable: { ...historyTable, schema: null } } : inspected.project;
  return { ...inspected, address, project };
}

/** A run's context on the copy. Nothing is journaled: the copy is thrown away whatever becomes of it. */
export function contextOnCopy(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  plan: Plan,
  connection: Connection,
  run: string,
  timeLimitMs: number,
  listening: Listening,
): RunContext {
  const journal = {
    run,
    file: '',
    append: (entry: NewEntry): JournalEntry => ({ ...entry, seq: 0, at: '', previous: '' }),
    close: () => undefined,
  };
  const checkouts = checkoutsOf(outside, repository, inspected, journal);
  const own = { ...plan, project: inspected.project };
  return { outside, repository, inspected, plan: own, run, connection, journal, checkouts, listening, timeLimitMs };
}

/**
 * Runs an act with the real database held still where code runs that could go elsewhere than it is pointed. `reached`: what a session wanted
 * to change there; what ran was ended then. Whatever runs is ended at the first wish to stop: nothing of it is kept.
 */
export async function heldStill<T>(
  context: RunContext,
  real: InspectedProject,
  act: (held: RunContext) => Promise<T>,
): Promise<{ readonly result: T; readonly reached: string | null }> {
  const runsCode = context.plan.steps.some(step => step.doing.how === 'command');
  const { databases } = context.outside;
  const hold = runsCode
    ? await databases.holdStill(real.address, real.project.historyTable).catch(cannotHold(real))
    : null;
  const watched = watch(hold, context.listening);
  try {
    const result = await act({ ...context, listening: watched.listening });
    return { result, reached: watched.reached() };
  } finally {
    watched.stop();
    await hold?.release();
    await context.checkouts.removeAll();
  }
}

/** Somebody is at the real database's schema or rows right now: then no code is let near it. */
const cannotHold =
  ({ address }: InspectedProject) =>
  (error: unknown): never => {
    if (!(error instanceof ProblemError)) throw error;
    const { said = error.code } = error.facts as { readonly said?: string };
    const reason = `it cannot be held still while a command runs on a copy (${said})`;
    throw new ProblemError('scratch-impossible', { database: address.display, reason }, { cause: error });
  };

/** Looks who waits for the hold, and ends what runs as soon as somebody does. */
function watch(hold: Hold | null, listening: Listening) {
  const force = new AbortController();
  let reached: string | null = null;
  let busy = false;
  const look = async (held: Hold): Promise<void> => {
    if (busy) return;
    busy = true;
    const [first] = await held.waiting().catch(() => []);
    if (first !== undefined && reached === null) {
      reached = first;
      force.abort();
    }
    busy = false;
  };
  const timer = hold === null ? null : setInterval(() => void look(hold), LOOK_MS);
  return {
    listening: { ...listening, force: AbortSignal.any([listening.signal, listening.force, force.signal]) },
    reached: () => reached,
    stop: () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}
