/** One journal on disk: appending a line so that it is there for good, or not at all. */
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { BugError, ProblemError } from '../domain/problem.ts';
import type { JournalEntry, NewEntry, RunId } from '../domain/run.ts';
import type { OpenJournal, ReadJournal } from './contract.ts';
import { decodeJournal, encodeLine, NO_LINE_BEFORE } from './journal-lines.ts';
import { errorCode, onDisk, syncFolder } from './on-disk.ts';

/** Begins a journal in a new file, mode 0600. Throws `file-in-the-way` when the run has one already. */
export function createJournal(run: RunId, file: string, clock: () => number): OpenJournal {
  const descriptor = onDisk(file, 'begin the journal', () => {
    try {
      return openSync(file, 'wx', 0o600);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw new ProblemError('file-in-the-way', { path: file }, { cause: error });
      throw error;
    }
  });
  try {
    onDisk(file, 'begin the journal', () => syncFolder(dirname(file)));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return openJournal({ run, file, clock, descriptor, size: 0, seq: 0, lastHash: NO_LINE_BEFORE });
}

/** Opens a journal to go on with it; a torn last line is cut off first. Throws as `decodeJournal` does. */
export function reopenJournal(run: RunId, file: string, clock: () => number): OpenJournal {
  const descriptor = onDisk(file, 'open the journal', () => openSync(file, 'r+'));
  try {
    const bytes = onDisk(file, 'read the journal', () => readFileSync(descriptor));
    const { entries, goodBytes, lastHash } = decodeJournal(file, bytes);
    if (goodBytes < bytes.length) {
      onDisk(file, 'cut off the torn last line of the journal', () => {
        ftruncateSync(descriptor, goodBytes);
        fdatasyncSync(descriptor);
      });
    }
    return openJournal({ run, file, clock, descriptor, size: goodBytes, seq: entries.length, lastHash });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Reads a journal without changing it. Throws as `decodeJournal` does. */
export function readJournal(run: RunId, file: string): ReadJournal {
  const bytes = onDisk(file, 'read the journal', () => readFileSync(file));
  const { entries, goodBytes } = decodeJournal(file, bytes);
  return { run, file, entries, tornLastLine: goodBytes < bytes.length };
}

function openJournal(begun: {
  readonly run: RunId;
  readonly file: string;
  readonly clock: () => number;
  readonly descriptor: number;
  readonly size: number;
  readonly seq: number;
  readonly lastHash: string;
}): OpenJournal {
  const { run, file, clock, descriptor } = begun;
  let { size, seq, lastHash } = begun;
  let open = true;
  let leftover = false;

  const cutBack = (): void => {
    ftruncateSync(descriptor, size);
    fdatasyncSync(descriptor);
    leftover = false;
  };

  return {
    run,
    file,
    append(entry: NewEntry): JournalEntry {
      if (!open) throw new BugError(`the journal of run ${run} is closed`);
      if ((seq === 0) !== (entry.what === 'run-began')) throw new BugError(`"${entry.what}" as entry ${seq + 1}`);
      const written = { ...entry, seq: seq + 1, at: new Date(clock()).toISOString(), previous: lastHash };
      const { bytes, hash } = encodeLine(written);
      onDisk(file, 'write to the journal', () => {
        if (leftover) cutBack();
        if (fstatSync(descriptor).size !== size) {
          const reason = 'something else changed the file while the run went on';
          throw new ProblemError('journal-damaged', { file, line: seq + 1, reason });
        }
        try {
          writeWhole(descriptor, bytes, size);
          fdatasyncSync(descriptor);
        } catch (error) {
          leftover = true;
          // The first error is the one to tell; if taking back fails too, the next append tries again before it writes.
          try {
            cutBack();
          } catch {}
          throw error;
        }
      });
      size += bytes.length;
      seq += 1;
      lastHash = hash;
      return written;
    },
    close(): void {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

/** Writes a line in one call. A disk that is nearly full takes a part of it and gives the reason only to the next call. */
function writeWhole(descriptor: number, bytes: Buffer, position: number): void {
  const written = writeSync(descriptor, bytes, 0, bytes.length, position);
  if (written === bytes.length) return;
  const rest = writeSync(descriptor, bytes, written, bytes.length - written, position + written);
  if (written + rest !== bytes.length) {
    throw Object.assign(new Error(`only ${written + rest} of ${bytes.length} bytes were written`), { code: 'EIO' });
  }
}
