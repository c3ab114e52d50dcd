/** The order of a history: newest commit first, and a commit before its parents even where a clock was wrong. */
import type { CommitInfo, Oid } from '../domain/sighting.ts';

interface Place {
  /** Committer date, but not later than that of a child. */
  date: number;
  /** Steps below the youngest commit of the same date. */
  depth: number;
}

/**
 * Sorts commits by committer date. Commits of the same second (a rebase makes many) stand child before parent where they are
 * parent and child, else in the order given. The order depends on the commits alone, not on how the walk came by them.
 */
export function newestFirst(commits: readonly CommitInfo[]): readonly CommitInfo[] {
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
  return commits.toSorted((a, b) => {
    const [one, other] = [placeOf(places, a), placeOf(places, b)];
    return other.date - one.date || one.depth - other.depth;
  });
}

const placeOf = (places: ReadonlyMap<Oid, Place>, commit: CommitInfo): Place =>
  places.get(commit.oid) ?? { date: commit.committedAt, depth: 0 };
