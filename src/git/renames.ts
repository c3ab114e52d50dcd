/**
 * Recognises renames within one commit against one parent, after the walk (git's own detection would slow the walk two to three
 * times, and would read blobs that a partial clone has not).
 *
 * First files with the same blob are paired, then files whose lines are alike by half or more. A pair becomes one `renamed`
 * sighting of the new path; the `deleted` sighting of the old path stays, so that each path's life story is complete by itself.
 * In a merge, lines are compared only for files that no parent has: what a parent has was judged in the commit that made it.
 */
import { basename } from 'node:path';
import type { Oid } from '../domain/sighting.ts';
import type { FileChange } from './parse-log.ts';

/** Share of equal lines, in percent, from which two files count as one renamed. */
const SIMILAR = 50;

/** Larger files are not compared by lines: no one writes them by hand. In bytes. */
export const COMPARED_AT_MOST = 1_000_000;

/** More pairs in one commit are not compared by lines: a mass change, in which likeness says nothing. */
const PAIRS_AT_MOST = 40_000;

/** A new path and the deleted path it came from. */
export interface Rename {
  readonly to: FileChange;
  readonly from: FileChange;
  readonly similarity: number;
}

/** What is left to compare by lines. */
export interface OpenQuestion {
  readonly deleted: readonly FileChange[];
  readonly added: readonly FileChange[];
}

/** Pairs files with the same bytes, those of the same name first. */
export function pairSameBlobs(files: readonly FileChange[]): { renames: readonly Rename[]; open: OpenQuestion } {
  const deleted = files.filter(file => file.after === null && file.before !== null);
  const added = files.filter(file => file.before === null && file.after !== null);
  if (deleted.length === 0 || added.length === 0) return { renames: [], open: { deleted: [], added: [] } };
  const byBlob = Map.groupBy(deleted, file => file.before);
  const renames: Rename[] = [];
  const paired = new Set<FileChange>();
  for (const sameName of [true, false]) {
    for (const to of added) {
      if (paired.has(to)) continue;
      const candidates = byBlob.get(to.after) ?? [];
      const from = candidates.find(
        file => !paired.has(file) && (!sameName || basename(file.path) === basename(to.path)),
      );
      if (from === undefined) continue;
      paired.add(to).add(from);
      renames.push({ to, from, similarity: 100 });
    }
  }
  const open = { deleted: deleted.filter(file => !paired.has(file)), added: added.filter(file => !paired.has(file)) };
  return { renames, open };
}

/** Blobs that must be read to answer; none when there is nothing to pair, or too much. */
export function blobsToRead(open: OpenQuestion): readonly Oid[] {
  if (open.deleted.length * open.added.length > PAIRS_AT_MOST || open.deleted.length === 0 || open.added.length === 0)
    return [];
  return [...open.deleted.map(file => file.before), ...open.added.map(file => file.after)].filter(oid => oid !== null);
}

/** Pairs files by their lines, the likest first. Blobs without lines (not here, too large) are not paired. */
export function pairSimilar(open: OpenQuestion, linesOf: (blob: Oid) => Lines | undefined): readonly Rename[] {
  const candidates: Rename[] = [];
  for (const to of open.added) {
    const after = linesOf(to.after ?? '');
    if (after === undefined) continue;
    for (const from of open.deleted) {
      const before = linesOf(from.before ?? '');
      if (before === undefined) continue;
      const similarity = similarityOf(before, after);
      if (similarity >= SIMILAR) candidates.push({ to, from, similarity });
    }
  }
  candidates.sort(
    (a, b) => b.similarity - a.similarity || sameNameFirst(a, b) || order(a.to, b.to) || order(a.from, b.from),
  );
  const paired = new Set<FileChange>();
  return candidates.filter(({ to, from }) => {
    if (paired.has(to) || paired.has(from)) return false;
    paired.add(to).add(from);
    return true;
  });
}

/** Sorted hashes of a file's lines: enough to count equal ones. Blank lines do not count, nor do blanks at a line's end. */
export type Lines = Int32Array;

/** A file's lines. */
export function linesIn(bytes: Buffer): Lines {
  const hashes: number[] = [];
  let hash = 0;
  let pendingBlanks = 0;
  for (const byte of bytes) {
    if (byte === 0x0a) {
      if (hash !== 0) hashes.push(hash);
      hash = 0;
      pendingBlanks = 0;
    } else if (byte === 0x20 || byte === 0x09 || byte === 0x0d) pendingBlanks++;
    else {
      for (; pendingBlanks > 0; pendingBlanks--) hash = Math.imul(hash, 31) + 1;
      hash = (Math.imul(hash ^ byte, 0x01000193) + 0x9e3779b9) | 0;
    }
  }
  if (hash !== 0) hashes.push(hash);
  return Int32Array.from(hashes).sort();
}

/** Equal lines of two files in percent of the longer one's lines; at most 99, for the bytes differ. */
export function similarityOf(one: Lines, other: Lines): number {
  const longer = Math.max(one.length, other.length);
  if (longer === 0) return 0;
  let equal = 0;
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const left = one[i] ?? 0;
    const right = other[j] ?? 0;
    if (left === right) equal++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return Math.min(99, Math.floor((100 * equal) / longer));
}

const order = (a: FileChange, b: FileChange): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
const sameNameFirst = (a: Rename, b: Rename): number => Number(hasSameName(b)) - Number(hasSameName(a));
const hasSameName = ({ from, to }: Rename): boolean => basename(from.path) === basename(to.path);
