/** Which processes are alive, told apart by their start time as well as their number. Linux by `/proc`, other systems by signal 0. */
import { readdirSync, readFileSync } from 'node:fs';
import { type ProcessStat, readProcessStat } from '../domain/process-stat.ts';
import type { ProcessMark } from '../domain/run.ts';

/** The mark of a process; its start time is null when it is gone already, or where the system does not tell. */
export function markOf(pid: number): ProcessMark {
  return { pid, startTicks: statOf(pid)?.startTicks ?? null, boot: bootId() };
}

/**
 * The processes that are left of a mark: the marked one, when it is alive, and every member of the session it led. None when the
 * number belongs to another process now: the kernel gives no number away that a group or session still uses.
 */
export function leftOf(mark: ProcessMark): readonly ProcessMark[] {
  const boot = bootId();
  if (boot === null) return leftBySignal(mark);
  // Without a start time it was gone when it was marked.
  if (mark.boot !== boot || mark.startTicks === null) return [];
  const leader = statOf(mark.pid);
  if (leader !== null && leader.startTicks !== mark.startTicks) return [];
  const itself = leader !== null && isAlive(leader) ? [mark] : [];
  const members = everyProcess().filter(
    ({ pid, stat }) => pid !== mark.pid && stat.group === mark.pid && stat.session === mark.pid && isAlive(stat),
  );
  return [...itself, ...members.map(({ pid, stat }) => ({ pid, startTicks: stat.startTicks, boot }))];
}

/** Living processes, this one excepted, whose environment says `variable=value`. Empty where the system does not tell. */
export function leftWith(variable: string, value: string): readonly ProcessMark[] {
  const boot = bootId();
  const entry = Buffer.from(`\0${variable}=${value}\0`);
  return everyProcess()
    .filter(({ pid, stat }) => pid !== process.pid && isAlive(stat) && environmentOf(pid).includes(entry))
    .map(({ pid, stat }) => ({ pid, startTicks: stat.startTicks, boot }));
}

/** Sends a signal to the processes left of a mark, as a group where they are one. Says whether one got it. */
export function signalLeftOf(mark: ProcessMark, signal: NodeJS.Signals): boolean {
  const left = leftOf(mark);
  if (left.length === 0) return false;
  // While one of it is left, the group's number cannot be another's.
  const group = statOf(left[0]?.pid ?? mark.pid)?.group ?? mark.pid;
  const target = group === mark.pid ? -mark.pid : mark.pid;
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function leftBySignal(mark: ProcessMark): readonly ProcessMark[] {
  for (const target of [mark.pid, -mark.pid]) {
    try {
      process.kill(target, 0);
      return [mark];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') return [mark];
    }
  }
  return [];
}

const isAlive = (stat: ProcessStat): boolean => stat.state !== 'Z' && stat.state !== 'X';

const bootId = (): string | null => textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? null;

function statOf(pid: number): ProcessStat | null {
  const line = textOf(`/proc/${pid}/stat`);
  return line === null ? null : readProcessStat(line);
}

function everyProcess(): readonly { readonly pid: number; readonly stat: ProcessStat }[] {
  let names: readonly string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.flatMap(name => {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : null;
    return stat === null ? [] : [{ pid: Number(name), stat }];
  });
}

/** The environment a process was started with, each variable between zero bytes; empty when it is another user's. */
function environmentOf(pid: number): Buffer {
  try {
    return Buffer.concat([Buffer.of(0), readFileSync(`/proc/${pid}/environ`)]);
  } catch {
    return Buffer.alloc(0);
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
