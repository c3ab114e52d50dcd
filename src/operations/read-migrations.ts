/** The migrations a project has on disk and has ever had in git, with what their texts declare. */
import path from 'node:path';
import type { Declaration, MigrationFile, MigrationId, Project, UnreadableFile } from '../domain/migration.ts';
import type { KeptVersion } from '../domain/provenance.ts';
import type { History, MigrationSighting, Oid, Sighting } from '../domain/sighting.ts';
import type { FileText, Framework, Known } from '../frameworks/contract.ts';
import type { Repository, WorkingFile } from '../git/contract.ts';
import { type PartsReader, partPaths, partsOnDisk, withParts } from './parts.ts';

/** All sightings of one project's migrations. */
export interface SeenMigrations {
  /** Newest first, by id. */
  readonly sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>;
  /** Declarations of the newest version of each; empty for linear frameworks, whose files declare nothing but their id. */
  readonly declared: Known;
  /** Of files that are no migrations by themselves, newest first; empty for frameworks whose migrations are one file each. */
  readonly ofParts: readonly Sighting[];
}

/** Sorts a history's sightings by migration. Reads texts only where ids are in the text. */
export async function sightingsOf(
  repository: Repository,
  project: Project,
  framework: Framework,
  history: History,
): Promise<SeenMigrations> {
  const texts =
    framework.idFrom === 'text'
      ? await repository.readBlobs([...new Set(history.sightings.map(sighting => sighting.blob))])
      : new Map<Oid, string>();
  const ids = new Map<string, MigrationId | null>();
  const sightings = new Map<MigrationId, MigrationSighting[]>();
  const declared = new Map<MigrationId, Declaration>();
  const ofParts: Sighting[] = [];
  for (const sighting of history.sightings) {
    const key = framework.idFrom === 'text' ? `${sighting.path}\n${sighting.blob}` : sighting.path;
    let id = ids.get(key);
    if (id === undefined) {
      const text = framework.idFrom === 'text' ? (texts.get(sighting.blob) ?? '') : null;
      id = framework.identify(project, sighting.path, text);
      ids.set(key, id);
      if (id !== null && text !== null && !declared.has(id)) {
        const read = framework.read(project, { path: sighting.path, text });
        if ('id' in read) declared.set(id, read);
      }
    }
    if (id === null) {
      if (framework.partsOf !== undefined) ofParts.push(sighting);
      continue;
    }
    const list = sightings.get(id);
    const own = { ...sighting, id };
    if (list === undefined) sightings.set(id, [own]);
    else list.push(own);
  }
  return { sightings, declared, ofParts };
}

/** What lies in the working tree. */
export interface DiskMigrations {
  /** In the order the framework would apply them. `blob` is empty until `withBlobs`. */
  readonly files: readonly MigrationFile[];
  readonly unreadable: readonly UnreadableFile[];
}

/**
 * Reads a project's files on disk. Texts are read where they declare something: in graph frameworks all of them, in linear ones
 * only what `mustRead` names (what is about to run).
 */
export function migrationsOnDisk(
  repository: Repository,
  project: Project,
  framework: Framework,
  working: readonly WorkingFile[],
  mustRead: (id: MigrationId) => boolean,
): DiskMigrations {
  const files: MigrationFile[] = [];
  const unreadable: UnreadableFile[] = [];
  const reader = { framework, project };
  const paths = working.map(each => each.path);
  for (const { path: file } of working) {
    const fromText = framework.idFrom === 'text' || framework.order === 'graph';
    const early = fromText ? null : framework.identify(project, file, null);
    if (!fromText && early === null) continue;
    if (early !== null && !mustRead(early)) {
      files.push({ id: early, requires: [], replaces: [], path: file, blob: '' });
      continue;
    }
    const text = repository.readWorking(file);
    if (text === null) continue;
    const id = framework.identify(project, file, framework.idFrom === 'text' ? text : null);
    if (id === null && framework.idFrom === 'path') continue;
    if (id === null && framework.isOthers?.(project, { path: file, text }) === true) continue;
    const parts = id === null ? [] : partsOnDisk(repository, reader, file, paths);
    const read = framework.read(project, withParts({ path: file, text }, parts));
    if (!('reason' in read)) files.push({ ...read, path: file, blob: '' });
    else if (read.passedOver !== true) unreadable.push(read);
  }
  const linked = framework.chained === true ? chained(framework, files) : files;
  return { files: inOrder(framework, linked), unreadable: withoutParts(reader, files, unreadable, paths) };
}

/** Files with what they build on without saying so: the one before, in their namespace. */
function chained(framework: Framework, files: readonly MigrationFile[]): readonly MigrationFile[] {
  const last = new Map<string | null, MigrationId>();
  const sorted = [...files].sort((a, b) => framework.compare(a.id, b.id));
  return sorted.map(file => {
    const namespace = framework.namespace(file.id);
    const before = last.get(namespace);
    last.set(namespace, file.id);
    return before === undefined ? file : { ...file, requires: [...new Set([before, ...file.requires])] };
  });
}

/** Where ids are in the texts, a part is no file that cannot be read. */
function withoutParts(
  reader: PartsReader,
  files: readonly MigrationFile[],
  unreadable: readonly UnreadableFile[],
  paths: readonly string[],
): readonly UnreadableFile[] {
  if (reader.framework.partsOf === undefined || unreadable.length === 0) return unreadable;
  const all = [...files, ...unreadable];
  const parts = new Set(all.flatMap(({ path: file }) => partPaths(reader, file, paths)));
  return unreadable.filter(({ path: file }) => !parts.has(file));
}

/** The order of application: dependencies first, and where nothing decides, the framework's own comparison. */
function inOrder(framework: Framework, files: readonly MigrationFile[]): readonly MigrationFile[] {
  const sorted = [...files].sort((a, b) => framework.compare(a.id, b.id));
  if (framework.order === 'linear') return sorted;
  const byId = new Map(sorted.map(file => [file.id, file]));
  const placed = new Set<MigrationId>();
  const order: MigrationFile[] = [];
  for (const start of sorted) {
    const trail: { file: MigrationFile; next: number }[] = [{ file: start, next: 0 }];
    const open = new Set<MigrationId>([start.id]);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const required = top.file.requires[top.next];
      top.next += 1;
      const file = required === undefined ? undefined : byId.get(required);
      if (required === undefined) {
        trail.pop();
        if (!placed.has(top.file.id)) order.push(top.file);
        placed.add(top.file.id);
      } else if (file !== undefined && !placed.has(file.id) && !open.has(file.id)) {
        open.add(file.id);
        trail.push({ file, next: 0 });
      }
    }
  }
  return order;
}

/** Gives files their blobs: as HEAD has them, and from the bytes on disk for those `fresh` names or HEAD does not have. */
export async function withBlobs(
  repository: Repository,
  pathspecs: readonly string[],
  files: readonly MigrationFile[],
  fresh: (file: MigrationFile) => boolean,
): Promise<readonly MigrationFile[]> {
  const inHead =
    repository.head === null ? new Map<string, Oid>() : await repository.filesAt(repository.head, pathspecs);
  const toHash = files.filter(file => fresh(file) || !inHead.has(file.path)).map(file => file.path);
  const hashed = toHash.length === 0 ? new Map<string, Oid>() : await repository.hashWorking(toHash);
  return files.map(file => ({ ...file, blob: hashed.get(file.path) ?? inHead.get(file.path) ?? '' }));
}

/** Gives files what their earlier versions replaced: a squash that was finished no longer says so itself. Only files that were edited are read. */
export async function withEarlierReplaces(
  repository: Repository,
  { framework, project }: { readonly framework: Framework; readonly project: Project },
  files: readonly MigrationFile[],
  sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>,
): Promise<readonly MigrationFile[]> {
  if (framework.order === 'linear') return files;
  const versions = new Map(
    files.map(({ id, blob }) => [
      id,
      [...new Set((sightings.get(id) ?? []).map(seen => seen.blob))].filter(each => each !== blob),
    ]),
  );
  const texts = await repository.readBlobs([...versions.values()].flat());
  return files.map(file => {
    const earlier = (versions.get(file.id) ?? []).flatMap(blob => {
      const text = texts.get(blob);
      const read = text === undefined ? null : framework.read(project, { path: file.path, text });
      return read !== null && 'id' in read ? read.replaces : [];
    });
    return earlier.length === 0 ? file : { ...file, replacedBefore: [...new Set(earlier)] };
  });
}

/** What kept copies declare, of migrations that neither git nor the disk knows: Alembic's rows are read by it. */
export async function declaredByKept(
  repository: Repository,
  { project, framework }: { readonly project: Project; readonly framework: Framework },
  kept: ReadonlyMap<MigrationId, KeptVersion>,
  declared: Known,
  files: readonly MigrationFile[],
): Promise<Known> {
  if (framework.order === 'linear' || kept.size === 0) return new Map();
  const onDisk = new Set(files.map(file => file.id));
  const lost = [...kept.values()].filter(({ migration }) => !declared.has(migration) && !onDisk.has(migration));
  const texts = await repository.readBlobs(lost.map(({ blob }) => blob));
  return new Map(
    lost.flatMap(({ migration, path, blob }) => {
      const text = texts.get(blob);
      const read = text === undefined ? null : framework.read(project, { path, text });
      return read !== null && 'id' in read && read.id === migration ? [[migration, read] as const] : [];
    }),
  );
}

/** Folders in which git has seen files: ignored files there count as migrations on disk too. */
export const foldersOf = (history: History): readonly string[] => [
  ...new Set(history.sightings.map(sighting => path.posix.dirname(sighting.path))),
];

/** The texts of files on disk, with their parts, for what looks into them. Files that vanished meanwhile are left out. `paths`: of the whole tree. */
export function textsOnDisk(
  repository: Repository,
  reader: PartsReader,
  files: readonly MigrationFile[],
  paths: readonly string[],
): readonly (Declaration & FileText)[] {
  return files.flatMap(({ id, requires, replaces, path: file }) => {
    const text = repository.readWorking(file);
    if (text === null) return [];
    return [withParts({ id, requires, replaces, path: file, text }, partsOnDisk(repository, reader, file, paths))];
  });
}
