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
    if (record.blob === null || texts.has(record.blob)) continue;
    const fits = record.bytes <= bounds.bytesOfOne && bytes + record.bytes <= bounds.bytes && texts.size < bounds.texts;
    if (!fits) continue;
    texts.set(record.blob, record.bytes);
    bytes += record.bytes;
  }
  const isWithout = (record: ProvenanceRecord) => record.blob !== null && record.kept && !texts.has(record.blob);
  return newest.map(log => ({
    ...log,
    records: log.records
      .filter(record => !tooOld.has(record) && !(isWithout(record) && record.goneAt !== null))
      .map(record => (isWithout(record) ? { ...record, kept: false } : record)),
  }));
}

function worth({ goneAt, evidence, file }: ProvenanceRecord): number {
  if (goneAt !== null) return 0;
  if (evidence === 'later') return 1;
  return evidence === 'first-look' && file === 'as-in-head' ? 2 : 3;
}
