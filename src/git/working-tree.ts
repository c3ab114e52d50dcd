/** The user's working tree: which migration files lie there, what they say. Read only, but for `writeNew`. */
import { isAscii } from 'node:buffer';
import { hash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import type { Oid } from '../domain/sighting.ts';
import type { TakenFile, WorkingFile } from './contract.ts';
import { decodePath, diskPath } from './path-bytes.ts';
import { pathspecMatcher } from './pathspec.ts';
import type { Place } from './place.ts';

/** See `Repository.workingFiles`. */
export async function workingFiles(
  place: Place,
  pathspecs: readonly string[],
  alsoIn: readonly string[],
): Promise<readonly WorkingFile[]> {
  if (pathspecs.length === 0) return [];
  const known = ['ls-files', '-z', '-t', '--cached', '--others', '--exclude-standard', '--', ...pathspecs];
  const listed = await place.git.bytes(known);
  const isThere = presence(place.root);
  const matches = pathspecMatcher(pathspecs);
  // Plain ASCII, as nearly always, needs no decoding path by path.
  const isPlain = isAscii(listed);
  const files = new Map<string, boolean>();
  for (const { tag, bytes } of entries(listed))
    if (isThere(bytes)) files.set(isPlain ? bytes : decodePath(Buffer.from(bytes, 'latin1')), tag !== '?');
  // What lies in these folders and was not listed is ignored.
  for (const path of alsoIn.flatMap(folder => filesIn(place.root, folder))) {
    if (!files.has(path) && matches(path)) files.set(path, false);
  }
  return Array.from(files, ([path, tracked]) => ({ path, tracked })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Paths of the regular files in one folder, `.` for the root. */
function filesIn(root: string, folder: string): readonly string[] {
  const below = folder === '.' ? '' : `${folder}/`;
  const names = regularFilesIn(Buffer.from(diskPath(root, folder)));
  return [...names].map(name => `${below}${decodePath(Buffer.from(name, 'latin1'))}`);
}

/** `<tag> <path>NUL`, see git-ls-files(1), `-t`; `?` is an untracked file. Paths as one character per byte. */
function entries(output: Buffer): { tag: string; bytes: string }[] {
  return output
    .toString('latin1')
    .split('\0')
    .flatMap(entry => (entry === '' ? [] : [{ tag: entry.charAt(0), bytes: entry.slice(2) }]));
}

/** Is a regular file there? One listing per folder answers for all its files: 1,500 calls of lstat would take some 8 ms. */
function presence(root: string): (path: string) => boolean {
  const folders = new Map<string, ReadonlySet<string>>();
  return path => {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(slash, 0));
    let names = folders.get(folder);
    if (names === undefined) {
      names = regularFilesIn(Buffer.from(`${Buffer.from(root).toString('latin1')}/${folder}`, 'latin1'));
      folders.set(folder, names);
    }
    if (names.has(path.slice(slash + 1))) return true;
    // A file system that folds case or normalises names lists another spelling than it accepts.
    const full = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
    return names.size > 0 && lstatSync(full, { throwIfNoEntry: false })?.isFile() === true;
  };
}

function regularFilesIn(folder: Buffer): ReadonlySet<string> {
  try {
    // One character per byte, as in the paths asked for.
    const found = readdirSync(folder, { withFileTypes: true, encoding: 'latin1' as 'utf8' });
    return new Set(found.flatMap(entry => (entry.isFile() ? [entry.name] : [])));
  } catch {
    return new Set();
  }
}

/** See `Repository.readWorking`. */
export function readWorking(place: Place, path: string): string | null {
  return bytesOf(place, path)?.toString('utf8') ?? null;
}

/** See `Repository.hashWorking`. */
export function hashWorking(place: Place, paths: readonly string[]): ReadonlyMap<string, Oid> {
  const oids = new Map<string, Oid>();
  for (const path of paths) {
    const bytes = bytesOf(place, path);
    if (bytes !== null) oids.set(path, blobId(place, bytes));
  }
  return oids;
}

/** See `Repository.takeWorking`. */
export function takeWorking(
  place: Place,
  paths: readonly string[],
  most: { readonly one: number; readonly all: number },
): ReadonlyMap<string, TakenFile> {
  const taken = new Map<string, TakenFile>();
  let left = most.all;
  for (const path of paths) {
    const bytes = bytesOf(place, path);
    const stat = bytes === null ? undefined : lstatSync(diskPath(place.root, path), { throwIfNoEntry: false });
    if (bytes === null || stat === undefined) continue;
    const plain = bytes.includes('\r\n') ? withLineFeeds(bytes) : null;
    const fits = bytes.length <= Math.min(most.one, left);
    if (fits) left -= bytes.length;
    taken.set(path, {
      blob: blobId(place, bytes),
      size: bytes.length,
      bytes: fits ? bytes : null,
      modifiedAt: stat.mtimeMs,
      withoutCr: plain === null ? null : { blob: blobId(place, plain), bytes: fits ? plain : null },
    });
  }
  return taken;
}

const withLineFeeds = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');

/** Git's id for a blob: the digest of `blob <length>NUL<bytes>`. */
export const blobId = (place: Pick<Place, 'objectFormat'>, bytes: Uint8Array): Oid =>
  hash(place.objectFormat, Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]), 'hex');

/** Bytes of a file in the working tree; null when there is none, it is no regular file, or a link leads out of the tree. */
export function bytesOf(place: Place, path: string): Buffer | null {
  const full = diskPath(place.root, path);
  try {
    if (!lstatSync(full).isFile() || !staysInside(place.root, full)) return null;
    return readFileSync(full);
  } catch {
    return null;
  }
}

/** A folder on the way may be a link that leads out of the tree; then the file is not one of this repository. */
function staysInside(root: string, full: string | Buffer): boolean {
  const folder = dirname(typeof full === 'string' ? full : full.toString('latin1'));
  const real = realpathSync.native(typeof full === 'string' ? folder : Buffer.from(folder, 'latin1'));
  return real === root || real.startsWith(root + sep);
}
