/** What is known about one project when it is diagnosed, and what the diagnosis says. Plain data. */
import type { Finding, Source, WorktreeHolding } from './finding.ts';
import type {
  AppliedMigration,
  LockHolder,
  MigrationFile,
  MigrationId,
  TableName,
  UnreadableFile,
} from './migration.ts';
import type { KeptVersion } from './provenance.ts';
import type { CommitInfo, MigrationSighting, Oid } from './sighting.ts';

/** A ref whose tip holds a migration. */
export interface TipHolding {
  readonly ref: string;
  readonly commit: Oid;
  readonly path: string;
  readonly blob: Oid;
}

/** What git and the other worktrees know about one orphan. */
export interface OrphanEvidence {
  readonly id: MigrationId;
  /** Its sightings, newest first. */
  readonly sightings: readonly MigrationSighting[];
  readonly tips: readonly TipHolding[];
  /** Absolute paths of other worktrees whose working tree has it, and which use this database or may use it. */
  readonly worktrees: readonly string[];
  /** All other worktrees that have it. Missing: not looked at. */
  readonly elsewhere?: readonly WorktreeHolding[];
  /**
   * The version that lies at hand: in the working tree, while a commit is compared with; or in another worktree's files, where git never
   * saw one. No other version is looked for then.
   */
  readonly atHand?: { readonly source: Source; readonly trusted: boolean };
  /** The upstream ref, when HEAD is strictly behind it and its tip has the migration. */
  readonly newerOn: string | null;
  /** Deletion commit → those of its parents without the file from which another deletion of it can be reached. */
  readonly explainedMerges: ReadonlySet<Oid>;
  /** Blobs that a commit of HEAD's reflog held: the user stood there. */
  readonly stoodOn: ReadonlySet<Oid>;
  /** What Tidemark saw on disk when its row was new. Missing or null: nothing. */
  readonly kept?: KeptVersion | null;
  /** Its versions held against the checksum that its row keeps. Missing: it keeps none. */
  readonly checksum?: HeldAgainstChecksum;
}

/** Versions, see `versionKey`. Those that are in neither set cannot be told. */
interface HeldAgainstChecksum {
  readonly fit: ReadonlySet<string>;
  readonly differ: ReadonlySet<string>;
}

/** An applied migration whose file on disk has another text than was applied, by its row's checksum or by what was seen when the row was new; line endings aside. */
export interface EditedFile {
  /** `checksum`: the framework's own, in the row. `seen`: what lay on disk when the row was new. */
  readonly by: 'checksum' | 'seen';
  /** What was seen on disk; null when nothing was. */
  readonly kept: KeptVersion | null;
  readonly path: string;
  /** On disk now. */
  readonly blob: Oid;
  /** What brought that text into HEAD; null when HEAD does not have it. */
  readonly changed: MigrationSighting | null;
  /** The text that was applied; null when it is nowhere. */
  readonly source: Source | null;
  /** Did the user ever have that text checked out? */
  readonly trusted: boolean;
  readonly edit: 'contents' | 'formatting';
}

/** All that `diagnose` looks at. */
export interface ProjectFacts {
  readonly order: 'linear' | 'graph';
  readonly historyTable: TableName;
  /** Who holds the framework's own lock. Missing or null: nobody, or it has none. */
  readonly locked?: LockHolder | null;
  /** null when there is no history table. */
  readonly applied: readonly AppliedMigration[] | null;
  /** Files on disk, in the order the framework would apply them. */
  readonly files: readonly MigrationFile[];
  readonly unreadable: readonly UnreadableFile[];
  /** Part of each id that names an app, where the framework has such; and its number, where equal numbers matter. */
  readonly idFacts: ReadonlyMap<MigrationId, { readonly namespace: string | null; readonly number: string | null }>;
  /** Namespaces that git or the disk has ever seen files of; null for frameworks without namespaces. */
  readonly ownNamespaces: ReadonlySet<string> | null;
  readonly evidence: ReadonlyMap<MigrationId, OrphanEvidence>;
  readonly commits: ReadonlyMap<Oid, CommitInfo>;
  /** Commits of the sightings that are HEAD or its ancestors. */
  readonly inHead: ReadonlySet<Oid>;
  /** Texts by blob: of orphans and of the files they may have become. */
  readonly texts: ReadonlyMap<Oid, string>;
  readonly ignored: ReadonlySet<MigrationId>;
  /** Orphans that a file stands for which is no migration (a dump of the schema), with that file as if it were a squash of them. Missing: none. */
  readonly covered?: ReadonlyMap<MigrationId, MigrationFile>;
  /** Missing: not looked at. */
  readonly edited?: ReadonlyMap<MigrationId, EditedFile>;
}

/** State of one migration, for lists. */
export interface MigrationState {
  readonly id: MigrationId;
  readonly state: 'applied' | 'pending' | 'orphaned' | 'failed' | 'edited';
  /** Path on disk; for orphans the path it had last; null when unknown. */
  readonly path: string | null;
  readonly appliedAt: string | null;
}

export interface Diagnosis {
  /** Applied ones in the order they were applied, then pending ones in the order they would be. Foreign rows are left out. */
  readonly migrations: readonly MigrationState[];
  readonly findings: readonly Finding[];
  /** Rows of apps whose files this repository never had. */
  readonly foreign: readonly MigrationId[];
  readonly counts: { readonly applied: number; readonly pending: number; readonly orphaned: number };
}
