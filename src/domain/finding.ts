/** The ways a database and a branch can disagree: one closed list, each with its evidence and its remedies. */
import type { LockHolder, MigrationId } from './migration.ts';
import type { KeptVersion } from './provenance.ts';
import type { CommitInfo, Oid } from './sighting.ts';

/** Why an applied migration has no file. Design section 5. */
export type OrphanCause =
  | 'deleted-here'
  | 'other-branch'
  | 'unreachable'
  | 'renamed'
  | 'squashed'
  | 'uncommitted'
  | 'other-worktree'
  | 'newer'
  | 'unknown';

/** What can be done about a finding. `ask`: no remedy is offered first, a person must choose among `remedies`. */
export type Remedy = 'reverse' | 'relabel' | 'adopt' | 'forget' | 'ignore' | 'apply' | 'ask';

/** A commit as evidence: what it did to which path. */
export interface CommitEvidence {
  readonly commit: CommitInfo;
  readonly path: string;
}

/** Where the text of the applied version lies. */
export interface Source {
  /** null when no commit has it: only the copy that Tidemark kept, see `KeptVersion`. */
  readonly commit: Oid | null;
  readonly path: string;
  readonly blob: Oid;
  /**
   * Absolute root of the working tree whose file this is, where no commit has these bytes; `commit` is null then. Missing: a commit has
   * it, or Tidemark kept it.
   */
  readonly working?: string;
  /** The text stands in the history row itself (Play evolutions); `commit` is null then. */
  readonly inRow?: true;
}

/** Another worktree that has a migration on disk. */
export interface WorktreeHolding {
  /** Absolute. */
  readonly path: string;
  /** null when its HEAD is detached. */
  readonly branch: string | null;
  readonly head: Oid | null;
  readonly locked: boolean;
  /** Does it use this database, by its own configuration? `unknown`: that cannot be told without running something. */
  readonly database: 'same' | 'other' | 'unknown';
}

/** Several versions of a migration that could each be the one that was applied. */
export interface SourceChoice extends Source {
  /** Where this version is: full ref name, `deleted by <oid>`, or when it was on disk. */
  readonly where: string;
}

/** An applied migration without a file. */
export interface OrphanFinding {
  readonly kind: 'orphaned';
  readonly migration: MigrationId;
  readonly cause: OrphanCause;
  readonly added: CommitEvidence | null;
  readonly deleted: CommitEvidence | null;
  /** The version to reverse; null when it is nowhere, or when `choices` must be decided first. */
  readonly source: Source | null;
  /**
   * Did the user ever have this version checked out: is it in HEAD's ancestry, on a branch of theirs, or where HEAD's reflog has been?
   * Code of other commits is never run unless the commit is named. False without a source.
   */
  readonly trusted: boolean;
  /** The user named the commit of the source. */
  readonly named?: true;
  /** Different versions under the same id, none of them known to be the applied one; empty when there is no doubt. */
  readonly choices: readonly SourceChoice[];
  /**
   * What the checksum in its row says: `fits`: it is that of the source. `differs`: every version that is known has another. Missing: there
   * is none, or it cannot be told.
   */
  readonly checksum?: 'fits' | 'differs';
  /** What Tidemark saw on disk when the row was new; null or missing when it saw nothing. */
  readonly kept?: KeptVersion | null;
  /** How many versions git has seen, the applied one included. */
  readonly versions: number;
  /** Full names of branches, remote branches and tags whose tip holds it. */
  readonly branches: readonly string[];
  /** Absolute paths of other worktrees that have it and use this database, or may use it. */
  readonly worktrees: readonly string[];
  /** All other worktrees that have it, those of other databases too. Missing: not looked at. */
  readonly elsewhere?: readonly WorktreeHolding[];
  /** For `renamed`: the id it lives on under. For `squashed`: the squash. */
  readonly renamedTo: MigrationId | null;
  /** For `renamed`: percent; 100 when nothing but names and comments differs. */
  readonly similarity: number | null;
  /** True when the user said to leave it. */
  readonly ignored: boolean;
  readonly remedy: Remedy;
  readonly remedies: readonly Remedy[];
}

/** An applied migration whose file is not the text any more that was applied. */
export interface EditedFinding {
  readonly kind: 'edited';
  readonly migration: MigrationId;
  /** Of the file on disk. */
  readonly path: string;
  /** What shows it: the checksum in its row, or what was seen on disk when the row was new. */
  readonly by: 'checksum' | 'seen';
  /** The text that was applied. `commit` is null when only Tidemark has it. null when it is nowhere. */
  readonly source: Source | null;
  /** Did the user ever have that text checked out? False without a source. */
  readonly trusted: boolean;
  /** What was seen on disk when the row was new; null when nothing was. */
  readonly kept: KeptVersion | null;
  /** Does the row prove that it was not applied again since? Where the table keeps neither a checksum nor a time, nothing does. */
  readonly certain: boolean;
  /** `formatting`: nothing but blanks, comments and names of migrations differs. */
  readonly edit: 'contents' | 'formatting';
  /** The commit that brought the text on disk; null when it is not committed. */
  readonly changed: CommitEvidence | null;
  readonly ignored: boolean;
  readonly remedy: Remedy;
  readonly remedies: readonly Remedy[];
}

/** Everything else that can be wrong, about one migration or about the table. */
export type OtherFinding =
  | { readonly kind: 'pending'; readonly migration: MigrationId; readonly path: string }
  | {
      readonly kind: 'out-of-order';
      readonly migration: MigrationId;
      readonly path: string;
      /** The newest applied migration that sorts after it. */
      readonly after: MigrationId;
    }
  | { readonly kind: 'failed'; readonly migration: MigrationId }
  | {
      readonly kind: 'duplicate-number';
      readonly migration: MigrationId;
      readonly number: string;
      readonly others: readonly MigrationId[];
    }
  | { readonly kind: 'several-heads'; readonly migration: MigrationId; readonly others: readonly MigrationId[] }
  | { readonly kind: 'missing-dependency'; readonly migration: MigrationId; readonly requires: MigrationId }
  | { readonly kind: 'cycle'; readonly migration: MigrationId; readonly others: readonly MigrationId[] }
  | { readonly kind: 'unreadable-file'; readonly migration: null; readonly path: string; readonly reason: string }
  | ({ readonly kind: 'locked'; readonly migration: null } & LockHolder)
  | { readonly kind: 'history-table-missing'; readonly migration: null; readonly table: string };

export type Finding = OrphanFinding | EditedFinding | OtherFinding;

/** The remedy offered for a finding of any kind. */
export function remedyOf(finding: Finding): Remedy | null {
  if (finding.kind === 'orphaned' || finding.kind === 'edited') return finding.remedy;
  return finding.kind === 'pending' || finding.kind === 'out-of-order' ? 'apply' : null;
}

/** Does a finding ask somebody to do something? A squashed migration's row, an edit of no weight and what the user ignores do not. */
export function needsAttention(finding: Finding): boolean {
  if (finding.kind === 'edited') return finding.remedy !== 'ignore';
  return (
    finding.kind !== 'orphaned' || !(finding.ignored || (finding.cause === 'squashed' && finding.remedy === 'ignore'))
  );
}
