/** How much provenance may keep, and what goes first when it is too much. */
import type { ProvenanceLog, ProvenanceRecord } from './provenance.ts';
import type { Oid } from './sighting.ts';

/** What may be kept, all databases and projects of a repository together. Texts that several rows share count once. */
export interface ProvenanceBounds {
  readonly logs: number;
  /** Records of rows that are gone; of rows that stand there is one each, and the later texts. */
  readonly gone: number;
  readonly texts: number;
  readonly bytes: number;
  readonly bytesOfOne: number;
}

export const BOUNDS: ProvenanceBounds = {
  logs: 16,
  gone: 1_000,
  texts: 10_000,
  bytes: 32 * 1024 * 1024,
  bytesOfOne: 1024 * 1024,
};

/**
 * Drops what is too much: whole logs that had nothing new for longest; records of rows that are gone, the oldest first; then texts: those of
 * gone rows, later ones, those that HEAD had and nobody saw come, and last those that were seen to come, each the oldest first.
 */
export function bounded(logs: readonly ProvenanceLog[], bounds: ProvenanceBounds = BOUNDS): readonly ProvenanceLog[] {
  const newest = [...logs].sort((a, b) => (a.since < b.since ? 1 : -1)).slice(0, bounds.logs);
  const all = newest.flatMap(log => log.records);
  const gone = all
    .filter(record => record.goneAt !== null)
    .sort((a, b) => ((a.goneAt ?? '') < (b.goneAt ?? '') ? 1 : -1));
  const tooOld = new Set(gone.slice(bounds.gone));
  const mostWorth = all
    .filter(record => record.kept && record.blob !== null && !tooOld.has(record))
    .sort((a, b) => worth(b) - worth(a) || (a.seenAt < b.seenAt ? 1 : -1));
  const texts = new Map<Oid, number>();
  let bytes = 0;
  for (const record of mostWorth) {
    // A migration without its other files is of no use, so all of them are kept or none.
    const wanted = new Map(textsOf(record).filter(([blob]) => !texts.has(blob)));
    const more = [...wanted.values()].reduce((sum, size) => sum + size, 0);
    const fits =
      [...wanted.values()].every(size => size <= bounds.bytesOfOne) &&
      bytes + more <= bounds.bytes &&
      texts.size + wanted.size <= bounds.texts;
    if (!fits) continue;
    for (const [blob, size] of wanted) texts.set(blob, size);
    bytes += more;
  }
  const isWithout = (record: ProvenanceRecord) => record.kept && !textsOf(record).every(([blob]) => texts.has(blob));
  return newest.map(log => ({
    ...log,
    records: log.records
      .filter(record => !tooOld.has(record) && !(isWithout(record) && record.goneAt !== null))
      .map(record => (isWithout(record) ? { ...record, kept: false } : record)),
  }));
}

/** The blobs that a record names, with their sizes. */
export const textsOf = ({ blob, bytes, parts = [] }: ProvenanceRecord): readonly (readonly [Oid, number])[] =>
  blob === null ? [] : [[blob, bytes], ...parts.map(part => [part.blob, part.bytes] as const)];

function worth({ goneAt, evidence, file }: ProvenanceRecord): number {
  if (goneAt !== null) return 0;
  if (evidence === 'later') return 1;
  return evidence === 'first-look' && file === 'as-in-head' ? 2 : 3;
}
