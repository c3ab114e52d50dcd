/** Gathers a life story: every version that git saw, the file on disk, and their texts. */
import type { MigrationId } from '../../domain/migration.ts';
import type { MigrationSighting } from '../../domain/sighting.ts';
import { clean } from '../../messages/clean.ts';
import { seenSentence } from '../../messages/edited.ts';
import { age, refName, shortOid } from '../../messages/words.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import type { CodeLine } from '../look/tones.ts';
import type { StoryView, Version } from '../state/state.ts';

/** The key of the text on disk: no blob of git has such a name. */
const DISK = 'on disk';

export async function gatherStory(
  { repository }: Inspection,
  inspected: InspectedProject,
  id: MigrationId,
  now: number,
): Promise<StoryView> {
  const sightings = [...(inspected.sightings.get(id) ?? [])].reverse();
  const finding = inspected.diagnosis.findings.find(
    each => (each.kind === 'orphaned' || each.kind === 'edited') && each.migration === id,
  );
  const kept = finding?.kind === 'orphaned' || finding?.kind === 'edited' ? (finding.kept ?? null) : null;
  const file = inspected.facts.files.find(entry => entry.id === id);
  const isApplied = (inspected.facts.applied ?? []).some(row => row.id === id);
  const source = finding?.kind === 'orphaned' || finding?.kind === 'edited' ? finding.source : null;
  // What git has is the applied version where nothing says otherwise: the last one before the file went, or the one on disk.
  const appliedBlob = source?.blob ?? (isApplied && file !== undefined ? (sightings.at(-1)?.blob ?? null) : null);
  const held = await repository.holders([...new Set(sightings.map(sighting => sighting.path))]);
  const versions: Version[] = sightings.map((sighting, index) => ({
    title: `${shortOid(sighting.commit)} ${sighting.change}`,
    by: byWhom(sighting, inspected, now),
    path: clean(sighting.path) + (sighting.from === null ? '' : ` (from ${clean(sighting.from)})`),
    blob: sighting.blob,
    refs: index === lastHolding(sightings, sighting.blob) ? refsOf(sighting, held) : [],
    applied: sighting.blob === appliedBlob && index === lastHolding(sightings, appliedBlob),
  }));
  if (kept !== null && !sightings.some(sighting => sighting.blob === kept.blob)) {
    const by = `seen ${seenSentence(kept, now)}`;
    const applied = kept.blob === appliedBlob;
    versions.push({ title: 'kept copy', by, path: clean(kept.path), blob: kept.blob, refs: [], applied });
  }
  const texts = new Map(await repository.readBlobs([...new Set(versions.map(version => version.blob))]));
  const onDisk = file === undefined ? null : repository.readWorking(file.path);
  if (file !== undefined && onDisk !== null) {
    versions.push({
      title: DISK,
      by: 'the working tree',
      path: clean(file.path),
      blob: DISK,
      refs: [],
      applied: false,
    });
    texts.set(DISK, onDisk);
  }
  const paths = new Map<string, string>([
    ...(kept === null ? [] : [[kept.blob, kept.path] as const]),
    ...sightings.map(each => [each.blob, each.path] as const),
    [DISK, file?.path ?? ''],
  ]);
  const { createHighlighter } = await import('../look/highlight.ts');
  const highlight = createHighlighter();
  const coloured = new Map<string, readonly CodeLine[]>();
  for (const [blob, text] of texts) coloured.set(blob, highlight(text, paths.get(blob) ?? ''));
  return { versions, texts: coloured };
}

/** The last sighting that left (or, when it deleted, took away) this blob. */
const lastHolding = (sightings: readonly MigrationSighting[], blob: string | null): number =>
  sightings.findLastIndex(sighting => sighting.blob === blob && sighting.change !== 'deleted');

const refsOf = (sighting: MigrationSighting, held: Held): readonly string[] =>
  (held.get(sighting.path) ?? []).filter(({ blob }) => blob === sighting.blob).map(({ ref }) => refName(ref));

type Held = ReadonlyMap<string, readonly { readonly ref: string; readonly blob: string }[]>;

function byWhom(sighting: MigrationSighting, { facts }: InspectedProject, now: number): string {
  const commit = facts.commits.get(sighting.commit);
  return commit === undefined ? '' : `${clean(commit.author)}, ${age(commit.date, now)}: ${clean(commit.subject)}`;
}
