/** Why a remedy is not taken for an orphan, in words, each with the next step. */
import { command, quoted, wordingFor } from './command-text.ts';
import type { DecisionFacts } from './decision.ts';
import type { OrphanFinding, Remedy } from './finding.ts';
import type { MigrationId } from './migration.ts';
import type { Refusal } from './plan.ts';

/** Why an orphan's remedy is refused; null when it may be taken, as far as the orphan alone tells. */
export function refusalFor(
  finding: OrphanFinding,
  remedy: Remedy,
  facts: DecisionFacts,
  applied: ReadonlySet<MigrationId>,
): Refusal | null {
  const { migration } = finding;
  const refuse = (reason: string, next: string): Refusal => ({ migration, reason, next });
  const { place, take } = wordingFor(facts.to);
  const acts = remedy === 'reverse' || remedy === 'relabel' || remedy === 'forget';
  if (finding.cause === 'squashed' && acts && !finding.remedies.includes(remedy)) {
    return refuse(squashReason(finding, remedy, place), command('show', migration));
  }
  switch (remedy) {
    case 'reverse':
      return undecided(finding, facts) ?? irreversible(finding, facts);
    case 'relabel': {
      const target = finding.renamedTo;
      if (target === null) return refuse(`no file on ${place} looks like it`, command('show', migration));
      if (!applied.has(target)) return null;
      return refuse(`${target}, the name it lives on under, is applied already`, take('forget', migration));
    }
    case 'ask': {
      // What it lives on as, or that pulling brings it back, matters more than which version was applied.
      const versions = finding.cause === 'renamed' || finding.cause === 'newer' ? null : undecided(finding, facts);
      return versions ?? refuse(...whyAsk(finding, facts, applied));
    }
    case 'apply':
      return refuse('it is applied already, and has no file to be applied from', command('show', migration));
    default:
      return null;
  }
}

/** Django goes by the parts' rows while the squash declares `replaces`: without them it applies the squash again (loader.build_graph). */
const squashReason = ({ renamedTo }: OrphanFinding, remedy: Remedy, place: string): string =>
  remedy === 'reverse'
    ? `${renamedTo}, a squash that ${place} has, stands for it: reversing it would undo what that says is there`
    : `${renamedTo}, a squash that ${place} has, counts as applied only while this row is there`;

function undecided({ migration, choices, checksum }: OrphanFinding, { to }: DecisionFacts): Refusal | null {
  const [first] = choices;
  if (first === undefined) return null;
  const places = choices.map(choice => choice.where).join(', ');
  const has = choices.every(({ commit }) => commit !== null) ? 'git has' : 'there are';
  const which = choices.length === 1 ? 'one version of it' : `${choices.length} different versions of it`;
  return {
    migration,
    reason:
      checksum === 'differs'
        ? `${choices.length === 1 && has === 'there are' ? 'there is' : has} ${which} (${places}), and the checksum in its row is that of another text`
        : `${has} ${which} (${places}), and nothing tells which one was applied`,
    next: `${wordingFor(to).plan(migration)} --from ${(first.commit ?? first.blob).slice(0, 12)}`,
  };
}

function irreversible({ migration, source }: OrphanFinding, facts: DecisionFacts): Refusal | null {
  if (source === null) {
    return {
      migration,
      reason: 'no commit that git can reach has its file, and no copy of it is kept',
      next: `${command('show', migration)} --deep`,
    };
  }
  const impossible = facts.impossible.get(migration);
  return impossible === undefined ? null : { migration, reason: impossible.reason, next: impossible.wayOut };
}

function whyAsk(
  finding: OrphanFinding,
  { to }: DecisionFacts,
  applied: ReadonlySet<MigrationId>,
): [reason: string, next: string] {
  const { place, plan, take } = wordingFor(to);
  const { migration, renamedTo, similarity } = finding;
  switch (finding.cause) {
    case 'unknown':
      return ['neither git nor the working tree has a trace of its file', `${command('show', migration)} --deep`];
    case 'uncommitted':
      return [
        'its file was never committed, and its text is not kept any more, or was too large',
        command('show', migration),
      ];
    case 'newer':
      return [
        `${place} is behind its upstream, which has the file: pulling may be all it needs`,
        to === undefined
          ? 'git pull'
          : `tidemark plan --to ${quoted(`${to}@{upstream}`)}\n${take('reverse', migration)}`,
      ];
    case 'renamed':
      if (renamedTo !== null && applied.has(renamedTo)) {
        return [`it lives on as ${renamedTo}, which is applied too`, take('forget', migration)];
      }
      return [
        similarity === 100
          ? `one of its versions lives on as ${renamedTo}, and nothing tells which version was applied`
          : `it may live on as ${renamedTo} (${similarity} % alike), or be another migration`,
        `${take('relabel', migration)}\n${take('reverse', migration)}`,
      ];
    case 'squashed':
      return [
        `${renamedTo} replaced it and is not applied: the framework would apply that over what is already there`,
        command('show', renamedTo ?? migration),
      ];
    case 'deleted-here':
      return [
        'only the working tree lacks its file: the commit that is checked out still has it',
        `${command('adopt', migration)}\n${plan(migration)}`,
      ];
    default:
      return ['a person must choose what to do about it', command('show', migration)];
  }
}

/**
 * Relabels that would lie: two rows cannot live on under one id, and a row under a name that builds on something pending would say
 * that this is applied too (Alembic would skip it; Django stops with InconsistentMigrationHistory).
 */
export function relabelRefusals(
  relabels: readonly OrphanFinding[],
  facts: DecisionFacts,
  pending: ReadonlySet<MigrationId>,
): readonly Refusal[] {
  const refusals = new Map<MigrationId, Refusal>();
  const { plan, take } = wordingFor(facts.to);
  const byTarget = Map.groupBy(relabels, finding => finding.renamedTo);
  for (const [target, group] of byTarget) {
    const [first, second] = group.map(finding => finding.migration);
    if (first === undefined || second === undefined) continue;
    const reason = `${first} and ${second} both look like ${target}, and only one row can live on as it`;
    for (const { migration } of group) {
      refusals.set(migration, { migration, reason, next: take('relabel', migration) });
    }
  }
  // A target that builds on a target falls with it, so this goes on until nothing falls.
  for (let count = -1; count !== refusals.size; ) {
    count = refusals.size;
    const taken = relabels.filter(finding => !refusals.has(finding.migration));
    const targets = new Set(taken.map(finding => finding.renamedTo));
    for (const { migration, renamedTo } of taken) {
      const required = renamedTo === null ? [] : (facts.declared.get(renamedTo)?.requires ?? []);
      const missing = required.find(id => pending.has(id) && !targets.has(id));
      if (missing === undefined) continue;
      const reason = `${renamedTo}, the name it lives on under, builds on ${missing}, which is not applied: its row would say that it is`;
      refusals.set(migration, { migration, reason, next: `${plan(migration)} --remedy reverse` });
    }
  }
  return [...refusals.values()];
}
