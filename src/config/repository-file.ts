/** Reading a file of a repository and nothing outside of it: a link that leads out is not followed. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** A file's text; or why it was not read, as a clause; or null when there is no such file. */
export type RepositoryFile = { readonly text: string } | { readonly notRead: string } | null;

const LARGEST = 1024 * 1024;

/**
 * Reads a file below `root`. A folder, a pipe or a link to nothing is no file: Python's virtual environments are called `.env` too, and
 * reading a pipe could wait for ever.
 */
export function readRepositoryFile(root: string, file: string): RepositoryFile {
  try {
    const real = realpathSync(file);
    if (leadsOut(realpathSync(root), real)) {
      return { notRead: 'it is a link that leads out of the repository, so it was not read' };
    }
    const found = statSync(real);
    if (!found.isFile()) return null;
    if (found.size > LARGEST) return { notRead: 'it is larger than 1 MiB, so it was not read' };
    return { text: new TextDecoder().decode(readFileSync(real)) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === undefined) throw error;
    return { notRead: `it could not be read: ${code}` };
  }
}

/** The root of the repository a file lies in: the nearest folder with `.git`, or its own where there is none. */
export function rootOf(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return dirname(file);
  }
}

/** Whether a path, from `root`, leads to somewhere that is not below it. */
export function leadsOut(root: string, path: string): boolean {
  const from = relative(root, path);
  return from === '..' || from.startsWith(`..${sep}`);
}
