/** What a reader of a plan should know beside its steps: which texts are used, and what stays as it is. */
import type { Decision } from '../domain/decision.ts';
import type { OrphanFinding } from '../domain/finding.ts';
import type { ParkedSet } from '../domain/parking.ts';
import type { Step } from '../domain/plan.ts';
import { isWitness } from '../domain/provenance.ts';
import type { CheckoutFilter, Repository } from '../git/contract.ts';
import type { InspectedProject } from './inspect.ts';
import type { PlanWish } from './make-plan.ts';

/** Texts that were chosen among several, or that no commit has. */
export function sourceWarnings(inspected: InspectedProject, decision: Decision): readonly string[] {
  const reversed = new Set(decision.reverse.map(entry => entry.id));
  return inspected.diagnosis.findings
    .filter((finding): finding is OrphanFinding => finding.kind === 'orphaned' && reversed.has(finding.migration))
    .flatMap(finding => workingWarning(inspected, finding) ?? versionsWarning(inspected, finding));
}

/** The table does not tell which text was applied, where none is committed. */
function workingWarning({ to, sightings }: InspectedProject, { migration, source }: OrphanFinding): string | null {
  if (source?.working === undefined) return null;
  const isHere = to?.here.facts.files.some(file => file.id === migration) ?? false;
  if (!isHere) return `No commit has ${migration}: its text in ${source.working} is used.`;
  const seen = (sightings.get(migration) ?? []).some(sighting => sighting.change !== 'deleted');
  return seen
    ? `${migration} has changes that are not committed: it is reversed as it lies on disk now, as that is what was applied, as far as is known.`
    : `${migration} is not committed: it is reversed as it lies on disk now, and its file stays there when git switches.`;
}

/** Edited before it was deleted: the table does not tell which version was applied, and a reader should know what did. */
function versionsWarning(
  { to }: InspectedProject,
  { migration, versions, source, kept, checksum }: OrphanFinding,
): readonly string[] {
  if (versions < (source?.commit === null ? 1 : 2)) return [];
  const seen = `Git has seen ${versions === 1 ? 'another version' : `${versions} versions`} of ${migration}`;
  if (checksum === 'fits') return [`${seen}; the one whose checksum is in its row is used.`];
  if (kept != null && isWitness(kept) && kept.blob === source?.blob)
    return [`${seen}; the one that was on disk when it was applied is used (seen ${kept.seenAt.slice(0, 10)}).`];
  const isHere = to?.here.facts.files.some(file => file.id === migration) ?? false;
  return isHere ? [] : [`${seen}; the last one before it went is used. Another can be chosen with --from <commit>.`];
}

/** Data of a migration that is applied again lies parked. */
export const parkedNote = ({ migration, id }: ParkedSet, putBack: boolean): string =>
  putBack
    ? `Parked data of ${migration} is put back after it is applied (${id}).`
    : `Parked data of ${migration} is here: tidemark park restore ${id} puts it back once it is applied, and so does --restore-parked.`;

/** For a comparison with a commit: orphans of the working tree that are none there, and what is pending there. */
export function notesOn({ to, facts, diagnosis }: InspectedProject, wish: PlanWish): readonly string[] {
  if (to === null) return [];
  const { name } = to.target;
  const there = new Set(facts.files.map(file => file.id));
  const back = to.here.diagnosis.findings.flatMap(finding =>
    finding.kind === 'orphaned' && there.has(finding.migration) ? [finding.migration] : [],
  );
  const pending = diagnosis.migrations.filter(({ state }) => state === 'pending').map(({ id }) => id);
  const applied = wish.switch === true && wish.apply;
  return [
    ...to.notes,
    ...back.map(id => `${id} has no file here, and ${name} has it: it stays applied.`),
    ...(pending.length === 0 || applied || wish.only !== null
      ? []
      : [`${name} has ${pending.join(', ')} pending: tidemark reconcile applies that once you are there.`]),
  ];
}

/** What the checkouts of a plan's commands start besides git; what runs is a warning, and so part of the plan's id. */
export async function filtersRun(
  repository: Repository,
  steps: readonly Step[],
): Promise<{ readonly warnings: readonly string[]; readonly notes: readonly string[] }> {
  const commits = new Set(steps.flatMap(({ doing }) => (doing.how === 'command' ? [doing.commit] : [])));
  const found = new Map<string, CheckoutFilter>();
  for (const commit of commits)
    for (const filter of await repository.checkoutFilters(commit)) found.set(filter.name, filter);
  const [run, off] = [
    [...found.values()].filter(({ isRun }) => isRun),
    [...found.values()].filter(({ isRun }) => !isRun),
  ];
  return {
    warnings: run.map(
      ({ name, command }) =>
        `Checking out the old code starts a filter of your git settings: ${command} (filter.${name}, asked for by .gitattributes or your own attributes).`,
    ),
    notes: off.map(({ name }) => `The filter ${name} is switched off in checkouts: its files stay pointers there.`),
  };
}
