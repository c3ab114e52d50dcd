/** Was the text on disk there when its row came? Answered from where HEAD has stood since, and from the file's and the row's times. */
import type { MigrationId } from '../domain/migration.ts';
import type { ProvenanceLog, SeenFile, SeenRow } from '../domain/provenance.ts';
import type { Oid } from '../domain/sighting.ts';
import type { Repository } from '../git/contract.ts';

/** A file of a row that is new, as a look found it. */
export interface FileAtLook extends Omit<SeenFile, 'witnessed' | 'kept'> {
  /** Its own text and those of its parts, by blob; null when one of them is too large to be kept. */
  readonly texts: ReadonlyMap<Oid, Uint8Array> | null;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** At a first look, the times that rows carry are believed to this much (a time without a zone may be read hours wrong), in milliseconds. */
const A_DAY = 24 * 60 * 60 * 1000;
/** Clocks of a server and of this machine differ a little. */
const A_MOMENT = 5_000;
/** At a first look this many of the newest rows are asked about, each by calls of git. */
const ASKED_AT_FIRST = 20;

/** Which of the rows came while no version but the one on disk was here. Nothing is believed that the reflog cannot tell. */
export async function witnessed(
  repository: Repository,
  log: ProvenanceLog | null,
  rows: readonly SeenRow[],
  files: ReadonlyMap<MigrationId, FileAtLook>,
  now: string,
): Promise<ReadonlySet<MigrationId>> {
  const present = rows.filter(({ id }) => files.has(id));
  if (present.length === 0) return new Set();
  const others = await headsElsewhere(repository);
  const unanimous = async (since: string, some: readonly SeenRow[]): Promise<ReadonlySet<MigrationId> | null> => {
    const stood = await repository.stoodOnSince(since);
    if (stood === null) return null;
    const paths = some.flatMap(({ id }) => files.get(id)?.path ?? []);
    const versions = await repository.versionsAt([...new Set([...stood, ...others])], paths);
    return new Set(some.map(({ id }) => id).filter(id => isOnly(files.get(id), versions)));
  };
  if (log === null) return atFirstLook(present, files, unanimous);
  const alone = (await unanimous(log.since, present)) ?? new Set();
  const window = { from: Date.parse(log.since), to: Date.parse(now) };
  return new Set(present.filter(row => isSure(row, files.get(row.id), alone.has(row.id), window)).map(({ id }) => id));
}

const isOnly = (file: FileAtLook | undefined, versions: ReadonlyMap<string, ReadonlySet<Oid>>): boolean =>
  file !== undefined && [...(versions.get(file.path) ?? [])].every(blob => blob === file.blob);

/** A row came between two looks. */
function isSure(
  { appliedAt }: SeenRow,
  file: FileAtLook | undefined,
  alone: boolean,
  { from, to }: { readonly from: number; readonly to: number },
): boolean {
  const applied = appliedAt === null ? Number.NaN : Date.parse(appliedAt);
  // It says it was applied long before a look that did not find it: brought from elsewhere, or put back.
  if (applied < from - A_DAY) return false;
  const isTimed = applied >= from - A_MOMENT && applied <= to + A_MOMENT;
  if (file === undefined || file.file === 'as-in-head') return alone;
  // Of a file that is not committed, its own time tells whether it was changed after it was applied.
  if (isTimed) return file.modifiedAt <= applied + A_MOMENT;
  return alone;
}

/** Nobody looked before: only rows that carry a time, and files that HEAD has had ever since, are believed. */
async function atFirstLook(
  rows: readonly SeenRow[],
  files: ReadonlyMap<MigrationId, FileAtLook>,
  unanimous: (since: string, some: readonly SeenRow[]) => Promise<ReadonlySet<MigrationId> | null>,
): Promise<ReadonlySet<MigrationId>> {
  const sure = new Set<MigrationId>();
  const timed = rows
    .filter(({ id, appliedAt }) => appliedAt !== null && files.get(id)?.file === 'as-in-head')
    .sort((a, b) => ((a.appliedAt ?? '') < (b.appliedAt ?? '') ? 1 : -1));
  for (const row of timed.slice(0, ASKED_AT_FIRST)) {
    const applied = Date.parse(row.appliedAt ?? '');
    if (Number.isNaN(applied)) continue;
    const alone = await unanimous(new Date(applied - A_DAY).toISOString(), [row]);
    // The reflog does not reach back so far, nor to anything older.
    if (alone === null) break;
    for (const id of alone) sure.add(id);
  }
  return sure;
}

/** Where other worktrees stand: they may share the database. */
const headsElsewhere = async (repository: Repository): Promise<readonly Oid[]> =>
  (await repository.otherWorktrees()).flatMap(({ head }) => head ?? []);
