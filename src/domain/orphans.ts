/** Which applied migrations have no file, and why: the cause, the version that was applied, the remedies. */
import type { OrphanEvidence, ProjectFacts } from './diagnosis.ts';
import type { CommitEvidence, OrphanCause, OrphanFinding, Remedy, Source } from './finding.ts';
import type { AppliedMigration, MigrationFile, MigrationId } from './migration.ts';
import { type NewLife, type NewLives, newLives } from './new-life.ts';
import type { MigrationSighting, Oid } from './sighting.ts';
import { anyDeletion, chooseSource, isTrusted, nearestTips, type OnOwnLine, onOwnLine } from './versions.ts';

/** The applied migrations that have no file, told apart from rows this repository never had files for. Each once, whatever its number of rows. */
export function withoutFile(facts: Pick<ProjectFacts, 'applied' | 'files' | 'idFacts' | 'ownNamespaces'>): {
  readonly orphans: readonly AppliedMigration[];
  readonly foreign: readonly AppliedMigration[];
} {
  const known = new Set(facts.files.map(file => file.id));
  const orphans: AppliedMigration[] = [];
  const foreign: AppliedMigration[] = [];
  for (const applied of facts.applied ?? []) {
    if (known.has(applied.id)) continue;
    known.add(applied.id);
    const namespace = facts.idFacts.get(applied.id)?.namespace ?? null;
    const isForeign = namespace !== null && facts.ownNamespaces !== null && !facts.ownNamespaces.has(namespace);
    (isForeign ? foreign : orphans).push(applied);
  }
  return { orphans, foreign };
}

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

function causeOf(
  evidence: OrphanEvidence,
  { deletion, held }: OnOwnLine,
  squash: MigrationFile | undefined,
  newLife: NewLife | null,
): OrphanCause {
  if (squash !== undefined) return 'squashed';
  if (newLife !== null) return 'renamed';
  if (held !== null) return 'deleted-here';
  if (evidence.worktrees.length > 0) return 'other-worktree';
  if (evidence.newerOn !== null && deletion === null) return 'newer';
  if (deletion !== null) return 'deleted-here';
  if (evidence.tips.length > 0 || anyDeletion(evidence) !== null) return 'other-branch';
  if (evidence.sightings.length > 0) return 'unreachable';
  return evidence.kept == null && evidence.atHand === undefined ? 'unknown' : 'uncommitted';
}

/** Remedies in the order they are offered. `forget` never comes first by itself: the schema would stay behind unexplained. */
function remediesFor(
  cause: OrphanCause,
  known: {
    source: boolean;
    /** No commit has the version: there is nothing to bring back from git. */
    uncommitted: boolean;
    decided: boolean;
    newLife: NewLife | null;
    newLifeApplied: boolean;
    stillInHead: boolean;
    squash: 'open' | 'settled' | 'not-applied';
  },
): { readonly remedy: Remedy; readonly remedies: readonly Remedy[] } {
  const reversible: readonly Remedy[] = known.source ? (known.uncommitted ? ['reverse'] : ['reverse', 'adopt']) : [];
  const usual: readonly Remedy[] = [...reversible, 'forget', 'ignore'];
  switch (cause) {
    case 'deleted-here':
      return { remedy: known.decided && !known.stillInHead ? 'reverse' : 'ask', remedies: usual };
    case 'other-branch':
    case 'unreachable':
    case 'uncommitted':
      return { remedy: known.decided ? 'reverse' : 'ask', remedies: usual };
    case 'renamed':
      if (known.newLifeApplied) return { remedy: 'ask', remedies: ['forget', 'ignore', ...reversible] };
      return {
        remedy: known.newLife?.similarity === 100 && known.decided ? 'relabel' : 'ask',
        remedies: ['relabel', ...usual],
      };
    case 'squashed':
      // Its row is what makes the squash count as applied (Django, loader.build_graph): without it the squash is applied over what is there.
      if (known.squash === 'open') return { remedy: 'ignore', remedies: ['ignore'] };
      // The squash no longer goes by its parts' rows: with a row of its own they are leftovers, without one it would be applied again.
      return { remedy: known.squash === 'settled' ? 'ignore' : 'ask', remedies: ['ignore', 'forget'] };
    case 'other-worktree':
      return { remedy: 'ignore', remedies: ['ignore', ...reversible, 'forget'] };
    case 'newer':
      return { remedy: 'ask', remedies: usual };
    case 'unknown':
      // What a row holds itself may have been applied from anywhere.
      return { remedy: known.decided ? 'reverse' : 'ask', remedies: usual };
  }
}

/** Explains orphans, in the order given. */
export function explainOrphans(orphans: readonly AppliedMigration[], facts: ProjectFacts): readonly OrphanFinding[] {
  const applied = new Set((facts.applied ?? []).map(row => row.id));
  const squashes = new Map([
    ...(facts.covered ?? []),
    ...facts.files.flatMap(file => (file.replacedBefore ?? []).map(part => [part, file] as const)),
    ...facts.files.flatMap(file => file.replaces.map(part => [part, file] as const)),
  ]);
  const lives = newLives(facts);
  return orphans.map(row => explainOrphan(row.id, facts, { applied, squash: squashes.get(row.id), lives }));
}

function explainOrphan(
  id: MigrationId,
  facts: ProjectFacts,
  known: {
    readonly applied: ReadonlySet<MigrationId>;
    readonly squash: MigrationFile | undefined;
    readonly lives: NewLives;
  },
): OrphanFinding {
  const { squash } = known;
  const settled = squash !== undefined && !squash.replaces.includes(id);
  const evidence = facts.evidence.get(id) ?? noEvidence(id);
  const ownLine = onOwnLine(evidence, facts.inHead);
  const shownDeletion = ownLine.held === null ? (ownLine.deletion ?? anyDeletion(evidence)) : null;
  const { source, choices, checksum } = chooseSource(evidence, facts.inHead);
  const versions = source === null ? choices.map(choice => choice.blob) : [source.blob];
  const newLife = squash === undefined ? known.lives(id, versions) : null;
  const cause = causeOf(evidence, ownLine, squash, newLife);
  const { remedy, remedies } = remediesFor(cause, {
    source: source !== null || choices.length > 0,
    uncommitted: source?.working !== undefined || source?.inRow === true,
    decided: source !== null,
    newLife,
    newLifeApplied: newLife !== null && known.applied.has(newLife.file.id),
    stillInHead: ownLine.held !== null,
    squash: settled ? (known.applied.has(squash.id) ? 'settled' : 'not-applied') : 'open',
  });
  const ignored = facts.ignored.has(id);
  return {
    kind: 'orphaned',
    migration: id,
    cause,
    added: asEvidence(addition(evidence, shownDeletion), facts),
    deleted: asEvidence(shownDeletion, facts),
    source,
    trusted: source !== null && isOwn(source, evidence, facts.inHead),
    choices,
    ...(checksum === undefined ? {} : { checksum }),
    kept: evidence.kept ?? null,
    versions: new Set(evidence.sightings.filter(sighting => sighting.change !== 'deleted').map(s => s.blob)).size,
    branches: nearestTips(evidence.tips).map(tip => tip.ref),
    worktrees: evidence.worktrees,
    ...(evidence.elsewhere === undefined ? {} : { elsewhere: evidence.elsewhere }),
    renamedTo: squash?.id ?? newLife?.file.id ?? null,
    similarity: newLife?.similarity ?? null,
    ignored,
    remedy: ignored ? 'ignore' : remedy,
    remedies,
  };
}

const isOwn = (source: Source, evidence: OrphanEvidence, inHead: ReadonlySet<Oid>): boolean =>
  source === evidence.atHand?.source ? evidence.atHand.trusted : isTrusted(source, evidence, inHead);

const noEvidence = (id: MigrationId): OrphanEvidence => ({
  id,
  sightings: [],
  tips: [],
  worktrees: [],
  newerOn: null,
  explainedMerges: new Set(),
  stoodOn: new Set(),
});
