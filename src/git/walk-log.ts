/** Runs `git log` over commits and makes sightings of what it prints. */
import type { CommitInfo, Oid, Sighting } from '../domain/sighting.ts';
import type { BlobReader } from './blob-reader.ts';
import type { WalkProgress } from './contract.ts';
import { sizesOf } from './object-facts.ts';
import { type CommitChanges, type FileChange, logParser } from './parse-log.ts';
import type { Place } from './place.ts';
import {
  blobsToRead,
  COMPARED_AT_MOST,
  type Lines,
  linesIn,
  type OpenQuestion,
  pairSameBlobs,
  pairSimilar,
  type Rename,
} from './renames.ts';
import { ending, feed, gitFailed } from './run-git.ts';

/**
 * The flags with which the walk is complete: `test/git/oracle.test.ts` compares it with every tree of every commit.
 * - `--full-history`: without it git follows only one of several parents with the same files.
 * - `--diff-merges=separate` (`-m`, but deaf to the `log.diffMerges` setting): a merge against each parent. Without it what only a
 *   merge changed is not there; with `-c` a file deleted only by a merge is not there (in a Django project of 1,900
 *   migrations, 7 % of the deletions).
 * - `--pretty=raw`: the only format that names the parent compared with and has all of the commit's facts.
 * `log` is used on whole histories and with `--no-walk`, never with some commits excluded (`^old`): next to an excluded parent
 * git's history simplification drops a merge that equals its other parents.
 */
const LOG = [
  'log',
  '--stdin',
  '--raw',
  '-z',
  '--full-history',
  '--diff-merges=separate',
  '--pretty=raw',
  '--no-abbrev',
  '--no-abbrev-commit',
  '--no-renames',
  '--no-notes',
  '--no-decorate',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-show-signature',
  '--no-mailmap',
  '--encoding=UTF-8',
] as const;

/** Sightings of some commits, commit by commit in git's order. */
export interface Walked {
  readonly sightings: readonly Sighting[];
  readonly commits: ReadonlyMap<Oid, CommitInfo>;
}

/** What to walk. */
export interface LogRequest {
  readonly pathspecs: readonly string[];
  /** All their ancestors too (`history`), or only these commits. */
  readonly reach: 'history' | 'only-these';
  readonly commits: readonly Oid[];
  readonly onProgress?: WalkProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

type MutableSighting = { -readonly [Key in keyof Sighting]: Sighting[Key] };

/** A question about renames, and where its added files' sightings are. */
interface Question {
  readonly open: OpenQuestion;
  readonly sightings: ReadonlyMap<FileChange, MutableSighting>;
}

/** Walks. Throws `git-failed` when git does; the signal's reason when aborted. */
export async function walkLog(
  place: Place,
  blobs: BlobReader,
  shallow: ReadonlySet<Oid>,
  request: LogRequest,
): Promise<Walked> {
  if (request.commits.length === 0 || request.pathspecs.length === 0) return { sightings: [], commits: new Map() };
  const gathered = gather(request.onProgress);
  const parser = logParser(gathered.take, shallow);
  const args = [...LOG, ...(request.reach === 'history' ? [] : ['--no-walk=unsorted']), '--', ...request.pathspecs];
  request.signal?.throwIfAborted();
  const child = place.git.start(args, { signal: request.signal });
  child.stdout.on('data', parser.take);
  feed(child, `${request.commits.join('\n')}\n`);
  const end = await ending(child, request.signal);
  if (end.code !== 0) throw gitFailed(args, end.code, end.stderr);
  parser.end();
  gathered.end();
  await answer(place, blobs, gathered.questions);
  return gathered;
}

function gather(onProgress: WalkProgress | undefined) {
  const sightings: MutableSighting[] = [];
  const commits = new Map<Oid, CommitInfo>();
  const questions: Question[] = [];
  let group: CommitChanges[] = [];

  const end = (): void => {
    const commit = group[0]?.commit;
    if (commit === undefined) return;
    const isMerge = commit.parents.length > 1;
    const nowhere = isMerge ? addedToAll(group, commit.parents.length) : null;
    for (const changes of group) {
      const made = new Map<FileChange, MutableSighting>();
      for (const file of changes.files) {
        const sighting = sightingOf(changes, file, isMerge);
        made.set(file, sighting);
        sightings.push(sighting);
      }
      const { renames, open } = pairSameBlobs(changes.files);
      for (const rename of renames) markRenamed(made, rename);
      const added = nowhere === null ? open.added : open.added.filter(file => nowhere.has(file.path));
      if (open.deleted.length > 0 && added.length > 0) {
        questions.push({ open: { deleted: open.deleted, added }, sightings: made });
      }
    }
    commits.set(commit.oid, commit);
    group = [];
    if (onProgress !== undefined && commits.size % 64 === 0)
      onProgress({ commits: commits.size, sightings: sightings.length });
  };

  return {
    sightings,
    commits,
    questions,
    take(changes: CommitChanges): void {
      if (group.length > 0 && group[0]?.commit.oid !== changes.commit.oid) end();
      group.push(changes);
    },
    end(): void {
      end();
      onProgress?.({ commits: commits.size, sightings: sightings.length });
    },
  };
}

function sightingOf({ commit, parent }: CommitChanges, file: FileChange, merge: boolean): MutableSighting {
  const { path, before, after } = file;
  const change = before === null ? 'added' : after === null ? 'deleted' : 'edited';
  const blob = after ?? before ?? '';
  return { commit: commit.oid, parent, path, change, blob, before, from: null, similarity: null, merge };
}

/** Paths of a merge that none of its parents has. */
function addedToAll(group: readonly CommitChanges[], parents: number): ReadonlySet<string> {
  const times = new Map<string, number>();
  for (const { files } of group) {
    for (const file of files) if (file.before === null) times.set(file.path, (times.get(file.path) ?? 0) + 1);
  }
  return new Set([...times].filter(([, count]) => count === parents).map(([path]) => path));
}

function markRenamed(sightings: ReadonlyMap<FileChange, MutableSighting>, { to, from, similarity }: Rename): void {
  const sighting = sightings.get(to);
  if (sighting === undefined) return;
  sighting.change = 'renamed';
  sighting.from = from.path;
  sighting.before = from.before;
  sighting.similarity = similarity;
}

/** Reads the blobs of the open questions, those of manageable size, and pairs. */
async function answer(place: Place, blobs: BlobReader, questions: readonly Question[]): Promise<void> {
  const wanted = new Set(questions.flatMap(({ open }) => blobsToRead(open)));
  if (wanted.size === 0) return;
  const sizes = await sizesOf(place, [...wanted]);
  const small = [...wanted].filter(oid => (sizes.get(oid) ?? Number.POSITIVE_INFINITY) <= COMPARED_AT_MOST);
  const lines = new Map<Oid, Lines>();
  await blobs.read(small, (oid, bytes) => void lines.set(oid, linesIn(bytes)));
  for (const { open, sightings } of questions) {
    if (blobsToRead(open).length === 0) continue;
    for (const rename of pairSimilar(open, blob => lines.get(blob))) markRenamed(sightings, rename);
  }
}
