/** Migrations that were squashed by hand: deleted together in the commit that added one file which makes the same tables. */
import { wordingFor } from '../domain/command-text.ts';
import type { Declaration, MigrationId } from '../domain/migration.ts';
import { namesAny } from '../domain/reversal-order.ts';
import type { FileText, ReversibleMigration } from '../frameworks/contract.ts';
import type { InspectedProject } from './inspect.ts';

/** Why an orphan is not reversed unasked, and what to type. */
type Doubt = { readonly reason: string; readonly wayOut: string };

/**
 * Orphans that look squashed: at least two were deleted by one commit that also added a file on disk naming tables of at least two of
 * them. Nothing declares it (Django's `replaces` would), and reversing them would destroy what that file stands for.
 */
export function squashedByHand(
  inspected: InspectedProject,
  orphans: ReadonlyMap<MigrationId, ReversibleMigration>,
  onDisk: readonly (Declaration & FileText)[],
): ReadonlyMap<MigrationId, Doubt> {
  const doubts = new Map<MigrationId, Doubt>();
  for (const [commit, deleted] of deletedTogether(inspected, orphans)) {
    if (deleted.length < 2) continue;
    for (const file of onDisk.filter(({ id }) => wasAddedBy(inspected, id, commit))) {
      const named = deleted.filter(orphan => namesAny(file.text, madeBy(inspected, orphan)));
      if (named.length < 2) continue;
      for (const { id } of named) doubts.set(id, doubt(inspected, id, file.id, named.length));
    }
  }
  return doubts;
}

const doubt = ({ to }: InspectedProject, id: MigrationId, squash: MigrationId, number: number): Doubt => ({
  reason: `it was deleted by the commit that added ${squash}, which names the tables of ${number} that went: that looks like a squash, and reversing would destroy what it stands for`,
  wayOut: `${wordingFor(to?.target.name).take('forget', id)}\n${wordingFor(to?.target.name).take('reverse', id)}`,
});

function deletedTogether(
  { diagnosis }: InspectedProject,
  orphans: ReadonlyMap<MigrationId, ReversibleMigration>,
): ReadonlyMap<string, readonly ReversibleMigration[]> {
  const groups = new Map<string, ReversibleMigration[]>();
  for (const finding of diagnosis.findings) {
    const orphan = finding.kind === 'orphaned' ? orphans.get(finding.migration) : undefined;
    if (finding.kind !== 'orphaned' || finding.deleted === null || orphan === undefined) continue;
    const { oid } = finding.deleted.commit;
    groups.set(oid, [...(groups.get(oid) ?? []), orphan]);
  }
  return groups;
}

const wasAddedBy = ({ sightings }: InspectedProject, id: MigrationId, commit: string): boolean =>
  (sightings.get(id) ?? []).some(
    seen => seen.commit === commit && (seen.change === 'added' || seen.change === 'renamed'),
  );

const madeBy = ({ framework, project }: InspectedProject, orphan: ReversibleMigration): readonly string[] =>
  framework.losses(project, orphan).tables.map(table => table.slice(table.lastIndexOf('.') + 1));
