/** Which applied migrations have no file, and why: the cause, the version that was applied, the remedies. */
import type { OrphanEvidence, ProjectFacts, TipHolding } from './diagnosis.ts';
import type { CommitEvidence, OrphanCause, OrphanFinding, Remedy, Source, SourceChoice } from './finding.ts';
import type { AppliedMigration, MigrationFile, MigrationId } from './migration.ts';
import type { MigrationSighting, Oid } from './sighting.ts';
import { similarity } from './similarity.ts';

/** From this likeness on, a file that differs in more than names is shown as a possible new life of an orphan. */
const POSSIBLY_RENAMED = 80;

/** The applied migrations that have no file, told apart from rows this repository never had files for. */
export function withoutFile(facts: Pick<ProjectFacts, 'applied' | 'files' | 'idFacts' | 'ownNamespaces'>): {
  readonly orphans: readonly AppliedMigration[];
  readonly foreign: readonly AppliedMigration[];
} {
  const onDisk = new Set(facts.files.map(file => file.id));
  const missing = (facts.applied ?? []).filter(applied => !onDisk.has(applied.id));
  const foreign = missing.filter(applied => {
    const namespace = facts.idFacts.get(applied.id)?.namespace ?? null;
    return namespace !== null && facts.ownNamespaces !== null && !facts.ownNamespaces.has(namespace);
  });
  const notOurs = new Set(foreign.map(applied => applied.id));
  return { orphans: missing.filter(applied => !notOurs.has(applied.id)), foreign };
}

/** A file on disk that the orphan may live on as. */
interface NewLife {
  readonly file: MigrationFile;
  readonly similarity: number;
}

/** The part of an id that changes when a file is renumbered: without its namespace. */
const nameIn = (id: MigrationId, namespace: string | null): string =>
  namespace === null ? id : id.slice(namespace.length + 1);

function newLifeOf(evidence: OrphanEvidence, facts: ProjectFacts): NewLife | null {
  const namespace = facts.idFacts.get(evidence.id)?.namespace ?? null;
  const applied = new Set((facts.applied ?? []).map(row => row.id));
  const blobs = new Set(evidence.sightings.map(sighting => sighting.blob));
  const candidates = facts.files.filter(file => (facts.idFacts.get(file.id)?.namespace ?? null) === namespace);
  const same = candidates.filter(file => blobs.has(file.blob));
  const pendingFirst = (files: readonly MigrationFile[]) => files.find(file => !applied.has(file.id)) ?? files[0];
  const twin = pendingFirst(same);
  if (twin !== undefined) return { file: twin, similarity: 100 };

  const text = facts.texts.get(lastBlob(evidence) ?? '');
  if (text === undefined) return null;
  const names = [...facts.idFacts].map(([id, known]) => nameIn(id, known.namespace));
  let best: NewLife | null = null;
  // Only a pending file can be the same migration under another id: an applied one already has its row.
  for (const file of candidates.filter(candidate => !applied.has(candidate.id))) {
    const other = facts.texts.get(file.blob);
    if (other === undefined) continue;
    const percent = similarity(text, other, names);
    if (percent >= POSSIBLY_RENAMED && percent > (best?.similarity ?? 0)) best = { file, similarity: percent };
  }
  return best;
}

const lastBlob = (evidence: OrphanEvidence): Oid | null =>
  (evidence.sightings.find(sighting => sighting.change !== 'deleted') ?? evidence.sightings[0])?.blob ?? null;

/** The deletion on the way to HEAD. A merge counts only when it removed the file itself, not when a parent already had. */
function deletionInHead(evidence: OrphanEvidence, facts: Pick<ProjectFacts, 'inHead'>): MigrationSighting | null {
  return (
    evidence.sightings.find(
      sighting =>
        sighting.change === 'deleted' &&
        facts.inHead.has(sighting.commit) &&
        !(sighting.merge && evidence.explainedMerges.has(sighting.commit)),
    ) ?? null
  );
}

/** The newest deletion anywhere, for orphans that HEAD never had. */
const anyDeletion = (evidence: OrphanEvidence): MigrationSighting | null =>
  evidence.sightings.find(sighting => sighting.change === 'deleted' && !sighting.merge) ?? null;

function addition(evidence: OrphanEvidence, deletion: MigrationSighting | null): MigrationSighting | null {
  const additions = evidence.sightings.filter(
    sighting => (sighting.change === 'added' || sighting.change === 'renamed') && !sighting.merge,
  );
  const ofPath = deletion === null ? additions : additions.filter(sighting => sighting.path === deletion.path);
  return ofPath[0] ?? additions[0] ?? evidence.sightings.findLast(sighting => sighting.change === 'added') ?? null;
}

function asEvidence(sighting: MigrationSighting | null, facts: ProjectFacts): CommitEvidence | null {
  const commit = sighting === null ? undefined : facts.commits.get(sighting.commit);
  return sighting === null || commit === undefined ? null : { commit, path: sighting.path };
}

const REF_ORDER = ['refs/heads/', 'refs/remotes/', 'refs/tags/'];
const refRank = (ref: string): number => {
  const rank = REF_ORDER.findIndex(prefix => ref.startsWith(prefix));
  return rank === -1 ? REF_ORDER.length : rank;
};

/** Local branches first, then remote ones, then tags; by name. */
const nearestTips = (tips: readonly TipHolding[]): readonly TipHolding[] =>
  [...tips].sort((a, b) => refRank(a.ref) - refRank(b.ref) || (a.ref < b.ref ? -1 : 1));

/**
 * The versions that may have been applied: the last one on each line of history that had it, nearest to HEAD first. A tip that
 * still has a version which HEAD's own line went on to edit is no other version, only an older state of the same line.
 */
function finalVersions(
  evidence: OrphanEvidence,
  deletion: MigrationSighting | null,
  inHead: ReadonlySet<Oid>,
): readonly SourceChoice[] {
  const ownLine = evidence.sightings.filter(sighting => inHead.has(sighting.commit));
  const superseded = new Set(deletion === null ? [] : ownLine.flatMap(({ blob, before }) => [blob, before]));
  const versions: SourceChoice[] = [];
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

/** Could more than one version have been applied? Then it matters which of them the user's HEAD has stood on. */
export const versionInDoubt = (evidence: OrphanEvidence, inHead: ReadonlySet<Oid>): boolean =>
  finalVersions(evidence, deletionInHead(evidence, { inHead }) ?? anyDeletion(evidence), inHead).length > 1;

/** The one version to reverse, or the choice a person must make. Never guessed: what the user's HEAD has stood on decides, else nothing. */
function chooseSource(
  evidence: OrphanEvidence,
  deletion: MigrationSighting | null,
  inHead: ReadonlySet<Oid>,
): { readonly source: Source | null; readonly choices: readonly SourceChoice[] } {
  const versions = finalVersions(evidence, deletion, inHead);
  const [first] = versions;
  if (first === undefined) return { source: null, choices: [] };
  if (versions.length === 1) return { source: plain(first), choices: [] };
  const stoodOn = versions.filter(version => evidence.stoodOn.has(version.blob));
  const [only] = stoodOn;
  if (stoodOn.length === 1 && only !== undefined) return { source: plain(only), choices: [] };
  return { source: null, choices: versions };
}

const plain = ({ commit, path, blob }: SourceChoice): Source => ({ commit, path, blob });

function causeOf(
  evidence: OrphanEvidence,
  deletion: MigrationSighting | null,
  squash: MigrationFile | undefined,
  newLife: NewLife | null,
): OrphanCause {
  if (squash !== undefined) return 'squashed';
  if (newLife !== null) return 'renamed';
  if (evidence.worktrees.length > 0) return 'other-worktree';
  if (evidence.newerOn !== null && deletion === null) return 'newer';
  if (deletion !== null) return 'deleted-here';
  if (evidence.tips.length > 0 || anyDeletion(evidence) !== null) return 'other-branch';
  return evidence.sightings.length > 0 ? 'unreachable' : 'unknown';
}

/** Remedies in the order they are offered. `forget` never comes first by itself: the schema would stay behind unexplained. */
function remediesFor(
  cause: OrphanCause,
  known: {
    source: boolean;
    decided: boolean;
    newLife: NewLife | null;
    newLifeApplied: boolean;
    squashApplied: boolean;
  },
): { readonly remedy: Remedy; readonly remedies: readonly Remedy[] } {
  const reversible: readonly Remedy[] = known.source ? ['reverse', 'adopt'] : [];
  const usual: readonly Remedy[] = [...reversible, 'forget', 'ignore'];
  switch (cause) {
    case 'deleted-here':
    case 'other-branch':
    case 'unreachable':
    case 'uncommitted':
      return { remedy: known.decided ? 'reverse' : 'ask', remedies: usual };
    case 'renamed':
      if (known.newLifeApplied) return { remedy: 'ask', remedies: ['forget', 'ignore', ...reversible] };
      return {
        remedy: known.newLife?.similarity === 100 ? 'relabel' : 'ask',
        remedies: ['relabel', ...usual],
      };
    case 'squashed':
      return known.squashApplied
        ? { remedy: 'ignore', remedies: ['ignore', 'forget'] }
        : // Forgetting now would let the framework apply the squash over what is already there.
          { remedy: 'ignore', remedies: ['ignore'] };
    case 'other-worktree':
      return { remedy: 'ignore', remedies: ['ignore', ...reversible, 'forget'] };
    case 'newer':
      return { remedy: 'ask', remedies: usual };
    case 'unknown':
      return { remedy: 'ask', remedies: ['forget', 'ignore'] };
  }
}

/** Explains one orphan. */
export function explainOrphan(applied: AppliedMigration, facts: ProjectFacts): OrphanFinding {
  const evidence = facts.evidence.get(applied.id) ?? noEvidence(applied.id);
  const squash = facts.files.find(file => file.replaces.includes(applied.id));
  const deletion = deletionInHead(evidence, facts);
  const newLife = squash === undefined ? newLifeOf(evidence, facts) : null;
  const cause = causeOf(evidence, deletion, squash, newLife);
  const shownDeletion = deletion ?? anyDeletion(evidence);
  const { source, choices } = chooseSource(evidence, shownDeletion, facts.inHead);
  const isApplied = (id: MigrationId | undefined) => facts.applied?.some(row => row.id === id) ?? false;
  const { remedy, remedies } = remediesFor(cause, {
    source: source !== null || choices.length > 0,
    decided: source !== null,
    newLife,
    newLifeApplied: isApplied(newLife?.file.id),
    squashApplied: isApplied(squash?.id),
  });
  return {
    kind: 'orphaned',
    migration: applied.id,
    cause,
    added: asEvidence(addition(evidence, shownDeletion), facts),
    deleted: asEvidence(shownDeletion, facts),
    source,
    choices,
    versions: new Set(evidence.sightings.filter(sighting => sighting.change !== 'deleted').map(s => s.blob)).size,
    branches: nearestTips(evidence.tips).map(tip => tip.ref),
    worktrees: evidence.worktrees,
    renamedTo: squash?.id ?? newLife?.file.id ?? null,
    similarity: newLife?.similarity ?? null,
    ignored: facts.ignored.has(applied.id),
    remedy: facts.ignored.has(applied.id) ? 'ignore' : remedy,
    remedies,
  };
}

const noEvidence = (id: MigrationId): OrphanEvidence => ({
  id,
  sightings: [],
  tips: [],
  worktrees: [],
  newerOn: null,
  explainedMerges: new Set(),
  stoodOn: new Set(),
});
