/** The journal room's border to the file system: errors become problems, folders are private and their entries synced. */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { ProblemError } from '../domain/problem.ts';

/** Does something with the disk. An error of the system is thrown on as ProblemError `disk`, any other as it is. */
export function onDisk<Result>(path: string, doing: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (errorCode(error) === null) throw error;
    throw new ProblemError('disk', { path, doing, said: (error as Error).message }, { cause: error });
  }
}

/** The system's name of an error (`ENOENT`); null when it is not an error of the system. */
export function errorCode(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null;
}

/** Makes a folder and what it lies in, mode 0700, and syncs the entries of what was made. */
export function makePrivateFolder(folder: string): void {
  onDisk(folder, 'make the folder', () => {
    const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
  });
}

/** Makes the entries of a folder (files made, renamed or removed in it) survive a power loss. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
