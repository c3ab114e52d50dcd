/** Where histories begin: the commits that refs, reflogs, stash and worktrees name; and which commits lie between two sets of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitInfo, Oid } from '../domain/sighting.ts';
import type { Place } from './place.ts';
import { gitFailed } from './run-git.ts';

/**
 * Commits named by all refs (tags peeled), by HEADs of all worktrees, and by all reflogs (with them, the stash), each once.
 * Reflog entries whose commit was pruned are passed over by git.
 */
export async function currentTips(place: Place, signal?: AbortSignal): Promise<readonly Oid[]> {
  return lines(await place.git.text(['rev-list', '--no-walk=unsorted', '--all', '--reflog'], { signal }));
}

/**
 * Commits reachable from some, and from none of others; newest first. Null when an object on the way is not here.
 * Exact without `without`. With it there can be too many where clocks were wrong: git walks both sides by date and stops a few
 * commits after they part (`SLOP` in its revision.c; seed 925144688 of test/git/oracle.test.ts shows it).
 */
export async function commitsBetween(
  place: Place,
  from: readonly Oid[],
  without: readonly Oid[],
  signal?: AbortSignal,
): Promise<readonly Oid[] | null> {
  if (from.length === 0) return [];
  const stdin = `${[...from, ...without.map(oid => `^${oid}`)].join('\n')}\n`;
  const args = ['rev-list', '--stdin'];
  const answer = await place.git.ask(args, { stdin, signal });
  if (answer.code === 0) return lines(answer.stdout.toString('latin1').trimEnd());
  if (isAboutMissingObjects(answer.stderr)) return null;
  throw gitFailed(args, answer.code, answer.stderr);
}

/**
 * The place of these commits, and of no others, in an order in which no parent stands before its child. Empty where objects are missing.
 *
 * Git is asked to look no further back than the oldest of them. Where a clock was wrong that hides some: what is older than `--max-age` is
 * treated as if it were excluded, with all its ancestors, whatever their dates (git 2.39, `limit_list` in revision.c). Then it looks at everything.
 */
export async function childrenFirst(
  place: Place,
  commits: readonly CommitInfo[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<Oid, number>> {
  const theirs = new Set(commits.map(commit => commit.oid));
  const oldest = Math.min(...commits.map(commit => commit.committedAt));
  for (const reach of [[`--max-age=${oldest}`], []]) {
    const args = ['rev-list', '--topo-order', ...reach, '--stdin'];
    const answer = await place.git.ask(args, { stdin: `${[...theirs].join('\n')}\n`, signal });
    if (answer.code !== 0) {
      if (isAboutMissingObjects(answer.stderr)) return new Map();
      throw gitFailed(args, answer.code, answer.stderr);
    }
    const order = lines(answer.stdout.toString('latin1').trimEnd()).filter(oid => theirs.has(oid));
    if (order.length === theirs.size) return new Map(order.map((oid, index) => [oid, index]));
  }
  return new Map();
}

/** Commits that are in the object store, but that no tip reaches. Reads the whole list of objects: seconds in a large repository. */
export async function unreachableCommits(
  place: Place,
  tips: readonly Oid[],
  signal?: AbortSignal,
): Promise<readonly Oid[]> {
  const format = '--batch-check=%(objecttype) %(objectname)';
  const all = await place.git.text(['cat-file', '--batch-all-objects', '--unordered', format], { signal });
  const reachable = new Set(await commitsBetween(place, tips, [], signal));
  const commits = lines(all).flatMap(line => (line.startsWith('commit ') ? [line.slice(7)] : []));
  return commits.filter(oid => !reachable.has(oid)).sort();
}

/** Commits at which a shallow clone was cut off (gitrepository-layout(5), `shallow`). */
export function shallowCommits(place: Place): ReadonlySet<Oid> {
  if (!place.gaps.includes('shallow')) return new Set();
  try {
    return new Set(lines(readFileSync(join(place.commonDir, 'shallow'), 'latin1').trim()));
  } catch {
    return new Set();
  }
}

/** What git says (2.34 to 2.55) when an object it needs is not here. */
export const isAboutMissingObjects = (said: string): boolean =>
  /unable to (read|parse)|could not (read|parse|fetch)|bad (object|tree|revision)|missing (object|blob|tree|commit)|not a (valid|tree)|unable to find|cannot (read|simplify)|failed to (traverse|read)|promisor|corrupt|bad default revision/i.test(
    said,
  );

const lines = (text: string): string[] => (text === '' ? [] : text.split('\n'));
