/** The other files of a migration (`Framework.partsOf`): loaded from where its own text comes from. Frameworks without them pay nothing. */
import { command, wordingFor } from '../domain/command-text.ts';
import type { Source } from '../domain/finding.ts';
import type { MigrationId, Project } from '../domain/migration.ts';
import type { KeptVersion } from '../domain/provenance.ts';
import type { Oid, Sighting } from '../domain/sighting.ts';
import type { FileText, Framework, PartText } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import type { InspectedProject } from './inspection.ts';
import { neverHad } from './trust.ts';

/** The other files of one migration. */
export type Parts = readonly PartText[];

/** Whose files these are. */
export interface PartsReader {
  readonly framework: Framework;
  readonly project: Project;
}

/** Paths of a migration's other files among those of one tree. */
export const partPaths = (
  { framework, project }: PartsReader,
  path: string,
  paths: readonly string[],
): readonly string[] => framework.partsOf?.(project, path, paths) ?? [];

/** As they lie in the working tree. Files that vanished meanwhile are left out. */
export const partsOnDisk = (
  repository: Repository,
  reader: PartsReader,
  path: string,
  paths: readonly string[],
): Parts =>
  partPaths(reader, path, paths).flatMap(each => {
    const text = repository.readWorking(each);
    return text === null ? [] : [{ path: each, text }];
  });

/** A file with its parts, where it has any. */
export const withParts = <F extends FileText>(file: F, parts: Parts): F =>
  parts.length === 0 ? file : { ...file, parts };

/** A version of a migration whose other files are asked for. */
export interface VersionWithParts {
  readonly migration: MigrationId;
  readonly source: Source;
  readonly kept?: KeptVersion | null;
  /** The user named the commit: its files are approved. */
  readonly named?: true;
}

/** Why the files of a version cannot be used. */
export type Unusable = { readonly reason: string; readonly wayOut: string };

/** One blob of a part, and whether it is in the tree of the version's own commit. */
interface FoundPart {
  readonly blob: Oid;
  readonly own: boolean;
}

/**
 * The parts of a version: from the same commit's tree, the same copy, or the same working tree. What that tree lacks is taken from a commit
 * which holds the same bytes of the migration itself, or from the copy that was kept of them. Nothing is taken that the user never had.
 */
export async function partsOfVersion(
  repository: Repository,
  inspected: InspectedProject,
  version: VersionWithParts,
): Promise<Parts | Unusable> {
  if (inspected.framework.partsOf === undefined) return [];
  const { source, migration } = version;
  if (source.working !== undefined) return inspected.workingParts.get(migration) ?? [];
  const found = new Map<string, FoundPart>();
  if (source.commit !== null) {
    for (const [path, part] of await inCommits(repository, inspected, version, source.commit)) found.set(path, part);
    const foreign = await notOurs(repository, inspected, version, found);
    if (foreign !== null) return notTrusted(inspected, migration, foreign, source.commit);
  }
  for (const { path, blob } of keptParts(version)) if (!found.has(path)) found.set(path, { blob, own: false });
  const texts = await repository.readBlobs([...found.values()].map(({ blob }) => blob));
  const parts: PartText[] = [];
  for (const [path, { blob }] of found) {
    const text = texts.get(blob);
    if (text === undefined) return notHere(migration, path, blob);
    parts.push({ path, text, blob });
  }
  return parts;
}

/** What was recorded together with these very bytes. */
const keptParts = ({ source, kept }: VersionWithParts) =>
  (kept == null ? [] : [kept, ...kept.later]).find(text => text.kept && text.blob === source.blob)?.parts ?? [];

async function inCommits(
  repository: Repository,
  inspected: InspectedProject,
  { source }: VersionWithParts,
  commit: Oid,
): Promise<ReadonlyMap<string, FoundPart>> {
  // Where the tree that is compared has another folder, versions of either are read.
  const readers = [inspected, ...(inspected.to === null ? [] : [inspected.to.here])];
  const pathsAmong = (paths: readonly string[]) =>
    new Set(readers.flatMap(reader => partPaths(reader, source.path, paths)));
  const pathspecs = [...new Set(readers.flatMap(({ framework, project }) => framework.pathspecs(project)))];
  const tree = await repository.filesAt(commit, pathspecs);
  const found = new Map<string, FoundPart>();
  for (const path of pathsAmong([...tree.keys()])) {
    const blob = tree.get(path);
    if (blob !== undefined) found.set(path, { blob, own: true });
  }
  const seen = readers.flatMap(({ partSightings }) => partSightings);
  for (const path of pathsAmong([...new Set([...tree.keys(), ...seen.map(sighting => sighting.path)])])) {
    if (found.has(path)) continue;
    const blob = await besideSameBytes(
      repository,
      source,
      seen.filter(sighting => sighting.path === path),
    );
    if (blob !== null) found.set(path, { blob, own: false });
  }
  return found;
}

/** The newest version of a part that lay beside the same bytes of the migration itself. */
async function besideSameBytes(
  repository: Repository,
  { path, blob }: Source,
  sightings: readonly Sighting[],
): Promise<Oid | null> {
  for (const seen of sightings) {
    const commit = seen.change === 'deleted' ? seen.parent : seen.commit;
    if (commit !== null && (await repository.blobsAt(commit, [path])).get(path) === blob) return seen.blob;
  }
  return null;
}

/** The first of them that the user never had checked out; null when there is none. */
async function notOurs(
  repository: Repository,
  inspected: InspectedProject,
  { kept, named }: VersionWithParts,
  found: ReadonlyMap<string, FoundPart>,
): Promise<string | null> {
  const recorded = new Set(
    (kept == null ? [] : [kept, ...kept.later]).flatMap(text => text.parts ?? []).map(p => p.blob),
  );
  const asked = [...found].flatMap(([path, { blob, own }]) =>
    (own && named === true) || recorded.has(blob) ? [] : [{ path, blob }],
  );
  return (await neverHad(repository, asked, inspected.partSightings))[0]?.path ?? null;
}

const notTrusted = ({ to }: InspectedProject, id: MigrationId, path: string, commit: Oid): Unusable => ({
  reason: `${path}, which belongs to it, is only in commits that were never checked out here, and the code of others is not run unasked`,
  wayOut: `${wordingFor(to?.target.name).plan(id)} --from ${commit.slice(0, 12)}`,
});

const notHere = (id: MigrationId, path: string, blob: Oid): Unusable => ({
  reason: `the text of ${path}, which belongs to it (blob ${blob.slice(0, 12)}), is neither in this clone nor kept`,
  wayOut: command('show', id),
});
