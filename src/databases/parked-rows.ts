/**
 * The files of parked rows, written and read in pieces, so that a table of any size takes the same memory.
 *
 * A file is lines, one per row, each ended by a line feed. Cells are separated by tabs. A cell is `\N` for NULL, else bytes in which a
 * backslash, tab, line feed and carriage return are written `\\`, `\t`, `\n`, `\r`. What the bytes mean is the engine's: PostgreSQL's are
 * exactly its `COPY` text format (https://www.postgresql.org/docs/current/sql-copy.html), SQLite's begin with a letter for the storage class
 * (`i42`, `r0.5`, `t…`, `b<hex>`), MySQL's follow the column's class (text in the column's own character set, or hex). The manifest of
 * the set names columns, number of rows, and SHA-256.
 */
import { createHash, hash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { ProblemError } from '../domain/problem.ts';

const LINE_FEED = 0x0a;
const TAB = 0x09;
const BACKSLASH = 0x5c;
const CARRIAGE_RETURN = 0x0d;
/** Bytes held before they go to the disk, or read from it at once. */
const PIECE = 1 << 18;

/** A file of rows, as its manifest describes it. */
export interface RowsFile {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly sum: string;
}

/** Writes one file. */
export interface RowsWriter {
  /** One line, without its line feed. */
  line(line: Buffer): void;
  /** Any bytes of lines as they come. */
  piece(bytes: Buffer): void;
  /** Syncs and closes. Throws `disk`. */
  end(): RowsFile;
  /** Closes after a failure. */
  drop(): void;
}

/** A sum over lines that does not depend on their order: four 32-bit sums of the first 16 bytes of each line's SHA-256. */
export function lineSum() {
  const sums = new Uint32Array(4);
  let rows = 0;
  return {
    add(line: Buffer): void {
      // As a string of bytes: a buffer for each line would cost twice what the digest does.
      const digest = hash('sha256', line, 'binary');
      for (let at = 0; at < 4; at++) sums[at] = (sums[at] ?? 0) + wordAt(digest, at * 4);
      rows += 1;
    },
    end: (): { readonly rows: number; readonly sum: string } => ({
      rows,
      sum: [...sums].map(each => each.toString(16).padStart(8, '0')).join(''),
    }),
  };
}

/** Four bytes of a string of bytes, the least first. */
const wordAt = (bytes: string, at: number): number =>
  bytes.charCodeAt(at) |
  (bytes.charCodeAt(at + 1) << 8) |
  (bytes.charCodeAt(at + 2) << 16) |
  (bytes.charCodeAt(at + 3) << 24);

/** Splits pieces into lines. `line` gets a view that is valid only during the call. */
export function lineSplitter(line: (bytes: Buffer) => void) {
  let rest: Buffer[] = [];
  return {
    push(piece: Buffer): void {
      let start = 0;
      for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
        const last = piece.subarray(start, end);
        line(rest.length === 0 ? last : Buffer.concat([...rest, last]));
        rest = [];
        start = end + 1;
      }
      // Copied: drivers use their buffers again.
      if (start < piece.length) rest.push(Buffer.from(piece.subarray(start)));
    },
    /** True when the last line was ended. */
    isWhole: (): boolean => rest.length === 0,
  };
}

/** Begins a file, mode 0600; one that a killed run left there is replaced. */
export function writeRows(file: string): RowsWriter {
  const doing = 'parking what the run would destroy';
  const descriptor = onDisk(file, doing, () => openSync(file, 'w', 0o600));
  const sha = createHash('sha256');
  const sum = lineSum();
  const splitter = lineSplitter(sum.add);
  const held = Buffer.allocUnsafe(PIECE);
  let [size, bytes] = [0, 0];
  const out = (piece: Buffer): void => {
    sha.update(piece);
    bytes += piece.length;
    onDisk(file, doing, () => writeWhole(descriptor, piece));
  };
  const flush = (): void => {
    if (size > 0) out(held.subarray(0, size));
    size = 0;
  };
  const hold = (piece: Buffer): void => {
    if (size + piece.length > PIECE) flush();
    if (piece.length > PIECE) out(piece);
    else size += piece.copy(held, size);
  };
  return {
    line(line) {
      sum.add(line);
      hold(line);
      hold(END);
    },
    piece(piece) {
      splitter.push(piece);
      hold(piece);
    },
    end() {
      flush();
      onDisk(file, doing, () => fsyncSync(descriptor));
      closeSync(descriptor);
      return { ...sum.end(), bytes, sha256: sha.digest('hex') };
    },
    drop: () => closeSync(descriptor),
  };
}

const END = Buffer.of(LINE_FEED);

/** Reads a file line by line, all in this turn of the event loop. Lines are valid only during the call. Throws `disk` when it is cut short. */
export function readRowsSync(file: string, line: (bytes: Buffer) => void): void {
  const splitter = lineSplitter(line);
  const descriptor = onDisk(file, READING, () => openSync(file, 'r'));
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE);
      const length = onDisk(file, READING, () => readSync(descriptor, piece, 0, PIECE, null));
      if (length === 0) break;
      splitter.push(piece.subarray(0, length));
    }
  } finally {
    closeSync(descriptor);
  }
  if (!splitter.isWhole()) throw damaged(file, 'its last line is not ended');
}

/** Reads a file in pieces. */
export const readPieces = (file: string): NodeJS.ReadableStream => createReadStream(file, { highWaterMark: PIECE });

/** Reads a file again and compares it with what its manifest says. Throws `disk` when it is not that file. */
export function verifyRows(file: string, wanted: RowsFile): void {
  const sha = createHash('sha256');
  const descriptor = onDisk(file, READING, () => openSync(file, 'r'));
  const piece = Buffer.allocUnsafe(PIECE);
  let [bytes, rows] = [0, 0];
  try {
    for (;;) {
      const length = onDisk(file, READING, () => readSync(descriptor, piece, 0, PIECE, null));
      if (length === 0) break;
      const read = piece.subarray(0, length);
      sha.update(read);
      bytes += length;
      for (let end = read.indexOf(LINE_FEED); end >= 0; end = read.indexOf(LINE_FEED, end + 1)) rows += 1;
    }
  } finally {
    closeSync(descriptor);
  }
  if (bytes !== wanted.bytes || rows !== wanted.rows || sha.digest('hex') !== wanted.sha256)
    throw damaged(file, 'it does not hold what was written to it');
}

const READING = 'reading parked data';

/** A file of parked data that cannot be trusted. */
export const damaged = (file: string, said: string): ProblemError =>
  new ProblemError('disk', { path: file, doing: READING, said });

/** Escapes one cell that is not NULL. */
export function escapeCell(bytes: Buffer): Buffer {
  let extra = 0;
  // By index: an iterator takes three times as long, and this sees every byte of a table.
  for (let index = 0; index < bytes.length; index++) if (isSpecial(bytes[index] ?? 0)) extra += 1;
  if (extra === 0) return bytes;
  const escaped = Buffer.allocUnsafe(bytes.length + extra);
  let at = 0;
  for (const byte of bytes) {
    if (!isSpecial(byte)) escaped[at++] = byte;
    else {
      escaped[at++] = BACKSLASH;
      escaped[at++] = letterOf(byte);
    }
  }
  return escaped;
}

const isSpecial = (byte: number): boolean =>
  byte === BACKSLASH || byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN;

// b \ t n r
const letterOf = (byte: number): number =>
  byte === TAB ? 0x74 : byte === LINE_FEED ? 0x6e : byte === CARRIAGE_RETURN ? 0x72 : byte;

/** The cells of a line; null is NULL. Buffers may be views of the line. */
export function cellsOf(line: Buffer): (Buffer | null)[] {
  const cells: (Buffer | null)[] = [];
  let start = 0;
  for (;;) {
    const tab = line.indexOf(TAB, start);
    const raw = line.subarray(start, tab === -1 ? line.length : tab);
    if (!raw.includes(BACKSLASH)) cells.push(raw);
    else cells.push(raw.length === 2 && raw[1] === 0x4e ? null : unescaped(raw));
    if (tab === -1) return cells;
    start = tab + 1;
  }
}

function unescaped(raw: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(raw.length);
  let size = 0;
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at] ?? 0;
    if (byte !== BACKSLASH) bytes[size++] = byte;
    else {
      at += 1;
      const letter = raw[at] ?? 0;
      bytes[size++] = letter === 0x74 ? TAB : letter === 0x6e ? LINE_FEED : letter === 0x72 ? CARRIAGE_RETURN : letter;
    }
  }
  return bytes.subarray(0, size);
}

/** NULL, and what stands between cells. */
export const NULL_CELL = Buffer.from('\\N');
export const BETWEEN = Buffer.of(TAB);

/** Does something with the disk; an error of the system becomes ProblemError `disk`. */
export function onDisk<T>(path: string, doing: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error) || typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    throw new ProblemError('disk', { path, doing, said: error.message }, { cause: error });
  }
}

/** A disk that is nearly full takes a part, and gives the reason only to the next call. */
function writeWhole(descriptor: number, piece: Buffer): void {
  for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at);
}
