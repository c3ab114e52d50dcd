/** What git and the other worktrees know about orphans: tips that hold them, deletions that are true, versions one stood on. */
import type { OrphanEvidence, TipHolding } from '../domain/diagnosis.ts';
import type { Source } from '../domain/finding.ts';
import type { MigrationId } from '../domain/migration.ts';
import type { KeptVersion } from '../domain/provenance.ts';
import type { CommitInfo, MigrationSighting, Oid } from '../domain/sighting.ts';
import { needsReflog } from '../domain/versions.ts';
import type { Repository } from '../git/contract.ts';
import type { Parts } from './parts.ts';
import type { HoldingWorktree } from './worktrees.ts';

/** How far back HEAD's reflog is asked which version the user stood on. */
export const REFLOG_DEPTH = 100;

/** Versions that lie on disk or are known from a look at the working tree, and the texts of those that no commit has. */
export interface AtHand {
  readonly versions: ReadonlyMap<MigrationId, { readonly source: Source; readonly trusted: boolean }>;
  readonly texts: ReadonlyMap<Oid, string>;
  /** Other files of those versions. */
  readonly parts: ReadonlyMap<MigrationId, Parts>;
}

/** Evidence for all orphans but what HEAD's reflog tells, in as few git calls as their number allows. */
export async function gatherEvidence(
  repository: Repository,
  orphans: readonly MigrationId[],
  sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>,
  commits: ReadonlyMap<Oid, CommitInfo>,
  kept: ReadonlyMap<MigrationId, KeptVersion>,
  atHand: AtHand,
  elsewhere: readonly HoldingWorktree[],
): Promise<{
  readonly evidence: ReadonlyMap<MigrationId, OrphanEvidence>;
  readonly inHead: ReadonlySet<Oid>;
  readonly workingTexts: ReadonlyMap<Oid, string>;
  readonly workingParts: ReadonlyMap<MigrationId, Parts>;
}> {
  const seen = new Map(orphans.map(id => [id, sightings.get(id) ?? []]));
  const all = [...seen.values()].flat();
  const paths = [...new Set(all.map(sighting => sighting.path))];
  const inHead = await repository.inHead([...new Set(all.map(sighting => sighting.commit))]);
  const removedHere = (own: readonly MigrationSighting[]) =>
    own.some(sighting => sighting.change === 'deleted' && inHead.has(sighting.commit));
  // What HEAD's own line removed cannot be newer than HEAD.
  const mayBeNewer = [...seen.values()].some(own => own.length > 0 && !removedHere(own));
  const [holders, upstream] = await Promise.all([
    paths.length === 0 ? new Map() : repository.holders(paths),
    mayBeNewer ? onUpstream(repository, paths) : null,
  ]);
  const evidence = new Map<MigrationId, OrphanEvidence>();
  const workingTexts = new Map(atHand.texts);
  const workingParts = new Map(atHand.parts);
  for (const [id, own] of seen) {
    const ownPaths = [...new Set(own.map(sighting => sighting.path))];
    const blobs = new Set(own.map(sighting => sighting.blob));
    const tips: TipHolding[] = ownPaths.flatMap(path =>
      (holders.get(path) ?? [])
        // Another migration may live under the same path on another branch where ids are in the text.
        .filter((holder: { blob: Oid }) => blobs.has(holder.blob))
        .map((holder: { ref: string; commit: Oid; blob: Oid }) => ({ ...holder, path })),
    );
    const holding = elsewhere.filter(({ has }) => has.has(id));
    const isKnown = kept.has(id) || own.some(sighting => sighting.change !== 'deleted');
    const lying = isKnown ? null : onlyOnDisk(id, holding);
    if (lying !== null) {
      workingTexts.set(lying.source.blob, lying.text);
      workingParts.set(id, lying.parts);
    }
    const version = atHand.versions.get(id) ?? (lying === null ? undefined : { source: lying.source, trusted: true });
    evidence.set(id, {
      id,
      sightings: own,
      tips,
      worktrees: holding.flatMap(({ holding: { path, database } }) => (database === 'other' ? [] : [path])),
      elsewhere: holding.map(each => each.holding),
      ...(version === undefined ? {} : { atHand: version }),
      newerOn: upstream !== null && ownPaths.some(path => upstream.has.has(path)) ? upstream.ref : null,
      explainedMerges: await explainedMerges(repository, own, inHead, commits),
      stoodOn: new Set(),
      kept: kept.get(id) ?? null,
    });
  }
  return { evidence, inHead, workingTexts, workingParts };
}

/** The text of a migration that git never saw, from other worktrees' files; null when none has it, or they do not agree. */
function onlyOnDisk(id: MigrationId, holding: readonly HoldingWorktree[]) {
  const files = holding.flatMap(({ files: found }) => found.get(id) ?? []);
  const [first, ...others] = files;
  const said = ({ text, parts }: { readonly text: string; readonly parts: Parts }) => JSON.stringify([text, parts]);
  const agreed = first !== undefined && others.every(file => said(file) === said(first));
  return agreed ? first : null;
}

async function onUpstream(repository: Repository, paths: readonly string[]) {
  const upstream = await repository.behindUpstream();
  return upstream === null ? null : { ref: upstream.ref, has: await repository.blobsAt(upstream.commit, paths) };
}

/**
 * Merges on the way to HEAD that only took over a deletion from one of their parents. A merge lists a file as deleted against every
 * parent that still had it; it removed the file itself only when no parent without the file had it removed before.
 */
async function explainedMerges(
  repository: Repository,
  sightings: readonly MigrationSighting[],
  inHead: ReadonlySet<Oid>,
  commits: ReadonlyMap<Oid, CommitInfo>,
): Promise<ReadonlySet<Oid>> {
  const own = sightings.filter(sighting => inHead.has(sighting.commit));
  const deletions = own.filter(sighting => sighting.change === 'deleted');
  const merges = [...new Set(deletions.filter(sighting => sighting.merge).map(sighting => sighting.commit))];
  if (merges.length === 0) return new Set();
  const plain = own.findIndex(sighting => sighting.change === 'deleted' && !sighting.merge);
  const addedSince = own
    .slice(0, Math.max(plain, 0))
    .some(s => s.change !== 'deleted' && s.change !== 'edited' && !s.merge);
  if (plain !== -1 && !addedSince) return new Set(merges);
  const explained = new Set<Oid>();
  for (const merge of merges) {
    const had = new Set(deletions.filter(sighting => sighting.commit === merge).map(sighting => sighting.parent));
    const lacking = (commits.get(merge)?.parents ?? []).filter(parent => !had.has(parent));
    const others = [...new Set(deletions.map(sighting => sighting.commit))].filter(commit => commit !== merge);
    if (await anyReaches(repository, others, lacking)) explained.add(merge);
  }
  return explained;
}

async function anyReaches(repository: Repository, ancestors: readonly Oid[], descendants: readonly Oid[]) {
  for (const ancestor of ancestors) {
    for (const descendant of descendants) {
      if (await repository.isAncestor(ancestor, descendant)) return true;
    }
  }
  return false;
}

/** Adds which versions HEAD has stood on; the reflog is asked only about orphans of which several versions could have been applied. */
export async function withReflog(
  repository: Repository,
  evidence: ReadonlyMap<MigrationId, OrphanEvidence>,
  inHead: ReadonlySet<Oid>,
): Promise<ReadonlyMap<MigrationId, OrphanEvidence>> {
  const doubtful = [...evidence.values()].filter(entry => needsReflog(entry, inHead));
  if (doubtful.length === 0) return evidence;
  const paths = [...new Set(doubtful.flatMap(entry => entry.sightings.map(sighting => sighting.path)))];
  const stoodOn = new Set<Oid>();
  for (const commit of new Set((await repository.headReflog()).slice(0, REFLOG_DEPTH))) {
    for (const blob of (await repository.blobsAt(commit, paths)).values()) stoodOn.add(blob);
  }
  return new Map([...evidence].map(([id, entry]) => [id, doubtful.includes(entry) ? { ...entry, stoodOn } : entry]));
}
