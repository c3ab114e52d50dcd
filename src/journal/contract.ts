/** Keeping the record of runs safe on disk, and one run at a time. */
import type { JournalEntry, NewEntry, ProcessMark, RunId } from '../domain/run.ts';

/** An open journal. `append` returns only when the entry is on the disk. */
export interface OpenJournal {
  readonly run: RunId;
  readonly file: string;
  /** Adds an entry and syncs it. Throws ProblemError `disk` and then has added nothing. */
  append(entry: NewEntry): JournalEntry;
  close(): void;
}

/** What reading one journal gave. A torn last line (we were killed while writing it) is left out, not an error. */
export interface ReadJournal {
  readonly run: RunId;
  readonly file: string;
  readonly entries: readonly JournalEntry[];
  readonly tornLastLine: boolean;
}

/** Who holds the run lock. */
export interface LockHolder {
  readonly run: RunId;
  readonly process: ProcessMark;
  readonly host: string;
  readonly since: string;
}

export interface RunLock {
  release(): void;
}

/** The journals of one repository, below `<commonDir>/tidemark/runs`. A run that has none is ProblemError `unknown-run`. */
export interface Journals {
  /** Begins a journal. The folder is made with mode 0700. Throws `file-in-the-way` when the run has one. */
  create(run: RunId): OpenJournal;
  /** Opens an existing one to go on; a torn last line is cut off first. Throws `journal-damaged` when a finished line cannot be read or the chain of hashes breaks, `journal-too-new`. */
  reopen(run: RunId): OpenJournal;
  read(run: RunId): ReadJournal;
  /** All runs, newest first. */
  list(): readonly RunId[];
  /** Takes the repository's run lock, taking over from an owner that is provably dead. Throws `locked-by-run`. */
  lock(run: RunId): RunLock;
  /** Who holds that lock; null when nobody does, or its owner is provably dead. */
  lockHolder(): LockHolder | null;
  /** Removes a journal. */
  drop(run: RunId): void;
}

/** The journal room's front door. */
export interface JournalRoom {
  /** `clock` gives milliseconds since 1970. */
  of(commonDir: string, clock: () => number): Journals;
}
