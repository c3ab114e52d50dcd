/** From findings to decisions: what is reversed, in which order, what is relabelled, forgotten and applied, and what is refused. */
import type { Diagnosis } from './diagnosis.ts';
import type { OrphanFinding, Remedy } from './finding.ts';
import type { AppliedMigration, Declaration, MigrationFile, MigrationId } from './migration.ts';
import type { Refusal } from './plan.ts';
import { dependentsAmong, reversalOrder } from './reversal-order.ts';

/** What the user wants beyond the remedies that are offered first. */
export interface Wish {
  /** Only these orphans; null for all. */
  readonly only: readonly MigrationId[] | null;
  /** Remedies chosen by hand, by migration. */
  readonly remedies: ReadonlyMap<MigrationId, Remedy>;
  readonly strategy: 'auto' | 'in-place' | 'rewind';
  /** Apply what is pending afterwards. */
  readonly apply: boolean;
}

/** What decisions are made from. */
export interface DecisionFacts {
  readonly diagnosis: Diagnosis;
  /** In the order they were applied. */
  readonly applied: readonly AppliedMigration[];
  /** In the order the framework would apply them. */
  readonly files: readonly MigrationFile[];
  readonly order: 'linear' | 'graph';
  /** The version on disk for kept migrations, the source's version for orphans. */
  readonly declared: ReadonlyMap<MigrationId, Declaration>;
  readonly namespaceOf: (id: MigrationId) => string | null;
  /** Why a migration's own reversal cannot be run, as far as its text tells. */
  readonly impossible: ReadonlyMap<MigrationId, { readonly reason: string; readonly wayOut: string }>;
  /** Kept, applied migrations whose text names what an orphan made: the orphans, by kept migration. */
  readonly mentions: ReadonlyMap<MigrationId, readonly MigrationId[]>;
}

export type ReversalReason = 'orphaned' | 'depends-on-orphan' | 'above-orphan';

export interface Decision {
  readonly strategy: 'in-place' | 'rewind';
  /** In the order they are reversed: newest first, dependents before what they depend on. */
  readonly reverse: readonly { readonly id: MigrationId; readonly because: ReversalReason }[];
  readonly relabel: readonly { readonly from: MigrationId; readonly to: MigrationId }[];
  readonly forget: readonly MigrationId[];
  /** In the order the framework would apply them. */
  readonly apply: readonly MigrationId[];
  readonly after: readonly MigrationId[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

/** Decides. Says no by refusals, never by exceptions; what is not refused stands. */
export function decide(facts: DecisionFacts, wish: Wish): Decision {
  const orphans = facts.diagnosis.findings.filter(finding => finding.kind === 'orphaned');
  const wanted = orphans.filter(finding => wish.only === null || wish.only.includes(finding.migration));
  const chosen = wanted.map(finding => ({ finding, remedy: chosenRemedy(finding, wish) }));
  const refusals: Refusal[] = chosen.flatMap(({ finding, remedy }) => refusalFor(finding, remedy, facts));
  const refused = new Set(refusals.map(refusal => refusal.migration));
  const taking = (remedy: Remedy) =>
    chosen.filter(entry => entry.remedy === remedy && !refused.has(entry.finding.migration)).map(e => e.finding);

  const reversal = chooseReversals(taking('reverse'), orphans, facts, wish);
  refusals.push(...reversal.refusals);
  const relabel = taking('relabel').flatMap(({ migration, renamedTo }) =>
    renamedTo === null ? [] : [{ from: migration, to: renamedTo }],
  );
  const forget = taking('forget').map(finding => finding.migration);
  const apply = refusals.length > 0 ? [] : toApply(facts, wish, reversal.reverse, relabel);
  return {
    strategy: reversal.strategy,
    reverse: reversal.reverse,
    relabel,
    forget,
    apply,
    after: afterwards(facts, reversal.reverse, relabel, forget, apply),
    refusals,
    warnings: [...reversal.warnings, ...notAppliedWarning(facts, wish, refusals)],
  };
}

function chosenRemedy(finding: OrphanFinding, wish: Wish): Remedy {
  const byHand = wish.remedies.get(finding.migration);
  if (byHand !== undefined) return byHand;
  // Naming a migration is asking for its reversal where the only doubt was whether to act at all.
  const named = wish.only?.includes(finding.migration) ?? false;
  const doubtful = finding.cause === 'newer' || finding.cause === 'other-worktree' || finding.ignored;
  return named && doubtful && finding.remedies.includes('reverse') ? 'reverse' : finding.remedy;
}

const command = (verb: string, id: MigrationId): string => `tidemark ${verb} ${quoted(id)}`;

/** An id as a shell takes it. */
export const quoted = (id: string): string =>
  /^[\w./:@%+,-]+$/.test(id) && !id.startsWith('-') ? id : `'${id.replaceAll("'", `'\\''`)}'`;

function refusalFor(finding: OrphanFinding, remedy: Remedy, facts: DecisionFacts): readonly Refusal[] {
  const refuse = (reason: string, next: string): readonly Refusal[] => [{ migration: finding.migration, reason, next }];
  const { migration } = finding;
  if (remedy === 'reverse' || remedy === 'ask') {
    if (finding.choices.length > 0) {
      const places = finding.choices.map(choice => choice.where).join(', ');
      return refuse(
        `git has ${finding.choices.length} different versions of it (${places}), and nothing tells which one was applied`,
        `${command('plan', migration)} --from ${finding.choices[0]?.commit.slice(0, 12) ?? '<commit>'}`,
      );
    }
    if (finding.source === null && remedy === 'reverse') {
      return refuse('no commit that git can reach has its file', `${command('show', migration)} --deep`);
    }
    const impossible = facts.impossible.get(migration);
    if (impossible !== undefined && remedy === 'reverse') return refuse(impossible.reason, impossible.wayOut);
  }
  if (remedy === 'relabel') {
    const target = finding.renamedTo;
    if (target === null) return refuse('no file on this branch looks like it', command('show', migration));
    if (facts.applied.some(row => row.id === target)) {
      return refuse(`${target}, the name it lives on under, is applied already`, command('forget', migration));
    }
  }
  return remedy === 'ask' ? refuse(whyAsk(finding), whatToType(finding)) : [];
}

function whyAsk(finding: OrphanFinding): string {
  switch (finding.cause) {
    case 'unknown':
      return 'neither git nor the working tree has a trace of its file';
    case 'newer':
      return 'this branch is behind its upstream, which has the file: pulling may be all it needs';
    case 'renamed':
      return finding.similarity === 100
        ? `it lives on as ${finding.renamedTo}, which is applied too`
        : `it may live on as ${finding.renamedTo} (${finding.similarity} % alike), or be another migration`;
    default:
      return 'a person must choose what to do about it';
  }
}

function whatToType(finding: OrphanFinding): string {
  switch (finding.cause) {
    case 'newer':
      return 'git pull';
    case 'unknown':
      return `${command('show', finding.migration)} --deep`;
    case 'renamed':
      return finding.similarity === 100
        ? command('forget', finding.migration)
        : `${command('relabel', finding.migration)} (or: ${command('reconcile', finding.migration)} --reverse)`;
    default:
      return command('show', finding.migration);
  }
}

interface ChosenReversals {
  readonly strategy: 'in-place' | 'rewind';
  readonly reverse: readonly { readonly id: MigrationId; readonly because: ReversalReason }[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

/** The orphans to reverse with all that depends on them, and for a rewind what lies above them. */
function chooseReversals(
  selected: readonly OrphanFinding[],
  orphans: readonly OrphanFinding[],
  facts: DecisionFacts,
  wish: Wish,
): ChosenReversals {
  const appliedIds = facts.applied.map(row => row.id);
  const onDisk = new Set(facts.files.map(file => file.id));
  const reversible = new Set(
    orphans
      .filter(finding => finding.source !== null && !facts.impossible.has(finding.migration))
      .map(finding => finding.migration),
  );
  const because = new Map<MigrationId, ReversalReason>();
  const refusals: Refusal[] = [];
  const warnings: string[] = [];

  for (const { migration } of selected) {
    const dependents = dependentsAmong(appliedIds, [migration], facts.declared);
    const blocked = blockedBy(migration, dependents, onDisk, reversible, facts, wish);
    if (blocked !== null) {
      refusals.push(blocked);
      continue;
    }
    because.set(migration, 'orphaned');
    for (const dependent of dependents) if (!because.has(dependent)) because.set(dependent, 'depends-on-orphan');
  }
  for (const { migration } of selected) if (because.has(migration)) because.set(migration, 'orphaned');
  warnings.push(...mentionWarnings(because, facts, wish));

  let strategy: 'in-place' | 'rewind' = 'in-place';
  if (wish.strategy === 'rewind' && because.size > 0) {
    const above = liesAbove([...because.keys()], facts);
    const stuck =
      above.find(id => facts.impossible.has(id) || (!onDisk.has(id) && !reversible.has(id))) ?? implied(above, facts);
    if (stuck !== undefined) {
      return { strategy, reverse: [], refusals: [...refusals, cannotRewind([...because.keys()], stuck)], warnings };
    }
    for (const id of above) if (!because.has(id)) because.set(id, 'above-orphan');
    if (above.length > 0) strategy = 'rewind';
  }
  const reverse = reversalOrder([...because.keys()], appliedIds, facts.declared).map(id => ({
    id,
    because: because.get(id) ?? 'orphaned',
  }));
  return { strategy, reverse, refusals, warnings };
}

/** Why an orphan cannot be reversed by itself; null when it can. */
function blockedBy(
  migration: MigrationId,
  dependents: readonly MigrationId[],
  onDisk: ReadonlySet<MigrationId>,
  reversible: ReadonlySet<MigrationId>,
  facts: DecisionFacts,
  wish: Wish,
): Refusal | null {
  const kept = dependents.find(id => onDisk.has(id));
  if (kept !== undefined) {
    return {
      migration,
      reason: `${kept}, which this branch has, declares that it depends on it`,
      next: command('adopt', migration),
    };
  }
  const lost = dependents.find(id => !onDisk.has(id) && !reversible.has(id));
  if (lost !== undefined) {
    return {
      migration,
      reason: `${lost} depends on it and cannot be reversed itself`,
      next: command('show', lost),
    };
  }
  const mentioning = wish.strategy === 'auto' ? mentioningKept(migration, facts) : undefined;
  return mentioning === undefined
    ? null
    : {
        migration,
        reason: `${mentioning}, which this branch keeps, names what it made: reversing it alone may break that`,
        next: `${command('plan', migration)} --strategy rewind (or: --strategy in-place)`,
      };
}

const mentioningKept = (orphan: MigrationId, facts: DecisionFacts): MigrationId | undefined =>
  [...facts.mentions].find(([, orphans]) => orphans.includes(orphan))?.[0];

function mentionWarnings(
  reversed: ReadonlyMap<MigrationId, ReversalReason>,
  facts: DecisionFacts,
  wish: Wish,
): readonly string[] {
  if (wish.strategy !== 'in-place') return [];
  return [...reversed.keys()].flatMap(id => {
    const kept = mentioningKept(id, facts);
    return kept === undefined ? [] : [`${kept}, which stays applied, names what ${id} made.`];
  });
}

/** Kept migrations that were applied after the oldest of the given ones; in a graph only those of the same apps, with their dependents. */
function liesAbove(reversed: readonly MigrationId[], facts: DecisionFacts): readonly MigrationId[] {
  const ids = facts.applied.map(row => row.id);
  const foreign = new Set(facts.diagnosis.foreign);
  const oldest = Math.min(...reversed.map(id => ids.indexOf(id)));
  const later = ids.slice(oldest + 1).filter(id => !reversed.includes(id) && !foreign.has(id));
  if (facts.order === 'linear') return later;
  const apps = new Set(reversed.map(facts.namespaceOf));
  const inApps = later.filter(id => apps.has(facts.namespaceOf(id)));
  const dependents = dependentsAmong(ids, inApps, facts.declared);
  return [...inApps, ...dependents.filter(id => !inApps.includes(id) && !reversed.includes(id))];
}

/** A migration whose row is only implied (Alembic): the table does not tell when it was applied, so nothing lies "above". */
const implied = (above: readonly MigrationId[], facts: DecisionFacts): MigrationId | undefined =>
  above.find(id => facts.applied.find(row => row.id === id)?.row === null);

function cannotRewind(reversed: readonly MigrationId[], stuck: MigrationId): Refusal {
  return {
    migration: reversed[0] ?? stuck,
    reason: `a rewind would have to reverse ${stuck} on the way, and that cannot be done`,
    next: 'tidemark plan --strategy in-place',
  };
}

/** Pending migrations, and what was reversed on the way, in the framework's order. */
function toApply(
  facts: DecisionFacts,
  wish: Wish,
  reverse: Decision['reverse'],
  relabel: Decision['relabel'],
): readonly MigrationId[] {
  const reapply = new Set(reverse.filter(entry => entry.because === 'above-orphan').map(entry => entry.id));
  const relabelled = new Set(relabel.map(entry => entry.to));
  const pending = new Set(
    facts.diagnosis.migrations.filter(migration => migration.state === 'pending').map(migration => migration.id),
  );
  const wanted = (id: MigrationId) =>
    reapply.has(id) || (wish.apply && wish.only === null && pending.has(id) && !relabelled.has(id));
  return facts.files.filter(file => wanted(file.id)).map(file => file.id);
}

function afterwards(
  facts: DecisionFacts,
  reverse: Decision['reverse'],
  relabel: Decision['relabel'],
  forget: readonly MigrationId[],
  apply: readonly MigrationId[],
): readonly MigrationId[] {
  const gone = new Set([...reverse.map(entry => entry.id), ...forget]);
  const newName = new Map(relabel.map(entry => [entry.from, entry.to]));
  return [
    ...facts.applied
      .map(row => row.id)
      .filter(id => !gone.has(id))
      .map(id => newName.get(id) ?? id),
    ...apply,
  ];
}

function notAppliedWarning(facts: DecisionFacts, wish: Wish, refusals: readonly Refusal[]): readonly string[] {
  const pending = facts.diagnosis.counts.pending;
  if (!wish.apply || wish.only !== null || pending === 0 || refusals.length === 0) return [];
  return [`What is pending (${pending}) is not applied while a finding is undecided.`];
}
