/** The journal room's front door: the runs of one repository and their lock. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BugError, ProblemError } from '../domain/problem.ts';
import type { RunId } from '../domain/run.ts';
import type { JournalRoom, Journals } from './contract.ts';
import { createJournal, readJournal, reopenJournal } from './journal-file.ts';
import { errorCode, makePrivateFolder, onDisk, syncFolder } from './on-disk.ts';
import { isRunId } from './run-id.ts';
import { runLockHolder, takeRunLock } from './run-lock.ts';

const SUFFIX = '.jsonl';

/** The journal room, on the real disk. */
export const createJournalRoom = (): JournalRoom => ({ of: journalsOf });

function journalsOf(commonDir: string, clock: () => number): Journals {
  const folder = join(commonDir, 'tidemark');
  const runs = join(folder, 'runs');

  const list = (): readonly RunId[] =>
    onDisk(runs, 'list the runs', () => namesIn(runs))
      .filter(name => name.endsWith(SUFFIX))
      .map(name => name.slice(0, -SUFFIX.length))
      .filter(isRunId)
      .sort()
      .reverse();

  /** The file of a run that is there. The id may come from a command line, so it is checked before it becomes a path. */
  const fileOf = (run: RunId): string => {
    const file = join(runs, run + SUFFIX);
    if (!isRunId(run) || !existsSync(file)) throw new ProblemError('unknown-run', { run, known: list() });
    return file;
  };

  return {
    create(run) {
      if (!isRunId(run)) throw new BugError(`"${run}" is not a run id`);
      makePrivateFolder(runs);
      return createJournal(run, join(runs, run + SUFFIX), clock);
    },
    reopen: run => reopenJournal(run, fileOf(run), clock),
    read: run => readJournal(run, fileOf(run)),
    list,
    lock(run) {
      makePrivateFolder(folder);
      return takeRunLock(folder, run, clock);
    },
    lockHolder: () => onDisk(folder, 'read the run lock', () => runLockHolder(folder)),
    drop(run) {
      const file = fileOf(run);
      onDisk(file, 'remove the journal', () => {
        rmSync(file);
        syncFolder(runs);
      });
    },
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
