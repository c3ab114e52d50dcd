/** Who is in the way of a change: processes that have the database's file open, as far as the system tells. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Processes looked at; a machine may have many. */
const MOST = 5000;

/** What to add to the words of a locked file, by line. Only Linux tells, and only of this user's own processes (proc(5)). */
export function blockersOf(file: string): string {
  const names = new Set([file, `${file}-wal`, `${file}-shm`, `${file}-journal`]);
  const holders: string[] = [];
  try {
    for (const pid of readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .slice(0, MOST)) {
      if (Number(pid) !== process.pid && holds(pid, names))
        holders.push(`\nin its way may be process ${pid} (${commandOf(pid)})`);
    }
  } catch {
    return '';
  }
  return holders.slice(0, 5).join('');
}

function holds(pid: string, names: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(fd => {
      try {
        return names.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

/** The program's name only: arguments may hold a password. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'gone by now';
  }
}
