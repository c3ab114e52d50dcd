/**
 * Files under `<common git directory>/tidemark/cache`: what can be computed again. Reading what is not there, and writing where
 * nothing can be written, is no problem: the answer is computed each time.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of one kind beyond this number (projects with other pathspecs, long ago) are deleted, the oldest first. */
const KEPT_OF_A_KIND = 8;

export interface CacheFolder {
  /** Bytes of a file; null when it cannot be read. */
  read(name: string): Buffer | null;
  /** Writes a file whole or not at all. Never throws. */
  write(name: string, bytes: Buffer): void;
}

/** The cache of a repository. Names look like `<kind>-<digest>`. */
export function cacheFolder(commonDir: string): CacheFolder {
  const folder = join(commonDir, 'tidemark', 'cache');
  return {
    read(name) {
      try {
        return readFileSync(join(folder, name));
      } catch {
        return null;
      }
    },
    write(name, bytes) {
      const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}`);
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(temporary, bytes, { flag: 'wx' });
        renameSync(temporary, join(folder, name));
        dropOldest(folder, name.slice(0, name.indexOf('-') + 1), name);
      } catch {
        remove(temporary);
      }
    },
  };
}

function dropOldest(folder: string, kind: string, justWritten: string): void {
  const others = readdirSync(folder).filter(name => name.startsWith(kind) && name !== justWritten);
  if (others.length < KEPT_OF_A_KIND) return;
  const byAge = others.map(name => ({ name, at: statSync(join(folder, name)).mtimeMs })).sort((a, b) => a.at - b.at);
  for (const { name } of byAge.slice(0, others.length - KEPT_OF_A_KIND + 1)) remove(join(folder, name));
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The folder cannot be written to: then there is nothing of ours in it either.
  }
}
