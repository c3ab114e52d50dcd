/** What every part of the git room needs to know about one repository. */
import type { HistoryGap } from '../domain/sighting.ts';
import type { GitRunner } from './run-git.ts';
import type { OrdinaryGit } from './simple-client.ts';

/** Major and minor number of git's version. */
export type GitVersion = readonly [major: number, minor: number];

export interface Place {
  /** Absolute, links resolved. */
  readonly root: string;
  readonly gitDir: string;
  readonly commonDir: string;
  readonly objectFormat: 'sha1' | 'sha256';
  readonly version: GitVersion;
  readonly gaps: readonly HistoryGap[];
  /** Git started directly, in `root`. */
  readonly git: GitRunner;
  /** For questions about objects by name or id: in a partial clone git has to be asked another way. */
  readonly objects: GitRunner;
  /** simple-git, in `root`. */
  readonly ordinary: OrdinaryGit;
  /** Folder for caches of the user (`~/.cache`): worktrees of ours live in `tidemark/wt` below it. */
  readonly cacheHome: string;
}

/** True when git is at least this new. */
export const isAtLeast = ([major, minor]: GitVersion, wantedMajor: number, wantedMinor: number): boolean =>
  major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
