/**
 * Keeps a second run away from a SQLite database, which has no server to ask. The lock is an exclusive transaction on an empty database
 * of ours in the state folder: the kernel lets go of it when its process ends, however it ends, so no stale lock ever has to be judged.
 * A file beside it says who holds it.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '../../domain/problem.ts';
import type { Address, HeldLock } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { isBusy, sqliteProblem } from './errors.ts';

/** Who holds a lock, for people. `{"run":"20261121T080000Z-4f2a91","pid":4711,"startTicks":"912","boot":"…","host":"box","since":"2026-…Z"}` */
interface Holder {
  readonly run: string;
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`; null where the system has none. */
  readonly startTicks: string | null;
  readonly boot: string | null;
  readonly host: string;
  readonly since: string;
}

/** Takes the lock. Throws `database-locked` when another process, or another connection of this one, holds it. */
export async function takeLock(
  address: Address,
  identity: string,
  run: string,
  around: Surroundings,
): Promise<HeldLock> {
  const folder = join(around.stateHome, 'locks');
  const lockFile = join(folder, `sqlite-${identity}.lock`);
  const holderFile = join(folder, `sqlite-${identity}.json`);
  try {
    const { default: Database } = await import('better-sqlite3');
    makeFolder(folder);
    const database = new Database(lockFile, { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if (!isBusy(error)) throw error;
      throw new ProblemError('database-locked', { database: address.display, holder: describeHolder(holderFile) });
    }
    writeHolder(holderFile, run, around);
    return {
      async release() {
        if (!database.open) return;
        rmSync(holderFile, { force: true });
        database.close();
      },
    };
  } catch (error) {
    throw sqliteProblem(error, { ...address, database: lockFile }, 'taking the lock');
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ProblemError('disk', { path: folder, doing: 'taking the lock', said }, { cause: error });
  }
}

function writeHolder(file: string, run: string, around: Surroundings): void {
  const holder: Holder = {
    run,
    pid: process.pid,
    // The name in parentheses may hold spaces, so fields are counted after it (proc(5)).
    startTicks: textOf('/proc/self/stat')?.split(') ').at(-1)?.split(' ')[19] ?? null,
    boot: textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? null,
    host: hostname(),
    since: new Date(around.clock()).toISOString(),
  };
  writeFileSync(`${file}.new`, JSON.stringify(holder), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function describeHolder(file: string): string {
  try {
    const holder: Holder = JSON.parse(readFileSync(file, 'utf8'));
    return `run ${holder.run}, process ${holder.pid} on ${holder.host}, since ${holder.since}`;
  } catch {
    // Between taking the lock and writing the file.
    return 'another run';
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
