/** What is asked of working-tree files at every look (their blob ids, their checksums): a file that has not changed is not read again. */
import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import type { Oid } from '../domain/sighting.ts';
import type { CacheFolder } from './cache-folder.ts';
import { diskPath } from './path-bytes.ts';
import type { Place } from './place.ts';
import { bytesOf, hashWorking } from './working-tree.ts';

/** A file that was changed within this time of being read may change again without its times telling (git calls such an entry racy). */
const RACY_MS = 2000;

type Known = Record<string, readonly [mark: string, blob: Oid]>;

/** See `Repository.hashKnown`. `now` is milliseconds since 1970. */
export function hashKnown(
  place: Place,
  cache: CacheFolder,
  paths: readonly string[],
  now: number,
): ReadonlyMap<string, Oid> {
  if (paths.length === 0) return new Map();
  const file = `disk-${createHash('sha256').update(place.root).digest('hex').slice(0, 16)}`;
  const known = parsed<Known>(cache.read(file));
  const marks = new Map(paths.flatMap(path => markOf(place, path, now) ?? []));
  const unknown = [...marks].filter(([path, { mark }]) => known[path]?.[0] !== mark).map(([path]) => path);
  const hashed = hashWorking(place, unknown);
  const blobs = new Map<string, Oid>();
  const next: Known = {};
  for (const [path, { mark, settled }] of marks) {
    const blob = hashed.get(path) ?? (unknown.includes(path) ? undefined : known[path]?.[1]);
    if (blob === undefined) continue;
    blobs.set(path, blob);
    if (settled) next[path] = [mark, blob];
  }
  if (unknown.some(path => next[path] !== undefined)) cache.write(file, Buffer.from(JSON.stringify(next)));
  return blobs;
}

type Answers = Record<string, readonly [mark: string, question: string, answer: string]>;

/** See `Repository.workedOut`. `now` is milliseconds since 1970. */
export function workedOut<A extends string>(
  place: Place,
  cache: CacheFolder,
  kind: string,
  asked: ReadonlyMap<string, string>,
  answer: (path: string, question: string, bytes: Uint8Array) => A,
  now: number,
): ReadonlyMap<string, A> {
  if (asked.size === 0) return new Map();
  const file = `answers-${createHash('sha256').update(`${kind}\n${place.root}`).digest('hex').slice(0, 16)}`;
  const known = parsed<Answers>(cache.read(file));
  const answers = new Map<string, A>();
  const next: Answers = {};
  let isNew = false;
  for (const [path, question] of asked) {
    const [seen] = markOf(place, path, now) ?? [];
    if (seen === undefined) continue;
    const [, { mark, settled }] = seen;
    const old = known[path];
    const isKnown = old !== undefined && old[0] === mark && old[1] === question;
    const bytes = isKnown ? null : bytesOf(place, path);
    if (!isKnown && bytes === null) continue;
    const own = bytes === null ? (old?.[2] as A) : answer(path, question, bytes);
    answers.set(path, own);
    if (settled) next[path] = [mark, question, own];
    isNew ||= settled && !isKnown;
  }
  if (isNew) cache.write(file, Buffer.from(JSON.stringify(next)));
  return answers;
}

type Mark = readonly [path: string, seen: { readonly mark: string; readonly settled: boolean }];

function markOf(place: Place, path: string, now: number): [Mark] | null {
  const stat = lstatSync(diskPath(place.root, path), { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return null;
  const { dev, ino, size, mtimeNs, ctimeNs } = stat;
  const settled = Number(ctimeNs / 1_000_000n) < now - RACY_MS && Number(mtimeNs / 1_000_000n) < now - RACY_MS;
  return [[path, { mark: [dev, ino, size, mtimeNs, ctimeNs].join(' '), settled }]];
}

function parsed<T extends Record<string, readonly string[]>>(bytes: Buffer | null): T {
  try {
    const known: unknown = JSON.parse(bytes?.toString('utf8') ?? '{}');
    const sound =
      typeof known === 'object' &&
      known !== null &&
      Object.values(known).every(entry => Array.isArray(entry) && entry.every(each => typeof each === 'string'));
    return sound ? (known as T) : ({} as T);
  } catch {
    return {} as T;
  }
}
