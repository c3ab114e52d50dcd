/**
 * Provenance logs as text. The first line is an object with the format number and the looks; each further line is one record, an array whose last
 * but one entry is the number of its look, so that a thousand rows seen at once do not repeat where HEAD stood:
 * `{"format":1,"database":"9f…","project":"dbmate","since":"2026-11-21T08:00:00.000Z","looks":[["2026-11-21T08:00:00.000Z","3a…","main"]]}`,
 * `["0003","appeared","untracked","db/migrations/0003_glitter.sql","5b…",112,1,null,0,null]`.
 */
import { migrationId } from './migration.ts';
import type { FileState, ProvenanceEvidence, ProvenanceLog, ProvenanceRecord } from './provenance.ts';

const FORMAT = 1;

const FILE_STATES: readonly string[] = ['as-in-head', 'modified', 'untracked', 'none'] satisfies FileState[];
const EVIDENCE: readonly string[] = [
  'appeared',
  'unsure',
  'first-look',
  'said',
  'later',
] satisfies ProvenanceEvidence[];

/** Writes a log. */
export function encodeLog(log: ProvenanceLog): string {
  const looks = new Map<string, number>();
  const lines = log.records.map(record => {
    const look = JSON.stringify([record.seenAt, record.head, record.branch]);
    const at = looks.get(look) ?? looks.size;
    looks.set(look, at);
    const { migration, evidence, file, path, blob, bytes, kept, appliedAt, goneAt } = record;
    return JSON.stringify([migration, evidence, file, path, blob, bytes, kept ? 1 : 0, appliedAt, at, goneAt]);
  });
  const { database, project, since } = log;
  const head = { format: FORMAT, database, project, since, looks: [...looks.keys()].map(look => JSON.parse(look)) };
  return `${[JSON.stringify(head), ...lines].join('\n')}\n`;
}

/** Reads a log; null when it is damaged, or not of this format: then it counts for nothing, and a new one is begun. */
export function decodeLog(text: string): ProvenanceLog | null {
  try {
    const [head, ...records] = JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`);
    const { format, database, project, since, looks } = head;
    const isSound = format === FORMAT && isText(database) && isText(project) && isText(since) && Array.isArray(looks);
    if (!isSound) return null;
    const all = records.map((record: readonly unknown[]) => recordFrom(record, looks));
    return all.includes(null) ? null : { database, project, since, records: all };
  } catch {
    return null;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isOidOrNull = (value: unknown): value is string | null =>
  value === null || (isText(value) && /^[0-9a-f]{40,64}$/.test(value));

function recordFrom(fields: readonly unknown[], looks: readonly (readonly unknown[])[]): ProvenanceRecord | null {
  const [id, evidence, file, path, blob, bytes, kept, appliedAt, look, goneAt] = fields;
  const [seenAt, head, branch] = looks[Number(look)] ?? [];
  if (!isText(id) || !isText(evidence) || !EVIDENCE.includes(evidence)) return null;
  if (!isText(file) || !FILE_STATES.includes(file) || !isText(seenAt) || typeof bytes !== 'number') return null;
  if (!isTextOrNull(path) || !isTextOrNull(appliedAt) || !isTextOrNull(goneAt) || !isTextOrNull(branch)) return null;
  if (!isOidOrNull(blob) || !isOidOrNull(head)) return null;
  return {
    migration: migrationId(id),
    evidence: evidence as ProvenanceEvidence,
    file: file as FileState,
    path,
    blob,
    bytes,
    kept: kept === 1,
    appliedAt,
    seenAt,
    head,
    branch,
    goneAt,
  };
}
