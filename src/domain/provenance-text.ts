/**
 * Provenance logs as text. The first line is an object with the format number, the looks, and how many of the records are open (`isOpen`): those
 * stand first. Each further line is one record, an array whose ninth entry is the number of its look, so that a thousand rows seen
 * at once do not repeat where HEAD stood, and whose eleventh, where the migration has other files, names those:
 * `{"format":1,"database":"9f…","project":"dbmate","since":"2026-…Z","rows":"c1…","open":1,"looks":[["2026-…Z","3a…","main"]]}`,
 * `["0003","appeared","untracked","db/migrations/0003_glitter.up.sql","5b…",112,1,null,0,null,[["db/migrations/0003_glitter.down.sql","9a…",27]]]`.
 */
import { type MigrationId, migrationId } from './migration.ts';
import {
  type FileState,
  isOpen,
  type ProvenanceEvidence,
  type ProvenanceLog,
  type ProvenanceRecord,
  type RecordedPart,
} from './provenance.ts';

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
  const open = log.records.filter(isOpen);
  const lines = [...open, ...log.records.filter(record => !isOpen(record))].map(record => {
    const look = JSON.stringify([record.seenAt, record.head, record.branch]);
    const at = looks.get(look) ?? looks.size;
    looks.set(look, at);
    const { migration, evidence, file, path, blob, bytes, kept, appliedAt, goneAt, parts = [] } = record;
    const fields = [migration, evidence, file, path, blob, bytes, kept ? 1 : 0, appliedAt, at, goneAt];
    const others = parts.map(part => [part.path, part.blob, part.bytes]);
    return JSON.stringify(others.length === 0 ? fields : [...fields, others]);
  });
  const { database, project, since, rows } = log;
  const own = { format: FORMAT, database, project, since, rows, open: open.length };
  const head = { ...own, looks: [...looks.keys()].map(look => JSON.parse(look)) };
  return `${[JSON.stringify(head), ...lines].join('\n')}\n`;
}

/** A log of which only the open records are read at once: a look at a thousand rows of which none is new needs no more. */
export interface OpenedLog extends Pick<ProvenanceLog, 'database' | 'project' | 'since' | 'rows'> {
  readonly open: readonly ProvenanceRecord[];
  /** Ids of all records. */
  ids(): ReadonlySet<MigrationId>;
  /** The records of one migration. */
  of(id: MigrationId): readonly ProvenanceRecord[];
  /** All of it; null when some of it is damaged. */
  whole(): ProvenanceLog | null;
}

/** Opens a log; null when its head is damaged, or not of this format: then it counts for nothing, and a new one is begun. */
export function openLog(text: string): OpenedLog | null {
  const headEnd = text.indexOf('\n');
  const head = headOf(text.slice(0, headEnd));
  if (head === null || !text.endsWith('\n')) return null;
  const { database, project, since, rows, looks } = head;
  const openEnd = endOfLine(text, headEnd, head.open);
  const open = recordsIn(text.slice(headEnd + 1, openEnd), looks);
  if (open === null) return null;
  return {
    ...{ database, project, since, rows, open },
    ids() {
      const found = text.matchAll(/^\["((?:[^"\\]|\\.)*)"/gm);
      return new Set(Array.from(found, ([, id = '']) => migrationId(id.includes('\\') ? JSON.parse(`"${id}"`) : id)));
    },
    of(id) {
      const begin = `\n[${JSON.stringify(id)},`;
      const found: ProvenanceRecord[] = [];
      for (let at = text.indexOf(begin); at !== -1; at = text.indexOf(begin, at + 1))
        found.push(...(recordsIn(text.slice(at + 1, text.indexOf('\n', at + 1)), looks) ?? []));
      return found;
    },
    whole() {
      const records = recordsIn(text.slice(headEnd + 1, -1), looks);
      return records === null ? null : { database, project, since, rows, records };
    },
  };
}

/** Reads a log whole; null when any of it is damaged. */
export const decodeLog = (text: string): ProvenanceLog | null => openLog(text)?.whole() ?? null;

/** Where the line that lies so many lines further on ends. */
function endOfLine(text: string, from: number, lines: number): number {
  let at = from;
  for (let count = 0; count < lines && at !== -1; count += 1) at = text.indexOf('\n', at + 1);
  return at === -1 ? text.length : at;
}

type Looks = readonly (readonly unknown[])[];

function headOf(line: string) {
  try {
    const { format, database, project, since, rows, open, looks } = JSON.parse(line);
    const isSound =
      format === FORMAT &&
      [database, project, since, rows].every(isText) &&
      Number.isInteger(open) &&
      Array.isArray(looks) &&
      looks.every(look => Array.isArray(look));
    return isSound ? { database, project, since, rows, open: open as number, looks: looks as Looks } : null;
  } catch {
    return null;
  }
}

function recordsIn(lines: string, looks: Looks): readonly ProvenanceRecord[] | null {
  try {
    const parsed: readonly unknown[] = JSON.parse(`[${lines.replaceAll('\n', ',')}]`);
    const records = parsed.map(fields => (Array.isArray(fields) ? recordFrom(fields, looks) : null));
    return records.every(record => record !== null) ? records : null;
  } catch {
    return null;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isOidOrNull = (value: unknown): value is string | null =>
  value === null || (isText(value) && /^[0-9a-f]{40,64}$/.test(value));

function recordFrom(fields: readonly unknown[], looks: Looks): ProvenanceRecord | null {
  const [id, evidence, file, path, blob, bytes, kept, appliedAt, look, goneAt, others = []] = fields;
  const [seenAt, head, branch] = looks[Number(look)] ?? [];
  if (!isText(id) || !isText(evidence) || !EVIDENCE.includes(evidence)) return null;
  if (!isText(file) || !FILE_STATES.includes(file) || !isText(seenAt) || typeof bytes !== 'number') return null;
  if (!isTextOrNull(path) || !isTextOrNull(appliedAt) || !isTextOrNull(goneAt) || !isTextOrNull(branch)) return null;
  if (!isOidOrNull(blob) || !isOidOrNull(head)) return null;
  const parts = partsFrom(others);
  if (parts === null) return null;
  return {
    migration: migrationId(id),
    evidence: evidence as ProvenanceEvidence,
    file: file as FileState,
    path,
    blob,
    bytes,
    ...(parts.length === 0 ? {} : { parts }),
    kept: kept === 1,
    appliedAt,
    seenAt,
    head,
    branch,
    goneAt,
  };
}

function partsFrom(others: unknown): readonly RecordedPart[] | null {
  if (!Array.isArray(others)) return null;
  const parts = others.map((part: unknown): RecordedPart | null => {
    const [path, blob, bytes] = Array.isArray(part) ? part : [];
    return isText(path) && isText(blob) && isOidOrNull(blob) && typeof bytes === 'number'
      ? { path, blob, bytes }
      : null;
  });
  return parts.every(part => part !== null) ? parts : null;
}
