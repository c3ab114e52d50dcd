/** Finds applied migrations whose file is not the text any more that was there when their row came. */
import type { EditedFile } from '../domain/diagnosis.ts';
import type { AppliedMigration, MigrationFile, MigrationId, Project } from '../domain/migration.ts';
import { isWitness, type KeptVersion } from '../domain/provenance.ts';
import { BOUNDS } from '../domain/provenance-bounds.ts';
import type { MigrationSighting, Oid } from '../domain/sighting.ts';
import { essenceOf, similarity } from '../domain/similarity.ts';
import type { Framework } from '../frameworks/contract.ts';
import type { Repository, TakenFile } from '../git/contract.ts';

/** What was found, and the blobs each present text may go by. */
export interface FoundEdited {
  readonly edited: ReadonlyMap<MigrationId, EditedFile>;
  readonly blobs: ReadonlyMap<MigrationId, readonly Oid[]>;
}

/** What is known of one project. */
export interface EditedFacts {
  readonly project: Project;
  readonly framework: Framework;
  readonly kept: ReadonlyMap<MigrationId, KeptVersion>;
  readonly applied: readonly AppliedMigration[];
  readonly files: readonly MigrationFile[];
  readonly sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>;
}

const NONE: FoundEdited = { edited: new Map(), blobs: new Map() };

/** A file with what was kept of it, and what it is now. */
interface Differing {
  readonly id: MigrationId;
  readonly path: string;
  readonly kept: KeptVersion;
  readonly taken: TakenFile;
}

/** Only texts that were seen to be applied are held against the disk: what merely was there at a first look may have been applied from another branch. */
export async function findEdited(repository: Repository, facts: EditedFacts): Promise<FoundEdited> {
  const differing = differingFiles(repository, facts);
  if (differing.length === 0) return NONE;
  const texts = await repository.readBlobs(differing.map(({ kept }) => kept.blob));
  const edits = differing.flatMap(each => {
    const edit = editOf(each, texts.get(each.kept.blob), facts);
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
      edits.map(({ id, path, kept, taken, edit }) => {
        const own = facts.sightings.get(id) ?? [];
        const now = blobsOf(taken).find(blob => versions.get(path)?.has(blob) === true);
        const before = own.find(sighting => sighting.blob === kept.blob && sighting.change !== 'deleted');
        return [
          id,
          {
            kept,
            path,
            blob: taken.blob,
            changed: now === undefined ? null : bringing(now, own, inHead),
            source: before === undefined ? null : { commit: before.commit, path: before.path },
            edit,
          },
        ];
      }),
    ),
    blobs: new Map(edits.map(({ id, taken }) => [id, blobsOf(taken)])),
  };
}

function differingFiles(repository: Repository, { kept, applied, files }: EditedFacts): readonly Differing[] {
  const paths = new Map(files.map(file => [file.id, file.path]));
  const asked = applied.flatMap(({ id }) => {
    const known = kept.get(id);
    const path = paths.get(id);
    return known === undefined || path === undefined || !isWitness(known) ? [] : [{ id, path, kept: known }];
  });
  const blobs = repository.hashKnown(asked.map(({ path }) => path));
  const other = asked.filter(({ path, kept: { blob } }) => blobs.has(path) && blobs.get(path) !== blob);
  const taken = repository.takeWorking(
    other.map(({ path }) => path),
    { one: BOUNDS.bytesOfOne, all: BOUNDS.bytes },
  );
  return other.flatMap(each => {
    const now = taken.get(each.path);
    return now === undefined || blobsOf(now).includes(each.kept.blob) ? [] : [{ ...each, taken: now }];
  });
}

const blobsOf = ({ blob, withoutCr }: TakenFile): readonly Oid[] =>
  withoutCr === null ? [blob] : [blob, withoutCr.blob];

/** What kind of edit; null when only line endings differ. Without the old text nothing but that it differs is known. */
function editOf(
  { id, path, taken }: Differing,
  before: string | undefined,
  { framework, project, files }: EditedFacts,
): EditedFile['edit'] | null {
  if (before === undefined || taken.bytes === null) return 'contents';
  const now = new TextDecoder().decode(taken.bytes);
  if (before.replaceAll('\r\n', '\n') === now.replaceAll('\r\n', '\n')) return null;
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
