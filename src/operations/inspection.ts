/** What an inspection found: the repository, its projects with their databases, and what could not be looked at. Plain data. */
import type { Settings } from '../config/contract.ts';
import type { Address, EngineAbilities } from '../databases/contract.ts';
import type { Diagnosis, ProjectFacts } from '../domain/diagnosis.ts';
import type { LockHolder, MigrationId, Project, Row } from '../domain/migration.ts';
import type { ProblemError } from '../domain/problem.ts';
import type { OpenedLog } from '../domain/provenance-text.ts';
import type { HistoryGap, MigrationSighting, Oid, Sighting } from '../domain/sighting.ts';
import type { SwitchTarget } from '../domain/switching.ts';
import type { Framework, Known } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import type { FoundProject } from './find-projects.ts';
import type { Parts } from './parts.ts';
import type { LookedAt } from './provenance.ts';

/** A project's database as it was read. `rows` is null when there is no history table. */
export interface ReadRows {
  /** What was recorded of it at earlier looks. */
  readonly log: OpenedLog | null;
  readonly address: Address;
  readonly addressFrom: string;
  readonly server: string;
  readonly identity: string;
  readonly abilities: EngineAbilities;
  readonly rows: readonly Row[] | null;
  /** Who holds the framework's own lock. */
  readonly locked: LockHolder | null;
  /** Rows of the framework's table of dependencies; empty where it has none. */
  readonly dependencies: readonly Row[];
}

/** One project with its database, looked at. */
export interface InspectedProject extends Omit<ReadRows, 'log'> {
  readonly key: string;
  readonly found: FoundProject;
  readonly project: Project;
  readonly framework: Framework;
  /** Rows of the history table as stored; empty when there is none. */
  readonly rows: readonly Row[];
  readonly known: Known;
  readonly sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>;
  /** Sightings of files that are no migrations by themselves, newest first; empty for frameworks whose migrations are one file each. */
  readonly partSightings: readonly Sighting[];
  /** All files that lie under the pathspecs in the tree. */
  readonly paths: readonly string[];
  readonly facts: ProjectFacts;
  readonly diagnosis: Diagnosis;
  /** What was looked at, with all that was recorded of it before; this look itself is recorded when the repository is closed. */
  readonly looked: LookedAt;
  /** What the framework's own commands would do wrong now; null when nothing. */
  readonly hazard: string | null;
  /** Texts that may be reversed and that no commit has, by blob: of files on disk, here or in another worktree. */
  readonly workingTexts: ReadonlyMap<Oid, string>;
  /** Their other files. */
  readonly workingParts: ReadonlyMap<MigrationId, Parts>;
  /** The commit it was compared with; null for the working tree. Facts and diagnosis are then as if one stood there already. */
  readonly to: ComparedCommit | null;
}

/** A commit that a project was compared with instead of the working tree. */
export interface ComparedCommit {
  readonly target: SwitchTarget;
  /** The repository as it would be with that commit checked out. Only for reading. */
  readonly repository: Repository;
  /** The same project in the working tree: its code reverses, and its files are what was applied. */
  readonly here: InspectedProject;
  /** Why nothing of this project is in the way of switching, whatever is applied; null when it has to be looked at. */
  readonly setAside: string | null;
  /** What a reader should know, as sentences. */
  readonly notes: readonly string[];
}

/** A project that could not be looked at, beside others that could. */
export interface FailedProject {
  readonly key: string;
  readonly problem: ProblemError;
}

export interface Inspection {
  readonly repository: Repository;
  readonly settings: Settings;
  readonly projects: readonly InspectedProject[];
  readonly failed: readonly FailedProject[];
  readonly gaps: readonly HistoryGap[];
  /** What the databases were compared with; null for the working tree. */
  readonly to: SwitchTarget | null;
}
