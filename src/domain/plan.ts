/** A plan: what will be done, in order, as plain data that can be shown, hashed, journaled and executed. */

import type { Engine, MigrationId, Project, RowChange } from './migration.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Oid } from './sighting.ts';
import type { Undoing } from './undo.ts';

/** What a step destroys, counted in the real database. */
export interface CountedLosses {
  /** `rows` is null when the table could not be counted (it is not there). */
  readonly tables: readonly { readonly table: string; readonly rows: number | null }[];
  /** `values`: rows in which the column is not null. */
  readonly columns: readonly { readonly table: string; readonly column: string; readonly values: number | null }[];
  /** Why this may not be all; null when the migration's text says all. */
  readonly unsure: string | null;
}

/** A file of an overlay: new text, the blob git has, or a path that must not be there. */
export type PlannedFile =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly blob: Oid }
  | { readonly path: string; readonly removed: true };

/** How a step is done. Commands hold no password and no absolute path but the program's. */
export type Doing =
  | {
      readonly how: 'sql';
      readonly script: string;
      readonly inTransaction: boolean;
      readonly rows: readonly RowChange[];
    }
  | {
      readonly how: 'command';
      readonly program: readonly [string, ...string[]];
      readonly arguments: readonly string[];
      /** What is checked out for it, and what is laid over that. */
      readonly commit: Oid;
      readonly files: readonly PlannedFile[];
      /** True when schema change and history row cannot part. */
      readonly atomic: boolean;
      /** True when the schema change of one migration is made whole or not at all. */
      readonly whole: boolean;
      /** Untracked things linked into the checkout. */
      readonly carries: readonly string[];
    }
  | { readonly how: 'rows'; readonly rows: readonly RowChange[] };

/** One item of a plan. */
export type Step =
  | {
      readonly kind: 'reverse';
      readonly migration: MigrationId;
      /** Path the applied version had. */
      readonly path: string;
      /** Newest commit that holds the applied version; null when the working tree does (`above-orphan`), or only the copy that Tidemark kept. */
      readonly commit: Oid | null;
      readonly blob: Oid;
      /** The migration's other files, where it has any; `blob` is null for files on disk. */
      readonly parts?: readonly { readonly path: string; readonly blob: Oid | null }[];
      /** The version is that of a file on disk, here or in another worktree, which no commit has. */
      readonly working?: true;
      /** The version stands in the history row itself. */
      readonly inRow?: true;
      /** `edited`: its file is there with another text, which is applied afterwards. */
      /** Its SQL was written by a person for this plan, and is not the migration's own. */
      readonly byHand?: true;
      readonly because: 'orphaned' | 'edited' | 'depends-on-orphan' | 'above-orphan' | 'undo';
      readonly losses: CountedLosses;
      readonly doing: Doing;
    }
  | {
      readonly kind: 'apply';
      readonly migrations: readonly MigrationId[];
      readonly because: 'pending' | 'reversed-on-the-way' | 'undo';
      readonly doing: Doing;
    }
  | { readonly kind: 'relabel'; readonly migration: MigrationId; readonly to: MigrationId; readonly doing: Doing }
  | { readonly kind: 'forget'; readonly migration: MigrationId; readonly doing: Doing }
  /** The opposite of `forget`. */
  | { readonly kind: 'remember'; readonly migration: MigrationId; readonly doing: Doing };

/** What a plan was made for instead of the working tree. */
export interface PlanTarget {
  /** As a person types it: `main`, `origin/topic`, `v1.0`, a commit. */
  readonly name: string;
  readonly commit: Oid;
  /** The branch one stands on after switching; null when HEAD is detached then. */
  readonly branch: string | null;
  /** Tidemark switches afterwards. */
  readonly switch: boolean;
  /** What it then applies there, in order. */
  readonly apply: readonly MigrationId[];
}

/** A plan for one project and one database. */
export interface Plan {
  /** First 12 hex digits of the SHA-256 of everything below but `id`. */
  readonly id: string;
  readonly project: Project;
  readonly engine: Engine;
  /** Display form of the address, without a password. */
  readonly database: string;
  /** Server identity, see `Connection.identity`. */
  readonly identity: string;
  /** Digest of the history rows the plan was made from. */
  readonly rows: string;
  readonly head: Oid | null;
  /** The commit the database is brought to before one switches to it; missing for the working tree. */
  readonly to?: PlanTarget;
  /** The run this plan undoes, and what must be there afterwards. Missing: it undoes none. */
  readonly undo?: Undoing;
  /** Parked sets that are put back when every step is done; of what the plan reverses and applies again also those it parks itself. Missing: none are asked for. */
  readonly restores?: readonly string[];
  readonly strategy: 'in-place' | 'rewind';
  readonly steps: readonly Step[];
  /** Migrations that are in the history table after the plan, in order. */
  readonly after: readonly MigrationId[];
  /** What a reader should know before saying yes. */
  readonly warnings: readonly string[];
  /** What it did on a copy of the database; missing where it was not rehearsed. Of it only what no text announces is part of the id. */
  readonly rehearsal?: Rehearsal;
}

/** Only history rows change, and the journal holds them as they were: a backup of the whole database would add nothing. */
export const changesOnlyRows = (plan: Plan): boolean =>
  plan.undo?.way !== 'backup' && plan.steps.every(step => step.doing.how === 'rows');

/** Why something is not planned. A value, not an exception: the rest of the plan stands. */
export interface Refusal {
  readonly migration: MigrationId;
  /** One sentence. */
  readonly reason: string;
  /** A command to paste, or what a person must decide; further ones on lines of their own. */
  readonly next: string;
}
