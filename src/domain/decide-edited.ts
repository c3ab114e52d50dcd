/** What a plan does about migrations that were edited after they were applied: nothing unasked; by name, their old text is reversed and the new one applied. */
import { command, wordingFor } from './command-text.ts';
import type { DecisionFacts, Wish } from './decision.ts';
import type { EditedFinding } from './finding.ts';
import type { MigrationId } from './migration.ts';
import type { Refusal } from './plan.ts';

const editedIn = ({ diagnosis }: DecisionFacts): readonly EditedFinding[] =>
  diagnosis.findings.filter(finding => finding.kind === 'edited');

/** The edited migrations to reverse, and what is refused of what was named. */
export function editedWishes(
  facts: DecisionFacts,
  wish: Wish,
): { readonly reverse: ReadonlySet<MigrationId>; readonly refusals: readonly Refusal[] } {
  const reverse = new Set<MigrationId>();
  const refusals: Refusal[] = [];
  for (const { migration, source } of editedIn(facts)) {
    const remedy = wish.remedies.get(migration);
    if (remedy === undefined && !(wish.only?.includes(migration) ?? false)) continue;
    const impossible = facts.impossible.get(migration);
    if (remedy !== 'reverse')
      refusals.push(remedy === undefined ? unasked(migration, source !== null, facts) : notFor(migration, facts));
    else if (impossible !== undefined) refusals.push({ migration, reason: impossible.reason, next: impossible.wayOut });
    else reverse.add(migration);
  }
  return { reverse, refusals };
}

const unasked = (migration: MigrationId, isKnown: boolean, { to }: DecisionFacts): Refusal => ({
  migration,
  reason: isKnown
    ? 'its file was edited since it was applied: the old text can be reversed and the new one applied, when that is asked for'
    : 'its file was edited since it was applied, and the text that was applied is nowhere',
  next: `${isKnown ? `${wordingFor(to).plan(migration)} --remedy reverse\n` : ''}${command('ignore', migration)}`,
});

const notFor = (migration: MigrationId, { to }: DecisionFacts): Refusal => ({
  migration,
  reason: `its file is on ${wordingFor(to).place}, so its row belongs where it is`,
  next: command('show', migration),
});

/** A plan that leaves an edited migration as it is says so. */
export function editedWarnings(facts: DecisionFacts, wish: Wish): readonly string[] {
  if (wish.only !== null) return [];
  return editedIn(facts)
    .filter(({ migration, remedy }) => remedy !== 'ignore' && !wish.remedies.has(migration))
    .map(({ migration, source }) => {
      const left = `${migration} was edited since it was applied, and is left as it is.`;
      if (source === null) return `${left} The text that was applied is nowhere.`;
      return `${left} To reverse the old text and apply the new: ${wordingFor(facts.to).plan(migration)} --remedy reverse`;
    });
}
