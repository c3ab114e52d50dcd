/** From findings to decisions: what is reversed, in which order, what is relabelled, forgotten and applied, and what is refused. */

import { editedWarnings, editedWishes } from './decide-edited.ts';
import type { Decision, DecisionFacts, Wish } from './decision.ts';
import type { OrphanFinding, Remedy } from './finding.ts';
import type { MigrationId } from './migration.ts';
import type { Refusal } from './plan.ts';
import { refusalFor, relabelRefusals } from './refusals.ts';
import { chooseReversals, isNoted } from './reversals.ts';

/** Decides. Says no by refusals, never by exceptions; what is not refused stands. */
export function decide(facts: DecisionFacts, wish: Wish): Decision {
  const applied = new Set(facts.applied.map(row => row.id));
  const pending = new Set(facts.diagnosis.migrations.filter(({ state }) => state === 'pending').map(({ id }) => id));
  const only = wish.only === null ? null : new Set(wish.only);
  const entries = facts.diagnosis.findings
    .filter(finding => finding.kind === 'orphaned')
    .map(finding => {
      const remedy = chosenRemedy(finding, only, wish);
      // Whether a noted squash could be reversed does not matter: that is never done.
      const noted = remedy === 'reverse' && finding.choices.length === 0 && isNoted(finding.migration, facts, applied);
      return {
        finding,
        remedy,
        wanted: only?.has(finding.migration) ?? true,
        refusal: noted ? null : refusalFor(finding, remedy, facts, applied),
      };
    });
  const free = entries.filter(entry => entry.refusal === null);
  const taking = (remedy: Remedy) =>
    free.filter(entry => entry.wanted && entry.remedy === remedy).map(entry => entry.finding);
  const relabels = taking('relabel');
  const impossibleRelabels = relabelRefusals(relabels, facts, pending);
  const edited = editedWishes(facts, wish);
  const refusals: Refusal[] = [
    ...entries.flatMap(({ wanted, refusal }) => (wanted && refusal !== null ? [refusal] : [])),
    ...impossibleRelabels,
    ...edited.refusals,
  ];

  const reversal = chooseReversals(
    {
      selected: [...taking('reverse').map(finding => finding.migration), ...edited.reverse],
      mayGo: new Set([
        ...free.filter(entry => entry.remedy === 'reverse').map(entry => entry.finding.migration),
        ...edited.reverse,
      ]),
      edited: edited.reverse,
      orphans: new Map(entries.map(({ finding }) => [finding.migration, finding])),
    },
    facts,
    wish,
  );
  refusals.push(...reversal.refusals);
  const unable = new Set(impossibleRelabels.map(refusal => refusal.migration));
  const relabel = relabels.flatMap(({ migration, renamedTo }) =>
    renamedTo === null || unable.has(migration) ? [] : [{ from: migration, to: renamedTo }],
  );
  const forget = [...reversal.forget, ...taking('forget').map(finding => finding.migration)];
  const applying = toApply(facts, wish, reversal.reverse, relabel, refusals.length > 0 ? new Set() : pending);
  return {
    strategy: reversal.strategy,
    reverse: reversal.reverse,
    relabel,
    forget,
    apply: applying.apply,
    after: afterwards(facts, reversal.reverse, relabel, forget, applying.apply),
    refusals,
    warnings: [
      ...reversal.warnings,
      ...editedWarnings(facts, wish),
      ...failedWarnings(facts, reversal.reverse),
      ...notAppliedWarning(facts, wish, refusals),
      ...applying.warnings,
    ],
  };
}

function chosenRemedy(finding: OrphanFinding, only: ReadonlySet<MigrationId> | null, wish: Wish): Remedy {
  const byHand = wish.remedies.get(finding.migration);
  if (byHand !== undefined) return byHand;
  const named = only?.has(finding.migration) ?? false;
  return named ? namedRemedy(finding) : finding.remedy;
}

/** Naming a migration is asking for its reversal where the only doubt was whether to act at all. What the user ignored counts as asked for again. */
function namedRemedy({ cause, ignored, remedy, remedies, similarity, deleted }: OrphanFinding): Remedy {
  if (cause === 'squashed') return remedy;
  if (cause === 'renamed') {
    if (!ignored) return remedy;
    return similarity === 100 && remedies[0] === 'relabel' ? 'relabel' : 'ask';
  }
  const onlyHere = cause === 'deleted-here' && deleted === null;
  const doubtful = ignored || onlyHere || cause === 'newer' || cause === 'other-worktree';
  if (doubtful && remedies.includes('reverse')) return 'reverse';
  return ignored ? 'ask' : remedy;
}

/** Pending migrations, and what was reversed on the way, in the framework's order. */
function toApply(
  facts: DecisionFacts,
  wish: Wish,
  reverse: Decision['reverse'],
  relabel: Decision['relabel'],
  pending: ReadonlySet<MigrationId>,
): { readonly apply: readonly MigrationId[]; readonly warnings: readonly string[] } {
  const again = reverse.filter(({ because }) => because === 'above-orphan' || because === 'edited');
  const reapply = new Set(again.map(entry => entry.id));
  const relabelled = new Set(relabel.map(entry => entry.to));
  const isPending = (id: MigrationId) =>
    wish.apply &&
    wish.only === null &&
    pending.has(id) &&
    !relabelled.has(id) &&
    (wish.applyOnly?.includes(id) ?? true);
  const paths = Map.groupBy(facts.files, file => file.id);
  const twice = [...paths.values()].find(([first, second]) => first && second && isPending(first.id));
  const files = facts.files.filter(file => reapply.has(file.id) || (twice === undefined && isPending(file.id)));
  return {
    apply: files.map(file => file.id),
    warnings:
      twice === undefined
        ? []
        : [`What is pending is not applied: ${twice.map(file => file.path).join(' and ')} have the same id.`],
  };
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
  const stays = facts.applied.filter(row => !gone.has(row.id)).map(row => newName.get(row.id) ?? row.id);
  return [...new Set([...stays, ...apply])];
}

function failedWarnings(facts: DecisionFacts, reverse: Decision['reverse']): readonly string[] {
  const failed = new Set(facts.applied.filter(row => row.state === 'failed').map(row => row.id));
  return reverse
    .filter(entry => failed.has(entry.id))
    .map(({ id }) => `${id} failed when it was applied: only a part of what its reversal takes away may be there.`);
}

function notAppliedWarning(facts: DecisionFacts, wish: Wish, refusals: readonly Refusal[]): readonly string[] {
  const pending = facts.diagnosis.counts.pending;
  if (!wish.apply || wish.only !== null || pending === 0 || refusals.length === 0) return [];
  return [`What is pending (${pending}) is not applied while a finding is undecided.`];
}
