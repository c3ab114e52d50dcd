/** What a run did, as plain data: for the command line, the terminal UI and `--json`. */
import type { MigrationId } from './migration.ts';
import type { ParkedSummary, PutBack } from './parking.ts';
import type { Step } from './plan.ts';
import type { Proof } from './proof.ts';
import type { RunId } from './run.ts';
import type { Undone } from './undo.ts';

/** What happened to one step. */
export interface StepReport {
  readonly step: Step;
  readonly state: 'done' | 'failed' | 'not-run';
  readonly notes: readonly string[];
  /** For failed ones: what was said, and whether anything of it stayed. */
  readonly said: string | null;
  readonly left: 'as-before' | 'unsure' | 'partial' | null;
}

/** What a run did. */
export interface RunReport {
  readonly run: RunId;
  readonly outcome: 'done' | 'failed' | 'interrupted';
  readonly planId: string;
  readonly database: string;
  readonly steps: readonly StepReport[];
  /** Migrations in the history table before and after. */
  readonly before: readonly MigrationId[];
  readonly after: readonly MigrationId[];
  readonly backup: { readonly file: string; readonly bytes: number; readonly madeBy: string } | null;
  /** For a run that undoes another. */
  readonly undone?: Undone;
  /** What was saved of what the steps destroyed. Missing: nothing that is known was to be saved, or it was declined. */
  readonly parked?: readonly ParkedSummary[];
  /** Parked data that was put back after the last step; `said` is why it could not be, as a sentence. */
  readonly putBack?: {
    readonly sets: readonly string[];
    readonly done: readonly PutBack[];
    readonly said: string | null;
  };
  readonly journal: string;
  /** How the schema compares afterwards with the one that the migrations make of an empty database. null: that could not be built. Missing: not asked. */
  readonly proof?: Proof | null;
}
