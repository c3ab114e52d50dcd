/** Finds applied migrations whose file is not the text that was applied: by the checksum in the row, else by what was there when the row came. */
import type { EditedFile } from '../domain/diagnosis.ts';
import type { Source } from '../domain/finding.ts';
import type { AppliedMigration, MigrationFile, MigrationId, Project } from '../domain/migration.ts';
import { isWitness, type KeptVersion } from '../domain/provenance.ts';
import { BOUNDS } from '../domain/provenance-bounds.ts';
import type { MigrationSighting, Oid } from '../domain/sighting.ts';
import { essenceOf, similarity } from '../domain/similarity.ts';
import type { Framework } from '../frameworks/contract.ts';
import type { Repository, TakenFile } from '../git/contract.ts';
import { differingFromChecksum, type FitOnDisk } from './edited-by-checksum.ts';

/** What was found, and the blobs each present text may go by where later texts are worth keeping. */
export interface FoundEdited {
  readonly edited: ReadonlyMap<MigrationId, EditedFile>;
  readonly blobs: ReadonlyMap<MigrationId, readonly Oid[]>;
}

/** What is known of one project. */
export interface EditedFacts {
  readonly project: Project;
  readonly framework: Framework;
  /** What is kept of a migration, whether it has a file or not. */
  readonly kept: (id: MigrationId) => KeptVersion | undefined;
  /** Those whose kept text is held against the disk at every look. */
  readonly open: ReadonlyMap<MigrationId, KeptVersion>;
  readonly applied: readonly AppliedMigration[];
  readonly files: readonly MigrationFile[];
  readonly sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>;
  /** Version of Tidemark. */
  readonly version: string;
}

const NONE: FoundEdited = { edited: new Map(), blobs: new Map() };

/** A file that is not as it was applied: what it is now, and what it was, as far as is known. */
export interface Differing {
  readonly id: MigrationId;
  readonly path: string;
  readonly by: EditedFile['by'];
  readonly kept: KeptVersion | null;
  readonly source: Source | null;
  readonly trusted: boolean;
  readonly taken: TakenFile;
}

/**
 * Of rows without a checksum, only texts that were seen to be applied are held against the disk: what merely was there at a first look may
 * have been applied from another branch.
 */
export async function findEdited(repository: Repository, facts: EditedFacts): Promise<FoundEdited> {
  const { fits, differing: summed } = await differingFromChecksum(repository, facts);
  const differing = [...differingFromKept(repository, facts, fits), ...summed];
  if (differing.length === 0) return NONE;
  const texts = await repository.readBlobs(differing.flatMap(({ source }) => source?.blob ?? []));
  const edits = differing.flatMap(each => {
    const edit = editOf(each, texts.get(each.source?.blob ?? ''), facts);
    return edit === null ? [] : [{ ...each, edit }];
  });
  if (edits.length === 0) return NONE;
  const paths = edits.map(({ path }) => path);
  const commits = edits.flatMap(({ id }) => (facts.sightings.get(id) ?? []).map(({ commit }) => commit));
  const [versions, inHead] = await Promise.all([
    repository.head === null ? new Map<string, ReadonlySet<Oid>>() : repository.versionsAt([repository.head], paths),
    repository.inHead([...new Set(commits)]),
  ]);
  return {
    edited: new Map(
      edits.map(({ id, taken, ...edit }) => {
        const own = facts.sightings.get(id) ?? [];
        const now = blobsOf(taken).find(blob => versions.get(edit.path)?.has(blob) === true);
        return [id, { ...edit, blob: taken.blob, changed: now === undefined ? null : bringing(now, own, inHead) }];
      }),
    ),
    // A row that keeps a checksum says for itself which text was applied.
    blobs: new Map(edits.flatMap(({ id, by, taken }) => (by === 'seen' ? [[id, blobsOf(taken)] as const] : []))),
  };
}

function differingFromKept(
  repository: Repository,
  { open, applied, files, sightings }: EditedFacts,
  fits: FitOnDisk,
): readonly Differing[] {
  const paths = new Map(files.map(file => [file.id, file.path]));
  const asked = applied.flatMap(({ id }) => {
    const known = open.get(id);
    const path = paths.get(id);
    const told = (fits.get(id) ?? 'untold') !== 'untold';
    return known === undefined || path === undefined || told || !isWitness(known) ? [] : [{ id, path, kept: known }];
  });
  const blobs = repository.hashKnown(asked.map(({ path }) => path));
  const other = asked.filter(({ path, kept: { blob } }) => blobs.has(path) && blobs.get(path) !== blob);
  const taken = repository.takeWorking(
    other.map(({ path }) => path),
    { one: BOUNDS.bytesOfOne, all: BOUNDS.bytes },
  );
  return other.flatMap(({ id, path, kept }) => {
    const now = taken.get(path);
    if (now === undefined || blobsOf(now).includes(kept.blob)) return [];
    const before = (sightings.get(id) ?? []).find(seen => seen.blob === kept.blob && seen.change !== 'deleted');
    const source = { commit: before?.commit ?? null, path: before?.path ?? kept.path, blob: kept.blob };
    return [{ id, path, by: 'seen', kept, source, trusted: true, taken: now }];
  });
}

/** The ids a text on disk may go by in git: it may have been checked out with other line endings. */
export const blobsOf = ({ blob, withoutCr }: TakenFile): readonly Oid[] =>
  withoutCr === null ? [blob] : [blob, withoutCr.blob];

/** What kind of edit; null when only line endings differ. Without the old text nothing but that it differs is known. */
function editOf(
  { id, path, by, taken }: Differing,
  before: string | undefined,
  { framework, project, files }: EditedFacts,
): EditedFile['edit'] | null {
  if (before === undefined || taken.bytes === null) return 'contents';
  const now = new TextDecoder().decode(taken.bytes);
  // To a checksum that minds them, line endings are a difference.
  if (before.replaceAll('\r\n', '\n') === now.replaceAll('\r\n', '\n')) return by === 'seen' ? null : 'formatting';
  if (finishesSquash(framework, project, path, before, now)) return 'formatting';
  const namespace = framework.namespace(id);
  const names = new Set(files.map(file => (namespace === null ? file.id : file.id.slice(file.id.indexOf('.') + 1))));
  return similarity(essenceOf(before, names), essenceOf(now, names)) === 100 ? 'formatting' : 'contents';
}

/** Taking `replaces` out again is the last step of a squash (Django): what it does is as before. */
function finishesSquash(framework: Framework, project: Project, path: string, before: string, now: string): boolean {
  const [was, is] = [framework.read(project, { path, text: before }), framework.read(project, { path, text: now })];
  return 'id' in was && 'id' in is && was.replaces.length > 0 && is.replaces.length === 0;
}

/** The commit on HEAD's line that brought a text: the commit itself rather than a merge of it. */
function bringing(
  blob: Oid,
  sightings: readonly MigrationSighting[],
  inHead: ReadonlySet<Oid>,
): MigrationSighting | null {
  const own = sightings.filter(seen => seen.blob === blob && seen.change !== 'deleted' && inHead.has(seen.commit));
  return own.find(({ merge }) => !merge) ?? own[0] ?? null;
}
