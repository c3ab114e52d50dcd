/** Applied migrations whose file has another text than was there when they were applied: what is said of them, and what is offered. */
import type { ProjectFacts } from './diagnosis.ts';
import type { EditedFinding, Remedy } from './finding.ts';
import type { MigrationId } from './migration.ts';
import { wasInWork } from './provenance.ts';

/**
 * One finding for each, in the order given. An edit that the table cannot prove weighs nothing while the file was in work when it was applied:
 * its author may have reversed it, changed it and applied it again, as one does. What weighs nothing is found, but asks for nothing.
 */
export function explainEdited(facts: ProjectFacts): readonly EditedFinding[] {
  return [...(facts.edited ?? [])].map(([migration, { by, kept, path, source, trusted, edit, changed }]) => {
    const certain = by === 'checksum' || (kept !== null && kept.appliedAt !== null);
    const ignored = facts.ignored.has(migration);
    const wasFinished = kept === null || !wasInWork(kept);
    const weighs = edit === 'contents' && (certain || wasFinished) && !ignored;
    const commit = changed === null ? undefined : facts.commits.get(changed.commit);
    const both: readonly Remedy[] = weighs ? ['reverse', 'ignore'] : ['ignore', 'reverse'];
    return {
      kind: 'edited',
      migration,
      by,
      path,
      source,
      trusted,
      kept,
      certain,
      edit,
      changed: changed === null || commit === undefined ? null : { commit, path: changed.path },
      ignored,
      // Never offered as the one thing to do: whoever edited it may have changed the database by hand as well.
      remedy: weighs ? 'ask' : 'ignore',
      remedies: source === null ? ['ignore'] : both,
    };
  });
}

/** Ids of the edited ones. */
export const editedIds = (findings: readonly EditedFinding[]): ReadonlySet<MigrationId> =>
  new Set(findings.map(finding => finding.migration));
