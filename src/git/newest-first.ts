/** The order of a history: newest commit first, and a commit before its parents even where a clock was wrong. */
import type { CommitInfo, Oid, Sighting } from '../domain/sighting.ts';

interface Place {
  /** Committer date, but not later than that of a child. */
  date: number;
  /** Steps below the youngest commit of the same date. */
  depth: number;
}

/**
 * Sorts commits by committer date. Commits of the same second (a rebase makes many) stand child before parent: as `childrenFirst` has them
 * by place, else where they are parent and child, else in the order given. It does not matter how the walk came by them.
 */
export function newestFirst(
  commits: readonly CommitInfo[],
  childrenFirst: ReadonlyMap<Oid, number> = new Map(),
): readonly CommitInfo[] {
  const places = placesOf(commits);
  return commits.toSorted((a, b) => {
    const [one, other] = [placeOf(places, a), placeOf(places, b)];
    const asked = (childrenFirst.get(a.oid) ?? 0) - (childrenFirst.get(b.oid) ?? 0);
    return other.date - one.date || asked || one.depth - other.depth;
  });
}

/**
 * Commits of the same second that changed the same path, and between which lie commits that are not known here, because they touch no
 * migration: whichever came first decides whether the file is there, and only git can tell. Each group is whole: all commits of that second.
 */
export function undecided(commits: readonly CommitInfo[], sightings: readonly Sighting[]): readonly CommitInfo[][] {
  const places = placesOf(commits);
  const paths = Map.groupBy(sightings, seen => seen.commit);
  const seconds = Map.groupBy(commits, commit => placeOf(places, commit).date);
  return [...seconds.values()].filter(group => {
    if (group.length < 2 || isChain(group, places)) return false;
    const touched = group.flatMap(({ oid }) => [...new Set((paths.get(oid) ?? []).map(seen => seen.path))]);
    return new Set(touched).size < touched.length;
  });
}

/** Is each of them the parent of the one before? */
function isChain(group: readonly CommitInfo[], places: ReadonlyMap<Oid, Place>): boolean {
  const inOrder = group.toSorted((a, b) => placeOf(places, a).depth - placeOf(places, b).depth);
  return inOrder.every((commit, index) => index === 0 || inOrder[index - 1]?.parents.includes(commit.oid) === true);
}

function placesOf(commits: readonly CommitInfo[]): ReadonlyMap<Oid, Place> {
  const places = new Map<Oid, Place>(commits.map(({ oid, committedAt }) => [oid, { date: committedAt, depth: 0 }]));
  const known = new Map(commits.map(commit => [commit.oid, commit]));
  const settle = [...commits];
  for (let commit = settle.pop(); commit !== undefined; commit = settle.pop()) {
    const child = placeOf(places, commit);
    for (const parent of commit.parents) {
      const place = places.get(parent);
      if (place === undefined || place.date < child.date) continue;
      const depth = place.date === child.date ? Math.max(place.depth, child.depth + 1) : child.depth + 1;
      if (place.date === child.date && place.depth === depth) continue;
      place.date = child.date;
      place.depth = depth;
      const again = known.get(parent);
      if (again !== undefined) settle.push(again);
    }
  }
  return places;
}

const placeOf = (places: ReadonlyMap<Oid, Place>, commit: CommitInfo): Place =>
  places.get(commit.oid) ?? { date: commit.committedAt, depth: 0 };
