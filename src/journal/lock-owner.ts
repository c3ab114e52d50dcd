/** Who holds a lock, as its file says, and whether that process is provably dead. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { readProcessStat } from '../domain/process-stat.ts';
import type { LockHolder } from './contract.ts';

/** A lock file's contents, one JSON object. */
export interface LockOwner extends LockHolder {
  /**
   * Process id namespace (`pid:[4026531836]`, pid_namespaces(7)); null where the system does not tell. In another one the
   * same number is another process: a container on the host's network bears the host's name.
   */
  readonly namespace: string | null;
  /** Makes every lock ever taken different from every other. */
  readonly token: string;
}

/** This process, as it signs a lock. */
export function ownSelf(): Pick<LockOwner, 'process' | 'host' | 'namespace'> {
  const boot = readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  return {
    process: { pid: process.pid, startTicks: startTicksOf(process.pid) ?? null, boot },
    host: hostname(),
    namespace: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/** The owner a lock file names; null when the text is not one of ours. */
export function readOwner(text: string): LockOwner | null {
  try {
    const owner = JSON.parse(text) as LockOwner;
    const whole =
      typeof owner.run === 'string' &&
      typeof owner.host === 'string' &&
      typeof owner.since === 'string' &&
      typeof owner.token === 'string' &&
      Number.isSafeInteger(owner.process.pid) &&
      owner.process.pid > 0;
    return whole ? owner : null;
  } catch {
    return null;
  }
}

/**
 * True only when the owner cannot be running any more: its host has been booted since, or its process is gone, or its number was
 * given to another. What cannot be known (another host, another container) counts as alive.
 */
export function provablyDead(owner: LockOwner): boolean {
  const here = ownSelf();
  const { pid, startTicks, boot } = owner.process;
  const sameBoot = boot !== null && boot === here.process.boot;
  // A laptop changes its name with the network it is in; the boot id stays.
  if (!sameBoot && owner.host !== here.host) return false;
  if (!sameBoot && boot !== null && here.process.boot !== null) return true;
  if (owner.namespace !== here.namespace) return false;
  const now = startTicksOf(pid);
  if (now === null) return !exists(pid);
  return now === undefined || (startTicks !== null && now !== startTicks);
}

/** Start ticks of a living process; undefined when it is gone; null where the system does not tell. */
function startTicksOf(pid: number): string | null | undefined {
  const own = readOrNull(() => readFileSync('/proc/self/stat', 'utf8'));
  if (own === null) return null;
  const line = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // Mounted with hidepid, /proc shows no process of other users (proc(5)): not seen is not gone.
  if (line === null) return exists(pid) ? null : undefined;
  const stat = readProcessStat(line);
  if (stat === null) return null;
  return stat.state === 'Z' || stat.state === 'X' ? undefined : stat.startTicks;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function readOrNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
