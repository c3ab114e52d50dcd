/** From a run's journal to where the run stands, and from what is seen in the database to what resume does next. */
import type { MigrationId, Row } from './migration.ts';
import type { ParkedSummary } from './parking.ts';
import type { Plan } from './plan.ts';
import type { JournalEntry, ProcessMark, RunId } from './run.ts';

/** Where one step stands, by the journal alone. `intended`: begun, end unknown. */
export type StepState = 'not-begun' | 'intended' | 'done' | 'failed';

/** What was seen right before a step. */
interface SeenBefore {
  readonly rows: readonly Row[];
  /** Digest of the schema. */
  readonly schema: string;
}

/** Where a run stands. */
export interface RunState {
  readonly run: RunId;
  readonly plan: Plan;
  readonly began: string;
  /** `open`: neither finished nor aborted; somebody must resume or abort it (or it is still under way). */
  readonly status: 'open' | 'finished' | 'aborted';
  readonly steps: readonly { readonly state: StepState; readonly before: SeenBefore | null }[];
  /** Index of the first step that is not done; the number of steps when all are. */
  readonly next: number;
  readonly backup: { readonly file: string; readonly bytes: number; readonly madeBy: string } | null;
  /** The user passed `--no-backup`. */
  readonly backupDeclined: boolean;
  /** What was parked before the first step; null when nothing was, or not yet. */
  readonly parked: readonly ParkedSummary[] | null;
  /** The run this one undoes. */
  readonly undoes: RunId | null;
  /** A backup of another run was being put back, or was. */
  readonly restoring: boolean;
  /** How a finished run left the database: digests, and what it took out and brought; null where it was not noted. */
  readonly end: {
    readonly rows: string | null;
    readonly schema: string | null;
    readonly removed: readonly MigrationId[];
    readonly applied: readonly MigrationId[];
  } | null;
  /** The user passed `--no-park`. */
  readonly parkingDeclined: boolean;
  /** Parked sets were put back after the last step, or could not be. */
  readonly putBack: boolean;
  /** The process of ours that wrote last, and a framework's process that was started and not seen to end. */
  readonly owner: ProcessMark;
  readonly child: ProcessMark | null;
  /** What was there before the run. */
  readonly before: SeenBefore;
  readonly why: string | null;
}

/** Compares runs by when they began, the earlier first. Their ids tell the second; of one second they stand in any order. */
export function byTime(a: RunState, b: RunState): number {
  if (a.began !== b.began) return a.began < b.began ? -1 : 1;
  return a.run < b.run ? -1 : 1;
}

/** Replays entries in order. null when they do not begin with `run-began`: the run was killed before its first word. */
export function replay(run: RunId, entries: readonly JournalEntry[]): RunState | null {
  const [first] = entries;
  if (first?.what !== 'run-began') return null;
  const steps = first.plan.steps.map(() => ({ state: 'not-begun' as StepState, before: null as SeenBefore | null }));
  let state: Omit<RunState, 'steps' | 'next'> = {
    run,
    plan: first.plan,
    began: first.at,
    status: 'open',
    backup: null,
    backupDeclined: false,
    parked: null,
    parkingDeclined: false,
    putBack: false,
    undoes: first.undoes,
    restoring: false,
    end: null,
    owner: first.process,
    child: null,
    before: { rows: first.rows, schema: first.schema },
    why: null,
  };
  for (const entry of entries.slice(1)) {
    state = nextState(state, entry);
    if (!('step' in entry)) continue;
    const step = steps[entry.step];
    if (step === undefined) continue;
    if (entry.what === 'step-intended') {
      steps[entry.step] = { state: 'intended', before: { rows: entry.rows, schema: entry.schema } };
    } else if (entry.what === 'step-done') step.state = 'done';
    else if (entry.what === 'step-failed') step.state = entry.left === 'as-before' ? 'not-begun' : 'failed';
  }
  const next = steps.findIndex(step => step.state !== 'done');
  return { ...state, steps, next: next === -1 ? steps.length : next };
}

function nextState<State extends Omit<RunState, 'steps' | 'next'>>(state: State, entry: JournalEntry): State {
  switch (entry.what) {
    case 'resumed':
      // Resume writes this only after the framework's process has ended: its number may be another's by now.
      return { ...state, owner: entry.process, child: null, why: null };
    case 'backup-made':
      return { ...state, backup: { file: entry.file, bytes: entry.bytes, madeBy: entry.madeBy } };
    case 'backup-declined':
      return { ...state, backupDeclined: true };
    case 'parked':
      return { ...state, parked: entry.sets };
    case 'parking-declined':
      return { ...state, parkingDeclined: true };
    case 'put-back':
      return { ...state, putBack: true };
    case 'process-started':
      return { ...state, child: entry.mark };
    case 'process-ended':
      return { ...state, child: null };
    case 'step-failed':
      return { ...state, why: entry.said };
    case 'stopped':
      return { ...state, why: state.why ?? (entry.why === 'interrupted' ? 'It was interrupted.' : null) };
    case 'restore-intended':
      return { ...state, restoring: true };
    case 'finished': {
      const { removed, applied, rows = null, schema = null } = entry;
      return { ...state, status: 'finished', end: { rows, schema, removed, applied } };
    }
    case 'aborted':
      return { ...state, status: 'aborted' };
    default:
      return state;
  }
}

/** What was seen of an interrupted step: is its effect on the history rows there, and is the schema as it was before? */
export interface Observation {
  /** All rows the step takes away are gone, and all it brings are there. */
  readonly rowsAfter: boolean;
  /** The rows are exactly as before the step. */
  readonly rowsBefore: boolean;
  readonly schemaAsBefore: boolean;
  /** The step's schema change and row change cannot part (one transaction). */
  readonly atomic: boolean;
  /** The step's schema change is made whole or not at all. */
  readonly whole: boolean;
  /** The step changes rows only, no schema. */
  readonly rowsOnly: boolean;
  /** The step changes no row at all: its rows say nothing. Missing: it does. */
  readonly withoutRows?: boolean;
  /** Rows that the step has nothing to do with differ from before it. Missing: not looked at. */
  readonly otherRowsMoved?: boolean;
  /** The step's own text says that it changes the schema. Missing: not known. */
  readonly changesSchema?: boolean;
  /** The schema is exactly as the rehearsal left it after this step. Missing: the plan was not rehearsed. */
  readonly schemaAsRehearsed?: boolean;
}

/**
 * What resume does with an interrupted step. The table of design section 7.4 without a rehearsal: the rows go last in every
 * framework here, so rows that are as the step leaves them prove it done; rows as before with an unchanged schema prove that
 * nothing stayed. Neither is believed against what else is seen: other rows moved too, or a reversal that drops something dropped nothing.
 */
export type Recovery = 'run-again' | 'mark-done' | 'finish-rows' | 'partial';

export function recovery(seen: Observation): Recovery {
  if (seen.otherRowsMoved === true) return 'partial';
  if (seen.withoutRows === true) {
    // Only the schema can tell, and only where the step changes it.
    if (seen.schemaAsBefore) return seen.changesSchema === true ? 'run-again' : 'partial';
    return seen.atomic || seen.whole ? 'mark-done' : 'partial';
  }
  if (seen.rowsAfter) return seen.schemaAsBefore && seen.changesSchema === true ? 'partial' : 'mark-done';
  if (!seen.rowsBefore) return 'partial';
  if (seen.schemaAsBefore || seen.rowsOnly) return 'run-again';
  // The schema moved and the row did not. As it was rehearsed, it is whole. Else, where a migration is all or nothing, it was all, and only its row is left.
  return seen.schemaAsRehearsed === true || (seen.whole && !seen.atomic) ? 'finish-rows' : 'partial';
}
