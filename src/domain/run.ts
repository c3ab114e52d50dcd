/**
 * A run and its journal entries: what is written down, before and after each act, so that a killed run can be taken up.
 *
 * The journal is one JSON object per line. Every line holds `seq` (from 1), `at` (ISO 8601 in UTC), `previous` (SHA-256 of the
 * line before, hex, without its line feed; 64 zeros on the first) and the fields of one entry below, for example
 * `{"seq":3,"at":"2026-11-21T08:00:00.000Z","previous":"9f…","what":"backup-made","file":"/…/full.sqlite","bytes":8192,"madeBy":"…"}`.
 * The first entry is `run-began` and carries the format number; a newer number is refused, never guessed at.
 */
import type { MigrationId, Row } from './migration.ts';
import type { ParkedSummary, PutBack } from './parking.ts';
import type { Plan } from './plan.ts';

export const JOURNAL_FORMAT = 1;

/** Sorts by time: `20261121T080000Z-4f2a91`. */
export type RunId = string;

/** A process that may outlive us: enough to find it again and to know that its number was not given to another. */
export interface ProcessMark {
  readonly pid: number;
  /** Start time in clock ticks since boot (`/proc/<pid>/stat`, field 22, proc(5)); null where the system does not tell. */
  readonly startTicks: string | null;
  /** `/proc/sys/kernel/random/boot_id`; null where the system does not tell. */
  readonly boot: string | null;
}

/** One entry, without what the journal adds itself. */
export type NewEntry =
  | {
      readonly what: 'run-began';
      readonly format: number;
      readonly tidemark: string;
      readonly plan: Plan;
      readonly process: ProcessMark;
      /** Rows of the history table before the run. */
      readonly rows: readonly Row[];
      /** Digest of the schema before the run. */
      readonly schema: string;
      /** Undo of an earlier run, when this run is one. */
      readonly undoes: RunId | null;
    }
  | { readonly what: 'resumed'; readonly process: ProcessMark }
  | { readonly what: 'backup-made'; readonly file: string; readonly bytes: number; readonly madeBy: string }
  | { readonly what: 'backup-declined' }
  /** What the steps destroy lies on the disk, and was read again. Missing where they destroy nothing that is known. */
  | { readonly what: 'parked'; readonly sets: readonly ParkedSummary[] }
  | { readonly what: 'parking-declined' }
  /** Parked sets are put back, now that every step is done. In one transaction where the engine has them; to be done again when no end is noted. */
  | { readonly what: 'put-back-intended'; readonly sets: readonly string[] }
  | {
      readonly what: 'put-back';
      readonly sets: readonly string[];
      readonly done: readonly PutBack[];
      readonly said: string | null;
    }
  /** The backup of the run that is undone is put back now. To be done again when no end is noted. */
  | { readonly what: 'restore-intended'; readonly file: string }
  | { readonly what: 'restored'; readonly file: string }
  | { readonly what: 'worktree-made'; readonly path: string; readonly commit: string }
  /** The act follows. `rows` and `schema` are what was seen right before it. */
  | { readonly what: 'step-intended'; readonly step: number; readonly rows: readonly Row[]; readonly schema: string }
  | { readonly what: 'process-started'; readonly step: number; readonly mark: ProcessMark }
  | { readonly what: 'process-ended'; readonly step: number; readonly code: number | null; readonly endedBy: string }
  /** The act was done and checked. `notes` are remarks for the report. */
  | { readonly what: 'step-done'; readonly step: number; readonly schema: string; readonly notes: readonly string[] }
  /**
   * The act was not done or did not hold. `left`: what it left behind, by observation; `unsure`: history rows and schema are as before, and
   * data may not be, as nothing took the act back.
   */
  | {
      readonly what: 'step-failed';
      readonly step: number;
      readonly said: string;
      readonly left: 'as-before' | 'unsure' | 'partial';
    }
  | { readonly what: 'stopped'; readonly why: 'failed' | 'interrupted' }
  | {
      readonly what: 'finished';
      readonly removed: readonly MigrationId[];
      readonly applied: readonly MigrationId[];
      /** Digests of history rows and schema as the run left them. */
      readonly rows?: string;
      readonly schema?: string;
    }
  | { readonly what: 'aborted'; readonly how: 'nothing-done' | 'restored' | 'kept' };

/** An entry as it stands in the journal. */
export type JournalEntry = NewEntry & { readonly seq: number; readonly at: string; readonly previous: string };
