/** Everything operations may ask of the world, handed in by `wiring.ts`. */
import type { Config } from '../config/contract.ts';
import type { Address, Databases } from '../databases/contract.ts';
import type { Framework, SqlReader } from '../frameworks/contract.ts';
import type { Git } from '../git/contract.ts';
import type { JournalRoom } from '../journal/contract.ts';
import type { Processes } from '../processes/contract.ts';
import type { FoundProject } from './find-projects.ts';
import type { Progress } from './progress.ts';

/** The rooms, the clock and the user's environment. */
export interface Outside {
  readonly git: Git;
  readonly databases: Databases;
  readonly frameworks: readonly Framework[];
  readonly sql: SqlReader;
  readonly journals: JournalRoom;
  readonly processes: Processes;
  readonly config: Config;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Random lower-case hex digits. */
  readonly randomHex: (digits: number) => string;
  /** Folder for backups, outside every repository. */
  readonly stateHome: string;
  readonly version: string;
}

/** What every command may say about where to look. */
export interface Where {
  /** Folder the user stands in, absolute. */
  readonly directory: string;
  /** `--database`, `--framework`, `--project`; null when not given. */
  readonly database: string | null;
  readonly framework: string | null;
  readonly project: string | null;
  /** Walk unreachable commits too. */
  readonly deep: boolean;
  /** The run being taken up: the database is opened for it once, so that the engine finishes what a crash left (a hot journal). */
  readonly recover: string | null;
  /** `--to`: compare with this ref's tree, as `git switch` knows it, instead of the working tree. Missing or null: the working tree. */
  readonly to?: string | null;
  /** Set when nobody typed the command: throws for a configuration that must not be followed, before its database is asked. */
  readonly follow?: (root: string, found: FoundProject, address: Address) => void;
}

/** What comes with every call: who listens, and how to stop. */
export interface Listening {
  readonly onProgress: Progress;
  /** Aborted by the first Ctrl-C: stop at the next safe point. */
  readonly signal: AbortSignal;
  /** Aborted by the second: end what runs now, too. */
  readonly force: AbortSignal;
}

/** An open repository, for faces that hand it from one operation to the next. */
export type { Repository } from '../git/contract.ts';
