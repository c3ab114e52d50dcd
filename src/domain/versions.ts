/** Which version of an orphan was applied: the last one on each line of history that had it, and what decides between them. */
import type { OrphanEvidence, TipHolding } from './diagnosis.ts';
import type { Source, SourceChoice } from './finding.ts';
import { isWitness, type KeptVersion, wasInWork } from './provenance.ts';
import type { MigrationSighting, Oid, Sighting } from './sighting.ts';

/** What HEAD's own line did to an orphan's file last. */
export interface OnOwnLine {
  /** The deletion on the way to HEAD; null when HEAD's line never had the file, or has it still. */
  readonly deletion: MigrationSighting | null;
  /** The version that HEAD's tree has: only the working tree lacks the file (it was removed and not committed, or is left out by a sparse checkout). */
  readonly held: MigrationSighting | null;
}

/** Reads HEAD's line. A merge counts as a deletion only when it removed the file itself, not when a parent already had. */
export function onOwnLine(evidence: OrphanEvidence, inHead: ReadonlySet<Oid>): OnOwnLine {
  const own = evidence.sightings.filter(sighting => inHead.has(sighting.commit));
  // A commit comes before its parents here, so the newest one that changed the file says whether HEAD has it.
  const held = own.find(sighting => sighting.commit === own[0]?.commit && sighting.change !== 'deleted');
  if (held !== undefined) return { deletion: null, held };
  const isDeletion = (sighting: MigrationSighting) =>
    sighting.change === 'deleted' && !(sighting.merge && evidence.explainedMerges.has(sighting.commit));
  return { deletion: own.find(isDeletion) ?? null, held: null };
}

/** The newest deletion anywhere, for orphans that HEAD never had. */
export const anyDeletion = (evidence: OrphanEvidence): MigrationSighting | null =>
  evidence.sightings.find(sighting => sighting.change === 'deleted' && !sighting.merge) ?? null;

const REF_ORDER = ['refs/heads/', 'refs/remotes/', 'refs/tags/'];
const refRank = (ref: string): number => {
  const rank = REF_ORDER.findIndex(prefix => ref.startsWith(prefix));
  return rank === -1 ? REF_ORDER.length : rank;
};

/** Local branches first, then remote ones, then tags; by name. */
export const nearestTips = (tips: readonly TipHolding[]): readonly TipHolding[] =>
  [...tips].sort((a, b) => refRank(a.ref) - refRank(b.ref) || (a.ref < b.ref ? -1 : 1));

/**
 * The versions that may have been applied: the last one on each line of history that had it, nearest to HEAD first. A tip that
 * still has a version which HEAD's own line went on to edit is no other version, only an older state of the same line.
 */
function finalVersions(evidence: OrphanEvidence, inHead: ReadonlySet<Oid>): readonly SourceChoice[] {
  const { deletion: ownDeletion, held } = onOwnLine(evidence, inHead);
  const deletion = held === null ? (ownDeletion ?? anyDeletion(evidence)) : null;
  const ownLine = evidence.sightings.filter(sighting => inHead.has(sighting.commit));
  const superseded = new Set(
    deletion === null && held === null ? [] : ownLine.flatMap(({ blob, before }) => [blob, before]),
  );
  const versions: SourceChoice[] = [];
  if (held !== null) versions.push({ commit: held.commit, path: held.path, blob: held.blob, where: 'HEAD' });
  if (deletion?.parent != null) {
    versions.push({
      commit: deletion.parent,
      path: deletion.path,
      blob: deletion.blob,
      where: `deleted by ${deletion.commit}`,
    });
  }
  for (const tip of nearestTips(evidence.tips)) {
    if (versions.length > 0 && superseded.has(tip.blob)) continue;
    versions.push({ commit: tip.commit, path: tip.path, blob: tip.blob, where: tip.ref });
  }
  if (versions.length === 0) {
    const last = evidence.sightings.find(sighting => sighting.change !== 'deleted');
    if (last !== undefined) {
      versions.push({ commit: last.commit, path: last.path, blob: last.blob, where: `commit ${last.commit}` });
    }
  }
  return versions.filter((version, index) => versions.findIndex(other => other.blob === version.blob) === index);
}

/** A version as `HeldAgainstChecksum` names it: some checksums cover the name as well. */
export const versionKey = ({ path, blob }: Pick<Source, 'path' | 'blob'>): string => `${blob} ${path}`;

const differs = ({ checksum }: OrphanEvidence, version: Pick<Source, 'path' | 'blob'>): boolean =>
  checksum?.differ.has(versionKey(version)) ?? false;

/** The version whose checksum is the one in the row, nearest to HEAD; null when none is known to be. */
function byChecksum(
  evidence: OrphanEvidence,
  versions: readonly SourceChoice[],
  inHead: ReadonlySet<Oid>,
): Source | null {
  const { checksum, sightings, kept } = evidence;
  if (checksum === undefined || checksum.fit.size === 0) return null;
  const fits = (version: Pick<Source, 'path' | 'blob'>) => checksum.fit.has(versionKey(version));
  const final = versions.find(fits);
  if (final !== undefined) return plain(final);
  const held = sightings.filter(seen => fits(seen) && (seen.change !== 'deleted' || seen.parent !== null));
  const seen = held.find(({ commit }) => inHead.has(commit)) ?? held[0];
  if (seen !== undefined) {
    const { path, blob, change, parent, commit } = seen;
    return { commit: change === 'deleted' ? parent : commit, path, blob };
  }
  for (const { path, blob, kept: hasText } of kept == null ? [] : [kept, ...kept.later])
    if (hasText && path !== null && blob !== null && fits({ path, blob })) return { commit: null, path, blob };
  return null;
}

/**
 * Does it matter what HEAD's reflog has stood on? When several versions could have been applied, and when the only one lies
 * neither in HEAD's ancestry nor on a branch of the user's.
 */
export function needsReflog(evidence: OrphanEvidence, inHead: ReadonlySet<Oid>): boolean {
  const { atHand, kept } = evidence;
  if (atHand !== undefined && !differs(evidence, atHand.source)) return false;
  const versions = finalVersions(evidence, inHead);
  const told = byChecksum(evidence, versions, inHead);
  if (told !== null) return !isTrusted(told, evidence, inHead);
  if (kept != null && isWitness(kept) && !differs(evidence, kept)) return false;
  const [first, ...others] = versions.filter(version => !differs(evidence, version));
  return others.length > 0 || (first !== undefined && !isTrusted(first, evidence, inHead));
}

/** What tells whether the user had a file on disk. */
type TrustEvidence = Pick<OrphanEvidence, 'stoodOn' | 'tips' | 'kept'> & { readonly sightings: readonly Sighting[] };

/** Did the user ever have this version on disk, as far as provenance, HEAD's ancestry, their own branches, the stash and HEAD's reflog tell? */
export const isTrusted = ({ blob }: Source, evidence: TrustEvidence, inHead: ReadonlySet<Oid>): boolean =>
  evidence.stoodOn.has(blob) ||
  wasOnDisk(evidence, blob) ||
  evidence.sightings.some(seen => inHead.has(seen.commit) && (seen.blob === blob || seen.before === blob)) ||
  evidence.tips.some(tip => tip.blob === blob && tip.ref.startsWith('refs/heads/'));

const wasOnDisk = ({ kept }: Pick<OrphanEvidence, 'kept'>, blob: Oid): boolean =>
  kept != null && (kept.blob === blob || kept.later.some(later => later.blob === blob));

/** The version that was applied, or those that it may be. `checksum`: see `OrphanFinding`. */
export interface ChosenSource {
  readonly source: Source | null;
  readonly choices: readonly SourceChoice[];
  readonly checksum?: 'fits' | 'differs';
}

/**
 * The one version to reverse, or the choice a person must make. Never guessed: the checksum in the row decides, then what was on disk when
 * the row came, then what the user's HEAD has stood on, else nothing. A version that has another checksum than the row is taken only by name.
 */
export function chooseSource(evidence: OrphanEvidence, inHead: ReadonlySet<Oid>): ChosenSource {
  const { atHand, checksum } = evidence;
  if (atHand !== undefined && !differs(evidence, atHand.source)) {
    const fits = checksum?.fit.has(versionKey(atHand.source)) === true;
    return { source: atHand.source, choices: [], ...(fits ? { checksum: 'fits' } : {}) };
  }
  const all = finalVersions(evidence, inHead);
  const told = byChecksum(evidence, all, inHead);
  if (told !== null) return { source: told, choices: [], checksum: 'fits' };
  const kept = evidence.kept == null || differs(evidence, evidence.kept) ? null : evidence.kept;
  const versions = all.filter(version => !differs(evidence, version));
  if (versions.length === 0 && kept === null && (checksum?.differ.size ?? 0) > 0) {
    const copy = evidence.kept == null ? null : located(evidence.kept, evidence, all);
    const isNew = copy !== null && !all.some(({ blob }) => blob === copy.blob);
    return { source: null, choices: isNew ? [...all, copy] : all, checksum: 'differs' };
  }
  return undecidedByChecksum(evidence, versions, kept);
}

function undecidedByChecksum(
  evidence: OrphanEvidence,
  versions: readonly SourceChoice[],
  kept: KeptVersion | null,
): ChosenSource {
  if (kept !== null && (isWitness(kept) || versions.length === 0)) {
    const texts = [kept, ...rivals(kept)].flatMap(text => located(text, evidence, versions) ?? []);
    const [only, ...others] = texts;
    if (others.length > 0) return { source: null, choices: texts };
    if (only !== undefined) return { source: plain(only), choices: [] };
    // What was applied is known, and is not to be had: none of the others is it.
    return { source: null, choices: versions };
  }
  const [first] = versions;
  if (first === undefined) return { source: null, choices: [] };
  if (versions.length === 1) return { source: plain(first), choices: [] };
  const stoodOn = versions.filter(({ blob }) => evidence.stoodOn.has(blob) || wasOnDisk(evidence, blob));
  const [only] = stoodOn;
  if (stoodOn.length === 1 && only !== undefined) return { source: plain(only), choices: [] };
  return { source: null, choices: versions };
}

/**
 * Later texts that may have been applied instead: of a file in work, where the table keeps no time that would tell a second application
 * from the first. Who writes a migration reverses it, changes it and applies it again.
 */
const rivals = (kept: KeptVersion): KeptVersion['later'] =>
  kept.appliedAt === null && wasInWork(kept) && kept.evidence !== 'said'
    ? kept.later.filter(later => wasInWork(later) && later.blob !== kept.blob)
    : [];

/** A text that was on disk, with the commit that has it where one does; null when neither git nor the store has it. */
function located(
  { path, blob, kept, seenAt }: Pick<KeptVersion['later'][number], 'path' | 'blob' | 'kept' | 'seenAt'>,
  { sightings }: OrphanEvidence,
  versions: readonly SourceChoice[],
): SourceChoice | null {
  if (path === null || blob === null) return null;
  const final = versions.find(version => version.blob === blob);
  if (final !== undefined) return final;
  const seen = sightings.find(sighting => sighting.blob === blob && sighting.change !== 'deleted');
  const where = `on disk ${seenAt}`;
  if (seen !== undefined) return { commit: seen.commit, path: seen.path, blob, where };
  return kept ? { commit: null, path, blob, where } : null;
}

const plain = ({ commit, path, blob }: SourceChoice): Source => ({ commit, path, blob });
