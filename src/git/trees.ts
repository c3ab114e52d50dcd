/** Questions about trees: what a commit holds, and which refs hold a path. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Oid } from '../domain/sighting.ts';
import type { BlobReader } from './blob-reader.ts';
import type { CacheFolder } from './cache-folder.ts';
import type { Holder } from './contract.ts';
import { factsOf } from './object-facts.ts';
import { decodePath, encodePath } from './path-bytes.ts';
import type { Place } from './place.ts';

/** Git knows these without having them stored. */
const EMPTY_TREE = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
} as const;

/** See `Repository.blobsAt`. */
export async function blobsAt(place: Place, commit: Oid, paths: readonly string[]): Promise<ReadonlyMap<string, Oid>> {
  const facts = await factsOf(
    place,
    paths.map(path => `${commit}:${path}`),
  );
  return new Map(
    paths.flatMap((path, index) => {
      const fact = facts[index];
      return fact?.type === 'blob' ? [[path, fact.oid]] : [];
    }),
  );
}

/** See `Repository.versionsAt`. */
export async function versionsAt(
  place: Place,
  commits: readonly Oid[],
  paths: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<Oid>>> {
  const pairs = commits.flatMap(commit => paths.map(path => ({ path, name: `${commit}:${path}` })));
  const facts = await factsOf(
    place,
    pairs.map(({ name }) => name),
  );
  const versions = new Map<string, Set<Oid>>();
  for (const [index, { path }] of pairs.entries()) {
    const fact = facts[index];
    if (fact?.type !== 'blob') continue;
    const known = versions.get(path);
    if (known === undefined) versions.set(path, new Set([fact.oid]));
    else known.add(fact.oid);
  }
  return versions;
}

/** See `Repository.filesAt`. `ls-tree` does not know pathspec magic, a comparison with the empty tree does. Links are left out. */
export async function filesAt(
  place: Place,
  commit: Oid,
  pathspecs: readonly string[],
): Promise<ReadonlyMap<string, Oid>> {
  if (pathspecs.length === 0) return new Map();
  const args = [
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-renames',
    '--no-abbrev',
    EMPTY_TREE[place.objectFormat],
    commit,
  ];
  const output = await place.git.bytes([...args, '--', ...pathspecs]);
  const files = new Map<string, Oid>();
  let at = 0;
  while (at < output.length) {
    const metaEnd = output.indexOf(0, at);
    const pathEnd = output.indexOf(0, metaEnd + 1);
    if (metaEnd === -1 || pathEnd === -1) break;
    const [, mode, , oid] = output.toString('latin1', at, metaEnd).split(' ');
    if (mode?.startsWith('100') === true && oid !== undefined)
      files.set(decodePath(output.subarray(metaEnd + 1, pathEnd)), oid);
    at = pathEnd + 1;
  }
  return files;
}

interface Ref {
  readonly name: string;
  readonly commit: Oid;
}

/**
 * See `Repository.holders`. Few folders, many refs: each ref's folder is looked up once, and each different folder tree is
 * read once, however many refs share it.
 */
export function holders(
  place: Place,
  trees: TreeReader,
  cache: CacheFolder,
): (paths: readonly string[]) => Promise<ReadonlyMap<string, readonly Holder[]>> {
  return async paths => {
    if (paths.length === 0) return new Map();
    const stand = await place.git.bytes(['for-each-ref', '--format=%(objectname) %(refname)', ...KINDS]);
    const file = `holders-${createHash('sha256').update(stand).digest('hex').slice(0, 32)}`;
    const known = remembered(cache.read(file));
    const unknown = [...new Set(paths)].filter(path => !known.has(path));
    if (unknown.length > 0) {
      for (const [path, held] of await lookUp(place, trees, await branchesAndTags(place), unknown))
        known.set(path, held);
      cache.write(file, sealed(JSON.stringify([...known])));
    }
    return new Map(
      paths.map(path => [path, (known.get(path) ?? []).map(([ref, commit, blob]) => ({ ref, commit, blob }))]),
    );
  };
}

/** For one path: who holds it, as it is remembered. */
type Held = readonly (readonly [ref: string, commit: Oid, blob: Oid])[];

const KINDS = ['refs/heads', 'refs/remotes', 'refs/tags'] as const;

/** Local and remote branches and tags, tags peeled; what is no commit is left out, and so are symbolic refs (`origin/HEAD`). */
async function branchesAndTags(place: Place): Promise<readonly Ref[]> {
  const format = '--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(symref) %(refname)';
  const said = await place.git.text(['for-each-ref', format, ...KINDS]);
  return said.split('\n').flatMap(line => {
    const [type, oid, peeledType, peeled, symref, name] = line.split(' ');
    if (name === undefined || symref !== '') return [];
    const commit = type === 'commit' ? oid : peeledType === 'commit' ? peeled : undefined;
    return commit === undefined ? [] : [{ name, commit }];
  });
}

async function lookUp(
  place: Place,
  trees: TreeReader,
  refs: readonly Ref[],
  paths: readonly string[],
): Promise<ReadonlyMap<string, Held>> {
  const commits = [...new Set(refs.map(ref => ref.commit))];
  const found = new Map(paths.map(path => [path, [] as [string, Oid, Oid][]]));
  for (const [folder, inFolder] of Map.groupBy(paths, path => posix.dirname(path))) {
    const facts = await factsOf(
      place,
      commits.map(commit => (folder === '.' ? `${commit}^{tree}` : `${commit}:${folder}`)),
    );
    const treeOf = new Map(commits.map((commit, index) => [commit, facts[index]]));
    const distinct = [...new Set(facts.flatMap(fact => (fact?.type === 'tree' ? [fact.oid] : [])))];
    const names = inFolder.map(path => ({ path, name: posix.basename(path) }));
    const contents = new Map<Oid, ReadonlyMap<string, Oid>>();
    await trees(distinct, (tree, bytes) => {
      contents.set(
        tree,
        entriesNamed(
          bytes,
          names.map(({ name }) => name),
          place.objectFormat === 'sha256' ? 32 : 20,
        ),
      );
    });
    for (const ref of refs) {
      const entries = contents.get(treeOf.get(ref.commit)?.oid ?? '');
      for (const { path, name } of names) {
        const blob = entries?.get(name);
        if (blob !== undefined) found.get(path)?.push([ref.name, ref.commit, blob]);
      }
    }
  }
  return found;
}

/** Reads trees, as bytes, in the order asked; those that are not here are passed over. */
export type TreeReader = BlobReader['read'];

/** Looks for regular files in a tree object: entries `<mode> <name>NUL<id>`, see git's `Documentation/gitformat-…`, "tree". */
function entriesNamed(tree: Buffer, names: readonly string[], idLength: number): ReadonlyMap<string, Oid> {
  const found = new Map<string, Oid>();
  const wanted = new Map(names.map(name => [encodePath(name).toString('latin1'), name]));
  let at = 0;
  while (at < tree.length && found.size < wanted.size) {
    const space = tree.indexOf(0x20, at);
    const nul = tree.indexOf(0, space);
    if (space === -1 || nul === -1) break;
    const name =
      tree[at] === 0x31 && tree[at + 1] === 0x30 ? wanted.get(tree.toString('latin1', space + 1, nul)) : undefined;
    if (name !== undefined) found.set(name, tree.toString('hex', nul + 1, nul + 1 + idLength));
    at = nul + 1 + idLength;
  }
  return found;
}

/** JSON after a line with its SHA-256, so that a damaged file is not believed. */
function sealed(json: string): Buffer {
  return Buffer.from(`${createHash('sha256').update(json).digest('hex')}\n${json}`);
}

function remembered(bytes: Buffer | null): Map<string, Held> {
  const text = bytes?.toString('utf8') ?? '';
  const json = text.slice(text.indexOf('\n') + 1);
  return text !== '' && sealed(json).toString('utf8') === text ? new Map(JSON.parse(json)) : new Map();
}
