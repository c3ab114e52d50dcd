/** Removes worktrees of ours, also half-made ones, and finds those that crashed runs left behind. Never prunes the user's. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isProblem, ProblemError } from '../domain/problem.ts';
import { isNamedBy, isOwnWorktree, OUR_NAME, ownerIn, startTicksOf, worktreeHome } from './own-names.ts';
import type { Place } from './place.ts';

/**
 * Removes a worktree of ours with its scratch folder and git's record of it. Whatever of them is not there is passed over.
 * Throws `disk` when something cannot be removed.
 */
export async function removeOwn(place: Place, entry: string): Promise<void> {
  const name = basename(entry);
  const checkout = join(entry, name);
  await endWriters(checkout);
  const records = recordsNamed(place, name);
  if (existsSync(join(checkout, '.git')) && records.length > 0) {
    try {
      // Twice --force: a worktree whose making was cut off is locked as "initializing".
      await place.ordinary(['worktree', 'remove', '--force', '--force', checkout]);
    } catch (error) {
      // A half-made one is no worktree to git. What is left is removed below.
      if (!isProblem(error, 'git-failed')) throw error;
    }
  }
  try {
    await rm(entry, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    for (const record of recordsNamed(place, name)) await rm(record, { recursive: true, force: true });
    // As git does with the last one.
    await rmdir(join(place.commonDir, 'worktrees')).catch(() => undefined);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ProblemError('disk', { path: entry, doing: 'removing a worktree', said }, { cause: error });
  }
}

/** See `Repository.removeLeftWorktrees`. A worktree whose maker still runs is not left behind. */
export async function removeLeft(place: Place, keep: readonly string[]): Promise<readonly string[]> {
  const home = worktreeHome(place);
  const recorded = namesIn(join(place.commonDir, 'worktrees')).map(
    record => entryOf(place, record) ?? join(home, record),
  );
  const lying = namesIn(home).flatMap(name => (isNamedBy(place, name) ? [join(home, name)] : []));
  const removed: string[] = [];
  for (const entry of new Set([...recorded, ...lying])) {
    const label = OUR_NAME.exec(basename(entry))?.[1];
    if (label === undefined || keep.includes(label) || isInUse(entry)) continue;
    await removeOwn(place, entry);
    removed.push(entry);
  }
  return removed.sort();
}

/** Git's records under `.git/worktrees` for a worktree's name; git adds a number when a name is taken. */
function recordsNamed(place: Place, name: string): readonly string[] {
  const folder = join(place.commonDir, 'worktrees');
  return namesIn(folder)
    .filter(record => record === name || basename(entryOf(place, record) ?? '') === name)
    .map(record => join(folder, record));
}

/** The folder of a recorded worktree of ours: two levels above the `.git` file that the record names. */
function entryOf(place: Place, record: string): string | null {
  if (!OUR_NAME.test(record.replace(/(?<=-[0-9a-f]{16})\d+$/, ''))) return null;
  try {
    const checkout = dirname(readFileSync(join(place.commonDir, 'worktrees', record, 'gitdir'), 'utf8').trim());
    return isOwnWorktree(checkout) ? dirname(checkout) : null;
  } catch {
    return null;
  }
}

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).filter(name => name.startsWith('tidemark-'));
  } catch {
    return [];
  }
};

function isInUse(entry: string): boolean {
  const owner = ownerIn(entry);
  if (owner === null || owner.pid === process.pid || owner.startTicks === null) return false;
  return startTicksOf(owner.pid) === owner.startTicks;
}

/**
 * A killed run can leave gits behind that still make the worktree. They are ours: they run in the checkout, or its name, which
 * is like no other, stands in their arguments or environment (`git worktree add` starts others with `GIT_DIR` set to the record).
 * Where there is no `/proc` they are not found, and `rm` tries again while files keep coming.
 */
async function endWriters(checkout: string): Promise<void> {
  // One that ends may just have started another.
  for (let turn = 0; turn < 200; turn++) {
    const writers = namedProcesses().filter(pid => pid !== process.pid && isGitOn(pid, checkout));
    if (writers.length === 0) return;
    for (const pid of writers) kill(pid);
    await setTimeout(10);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function namedProcesses(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function isGitOn(pid: number, checkout: string): boolean {
  try {
    if (!readFileSync(`/proc/${pid}/comm`, 'latin1').startsWith('git')) return false;
    const told = (what: string): boolean => readFileSync(`/proc/${pid}/${what}`, 'utf8').includes(basename(checkout));
    return told('cmdline') || told('environ') || readlinkSync(`/proc/${pid}/cwd`) === checkout;
  } catch {
    return false;
  }
}
