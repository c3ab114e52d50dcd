/** The repository as it would be with another commit checked out: for comparing a database with a branch before switching to it. */
import type { Oid } from '../domain/sighting.ts';
import type { SwitchTarget } from '../domain/switching.ts';
import type { SourceTree } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';

/** A commit's tree to look at. */
export interface TreeAt {
  /**
   * The repository with the target's commit as its HEAD and the commit's files as its working tree. Untracked files are left out: a
   * migration that is not committed is nothing the target has. Only for reading.
   */
  readonly repository: Repository;
  /** Pure work on the sources of that tree. It is done again until every file it asks for was there to be read. */
  onSources<T>(markers: readonly string[], work: (tree: SourceTree) => T): Promise<T>;
}

/** How often `onSources` goes round at most: files lead to files (settings that import settings). */
const ROUNDS = 50;

export function treeAt(repository: Repository, target: SwitchTarget): TreeAt {
  const { commit, branch } = target;
  const blobs = new Map<string, Oid>();
  const texts = new Map<string, string>();
  const keep = async (found: ReadonlyMap<string, Oid>) => {
    const unread = [...found].filter(([path]) => !texts.has(path));
    const read = await repository.readBlobs(unread.map(([, blob]) => blob));
    for (const [path, blob] of unread) {
      blobs.set(path, blob);
      const text = read.get(blob);
      if (text !== undefined) texts.set(path, text);
    }
  };
  const there: Repository = Object.assign(Object.create(repository) as Repository, {
    head: commit,
    branch,
    inTheMiddleOf: null,
    async workingFiles(pathspecs: readonly string[]) {
      const found = await repository.filesAt(commit, pathspecs);
      await keep(found);
      return [...found.keys()].sort().map(path => ({ path, tracked: true }));
    },
    readWorking: (path: string) => texts.get(path) ?? null,
    async hashWorking(paths: readonly string[]) {
      return new Map(paths.flatMap(path => (blobs.has(path) ? [[path, blobs.get(path) ?? '']] : [])));
    },
    hashKnown: (paths: readonly string[]) =>
      new Map(paths.flatMap(path => (blobs.has(path) ? [[path, blobs.get(path) ?? '']] : []))),
    async workedOut<A extends string>(
      _kind: string,
      asked: ReadonlyMap<string, string>,
      answer: (path: string, question: string, bytes: Uint8Array) => A,
    ) {
      const bytes = await repository.readBytes([...asked.keys()].flatMap(path => blobs.get(path) ?? []));
      return new Map(
        [...asked].flatMap(([path, question]) => {
          const content = bytes.get(blobs.get(path) ?? '');
          return content === undefined ? [] : [[path, answer(path, question, content)] as const];
        }),
      );
    },
    takeWorking(paths: readonly string[]) {
      return new Map(
        paths.flatMap(path => {
          const [blob, text] = [blobs.get(path), texts.get(path)];
          if (blob === undefined || text === undefined) return [];
          const bytes = new TextEncoder().encode(text);
          return [[path, { blob, size: bytes.length, bytes, modifiedAt: 0, withoutCr: null }]];
        }),
      );
    },
    inHead: (commits: readonly Oid[]) => repository.ancestorsOf(commit, commits),
    behindUpstream: async () => (branch === null ? null : repository.behindUpstreamOf(branch)),
  } satisfies Partial<Repository>);
  return { repository: there, onSources: (markers, work) => onSources(repository, commit, markers, work) };
}

/**
 * Sources as they lie on disk after `git switch`: the commit's, and what git does not track here, which a switch leaves where it is
 * (a `.env`, local settings).
 */
async function onSources<T>(
  repository: Repository,
  commit: Oid,
  markers: readonly string[],
  work: (tree: SourceTree) => T,
): Promise<T> {
  const [committed, working] = await Promise.all([
    repository.filesAt(commit, markers),
    repository.workingFiles(markers),
  ]);
  const untracked = working.flatMap(file => (file.tracked ? [] : [file.path]));
  const paths = [...new Set([...committed.keys(), ...untracked])].sort();
  const known = new Map<string, string | null>();
  for (let round = 0; ; round += 1) {
    const wanted = new Set<string>();
    const read = (path: string): string | null => {
      const text = known.get(path);
      if (text === undefined) wanted.add(path);
      return text ?? null;
    };
    let end: { readonly value: T } | { readonly error: unknown };
    try {
      end = { value: work({ paths, read }) };
    } catch (error) {
      end = { error };
    }
    if (wanted.size === 0 || round === ROUNDS) {
      // What the work made may read on, from what is known by now.
      if ('error' in end) throw end.error;
      return end.value;
    }
    for (const [path, text] of await textsAfterSwitch(repository, commit, [...wanted])) known.set(path, text);
  }
}

async function textsAfterSwitch(
  repository: Repository,
  commit: Oid,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const sound = paths.filter(path => path !== '' && !path.startsWith('/') && !path.split('/').includes('..'));
  const [there, here] = await Promise.all([
    repository.blobsAt(commit, sound),
    repository.head === null ? new Map<string, Oid>() : repository.blobsAt(repository.head, sound),
  ]);
  const texts = await repository.readBlobs([...there.values()]);
  return new Map(
    paths.map(path => {
      const blob = there.get(path);
      if (blob !== undefined) return [path, texts.get(blob) ?? null];
      return [path, here.has(path) || !sound.includes(path) ? null : repository.readWorking(path)];
    }),
  );
}
