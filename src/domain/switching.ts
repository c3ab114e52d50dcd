/** What a person may switch to, and names that are near one nobody knows. Plain data. */
import type { Oid } from './sighting.ts';

/** What `git switch` would make of a name. */
type TargetKind = 'branch' | 'remote-branch' | 'tag' | 'commit';

/** A commit to compare with as if it were checked out, and how git gets there. */
export interface SwitchTarget {
  /** As it was typed. */
  readonly asked: string;
  /** For people, and to type again: `main`, `origin/topic`, `v1.0`, `3f2a1bc0d1`. */
  readonly name: string;
  readonly kind: TargetKind;
  readonly commit: Oid;
  /** The local branch one stands on afterwards; null when HEAD is detached then. */
  readonly branch: string | null;
  /** Arguments of `git switch`; null when a local branch of a remote branch's name stands at another commit. */
  readonly arguments: readonly string[] | null;
}

/** Why git would not switch, as a sentence, and the next step. */
export interface SwitchObstacle {
  readonly reason: string;
  readonly next: string;
}

/** How `git switch` ended. */
export interface SwitchEnd {
  /** HEAD stands where it was to stand, whatever git's exit code: a hook's failure becomes git's own. */
  readonly switched: boolean;
  readonly code: number | null;
  /** What git and the user's hooks said. Foreign text. */
  readonly said: string;
}

/** At most this many names are offered. */
const OFFERED = 5;

/** Names that hold what was typed, or differ from it in few letters; the nearest first. */
export function namesNear(typed: string, names: readonly string[]): readonly string[] {
  const wanted = typed.toLowerCase();
  const ranked = [...new Set(names)].flatMap(name => {
    const own = name.toLowerCase();
    const last = own.slice(own.lastIndexOf('/') + 1);
    const distance = Math.min(lettersApart(wanted, own), lettersApart(wanted, last));
    const holds = wanted !== '' && own.includes(wanted);
    return holds || distance <= Math.max(1, Math.min(3, Math.floor(wanted.length / 2))) ? [{ name, distance }] : [];
  });
  return ranked
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
    .slice(0, OFFERED)
    .map(({ name }) => name);
}

/** Letters to add, take away or replace (Levenshtein). */
function lettersApart(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
