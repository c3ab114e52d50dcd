/** Writes files into a folder without ever being led out of it: no `..`, no `.git`, no link followed on the way. */
import { constants } from 'node:fs';
import { lstat, mkdir, open, rm, symlink, unlink } from 'node:fs/promises';
import { ProblemError } from '../domain/problem.ts';
import { diskPath } from './path-bytes.ts';

/** What to do when something is there already. */
export type InTheWay = 'replace' | 'refuse';

/**
 * Writes one file below a folder, making folders as needed. A link at the file's own place is replaced, never followed.
 * Throws `refused` for a path that leaves the folder, `file-in-the-way` with `refuse`, `disk` when writing fails.
 */
export async function writeBelow(
  folder: string,
  path: string,
  content: string | Buffer,
  how: { readonly inTheWay: InTheWay; readonly mode?: number },
): Promise<void> {
  await translating(folder, path, async () => {
    await makeParents(folder, path);
    const full = diskPath(folder, path);
    const there = await statOrNull(full);
    if (there !== null && how.inTheWay === 'refuse') throw new ProblemError('file-in-the-way', { path });
    if (there?.isDirectory() === true) throw new ProblemError('file-in-the-way', { path });
    if (there !== null) await unlink(full);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const file = await open(full, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), how.mode ?? 0o666);
    try {
      await file.writeFile(content);
      await file.close();
    } catch (error) {
      // Half a file must not be taken for a whole one.
      await file.close().catch(() => undefined);
      await rm(full, { force: true });
      throw error;
    }
  });
}

/** Removes one file below a folder; nothing there is fine. Links on the way are refused as in `writeBelow`. */
export async function removeBelow(folder: string, path: string): Promise<void> {
  await translating(folder, path, async () => {
    await makeParents(folder, path);
    await rm(diskPath(folder, path), { force: true });
  });
}

/** Makes a link below a folder to a target elsewhere. Does nothing when something is there already. */
export async function linkBelow(folder: string, path: string, target: string): Promise<void> {
  await translating(folder, path, async () => {
    await makeParents(folder, path);
    const full = diskPath(folder, path);
    if ((await statOrNull(full)) === null) await symlink(target, full);
  });
}

/** Makes the folders above a path. Each must be a real folder below the given one. */
async function makeParents(folder: string, path: string): Promise<void> {
  const parts = path.split('/');
  const forbidden = parts.some(
    part => part === '' || part === '.' || part === '..' || part.includes('\0') || isGitDir(part),
  );
  if (forbidden) throw leaving(path);
  for (let depth = 1; depth < parts.length; depth++) {
    const parent = diskPath(folder, parts.slice(0, depth).join('/'));
    const there = await statOrNull(parent);
    if (there === null) await mkdir(parent);
    else if (!there.isDirectory()) throw leaving(path);
  }
}

/** As git's own rule, also for file systems that fold case or have short names (`GIT~1`). */
const isGitDir = (part: string): boolean => /^(\.git|git~1)[. ]*$/i.test(part);

const leaving = (path: string): ProblemError =>
  new ProblemError('refused', {
    reason: `"${path}" would be written outside the folder it belongs to`,
    next: 'look at the folders of that path: one of them is a link, a file, or not a plain name',
  });

async function statOrNull(path: string | Buffer) {
  try {
    return await lstat(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

async function translating(folder: string, path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new ProblemError('file-in-the-way', { path }, { cause: error });
    const said = error instanceof Error ? error.message : String(error);
    throw new ProblemError('disk', { path: `${folder}/${path}`, doing: 'writing a file', said }, { cause: error });
  }
}
