/** What decisions are made from, and what they are. Plain data. */
import type { Diagnosis } from './diagnosis.ts';
import type { Remedy } from './finding.ts';
import type { AppliedMigration, Declaration, MigrationFile, MigrationId } from './migration.ts';
import type { Refusal } from './plan.ts';

/** What the user wants beyond the remedies that are offered first. */
export interface Wish {
  /** Only these orphans; null for all. */
  readonly only: readonly MigrationId[] | null;
  /** Remedies chosen by hand, by migration. */
  readonly remedies: ReadonlyMap<MigrationId, Remedy>;
  readonly strategy: 'auto' | 'in-place' | 'rewind';
  /** Apply what is pending afterwards. */
  readonly apply: boolean;
  /** Of what is pending only these. Missing: all. */
  readonly applyOnly?: readonly MigrationId[];
}

/** What decisions are made from. */
export interface DecisionFacts {
  readonly diagnosis: Diagnosis;
  /** In the order they were applied. */
  readonly applied: readonly AppliedMigration[];
  /** In the order the framework would apply them. */
  readonly files: readonly MigrationFile[];
  readonly order: 'linear' | 'graph';
  /** The version on disk for kept migrations, the source's version for orphans. */
  readonly declared: ReadonlyMap<MigrationId, Declaration>;
  readonly namespaceOf: (id: MigrationId) => string | null;
  /** Why a migration's own reversal cannot be run, as far as its text tells. */
  readonly impossible: ReadonlyMap<MigrationId, { readonly reason: string; readonly wayOut: string }>;
  /** What the database is compared with, where that is not the working tree: `main`. */
  readonly to?: string;
  /** Kept, applied migrations whose text names what an orphan made: the orphans, by kept migration. */
  readonly mentions: ReadonlyMap<MigrationId, readonly MigrationId[]>;
}

/** Why a plan reverses a migration. */
export type ReversalReason = 'orphaned' | 'edited' | 'depends-on-orphan' | 'above-orphan';

/** What was decided, and what was refused. */
export interface Decision {
  readonly strategy: 'in-place' | 'rewind';
  /** In the order they are reversed: newest first, dependents before what they depend on. */
  readonly reverse: readonly { readonly id: MigrationId; readonly because: ReversalReason }[];
  readonly relabel: readonly { readonly from: MigrationId; readonly to: MigrationId }[];
  readonly forget: readonly MigrationId[];
  /** In the order the framework would apply them. */
  readonly apply: readonly MigrationId[];
  readonly after: readonly MigrationId[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}
