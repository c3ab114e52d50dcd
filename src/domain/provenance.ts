/** Tidemark's own record of which text was on disk when a row was first seen in a history table. Pure: what is recorded, and what goes first. */
import type { MigrationId } from './migration.ts';
import type { Oid } from './sighting.ts';

/** How a file stood to HEAD when it was seen; `none`: the row was there, its file was not. */
export type FileState = 'as-in-head' | 'modified' | 'untracked' | 'none';

/**
 * What a record proves. `appeared`: the row came while no other version of its file was here. `unsure`: it came since an earlier look, but
 * other versions were here meanwhile, or the file may have been changed since. `first-look`: it was there before anybody looked.
 * `said`: the user said so. `later`: a text the file was given while the row stood; never the first word on what was applied.
 */
export type ProvenanceEvidence = 'appeared' | 'unsure' | 'first-look' | 'said' | 'later';

/** Another file of a migration, as it was on disk. */
export interface RecordedPart {
  readonly path: string;
  readonly blob: Oid;
  readonly bytes: number;
}

/** One text of one applied migration. Holds ids, paths and times only. */
export interface ProvenanceRecord {
  readonly migration: MigrationId;
  readonly evidence: ProvenanceEvidence;
  readonly file: FileState;
  /** null for `none`. */
  readonly path: string | null;
  /** The text's blob; null for `none`. As in HEAD where only line endings differ from it. */
  readonly blob: Oid | null;
  /** Size of the text. */
  readonly bytes: number;
  /** Its other files, where it has any. */
  readonly parts?: readonly RecordedPart[];
  /** Is the text itself kept, with those of its other files? Not when one was too large, or had to go. */
  readonly kept: boolean;
  /** The time the row says it was applied at; null where the table keeps none: then nothing tells a second application from the first. */
  readonly appliedAt: string | null;
  /** ISO 8601 in UTC. */
  readonly seenAt: string;
  readonly head: Oid | null;
  readonly branch: string | null;
  /** When the row was first missing again; null while it stands. */
  readonly goneAt: string | null;
}

/** What is recorded of one project's rows in one database. */
export interface ProvenanceLog {
  /** The server's own identity with the database in it, see `Connection.identity`. */
  readonly database: string;
  /** See `projectKey`. */
  readonly project: string;
  /** The latest look that had something to record. A row that is not recorded was not there then. */
  readonly since: string;
  /** Digest of the rows of that look. */
  readonly rows: string;
  readonly records: readonly ProvenanceRecord[];
}

/** A row, as a look sees it. */
export interface SeenRow {
  readonly id: MigrationId;
  readonly appliedAt: string | null;
}

/** A file, as a look sees it. `witnessed`: no other version was here since the row can have come. */
export interface SeenFile {
  readonly path: string;
  readonly blob: Oid;
  readonly bytes: number;
  readonly parts?: readonly RecordedPart[];
  readonly file: Exclude<FileState, 'none'>;
  readonly witnessed: boolean;
  /** Is there a text to keep? Not of what is too large. */
  readonly kept: boolean;
}

/** One look at one project's rows. */
export interface Look {
  readonly database: string;
  readonly project: string;
  readonly at: string;
  readonly head: Oid | null;
  readonly branch: string | null;
  /** Digest of `applied`. */
  readonly rows: string;
  readonly applied: readonly SeenRow[];
  /** Files of what `newIn` named. */
  readonly files: ReadonlyMap<MigrationId, SeenFile>;
  /** Files whose text is not the recorded one any more. */
  readonly edited: ReadonlyMap<MigrationId, SeenFile>;
  /** Of `edited`: those that were applied as they are now, because the user says so (`said`) or Tidemark did it (`appeared`). */
  readonly accepted: ReadonlyMap<MigrationId, 'said' | 'appeared'>;
}

/** How many later texts of one applied migration are kept. */
const KEPT_LATER = 3;

/** The record of what was applied, by id: not the later texts. */
const ofApplied = (log: ProvenanceLog | null): ReadonlyMap<MigrationId, ProvenanceRecord> =>
  new Map(
    (log?.records ?? []).filter(({ evidence }) => evidence !== 'later').map(record => [record.migration, record]),
  );

/** Does a record speak of the application that the row stands for now? */
const isOf = (record: ProvenanceRecord, row: SeenRow): boolean =>
  record.appliedAt === row.appliedAt && (record.goneAt === null || row.appliedAt !== null);

/** Rows of which nothing is recorded yet, or whose file has come since: their files must be looked at. `onDisk`: ids that have a file. */
export function newIn(
  log: ProvenanceLog | null,
  applied: readonly SeenRow[],
  onDisk: ReadonlySet<MigrationId>,
): readonly SeenRow[] {
  const recorded = ofApplied(log);
  return applied.filter(row => {
    const record = recorded.get(row.id);
    if (record === undefined || !isOf(record, row)) return true;
    return record.blob === null && onDisk.has(row.id);
  });
}

/** The log after a look; null when the look has nothing new to say, or another has looked since. */
export function nextLog(log: ProvenanceLog | null, look: Look): ProvenanceLog | null {
  if (log !== null && log.since > look.at) return null;
  const recorded = ofApplied(log);
  const laters = Map.groupBy(
    (log?.records ?? []).filter(({ evidence }) => evidence === 'later'),
    record => record.migration,
  );
  const now = new Set(look.applied.map(row => row.id));
  const records: ProvenanceRecord[] = [];
  // A look that finds nothing is worth recording: whatever comes after it was seen to come.
  let changed = log === null || log.rows !== look.rows;
  for (const row of look.applied) {
    const old = recorded.get(row.id);
    const record = recordOf(old, row, look, log === null);
    const known = laters.get(row.id) ?? [];
    const later = record === old || isRevived(old, record) ? laterTexts(known, row, look) : [];
    if (record !== old || (later !== known && later.length + known.length > 0)) changed = true;
    records.push(record, ...later);
  }
  for (const record of log?.records ?? []) {
    if (now.has(record.migration)) continue;
    if (record.goneAt === null) changed = true;
    records.push(record.goneAt === null ? { ...record, goneAt: look.at } : record);
  }
  const { database, project, at, rows } = look;
  return changed ? { database, project, since: at, rows, records } : null;
}

const isRevived = (old: ProvenanceRecord | undefined, record: ProvenanceRecord): boolean =>
  old !== undefined && old.goneAt !== null && record.blob === old.blob && record.seenAt === old.seenAt;

function recordOf(old: ProvenanceRecord | undefined, row: SeenRow, look: Look, isFirstLook: boolean): ProvenanceRecord {
  const [accepted, because] = [look.edited.get(row.id), look.accepted.get(row.id)];
  if (accepted !== undefined && because !== undefined) return made(row, look, accepted, because);
  const file = look.files.get(row.id);
  if (old !== undefined && isOf(old, row)) {
    if (old.goneAt !== null) return { ...old, goneAt: null };
    // The row stood before its file came: what was applied may have been another text.
    return old.blob === null && file !== undefined ? made(row, look, file, 'first-look') : old;
  }
  if (file === undefined && old !== undefined && old.goneAt !== null && row.appliedAt === null) {
    // The row is back, perhaps from a backup, and nothing but the old text is known of it.
    return { ...old, goneAt: null, evidence: 'unsure' };
  }
  if (file === undefined) return made(row, look, null, isFirstLook ? 'first-look' : 'unsure');
  return made(row, look, file, file.witnessed ? 'appeared' : isFirstLook ? 'first-look' : 'unsure');
}

const made = (
  row: SeenRow,
  { at, head, branch }: Look,
  seen: SeenFile | null,
  evidence: ProvenanceEvidence,
): ProvenanceRecord => ({
  migration: row.id,
  evidence,
  file: seen?.file ?? 'none',
  path: seen?.path ?? null,
  blob: seen?.blob ?? null,
  bytes: seen?.bytes ?? 0,
  ...(seen?.parts === undefined ? {} : { parts: seen.parts }),
  kept: seen?.kept ?? false,
  appliedAt: row.appliedAt,
  seenAt: at,
  head,
  branch,
  goneAt: null,
});

function laterTexts(known: readonly ProvenanceRecord[], row: SeenRow, look: Look): readonly ProvenanceRecord[] {
  const edited = look.edited.get(row.id);
  if (edited === undefined || known.some(({ blob }) => blob === edited.blob)) return known;
  return [...known.slice(1 - KEPT_LATER), made(row, look, edited, 'later')];
}

/** What provenance knows about the text of one applied migration, for the diagnosis. */
export interface KeptVersion extends ProvenanceRecord {
  readonly path: string;
  readonly blob: Oid;
  /** Texts the file had later, while the row stood; newest last. */
  readonly later: readonly ProvenanceRecord[];
}

/** The kept versions of rows that stand, by id. Rows that were only ever seen without a file are left out. */
export function keptVersions(records: readonly ProvenanceRecord[]): ReadonlyMap<MigrationId, KeptVersion> {
  const kept = new Map<MigrationId, KeptVersion>();
  const standing = records.filter(record => record.goneAt === null);
  for (const record of standing) {
    const { migration, path, blob, evidence } = record;
    if (evidence === 'later' || path === null || blob === null) continue;
    kept.set(migration, { ...record, path, blob, later: [] });
  }
  for (const record of standing) {
    const own = record.evidence === 'later' ? kept.get(record.migration) : undefined;
    if (own !== undefined) kept.set(record.migration, { ...own, later: [...own.later, record] });
  }
  return kept;
}

/** Must it be looked at again at every look? A file that may be edited, or that may come; what merely was there at a first look need not. */
export const isOpen = ({ evidence, file, goneAt }: ProvenanceRecord): boolean =>
  goneAt === null && (file === 'none' || evidence === 'appeared' || evidence === 'said' || evidence === 'later');

/** Is this the text that was applied, as far as anybody can tell from outside? */
export const isWitness = ({ evidence }: Pick<ProvenanceRecord, 'evidence'>): boolean =>
  evidence === 'appeared' || evidence === 'said';

/** A text that was being worked on when it was applied: its author may well have reversed it, changed it and applied it again. */
export const wasInWork = ({ file }: Pick<ProvenanceRecord, 'file'>): boolean =>
  file === 'untracked' || file === 'modified';
