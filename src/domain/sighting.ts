/** Where and when git has seen migration files. */
import type { MigrationId } from './migration.ts';

/** A full commit id (40 hex digits, or 64 in a SHA-256 repository). */
export type Oid = string;

/** Who made a commit, when, and what for. Foreign text: clean it before it reaches a terminal. */
export interface CommitInfo {
  readonly oid: Oid;
  readonly parents: readonly Oid[];
  readonly author: string;
  readonly email: string;
  /** Author date, ISO 8601 with offset. */
  readonly date: string;
  /** Committer date in seconds since 1970, for ordering. */
  readonly committedAt: number;
  readonly subject: string;
}

/** One moment git saw a migration file change: against one parent of one commit. A merge yields sightings per parent. */
export interface Sighting {
  readonly commit: Oid;
  /** The parent compared with; null for a root commit. */
  readonly parent: Oid | null;
  readonly path: string;
  readonly change: 'added' | 'edited' | 'renamed' | 'deleted';
  /** Blob after the change; for `deleted`, the blob that was there before. */
  readonly blob: Oid;
  /** Blob before the change; null for `added`. */
  readonly before: Oid | null;
  /** For `renamed`: the path it came from. */
  readonly from: string | null;
  /** For `renamed`: 100 for the same bytes, else the share of equal lines in percent. */
  readonly similarity: number | null;
  /** True when the compared commit is a merge. */
  readonly merge: boolean;
}

/** All that git knows about the files under some pathspecs. */
export interface History {
  /** Newest first, in git's own order. */
  readonly sightings: readonly Sighting[];
  readonly commits: ReadonlyMap<Oid, CommitInfo>;
  /** What keeps the answer from being complete; empty when it is complete. */
  readonly gaps: readonly HistoryGap[];
}

/** Why a history may miss something. */
export type HistoryGap = 'shallow' | 'blobless' | 'treeless';

/** A sighting of a known migration. */
export interface MigrationSighting extends Sighting {
  readonly id: MigrationId;
}
