/** Finding programs that can be started. */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';
import { ProblemError } from '../domain/problem.ts';

/**
 * The first candidate that is an executable file: one with `/` in each of `folders` (an absolute one as it is), any other in the
 * folders of `path`, in their order. Empty and relative entries of `path` are passed over: they would find a program of whatever
 * folder we stand in. null when there is none. A script whose interpreter is gone is passed over too.
 */
export function findProgram(candidates: readonly string[], folders: readonly string[], path: string): string | null {
  for (const candidate of candidates) {
    const within = candidate.includes('/') ? folders : foldersOf(path);
    const places = isAbsolute(candidate) ? [candidate] : within.map(folder => resolve(folder, candidate));
    const found = places.find(isExecutable);
    if (found !== undefined) return found;
  }
  return null;
}

/** The absolute path of a program to start. Throws `program-missing`. */
export function programToStart(program: string, cwd: string, path: string): string {
  const found = findProgram([program], [cwd], path);
  if (found !== null) return found;
  throw new ProblemError('program-missing', { program, looked: program.includes('/') ? [cwd] : foldersOf(path) });
}

const foldersOf = (path: string): readonly string[] => path.split(delimiter).filter(isAbsolute);

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    if (!statSync(file).isFile()) return false;
    const interpreter = interpreterOf(file);
    return interpreter === null || existsSync(interpreter);
  } catch {
    return false;
  }
}

/** The program a script names in its first line; null when the file is no script. A virtual environment that was moved names a Python that is gone. */
function interpreterOf(file: string): string | null {
  const descriptor = openSync(file, 'r');
  try {
    const start = Buffer.alloc(512);
    const size = readSync(descriptor, start);
    return /^#![ \t]*(\/[^ \t\r\n]+)/.exec(start.toString('utf8', 0, size))?.[1] ?? null;
  } finally {
    closeSync(descriptor);
  }
}
