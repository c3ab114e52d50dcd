/**
 * Paths as git stores them are bytes; here they are strings. A byte that is no part of valid UTF-8 becomes a lone surrogate,
 * U+DC80 to U+DCFF, and comes back as the same byte (the "surrogateescape" of Python's PEP 383).
 */
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';

const ESCAPE = 0xdc00;

/** Bytes to path. Never fails; `encodePath` gives the same bytes back. */
export function decodePath(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let path = '';
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      path += String.fromCharCode(ESCAPE + (bytes[at] ?? 0));
      at += 1;
    } else {
      path += bytes.toString('utf8', at, at + length);
      at += length;
    }
  }
  return path;
}

/** Path to bytes. */
export function encodePath(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path);
  const parts: Buffer[] = [];
  for (const character of path) {
    const code = character.charCodeAt(0);
    const escaped = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    parts.push(escaped ? Buffer.of(code - ESCAPE) : Buffer.from(character));
  }
  return Buffer.concat(parts);
}

/** A path of the repository, below a folder, as the file system wants it: a string where it can be one, else bytes. */
export function diskPath(folder: string, path: string): string | Buffer {
  return path.isWellFormed() ? join(folder, path) : Buffer.concat([Buffer.from(`${folder}/`), encodePath(path)]);
}

function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  // isUtf8 knows the forbidden second bytes (overlong forms, surrogates, beyond U+10FFFF).
  return length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
