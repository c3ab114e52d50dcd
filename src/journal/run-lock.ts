/** One run at a time in a repository: a lock file that survives a killed owner without ever having two. */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import type { RunId } from '../domain/run.ts';
import type { LockHolder, RunLock } from './contract.ts';
import { type LockOwner, ownSelf, provablyDead, readOwner } from './lock-owner.ts';
import { errorCode, onDisk } from './on-disk.ts';

const LOCK = 'run.lock';
const UNFINISHED_AFTER_MS = 10 * 60_000;

/**
 * Takes `<folder>/run.lock` for a run. Throws `locked-by-run` when its owner is not provably dead, `journal-damaged` when the
 * file names no owner, `disk` when the disk does not let us.
 *
 * How two cannot win: a lock is made whole and put in place by link(2), which fails when the name is taken. A dead owner's lock
 * may be removed only by who holds the claim on exactly that lock, a second lock file named after its contents, and only after
 * looking again that it is still there; so nobody removes a lock that came after the one he judged. A claim is taken like the
 * lock itself: one left by a killed process is claimed in turn.
 */
export function takeRunLock(folder: string, run: RunId, clock: () => number): RunLock {
  const owner: LockOwner = {
    run,
    ...ownSelf(),
    since: new Date(clock()).toISOString(),
    token: randomBytes(16).toString('hex'),
  };
  const text = `${JSON.stringify(owner)}\n`;
  const file = join(folder, LOCK);
  onDisk(file, 'take the run lock', () => {
    take(folder, LOCK, text);
    sweep(folder, clock());
  });
  return { release: () => onDisk(file, 'release the run lock', () => removeOwn(file, text)) };
}

/** Who holds `<folder>/run.lock`; null when nobody does, its owner is provably dead, or it names no owner. */
export function runLockHolder(folder: string): LockHolder | null {
  const owner = readOwner(readIfThere(join(folder, LOCK)) ?? '');
  if (owner === null || provablyDead(owner)) return null;
  const { run, process, host, since } = owner;
  return { run, process, host, since };
}

/** Puts a lock or a claim in place, retiring dead owners until it is free. */
function take(folder: string, name: string, text: string): void {
  const file = join(folder, name);
  for (;;) {
    if (linkWhole(folder, file, text)) return;
    const there = readIfThere(file);
    if (there === null) continue;
    const owner = readOwner(there);
    if (owner === null) {
      throw new ProblemError('journal-damaged', { file, line: 1, reason: 'it does not say who holds the lock' });
    }
    if (!provablyDead(owner)) {
      const { run, host, since, process } = owner;
      throw new ProblemError('locked-by-run', { run, process: process.pid, host, since });
    }
    retire(folder, file, there, text);
  }
}

/** Removes a dead owner's lock, if it is still that one. */
function retire(folder: string, file: string, dead: string, text: string): void {
  const claim = `${LOCK}.after-${createHash('sha256').update(dead).digest('hex').slice(0, 32)}`;
  take(folder, claim, text);
  try {
    if (readIfThere(file) === dead) unlinkSync(file);
  } finally {
    removeOwn(join(folder, claim), text);
  }
}

/** Writes a file under another name and links it to the wanted one: it is there whole or not at all. False when the name is taken. */
function linkWhole(folder: string, file: string, text: string): boolean {
  const temporary = join(folder, `${LOCK}.new-${randomBytes(8).toString('hex')}`);
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(temporary, file);
    return true;
  } catch (error) {
    // ENOENT: a lock's owner took the file for a leftover. The caller looks again and comes back.
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function removeOwn(file: string, text: string): void {
  if (readIfThere(file) === text) unlinkSync(file);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Removes what processes killed while taking a lock have left. Done by the lock's owner only: then every claim of a dead process
 * is on a lock that is gone for good, and decides nothing any more.
 */
function sweep(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.startsWith(`${LOCK}.new-`)) {
      // It may be half-written and name nobody. Taken from a slow living process, it costs that one another try.
      const made = lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now;
      if (now - made > UNFINISHED_AFTER_MS) rmSync(file, { force: true });
    } else if (name.startsWith(`${LOCK}.after-`)) {
      const owner = readOwner(readIfThere(file) ?? '');
      if (owner !== null && provablyDead(owner)) rmSync(file, { force: true });
    }
  }
}
