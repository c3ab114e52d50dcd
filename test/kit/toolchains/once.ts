/** Installing something once per machine, in place: a lock file keeps a second test worker out, a marker says that it is whole. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export const LONGEST_INSTALL_MS = 300_000;

/** Where toolchains are kept between runs. */
export function cacheFolder(): string {
  const { TIDEMARK_TEST_CACHE: own, XDG_CACHE_HOME: cache } = process.env;
  return own ?? join(cache ?? join(homedir(), '.cache'), 'tidemark-tests');
}

/** Installs into a folder unless that was done before; what an unfinished installation left is removed first. */
export async function installedOnce(folder: string, install: () => Promise<void>): Promise<void> {
  const marker = join(folder, 'tidemark-complete');
  const lock = `${folder}.lock`;
  const until = Date.now() + LONGEST_INSTALL_MS;
  mkdirSync(dirname(folder), { recursive: true });
  while (!existsSync(marker)) {
    if (taken(lock)) {
      try {
        if (existsSync(marker)) return;
        rmSync(folder, { recursive: true, force: true });
        await install();
        writeFileSync(marker, '');
      } finally {
        rmSync(lock, { force: true });
      }
      return;
    }
    if (Date.now() > until) throw new Error(`${lock} is held by another process`);
    if (!ownerLives(lock)) rmSync(lock, { force: true });
    else await pause(200);
  }
}

function taken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function ownerLives(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')) || process.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH' && error.code !== 'ENOENT';
  }
}
