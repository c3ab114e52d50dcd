/** Undoing a run: which runs can be undone now, and how the steps of one are turned round. */
import type { Cell, MigrationId, Row, RowChange } from './migration.ts';
import { byTime, type RunState } from './replay.ts';
import type { RunId } from './run.ts';

/** What a plan undoes, and what must be there afterwards. */
export interface Undoing {
  readonly run: RunId;
  /** `steps`: what was reversed is applied again and what was applied reversed. `backup`: the run's full backup is restored. */
  readonly way: 'steps' | 'backup';
  /** Why this way, as a clause. */
  readonly why: string;
  /** History rows as they were before that run. */
  readonly rows: readonly Row[];
  /** Digest of the schema as it was. */
  readonly schema: string;
  /** When that run began, ISO 8601 in UTC: what was written since is lost with a restored backup. */
  readonly began: string;
  readonly backup: { readonly file: string; readonly bytes: number; readonly madeBy: string } | null;
}

/** What a run that undid another proved at its end. `differences` are clauses. */
export interface Undone {
  readonly run: RunId;
  readonly way: Undoing['way'];
  readonly rowsSame: boolean;
  readonly schemaSame: boolean;
  readonly differences: readonly string[];
}

/** Why a run cannot be undone, as a sentence, and the next step. */
export interface NotUndoable {
  readonly reason: string;
  readonly next: string;
}

/**
 * The runs whose effect stands on a database, in order. A run and its undoing cancel each other out; the undoing of an undoing brings the run
 * back. `last`: the newest finished run, an undoing too.
 */
function standing(runs: readonly RunState[]): {
  readonly stack: readonly RunId[];
  readonly last: RunState | null;
} {
  const stack: RunId[] = [];
  const taken = new Map<RunId, RunId>();
  const finished = runs.filter(({ status }) => status === 'finished').toSorted(byTime);
  for (const { run, undoes } of finished) {
    if (undoes === null) stack.push(run);
    else if (stack.at(-1) === undoes) {
      stack.pop();
      taken.set(run, undoes);
    } else if (taken.has(undoes)) {
      // Done again: from now on it stands under the name of what brought it back.
      stack.push(run);
    } else stack.push(run);
  }
  return { stack, last: finished.at(-1) ?? null };
}

/** The run to undo: the named one, else the newest that stands. `runs` are all of one database. */
export function toUndo(runs: readonly RunState[], asked: RunId | null): RunState | NotUndoable {
  const { stack, last } = standing(runs);
  const wanted = asked ?? stack.at(-1) ?? null;
  const found = runs.find(({ run }) => run === wanted);
  if (wanted === null || found === undefined)
    return { reason: 'No finished run stands on this database, so there is nothing to undo.', next: 'tidemark runs' };
  if (found.status === 'open')
    return {
      reason: `Run ${found.run} is unfinished: it is resumed or aborted, not undone.`,
      next: `tidemark resume ${found.run}\ntidemark abort ${found.run}`,
    };
  if (found.status === 'aborted')
    return { reason: `Run ${found.run} was aborted: nothing of it is left to undo.`, next: 'tidemark runs' };
  const isTop = stack.at(-1) === found.run || last?.run === found.run;
  if (isTop) return found;
  const newest = stack.at(-1);
  if (found.undoes !== null && !stack.includes(found.run))
    return { reason: `Run ${found.run} undid ${found.undoes}, and other runs came after it.`, next: 'tidemark runs' };
  return stack.includes(found.run)
    ? { reason: `Run ${newest} came after ${found.run} and must be undone first.`, next: `tidemark undo ${newest}` }
    : { reason: `Run ${found.run} is undone already.`, next: 'tidemark runs' };
}

/** The changes that take row changes back, in reverse. `before`: the table's rows before them. */
export const inverseRows = (changes: readonly RowChange[], before: readonly Row[]): readonly RowChange[] =>
  changes.map(change => inverseOf(change, before)).toReversed();

function inverseOf(change: RowChange, before: readonly Row[]): RowChange {
  const rowAt = (where: Row): Row =>
    before.find(row => Object.entries(where).every(([column, cell]) => sameCell(row[column], cell))) ?? where;
  switch (change.change) {
    case 'insert':
      return { change: 'delete', where: change.values };
    case 'delete':
      return { change: 'insert', values: rowAt(change.where) };
    case 'update': {
      const was = rowAt(change.where);
      const set = Object.fromEntries(Object.keys(change.set).map(column => [column, was[column] ?? null]));
      return { change: 'update', where: { ...change.where, ...change.set }, set };
    }
  }
}

const sameCell = (one: Cell | undefined, other: Cell): boolean => JSON.stringify(one) === JSON.stringify(other);

/** How the history of now differs from how the run left it, as clauses; empty when it does not. */
export function movedSince(left: readonly MigrationId[], now: readonly MigrationId[]): readonly string[] {
  return [
    ...left.filter(id => !now.includes(id)).map(id => `${id} is gone`),
    ...now.filter(id => !left.includes(id)).map(id => `${id} has come`),
  ];
}
