/** Applied migrations whose file has another checksum than their row, and the version that has it. */
import type { Source } from '../domain/finding.ts';
import type { MigrationId } from '../domain/migration.ts';
import type { KeptVersion } from '../domain/provenance.ts';
import { BOUNDS } from '../domain/provenance-bounds.ts';
import type { MigrationSighting, Oid } from '../domain/sighting.ts';
import type { Repository, TakenFile } from '../git/contract.ts';
import { type Fit, fitOf, storedChecksums, versionsKnown } from './checksums.ts';
import { blobsOf, type Differing, type EditedFacts } from './find-edited.ts';
import { neverHad } from './trust.ts';

/** How files on disk stand to the checksums in their rows; of rows that keep none, nothing. */
export type FitOnDisk = ReadonlyMap<MigrationId, Fit>;

/**
 * All applied migrations with a file and a checksum. One that failed is not asked about: its file is changed to mend it. What the user said
 * was applied counts, whatever the checksum says.
 */
export async function differingFromChecksum(
  repository: Repository,
  facts: EditedFacts,
): Promise<{ readonly fits: FitOnDisk; readonly differing: readonly Differing[] }> {
  const { framework, project, applied, files } = facts;
  const stored = storedChecksums(
    framework,
    applied.filter(({ state }) => state === 'applied'),
  );
  if (stored.size === 0) return { fits: new Map(), differing: [] };
  const asked = new Map(files.flatMap(({ id, path }) => (stored.has(id) ? [[path, stored.get(id) ?? '']] : [])));
  const kind = `checksums of ${framework.name}, ${facts.version}`;
  const answers = await repository.workedOut(kind, asked, (path, checksum, bytes) =>
    fitOf({ framework, project }, path, checksum, bytes),
  );
  const fits = new Map(files.flatMap(({ id, path }) => pair(id, answers.get(path))));
  const other = files.filter(({ id }) => fits.get(id) === 'differs');
  const taken = repository.takeWorking(
    other.map(({ path }) => path),
    { one: BOUNDS.bytesOfOne, all: BOUNDS.bytes },
  );
  const differing: Differing[] = [];
  for (const { id, path } of other) {
    const now = taken.get(path);
    const kept = facts.kept(id);
    if (now === undefined || isSaid(kept, now)) continue;
    const found = await appliedVersion(repository, facts, id, stored.get(id) ?? '', kept);
    differing.push({ id, path, by: 'checksum', kept: kept ?? null, taken: now, ...found });
  }
  return { fits, differing };
}

const pair = (id: MigrationId, fit: Fit | undefined): readonly (readonly [MigrationId, Fit])[] =>
  fit === undefined ? [] : [[id, fit]];

const isSaid = (kept: KeptVersion | undefined, now: TakenFile): boolean =>
  kept?.evidence === 'said' && blobsOf(now).includes(kept.blob);

/** The version whose checksum is in the row: on HEAD's line, else anywhere in git, else a kept copy. */
async function appliedVersion(
  repository: Repository,
  { framework, project, sightings }: EditedFacts,
  id: MigrationId,
  checksum: string,
  kept: KeptVersion | undefined,
): Promise<{ readonly source: Source | null; readonly trusted: boolean }> {
  const seen = sightings.get(id) ?? [];
  const versions = versionsKnown(seen, kept);
  const bytes = await repository.readBytes(versions.map(({ blob }) => blob));
  const fitting = versions.filter(({ path, blob }) => {
    const content = bytes.get(blob);
    return content !== undefined && fitOf({ framework, project }, path, checksum, content) === 'fits';
  });
  const held = fitting.flatMap(version => holding(seen, version));
  const inHead = await repository.inHead([...new Set(held.map(({ seenIn }) => seenIn))]);
  const best = held.find(({ seenIn }) => inHead.has(seenIn)) ?? held[0];
  if (best !== undefined) {
    const { seenIn: _, ...source } = best;
    const known = kept !== undefined && [kept, ...kept.later].some(({ blob }) => blob === source.blob);
    const trusted = known || (await neverHad(repository, [source], seen)).length === 0;
    return { source, trusted };
  }
  const [copy] = fitting;
  return copy === undefined
    ? { source: null, trusted: false }
    : { source: { commit: null, path: copy.path, blob: copy.blob }, trusted: true };
}

/** Commits that hold a version; `seenIn` is the one that git saw change it. */
const holding = (
  sightings: readonly MigrationSighting[],
  { path, blob }: { readonly path: string; readonly blob: Oid },
) =>
  sightings.flatMap(({ change, commit, parent, ...seen }) => {
    const at = change === 'deleted' ? parent : commit;
    return seen.path === path && seen.blob === blob && at !== null ? [{ commit: at, path, blob, seenIn: commit }] : [];
  });
