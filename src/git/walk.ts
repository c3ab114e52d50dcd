/** The walk: life stories of all files under some pathspecs, from the cache where nothing moved, else from what is new. */
import { createHash } from 'node:crypto';
import { isProblem, ProblemError } from '../domain/problem.ts';
import type { CommitInfo, History, Oid, Sighting } from '../domain/sighting.ts';
import type { BlobReader } from './blob-reader.ts';
import { cacheFolder } from './cache-folder.ts';
import type { WalkOptions } from './contract.ts';
import { newestFirst, undecided } from './newest-first.ts';
import { existing } from './object-facts.ts';
import type { Place } from './place.ts';
import {
  childrenFirst,
  commitsBetween,
  currentTips,
  isAboutMissingObjects,
  shallowCommits,
  unreachableCommits,
} from './tips.ts';
import { CACHE_FORMAT, decodeWalk, encodeWalk, type RememberedWalk } from './walk-encoding.ts';
import { type Walked, walkLog } from './walk-log.ts';

/** Walks a repository, see `Repository.walk`. */
export async function walk(place: Place, blobs: BlobReader, asked: WalkOptions): Promise<History> {
  try {
    const shallow = shallowCommits(place);
    const [options, asking] = await settled(asked, currentTips(place, asked.signal));
    const reached = await reachable(place, blobs, shallow, options, asking);
    const history =
      options.unreachable === true ? await withUnreachable(place, blobs, shallow, options, reached) : reached;
    return { sightings: history.sightings, commits: history.commits, gaps: place.gaps };
  } catch (error) {
    throw await translated(place, error);
  }
}

/** More groups of commits of the same second than this are asked about all at once. */
const MOST_QUESTIONS = 8;

/** Options whose pathspecs have arrived. */
type Settled = WalkOptions & { readonly pathspecs: readonly string[] };

/** Waits for the pathspecs while git looks for the tips. The tips stay a promise in an object: returned bare, it would be waited for. */
async function settled(
  asked: WalkOptions,
  tips: Promise<readonly Oid[]>,
): Promise<readonly [Settled, { readonly tips: Promise<readonly Oid[]> }]> {
  // Whoever waits for the tips hears of a failure; until then nobody does.
  tips.catch(() => undefined);
  return [{ ...asked, pathspecs: await asked.pathspecs }, { tips }];
}

async function reachable(
  place: Place,
  blobs: BlobReader,
  shallow: ReadonlySet<Oid>,
  options: Settled,
  asking: { readonly tips: Promise<readonly Oid[]> },
): Promise<RememberedWalk> {
  // Read while git looks for the tips.
  const key = keyOf(place, shallow, options.pathspecs);
  const cache = options.cache === false ? null : cacheFolder(place.commonDir);
  const file = `walk-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
  const bytes = cache?.read(file) ?? null;
  const remembered = bytes === null ? null : decodeWalk(key, bytes);
  const tips = await asking.tips;
  if (remembered !== null && sameSet(remembered.tips, tips)) return remembered;

  const { pathspecs, onProgress, signal } = options;
  const anew = (commits: readonly Oid[], reach: 'history' | 'only-these'): Promise<Walked> =>
    walkLog(place, blobs, shallow, { pathspecs, reach, commits, onProgress, signal });
  const updated = remembered === null ? null : await update(place, remembered, tips, anew, signal);
  const walked = updated ?? (await sorted(place, await anew(tips, 'history'), signal));
  const result: RememberedWalk = { tips, ...walked };
  cache?.write(file, encodeWalk(key, result));
  return result;
}

/**
 * Brings a remembered walk up to date: walks what is new, drops what is no longer reachable. Null when that cannot be told
 * because objects were pruned.
 */
async function update(
  place: Place,
  old: RememberedWalk,
  tips: readonly Oid[],
  walkThese: (commits: readonly Oid[], reach: 'only-these') => Promise<Walked>,
  signal: AbortSignal | undefined,
): Promise<Walked | null> {
  const before = new Set(old.tips);
  const now = new Set(tips);
  const gone = old.tips.filter(tip => !now.has(tip));
  const here = await existing(place, gone);
  const walked = old.tips.filter(tip => now.has(tip) || here.has(tip));
  const added = await commitsBetween(
    place,
    tips.filter(tip => !before.has(tip)),
    walked,
    signal,
  );
  const kept = await keptCommits(place, old, tips, gone, here, signal);
  if (added === null || kept === null) return null;
  const fresh = await walkThese(added, 'only-these');
  const commits = new Map(fresh.commits);
  for (const [oid, commit] of old.commits) if (kept(oid)) commits.set(oid, commit);
  const sightings = [...fresh.sightings];
  for (const seen of old.sightings) if (kept(seen.commit) && !fresh.commits.has(seen.commit)) sightings.push(seen);
  return sorted(place, { sightings, commits }, signal);
}

/** Which remembered commits are still reachable. Null when that cannot be told. */
async function keptCommits(
  place: Place,
  old: RememberedWalk,
  tips: readonly Oid[],
  gone: readonly Oid[],
  here: ReadonlySet<Oid>,
  signal: AbortSignal | undefined,
): Promise<((oid: Oid) => boolean) | null> {
  if (gone.length === 0 || old.commits.size === 0) return () => true;
  if (here.size === gone.length) {
    // The list may hold too much (see `commitsBetween`): enough to know that nothing is lost, not what is.
    const atMost = await commitsBetween(place, gone, tips, signal);
    if (atMost !== null && !atMost.some(oid => old.commits.has(oid))) return () => true;
  }
  const all = await commitsBetween(place, tips, [], signal);
  if (all === null) return null;
  const kept = new Set(all);
  return oid => kept.has(oid);
}

async function withUnreachable(
  place: Place,
  blobs: BlobReader,
  shallow: ReadonlySet<Oid>,
  options: Settled,
  reached: RememberedWalk,
): Promise<Walked> {
  const { pathspecs, onProgress, signal } = options;
  const walkThese = async (commits: readonly Oid[]): Promise<Walked> => {
    try {
      return await walkLog(place, blobs, shallow, { pathspecs, reach: 'only-these', commits, onProgress, signal });
    } catch (error) {
      if (!isAboutMissing(error)) throw error;
      // Pruning can leave a commit whose parent or tree is gone: leave that one out, by halves.
      if (commits.length === 1) return { sightings: [], commits: new Map() };
      const middle = commits.length >> 1;
      return joined(await walkThese(commits.slice(0, middle)), await walkThese(commits.slice(middle)));
    }
  };
  const unreachable = await walkThese(await unreachableCommits(place, reached.tips, signal));
  return sorted(place, joined(reached, unreachable), signal);
}

const joined = (one: Walked, other: Walked): Walked => ({
  sightings: [...one.sightings, ...other.sightings],
  commits: new Map([...one.commits, ...other.commits]),
});

const isAboutMissing = (error: unknown): error is ProblemError<'git-failed'> =>
  isProblem(error, 'git-failed') && isAboutMissingObjects(error.facts.said);

/** Newest commit first; a commit's own sightings stay in git's order. */
async function sorted(place: Place, { sightings, commits }: Walked, signal: AbortSignal | undefined): Promise<Walked> {
  const all = [...commits.values()];
  const groups = undecided(all, sightings);
  const asked = groups.length > MOST_QUESTIONS ? [groups.flat()] : groups;
  const answers = await Promise.all(asked.map(group => childrenFirst(place, group, signal)));
  const order = newestFirst(all, new Map(answers.flatMap(answer => [...answer])));
  const byCommit = Map.groupBy(sightings, seen => seen.commit);
  const sortedSightings: Sighting[] = [];
  for (const { oid } of order) sortedSightings.push(...(byCommit.get(oid) ?? []));
  return { sightings: sortedSightings, commits: new Map<Oid, CommitInfo>(order.map(commit => [commit.oid, commit])) };
}

/** Everything the answer depends on besides the tips. */
const keyOf = (place: Place, shallow: ReadonlySet<Oid>, pathspecs: readonly string[]): string =>
  JSON.stringify([CACHE_FORMAT, place.objectFormat, place.gaps, [...shallow].sort(), pathspecs]);

function sameSet(one: readonly Oid[], other: readonly Oid[]): boolean {
  if (one.length !== other.length) return false;
  const all = new Set(one);
  return other.every(oid => all.has(oid));
}

async function translated(place: Place, error: unknown): Promise<unknown> {
  if (!isAboutMissing(error)) return error;
  const gap =
    place.gaps.find(found => found === 'treeless') ?? place.gaps.find(found => found === 'blobless') ?? 'damaged';
  return new ProblemError('objects-missing', { count: await countMissing(place), gap }, { cause: error });
}

/** At least so many: what lies below a missing tree is not known. */
async function countMissing(place: Place): Promise<number> {
  const args = ['rev-list', '--all', '--objects', '--filter=blob:none', '--missing=print'];
  const answer = await place.git.ask(args);
  return answer.stdout
    .toString('latin1')
    .split('\n')
    .filter(line => line.startsWith('?')).length;
}
