/** Which migrations are reversed: the wanted orphans, what depends on them, and for a rewind what lies above; or why not. */
import { command, quoted, wordingFor } from './command-text.ts';
import type { DecisionFacts, ReversalReason, Wish } from './decision.ts';
import type { OrphanFinding } from './finding.ts';
import type { Declaration, MigrationId } from './migration.ts';
import type { Refusal } from './plan.ts';
import { dependentsAmong, firstDependents, reversalOrder } from './reversal-order.ts';

/** What is to be reversed, and what may be reversed along with it. */
export interface ReversalRequests {
  /** Orphans to reverse. */
  readonly selected: readonly MigrationId[];
  /** Every orphan that may go: the selected ones, and those that would be reversed if they were asked for. */
  readonly mayGo: ReadonlySet<MigrationId>;
  /** Of `selected`: those that are no orphans, and are applied again. */
  readonly edited: ReadonlySet<MigrationId>;
  /** All orphans. */
  readonly orphans: ReadonlyMap<MigrationId, OrphanFinding>;
}

/** What becomes of the requests. A migration is in at most one of `reverse`, `forget` and `refusals`. */
export interface ChosenReversals {
  readonly strategy: 'in-place' | 'rewind';
  readonly reverse: readonly { readonly id: MigrationId; readonly because: ReversalReason }[];
  /** Squashes whose parts are reversed one by one: their own row is only a note. */
  readonly forget: readonly MigrationId[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

/**
 * Is it an orphaned squash whose parts stand in the table by themselves (Django's `executor.check_replacements` adds the squash's row
 * to theirs)? Then its reversal would undo what the parts made, a second time or under kept ones. Its row is only a note.
 */
export const isNoted = (id: MigrationId, facts: DecisionFacts, applied: ReadonlySet<MigrationId>): boolean =>
  facts.declared.get(id)?.replaces.some(part => applied.has(part)) ?? false;

/** The orphans to reverse with all that depends on them, and for a rewind what lies above them. */
export function chooseReversals(requests: ReversalRequests, facts: DecisionFacts, wish: Wish): ChosenReversals {
  const place = standing(requests, facts);
  const { ids, applied, declared, notes } = place;
  const blocked = blockedBy(requests, facts, wish, place);
  const free = requests.selected.filter(id => !blocked.has(id) && !notes.has(id));
  const because = new Map<MigrationId, ReversalReason>(
    free.map(id => [id, requests.edited.has(id) ? 'edited' : 'orphaned']),
  );
  for (const id of dependentsAmong(ids, free, declared)) because.set(id, 'depends-on-orphan');
  const refusals = requests.selected.flatMap(id => {
    if (notes.has(id)) return because.has(id) ? [] : [noteRefusal(id, facts, applied)];
    return blocked.get(id) ?? [];
  });
  const warnings = mentionWarnings(because, facts, wish);

  let strategy: 'in-place' | 'rewind' = 'in-place';
  if (wish.strategy === 'rewind' && because.size > 0) {
    const above = liesAbove(because, facts, place);
    const refused = new Set(refusals.map(refusal => refusal.migration));
    const stuck = above.find(id => cannotGo(id, requests, facts, place) || blocked.has(id) || refused.has(id));
    if (stuck !== undefined) {
      const all = requests.selected.filter(id => !refused.has(id)).map(id => cannotRewind(id, stuck, facts));
      return { strategy, reverse: [], forget: [], refusals: [...refusals, ...all], warnings: [] };
    }
    for (const id of above) because.set(id, 'above-orphan');
    if (above.length > 0) strategy = 'rewind';
  }
  const order = reversalOrder([...because.keys()], ids, declared);
  return {
    strategy,
    reverse: order.filter(id => !notes.has(id)).map(id => ({ id, because: because.get(id) ?? 'orphaned' })),
    forget: order.filter(id => notes.has(id)),
    refusals,
    warnings,
  };
}

/** What stands in the table and on disk, made once: histories have thousands of migrations. */
interface Standing {
  /** In the order of application, each once. */
  readonly ids: readonly MigrationId[];
  readonly applied: ReadonlySet<MigrationId>;
  readonly onDisk: ReadonlySet<MigrationId>;
  readonly notes: ReadonlySet<MigrationId>;
  /** As the facts declare it, but a noted squash depends on its parts too: it goes before them, and never without a word. */
  readonly declared: ReadonlyMap<MigrationId, Declaration>;
  readonly implied: ReadonlySet<MigrationId>;
  readonly ambiguous: ReadonlySet<MigrationId>;
}

function standing({ orphans }: ReversalRequests, facts: DecisionFacts): Standing {
  const applied = new Set(facts.applied.map(row => row.id));
  const onDisk = new Set<MigrationId>();
  const ambiguous = new Set<MigrationId>();
  for (const { id } of facts.files) (onDisk.has(id) ? ambiguous : onDisk).add(id);
  const notes = new Set([...orphans.keys()].filter(id => isNoted(id, facts, applied)));
  const declared = new Map(facts.declared);
  for (const id of notes) {
    const known = facts.declared.get(id);
    if (known !== undefined) declared.set(id, { ...known, requires: [...known.requires, ...known.replaces] });
  }
  const isImplied = ({ row }: DecisionFacts['applied'][number]) => facts.order === 'graph' && row === null;
  const implied = new Set(facts.applied.filter(isImplied).map(row => row.id));
  return { ids: [...applied], applied, onDisk, notes, declared, implied, ambiguous };
}

/** Why migrations cannot be reversed by themselves, for those of which that is so. */
function blockedBy(
  { selected, mayGo, orphans, edited }: ReversalRequests,
  facts: DecisionFacts,
  wish: Wish,
  { ids, applied, onDisk, declared }: Standing,
): ReadonlyMap<MigrationId, Refusal> {
  const keptAbove = firstDependents(
    ids.filter(id => onDisk.has(id)),
    applied,
    declared,
  );
  const stuckAbove = firstDependents(
    ids.filter(id => !onDisk.has(id) && !mayGo.has(id)),
    applied,
    declared,
  );
  const mentioned = wish.strategy === 'auto' ? mentionedBy(facts) : new Map<MigrationId, MigrationId>();
  const mentionedAbove = firstDependents(
    ids.filter(id => mentioned.has(id) && mayGo.has(id)),
    applied,
    declared,
  );
  const blocked = new Map<MigrationId, Refusal>();
  for (const migration of new Set([...selected, ...mayGo])) {
    const kept = keptAbove.get(migration);
    const stuck = stuckAbove.get(migration);
    const above = mentionedAbove.get(migration);
    const named = mentioned.get(migration) ?? (above === undefined ? undefined : mentioned.get(above));
    const isEdited = edited.has(migration);
    if (kept !== undefined) blocked.set(migration, keptRefusal(migration, kept, isEdited, facts));
    else if (stuck !== undefined) blocked.set(migration, stuckRefusal(migration, stuck, orphans.get(stuck), facts));
    else if (named !== undefined) blocked.set(migration, mentionRefusal(migration, named, isEdited, facts));
  }
  return blocked;
}

function keptRefusal(migration: MigrationId, kept: MigrationId, isEdited: boolean, { to }: DecisionFacts): Refusal {
  const show = command('show', migration);
  const goThere = to === undefined ? command('adopt', migration) : `git switch ${quoted(to)}\n${show}`;
  return {
    migration,
    reason: `${kept}, which ${wordingFor(to).place} has, declares that it depends on it`,
    next: isEdited ? show : goThere,
  };
}

/** An orphan that depends on it stays: because it cannot go, or because that was not asked for. */
function stuckRefusal(
  migration: MigrationId,
  stuck: MigrationId,
  finding: OrphanFinding | undefined,
  facts: DecisionFacts,
): Refusal {
  const reversible = finding?.source !== null && finding !== undefined && !facts.impossible.has(stuck);
  if (!reversible) {
    return {
      migration,
      reason: `${stuck} depends on it and cannot be reversed itself`,
      next: command('show', stuck),
    };
  }
  const left = finding.ignored
    ? `${stuck}, which depends on it, is left alone by your own wish`
    : `${stuck}, which depends on it, is not to be reversed`;
  // Naming both asks for both, where nothing else speaks against it.
  const bothWillDo = finding.remedies.includes('reverse') && !['relabel', 'forget', 'adopt'].includes(finding.remedy);
  return {
    migration,
    reason: left,
    next:
      bothWillDo && finding.cause !== 'renamed' ? wordingFor(facts.to).plan(migration, stuck) : command('show', stuck),
  };
}

function mentionRefusal(migration: MigrationId, kept: MigrationId, isEdited: boolean, { to }: DecisionFacts): Refusal {
  const plan = `${wordingFor(to).plan(migration)}${isEdited ? ' --remedy reverse' : ''}`;
  return {
    migration,
    reason: `${kept}, which ${wordingFor(to).place} keeps, names what it made: reversing it alone may break that`,
    next: `${plan} --strategy rewind\n${plan} --strategy in-place`,
  };
}

function noteRefusal(migration: MigrationId, facts: DecisionFacts, applied: ReadonlySet<MigrationId>): Refusal {
  const parts = (facts.declared.get(migration)?.replaces ?? []).filter(part => applied.has(part));
  const [first, ...more] = parts;
  const which = more.length === 0 ? first : `${first} and ${more.length} more`;
  return {
    migration,
    reason: `it is a squash of ${which}, which stay applied: reversing it would undo what they made`,
    next: wordingFor(facts.to).take('forget', migration),
  };
}

/** Orphans that a kept migration's text names, with the first that does. */
function mentionedBy(facts: DecisionFacts): ReadonlyMap<MigrationId, MigrationId> {
  const first = new Map<MigrationId, MigrationId>();
  for (const [kept, orphans] of facts.mentions) {
    for (const orphan of orphans) if (!first.has(orphan)) first.set(orphan, kept);
  }
  return first;
}

function mentionWarnings(
  reversed: ReadonlyMap<MigrationId, ReversalReason>,
  facts: DecisionFacts,
  wish: Wish,
): readonly string[] {
  if (wish.strategy !== 'in-place') return [];
  const mentioned = mentionedBy(facts);
  return [...reversed.keys()].flatMap(id => {
    const kept = mentioned.get(id);
    return kept === undefined ? [] : [`${kept}, which stays applied, names what ${id} made.`];
  });
}

/** What was applied after the oldest of the given ones; in a graph only that of the same apps, with its dependents. */
function liesAbove(
  reversed: ReadonlyMap<MigrationId, ReversalReason>,
  facts: DecisionFacts,
  { ids, declared }: Standing,
): readonly MigrationId[] {
  const foreign = new Set(facts.diagnosis.foreign);
  const oldest = ids.findIndex(id => reversed.has(id));
  const later = ids.slice(oldest + 1).filter(id => !reversed.has(id) && !foreign.has(id));
  if (facts.order === 'linear') return later;
  const apps = new Set([...reversed.keys()].map(facts.namespaceOf));
  const inApps = later.filter(id => apps.has(facts.namespaceOf(id)));
  return [...inApps, ...dependentsAmong(ids, inApps, declared).filter(id => !reversed.has(id))];
}

/**
 * Can it not be reversed on the way? An orphan that is to stay would be lost: it has no file to be applied again from. Where a row is
 * only implied (Alembic), the table does not tell when it was applied, so nothing lies "above". Versions are applied in their order.
 */
const cannotGo = (
  id: MigrationId,
  { mayGo }: ReversalRequests,
  facts: DecisionFacts,
  { onDisk, ambiguous, implied }: Standing,
): boolean => facts.impossible.has(id) || ambiguous.has(id) || implied.has(id) || (!onDisk.has(id) && !mayGo.has(id));

const cannotRewind = (migration: MigrationId, stuck: MigrationId, { to }: DecisionFacts): Refusal => ({
  migration,
  reason: `a rewind would have to reverse ${stuck} on the way, and that cannot be done`,
  next: `${wordingFor(to).plan(migration)} --strategy in-place`,
});
