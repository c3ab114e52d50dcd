/** Files for backups: private, never over an existing one, on the disk before they are trusted, gone when making them failed. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import type { Backup } from './contract.ts';

/** Makes a backup file (mode 0600) in a folder (made 0700) and lets `fill` fill it. `ending` is `.sqlite`, `.sql`. Throws `disk`. */
export async function makeBackup(
  folder: string,
  ending: string,
  fill: (file: string, descriptor: number) => Promise<string>,
): Promise<Backup> {
  const { file, descriptor } = createFile(folder, ending);
  try {
    const madeBy = await fill(file, descriptor);
    fsyncSync(descriptor);
    const { size } = statSync(file);
    return { file, bytes: size, madeBy };
  } catch (error) {
    rmSync(file, { force: true });
    throw isDiskError(error) ? diskProblem(file, error) : error;
  } finally {
    closeSync(descriptor);
  }
}

function createFile(folder: string, ending: string): { readonly file: string; readonly descriptor: number } {
  let file = folder;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    for (let count = 1; ; count++) {
      file = join(folder, `full${count === 1 ? '' : `-${count}`}${ending}`);
      try {
        return { file, descriptor: openSync(file, 'wx+', 0o600) };
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  } catch (error) {
    throw diskProblem(file, error);
  }
}

/** Is there no room left where a file lies? Dump programs do not always say why their output ends too soon. */
export function isDiskFull(file: string): boolean {
  const { bavail, bsize } = statfsSync(file);
  return bavail * bsize < 64 * 1024;
}

const codeOf = (error: unknown): unknown => (error instanceof Error ? (error as { code?: unknown }).code : undefined);

const isDiskError = (error: unknown): boolean => ['ENOSPC', 'EIO', 'EDQUOT', 'EROFS'].includes(String(codeOf(error)));

function diskProblem(path: string, error: unknown): ProblemError<'disk'> {
  const said = error instanceof Error ? error.message : String(error);
  return new ProblemError('disk', { path, doing: 'making the backup', said }, { cause: error });
}
