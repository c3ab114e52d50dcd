/** How worktrees of ours are named, where they lie, and whose they are. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Place } from './place.ts';

/**
 * `tidemark-<label>-<8 hex digits that stand for the repository><8 random ones>`; the label is the first group. The name alone
 * says whose it is, so that a folder is known again even when a crash left it empty.
 */
export const OUR_NAME = /^tidemark-([A-Za-z0-9-]+)-([0-9a-f]{8})[0-9a-f]{8}$/;

/** A new name. */
export const newName = (place: Place, label: string): string =>
  `tidemark-${label}-${repositoryMark(place)}${randomBytes(4).toString('hex')}`;

/** Was this name given by this repository? */
export const isNamedBy = (place: Place, name: string): boolean => OUR_NAME.exec(name)?.[2] === repositoryMark(place);

const repositoryMark = (place: Place): string => createHash('sha256').update(place.commonDir).digest('hex').slice(0, 8);

/** Who made a worktree. Kept in its `owner.json`. */
export interface Owner {
  readonly commonDir: string;
  readonly label: string;
  readonly pid: number;
  /** See `ProcessMark.startTicks`. */
  readonly startTicks: string | null;
}

/** Where all worktrees of ours lie, for all repositories. */
export const worktreeHome = (place: Place): string => join(place.cacheHome, 'tidemark', 'wt');

/** Is this path the checkout of a worktree of ours? */
export const isOwnWorktree = (path: string): boolean =>
  OUR_NAME.test(basename(path)) && basename(dirname(path)) === basename(path);

/** What a worktree's folder says about its maker; null when it says nothing. */
export function ownerIn(entry: string): Owner | null {
  try {
    return JSON.parse(readFileSync(join(entry, 'owner.json'), 'utf8')) as Owner;
  } catch {
    return null;
  }
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)); the command's name in field 2 may hold blanks and brackets. Null without such a process. */
export function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
