/**
 * A walked history as bytes: quick to read for ten thousand sightings.
 *
 * One line `tidemark walk 1 <SHA-256 of the rest>LF`, then four unsigned 32-bit lengths (big endian) and four parts:
 * JSON (`key`, numbers of commits and tips, committer dates), object ids in hex without separators, all other texts as a JSON
 * array, and 32-bit numbers (little endian) that point into the two. -1 stands for null. A file with another format number,
 * another key or a wrong sum is not read: the walk is made anew.
 */
import { createHash } from 'node:crypto';
import type { CommitInfo, Oid, Sighting } from '../domain/sighting.ts';

export const CACHE_FORMAT = 2;

/** What the cache remembers: the tips a walk began from, and what it saw. */
export interface RememberedWalk {
  readonly tips: readonly Oid[];
  readonly sightings: readonly Sighting[];
  readonly commits: ReadonlyMap<Oid, CommitInfo>;
}

const CHANGES = ['added', 'edited', 'renamed', 'deleted'] as const;
/** Numbers per commit, before its parents, and per sighting. */
const COMMIT = 6;
const SIGHTING = 9;

interface Facts {
  readonly key: string;
  readonly oidLength: number;
  readonly tips: number;
  readonly committedAt: readonly number[];
}

const firstLine = (rest: Buffer): string =>
  `tidemark walk ${CACHE_FORMAT} ${createHash('sha256').update(rest).digest('hex')}\n`;

/** A walk as bytes. `key` says what it is a walk of. */
export function encodeWalk(key: string, walk: RememberedWalk): Buffer {
  const oids = numbering();
  const texts = numbering();
  const numbers: number[] = [];
  for (const tip of walk.tips) numbers.push(oids.of(tip));
  const commitNumbers = new Map<Oid, number>();
  for (const commit of walk.commits.values()) {
    commitNumbers.set(commit.oid, commitNumbers.size);
    numbers.push(oids.of(commit.oid), texts.of(commit.author), texts.of(commit.email), texts.of(commit.date));
    numbers.push(texts.of(commit.subject), commit.parents.length, ...commit.parents.map(oids.of));
  }
  for (const seen of walk.sightings) {
    numbers.push(
      commitNumbers.get(seen.commit) ?? -1,
      seen.parent === null ? -1 : oids.of(seen.parent),
      texts.of(seen.path),
      CHANGES.indexOf(seen.change),
      oids.of(seen.blob),
      seen.before === null ? -1 : oids.of(seen.before),
      seen.from === null ? -1 : texts.of(seen.from),
      seen.similarity ?? -1,
      seen.merge ? 1 : 0,
    );
  }
  const facts: Facts = {
    key,
    oidLength: oids.all()[0]?.length ?? 40,
    tips: walk.tips.length,
    committedAt: Array.from(walk.commits.values(), commit => commit.committedAt),
  };
  const parts = [
    Buffer.from(JSON.stringify(facts)),
    Buffer.from(oids.all().join(''), 'latin1'),
    Buffer.from(JSON.stringify(texts.all())),
    Buffer.from(Int32Array.from(numbers).buffer),
  ];
  const lengths = Buffer.alloc(16);
  for (const [index, part] of parts.entries()) lengths.writeUInt32BE(part.length, index * 4);
  const rest = Buffer.concat([lengths, ...parts]);
  return Buffer.concat([Buffer.from(firstLine(rest)), rest]);
}

/** Reads it back; null when the bytes are damaged, of another format, or of another key. */
export function decodeWalk(key: string, bytes: Buffer): RememberedWalk | null {
  const lineEnd = bytes.indexOf(0x0a) + 1;
  const rest = bytes.subarray(lineEnd);
  if (lineEnd === 0 || rest.length < 16 || bytes.toString('latin1', 0, lineEnd) !== firstLine(rest)) return null;
  const parts: Buffer[] = [];
  let at = 16;
  for (let index = 0; index < 4; index++) {
    const length = rest.readUInt32BE(index * 4);
    parts.push(rest.subarray(at, at + length));
    at += length;
  }
  const [json, hex, texts, numbers] = parts;
  if (json === undefined || hex === undefined || texts === undefined || numbers === undefined) return null;
  const facts: Facts = JSON.parse(json.toString('utf8'));
  if (facts.key !== key) return null;
  return rebuild(facts, hex.toString('latin1'), JSON.parse(texts.toString('utf8')), numbersIn(numbers));
}

function rebuild(facts: Facts, hex: string, texts: readonly string[], numbers: Int32Array): RememberedWalk {
  const oids: Oid[] = [];
  for (let at = 0; at < hex.length; at += facts.oidLength) oids.push(hex.slice(at, at + facts.oidLength));
  // Plain loops without functions in between: this runs once, before anything is compiled, and ten thousand times.
  let at = 0;
  const tips: Oid[] = [];
  for (; at < facts.tips; at++) tips.push(oids[numbers[at] ?? -1] ?? '');
  const commits = new Map<Oid, CommitInfo>();
  const commitOids: Oid[] = [];
  for (const committedAt of facts.committedAt) {
    const oid = oids[numbers[at] ?? -1] ?? '';
    const author = texts[numbers[at + 1] ?? -1] ?? '';
    const email = texts[numbers[at + 2] ?? -1] ?? '';
    const date = texts[numbers[at + 3] ?? -1] ?? '';
    const subject = texts[numbers[at + 4] ?? -1] ?? '';
    const parents: Oid[] = [];
    const end = at + COMMIT + (numbers[at + 5] ?? 0);
    for (at += COMMIT; at < end; at++) parents.push(oids[numbers[at] ?? -1] ?? '');
    commits.set(oid, { oid, parents, author, email, date, committedAt, subject });
    commitOids.push(oid);
  }
  const sightings: Sighting[] = [];
  for (; at + SIGHTING <= numbers.length; at += SIGHTING) {
    const similarity = numbers[at + 7] ?? -1;
    sightings.push({
      commit: commitOids[numbers[at] ?? -1] ?? '',
      parent: oids[numbers[at + 1] ?? -1] ?? null,
      path: texts[numbers[at + 2] ?? -1] ?? '',
      change: CHANGES[numbers[at + 3] ?? -1] ?? 'edited',
      blob: oids[numbers[at + 4] ?? -1] ?? '',
      before: oids[numbers[at + 5] ?? -1] ?? null,
      from: texts[numbers[at + 6] ?? -1] ?? null,
      similarity: similarity === -1 ? null : similarity,
      merge: numbers[at + 8] === 1,
    });
  }
  return { tips, sightings, commits };
}

function numbersIn(bytes: Buffer): Int32Array {
  // A view needs an address that is a multiple of four.
  const copy = new Uint8Array(bytes);
  return new Int32Array(copy.buffer, 0, copy.length >> 2);
}

function numbering(): { of: (text: string) => number; all: () => string[] } {
  const numbers = new Map<string, number>();
  return {
    of(text) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, numbers.size);
      return numbers.size - 1;
    },
    all: () => [...numbers.keys()],
  };
}
