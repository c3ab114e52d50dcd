/** `tidemark log <id>`: the life story of one migration, oldest first. */
import type { ProvenanceRecord } from '../../domain/provenance.ts';
import type { CommitInfo, MigrationSighting } from '../../domain/sighting.ts';
import { clean } from '../../messages/clean.ts';
import { seenSentence } from '../../messages/edited.ts';
import { age, shortOid } from '../../messages/words.ts';
import { findMigration } from '../../operations/find-migration.ts';
import { inspect } from '../../operations/inspect.ts';
import type { Session } from '../session.ts';

export async function logCommand(session: Session, typed: string): Promise<number> {
  const inspection = await inspect(session.outside, session.where, session.listening);
  try {
    const { inspected, id } = findMigration(inspection, typed);
    const story = [...(inspected.sightings.get(id) ?? [])].reverse();
    const { commits } = inspected.facts;
    const provenance = inspected.looked.log?.of(id) ?? [];
    if (session.json) {
      session.document({
        format: 1,
        migration: id,
        sightings: story.map(sighting => ({
          ...sighting,
          author: commits.get(sighting.commit)?.author ?? null,
          date: commits.get(sighting.commit)?.date ?? null,
          subject: commits.get(sighting.commit)?.subject ?? null,
        })),
        provenance,
      });
      return 0;
    }
    session.out(session.style.strong(clean(id)));
    if (story.length === 0) session.out('  Git has never seen a file of it.');
    for (const sighting of story) printSighting(session, sighting, commits.get(sighting.commit));
    for (const record of provenance) printSeen(session, record);
    return 0;
  } finally {
    await inspection.repository.close();
  }
}

function printSighting(
  { out, style, now }: Session,
  sighting: MigrationSighting,
  commit: CommitInfo | undefined,
): void {
  const by =
    commit === undefined ? '' : `  ${clean(commit.author)}, ${age(commit.date, now)}: ${clean(commit.subject)}`;
  const merge = sighting.merge ? ' (in a merge)' : '';
  out(`  ${shortOid(sighting.commit)}  ${sighting.change.padEnd(8)}${by}${merge}`);
  const from = sighting.from === null ? '' : ` from ${clean(sighting.from)}, ${sighting.similarity} % alike`;
  out(style.faint(`              ${clean(sighting.path)}${from}  (blob ${shortOid(sighting.blob)})`));
}

function printSeen({ out, style, now }: Session, record: ProvenanceRecord): void {
  const label = record.evidence === 'later' ? 'edited' : 'applied';
  out(`  ${'on disk'.padEnd(10)}  ${label.padEnd(8)}  ${seenSentence(record, now)}`);
  if (record.blob === null) return;
  const kept = record.kept ? 'kept' : 'text not kept';
  const gone = record.goneAt === null ? '' : `; its row was gone ${age(record.goneAt, now)}`;
  out(style.faint(`              (blob ${shortOid(record.blob)}, ${kept}${gone})`));
}
