/** The text of a journal: one entry to one line, and a whole file back to entries, with its chain of hashes checked. */
import { createHash } from 'node:crypto';
import { ProblemError } from '../domain/problem.ts';
import { JOURNAL_FORMAT, type JournalEntry, type NewEntry } from '../domain/run.ts';

/** `previous` of the first line. */
export const NO_LINE_BEFORE = '0'.repeat(64);

const LINE_FEED = 0x0a;

// As a record, so that an entry type added to the union and forgotten here does not compile.
const KNOWN: Readonly<Record<NewEntry['what'], true>> = {
  'run-began': true,
  resumed: true,
  'backup-made': true,
  'backup-declined': true,
  parked: true,
  'parking-declined': true,
  'put-back-intended': true,
  'put-back': true,
  'restore-intended': true,
  restored: true,
  'worktree-made': true,
  'step-intended': true,
  'process-started': true,
  'process-ended': true,
  'step-done': true,
  'step-failed': true,
  stopped: true,
  finished: true,
  aborted: true,
};

/** What a journal's bytes say. */
export interface JournalText {
  readonly entries: readonly JournalEntry[];
  /** Bytes up to and with the last good line's line feed; what follows is a line that was never finished. */
  readonly goodBytes: number;
  /** SHA-256 of the last good line: `previous` of the next. */
  readonly lastHash: string;
}

/** The line of one entry with its line feed, and the hash the next line must name. */
export function encodeLine(entry: JournalEntry): { readonly bytes: Buffer; readonly hash: string } {
  const { seq, at, previous, ...rest } = entry;
  const line = Buffer.from(JSON.stringify({ seq, at, previous, ...rest }));
  return { bytes: Buffer.concat([line, Buffer.of(LINE_FEED)]), hash: hashOf(line) };
}

/**
 * Reads a journal. A last line without line feed, or with zero bytes in it (blocks that a power loss kept from the disk), is one
 * that was being written when we died: `append` had not returned, nothing was done on its strength, and it is left out.
 * Throws `journal-damaged` for anything else that does not fit, `journal-too-new` for a format of a later Tidemark.
 */
export function decodeJournal(file: string, bytes: Buffer): JournalText {
  const entries: JournalEntry[] = [];
  let start = 0;
  let lastHash = NO_LINE_BEFORE;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    const line = bytes.subarray(start, end);
    const number = entries.length + 1;
    const value = parseLine(line);
    if (value === undefined && end === bytes.length - 1 && line.includes(0)) break;
    const reason = value === undefined ? 'it is not JSON' : whatIsWrong(file, value, number, lastHash);
    if (reason !== null) throw new ProblemError('journal-damaged', { file, line: number, reason });
    entries.push(value as JournalEntry);
    lastHash = hashOf(line);
    start = end + 1;
  }
  return { entries, goodBytes: start, lastHash };
}

const hashOf = (line: Buffer): string => createHash('sha256').update(line).digest('hex');

/** The line's JSON value; undefined (which JSON cannot say) when it is none. */
function parseLine(line: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line));
  } catch {
    return undefined;
  }
}

/** Why a line cannot stand where it stands, as a clause; null when it can. */
function whatIsWrong(file: string, value: unknown, number: number, previous: string): string | null {
  if (typeof value !== 'object' || value === null) return 'it is not an entry';
  const line = value as Readonly<Record<string, unknown>>;
  // Before all else: a later format may differ in everything but this.
  if (number === 1 && line['what'] === 'run-began' && Number(line['format']) > JOURNAL_FORMAT) {
    throw new ProblemError('journal-too-new', { file, format: Number(line['format']) });
  }
  if (line['seq'] !== number)
    return `its number is ${JSON.stringify(line['seq']) ?? 'missing'} where ${number} belongs`;
  if (line['previous'] !== previous) return 'it does not follow the line before it: one of the two was changed';
  if (typeof line['at'] !== 'string' || Number.isNaN(Date.parse(line['at']))) return 'it has no time';
  const what = line['what'];
  if (typeof what !== 'string' || !Object.hasOwn(KNOWN, what)) return 'it is an entry of an unknown kind';
  if ((number === 1) !== (what === 'run-began')) {
    return number === 1 ? 'it is the first and does not begin a run' : 'it begins a run a second time';
  }
  if (number === 1 && line['format'] !== JOURNAL_FORMAT) return 'it does not say which format the journal has';
  return null;
}
