/** Remembers which text was on disk when a row was first seen in a history table, and hands out what was remembered. */
import { createHash } from 'node:crypto';
import type { AppliedMigration, MigrationFile, MigrationId } from '../domain/migration.ts';
import {
  type KeptVersion,
  keptVersions,
  type Look,
  newIn,
  nextLog,
  type ProvenanceLog,
  type SeenFile,
  type SeenRow,
} from '../domain/provenance.ts';
import { BOUNDS, textsOf as blobsOf, bounded } from '../domain/provenance-bounds.ts';
import { decodeLog, encodeLog, type OpenedLog, openLog } from '../domain/provenance-text.ts';
import type { Oid } from '../domain/sighting.ts';
import type { ProvenanceStore, Repository, StoreChange, TakenFile } from '../git/contract.ts';
import type { Outside } from './outside.ts';
import { type FileAtLook, witnessed } from './witness.ts';

/** Rows of one project in one database, with the files they have here: what a look is about. */
export interface LookedAt {
  /** See `Connection.identity`. */
  readonly database: string;
  /** See `projectKey`. */
  readonly project: string;
  /** Rows whose files this repository has or had. */
  readonly applied: readonly AppliedMigration[];
  readonly files: readonly Pick<MigrationFile, 'id' | 'path'>[];
  /** Paths of the other files of the migration at a path. */
  readonly partsOf: (path: string) => readonly string[];
  /** Files whose text is not the recorded one any more: the blobs it may go by, see `TakenFile`. */
  readonly edited: ReadonlyMap<MigrationId, readonly Oid[]>;
  readonly log: OpenedLog | null;
}

const nameOf = (database: string, project: string): string =>
  createHash('sha256').update(`${database}\n${project}`).digest('hex').slice(0, 32);

/** What is recorded of a project's rows in a database; null when nothing is, or nothing that can be read. */
export async function readProvenance(
  repository: Repository,
  database: string,
  project: string,
): Promise<OpenedLog | null> {
  const text = await repository.provenance.read(nameOf(database, project));
  const log = text === null ? null : openLog(text);
  return log !== null && log.database === database && log.project === project ? log : null;
}

/** Everything that is recorded in a repository. */
export async function allProvenance(repository: Repository): Promise<readonly ProvenanceLog[]> {
  return [...(await repository.provenance.readAll()).values()].flatMap(text => decodeLog(text) ?? []);
}

/**
 * What is kept of the rows that matter at a look: those to be looked at again, and those that have no file on disk. `applied`: ids in the
 * table; null where the kept texts are needed to know them (Alembic).
 */
export function keptOf(
  log: OpenedLog | null,
  applied: readonly MigrationId[] | null,
  onDisk: ReadonlySet<MigrationId>,
): ReadonlyMap<MigrationId, KeptVersion> {
  if (log === null) return new Map();
  const known = new Set(log.open.map(record => record.migration));
  const missing = [...(applied ?? log.ids())].filter(id => !onDisk.has(id) && !known.has(id));
  return keptVersions([...log.open, ...missing.flatMap(log.of)]);
}

/** Records what is new since the last look. Starts no git and writes nothing where nothing is. */
async function recordLook(outside: Outside, repository: Repository, seen: LookedAt): Promise<void> {
  const bare = lookWithout(outside, repository, seen);
  const paths = new Map(seen.files.map(file => [file.id, file.path]));
  const later = laterIds(seen);
  if (later.length === 0 && seen.log !== null && seen.log.rows === bare.rows && !hasCome(seen.log, paths)) return;
  const log = seen.log?.whole() ?? null;
  const news = newIn(log, bare.applied, new Set(paths.keys()));
  if (news.length + later.length === 0 && nextLog(log, bare) === null) return;
  if (!repository.provenance.mayChange()) return;
  const present = news.filter(({ id }) => paths.has(id));
  const files = await filesAtLook(repository, seen, paths, [...present.map(({ id }) => id), ...later]);
  const sure = await witnessed(repository, log, present, files, bare.at);
  const seenFile = (id: MigrationId): readonly (readonly [MigrationId, SeenFile])[] => {
    const file = files.get(id);
    return file === undefined ? [] : [[id, { ...file, witnessed: sure.has(id), kept: file.texts !== null }]];
  };
  const look: Look = {
    ...bare,
    files: new Map(present.flatMap(({ id }) => seenFile(id))),
    edited: new Map(later.flatMap(seenFile)),
  };
  await write(repository, look, textsOf(files));
}

/** Records every look, one after the other; never fails. */
export async function recordAll(outside: Outside, repository: Repository, looks: readonly LookedAt[]): Promise<void> {
  for (const looked of looks) {
    try {
      await recordLook(outside, repository, looked);
    } catch {
      // Whatever keeps it from being recorded is no fault of the answer, and the look after this one finds it new again.
    }
  }
}

/**
 * The repository, closed only when the recording is over: whoever prints the answer does not wait for it. What is recorded after it, of a
 * run that the answer led to, comes after it.
 */
export const closingAfter = (repository: Repository, recording: Promise<void>): Repository =>
  // Whatever has been put round it stays round it.
  Object.assign(Object.create(repository) as Repository, {
    provenance: {
      ...repository.provenance,
      change: (next: Parameters<ProvenanceStore['change']>[0]) =>
        recording.then(() => repository.provenance.change(next)),
    },
    close: () => recording.then(() => repository.close()),
  });

/** The user says that the text on disk is what was applied. False when nothing could be written. */
export async function acceptAsApplied(
  outside: Outside,
  repository: Repository,
  seen: LookedAt,
  id: MigrationId,
): Promise<boolean> {
  return (await writeAccepted(outside, repository, seen, new Map([[id, 'said']]))) !== 'not-possible';
}

/** Records what a run did: rows it took out are gone, and what it applied was on disk. Never fails. */
export async function recordRun(
  outside: Outside,
  repository: Repository,
  seen: LookedAt,
  after: readonly AppliedMigration[],
  applied: readonly MigrationId[],
): Promise<void> {
  const before = new Set(seen.applied.map(({ id }) => id));
  const now = after.filter(({ id }) => before.has(id) || applied.includes(id));
  try {
    const accepted = new Map(applied.map(id => [id, 'appeared'] as const));
    await writeAccepted(outside, repository, { ...seen, applied: now }, accepted);
  } catch {
    // The run is what matters, and the next look sees what this one would have.
  }
}

async function writeAccepted(
  outside: Outside,
  repository: Repository,
  seen: LookedAt,
  accepted: Look['accepted'],
): Promise<'changed' | 'unchanged' | 'not-possible'> {
  const paths = new Map(seen.files.map(file => [file.id, file.path]));
  const files = await filesAtLook(repository, seen, paths, [...accepted.keys()]);
  const edited = new Map(
    [...files].map(([id, file]) => [id, { ...file, witnessed: false, kept: file.texts !== null }]),
  );
  return write(repository, { ...lookWithout(outside, repository, seen), edited, accepted }, textsOf(files));
}

/** Is there a file now of a row that had none? */
const hasCome = (log: OpenedLog, paths: ReadonlyMap<MigrationId, string>): boolean =>
  log.open.some(({ file, migration }) => file === 'none' && paths.has(migration));

const digestOf = (applied: readonly AppliedMigration[]): string =>
  createHash('sha256')
    .update(applied.map(({ id, appliedAt }) => `${id}\0${appliedAt ?? ''}`).join('\n'))
    .digest('hex')
    .slice(0, 32);

const lookWithout = (outside: Outside, { head, branch }: Repository, seen: LookedAt): Look => ({
  rows: digestOf(seen.applied),
  database: seen.database,
  project: seen.project,
  at: new Date(outside.clock()).toISOString(),
  head,
  branch,
  applied: seen.applied.map(({ id, appliedAt }): SeenRow => ({ id, appliedAt })),
  files: new Map(),
  edited: new Map(),
  accepted: new Map(),
});

/** Edited files whose present text is not recorded yet. */
const laterIds = ({ log, edited }: LookedAt): readonly MigrationId[] =>
  [...edited].filter(([id, blobs]) => !isRecorded(log, id, blobs)).map(([id]) => id);

const isRecorded = (log: OpenedLog | null, id: MigrationId, blobs: readonly Oid[]): boolean =>
  (log?.open ?? []).some(record => record.migration === id && record.blob !== null && blobs.includes(record.blob));

/** Files as they lie on disk now, with their parts, held against HEAD. */
async function filesAtLook(
  repository: Repository,
  { partsOf }: LookedAt,
  paths: ReadonlyMap<MigrationId, string>,
  ids: readonly MigrationId[],
): Promise<ReadonlyMap<MigrationId, FileAtLook>> {
  const wanted = ids.flatMap(id => paths.get(id) ?? []);
  const parts = new Map(wanted.map(path => [path, partsOf(path)]));
  const all = wanted.flatMap(path => [path, ...(parts.get(path) ?? [])]);
  const taken = repository.takeWorking(all, { one: BOUNDS.bytesOfOne, all: BOUNDS.bytes });
  const inHead = await headBlobs(repository, [...taken.keys()]);
  const files = new Map<MigrationId, FileAtLook>();
  for (const id of ids) {
    const path = paths.get(id);
    const file = path === undefined ? undefined : taken.get(path);
    if (path === undefined || file === undefined) continue;
    const others = (parts.get(path) ?? []).flatMap(each => {
      const part = taken.get(each);
      return part === undefined ? [] : [asTaken(each, part, inHead.get(each))];
    });
    files.set(id, fileAtLook(asTaken(path, file, inHead.get(path)), others, file.modifiedAt));
  }
  return files;
}

async function headBlobs(
  { head, versionsAt }: Repository,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Oid>> {
  if (head === null || paths.length === 0) return new Map();
  const found = await versionsAt([head], paths);
  return new Map([...found].flatMap(([path, [blob]]) => (blob === undefined ? [] : [[path, blob]])));
}

/** One file as it is recorded. */
interface AsTaken {
  readonly path: string;
  readonly blob: Oid;
  readonly bytes: number;
  readonly file: SeenFile['file'];
  /** null when it is too large to be kept. */
  readonly text: Uint8Array | null;
}

/** A file that differs from HEAD in its line endings only is as in HEAD: git itself may have written them so. */
function asTaken(path: string, taken: TakenFile, inHead: Oid | undefined): AsTaken {
  const { blob, size, withoutCr } = taken;
  if (inHead === undefined) return { path, bytes: size, blob, file: 'untracked', text: taken.bytes };
  if (withoutCr !== null && inHead === withoutCr.blob) {
    return { path, bytes: size, blob: inHead, file: 'as-in-head', text: withoutCr.bytes };
  }
  return { path, bytes: size, blob, file: inHead === blob ? 'as-in-head' : 'modified', text: taken.bytes };
}

function fileAtLook(
  { path, blob, bytes, file, text }: AsTaken,
  parts: readonly AsTaken[],
  modifiedAt: number,
): FileAtLook {
  const own = { path, blob, bytes, file, modifiedAt };
  const all = [{ blob, text }, ...parts].flatMap(each => (each.text === null ? [] : [[each.blob, each.text] as const]));
  const texts = all.length === parts.length + 1 ? new Map(all) : null;
  if (parts.length === 0) return { ...own, texts };
  return { ...own, parts: parts.map(part => ({ path: part.path, blob: part.blob, bytes: part.bytes })), texts };
}

const textsOf = (files: ReadonlyMap<MigrationId, FileAtLook>): ReadonlyMap<Oid, Uint8Array> =>
  new Map([...files.values()].flatMap(({ texts }) => [...(texts ?? [])]));

/** Writes, whatever others wrote meanwhile: what the look says is held against what stands there then. */
function write(repository: Repository, look: Look, texts: ReadonlyMap<Oid, Uint8Array>) {
  const name = nameOf(look.database, look.project);
  return repository.provenance.change((stored): StoreChange | null => {
    const logs = new Map([...stored].flatMap(([key, text]) => pair(key, decodeLog(text))));
    const next = nextLog(logs.get(name) ?? null, look);
    if (next === null) return null;
    const all = bounded(
      [...logs.entries()]
        .filter(([key]) => key !== name)
        .map(([, log]) => log)
        .concat(next),
    );
    const records = all.flatMap(log => log.records);
    const keep = new Set(records.flatMap(record => (record.kept ? blobsOf(record).map(([blob]) => blob) : [])));
    return {
      logs: new Map(all.map(log => [nameOf(log.database, log.project), encodeLog(log)])),
      keep,
      texts: new Map([...texts].filter(([blob]) => keep.has(blob))),
    };
  });
}

const pair = (key: string, log: ProvenanceLog | null): readonly (readonly [string, ProvenanceLog])[] =>
  log === null ? [] : [[key, log]];
