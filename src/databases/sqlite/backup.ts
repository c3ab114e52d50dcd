/** Backs a SQLite database up by its online backup API, and puts it back the same way: into the live file, never by swapping files. */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { ProblemError } from '../../domain/problem.ts';
import { makeBackup } from '../backup-file.ts';
import type { Address, Backup } from '../contract.ts';
import { eventually, openAsSource, PATIENCE } from './access.ts';
import { sqliteProblem } from './errors.ts';
import { nodeSqlite, openByUri, uriOf } from './session.ts';

// 4 MiB of the usual pages at a time: other programs get the lock in between.
const PAGES_AT_A_TIME = 1000;

/** Copies the database as it is, page by page, in one snapshot, and checks the copy. */
export async function backUp(address: Address, folder: string): Promise<Backup> {
  // Before a file is made, so that a missing database leaves nothing.
  const source = await openAsSource(address);
  try {
    return await makeBackup(folder, '.sqlite', async file => {
      try {
        await copyPages(source.database, file);
        mustBeSound(file, address);
        return 'SQLite online backup';
      } catch (error) {
        throw sqliteProblem(error, { ...address, database: file }, 'making the backup');
      }
    });
  } finally {
    source.close();
  }
}

/** Writes a backup into the live file in one transaction of its own: readers see all of it or nothing. */
export async function restore(address: Address, backup: Backup): Promise<void> {
  try {
    if (!existsSync(backup.file))
      throw new ProblemError('disk', { path: backup.file, doing: 'reading the backup', said: 'there is no such file' });
    mustBeSound(backup.file, address);
    const { DatabaseSync: Database } = nodeSqlite();
    const source = new Database(uriOf(backup.file, 'immutable=1'), { readOnly: true });
    try {
      await eventually(PATIENCE, () => copyPages(source, address.database));
    } finally {
      source.close();
    }
  } catch (error) {
    throw sqliteProblem(error, address, 'putting the backup back');
  }
}

async function copyPages(source: DatabaseSync, target: string): Promise<void> {
  let end = performance.now() + PATIENCE;
  let left = Number.POSITIVE_INFINITY;
  try {
    await nodeSqlite().backup(source, target, {
      rate: PAGES_AT_A_TIME,
      progress: ({ remainingPages }) => {
        // Node tries again without end while a lock is in the way; a copy that gets no further is given up.
        if (remainingPages < left) end = performance.now() + PATIENCE;
        left = remainingPages;
        if (performance.now() > end) throw new Error(LOCKED);
      },
    });
  } catch (error) {
    // All pages were copied, and a reader kept the last step, the commit, from being done (seen with Node 24.21).
    if (error instanceof Error && error.message === 'not an error') throw new KeptFromCommit();
    throw error;
  }
}

const LOCKED = 'the database is locked by another program';

class KeptFromCommit extends Error {
  readonly code = 'SQLITE_BUSY';
  override readonly message = LOCKED;
}

function mustBeSound(file: string, address: Address): void {
  const session = openByUri(file, 'immutable');
  try {
    const { rows } = session.read('PRAGMA quick_check(1)');
    const said = String(rows[0]?.[0]);
    if (said !== 'ok')
      throw new ProblemError('backup-impossible', {
        database: address.display,
        reason: `the copy is damaged: ${said}`,
      });
  } finally {
    session.close();
  }
}
