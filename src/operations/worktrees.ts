/** Which orphans the repository's other worktrees still have on disk, and whether those use the same database. */
import type { Address } from '../databases/contract.ts';
import type { Source, WorktreeHolding } from '../domain/finding.ts';
import type { MigrationId } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import { samePlace } from '../domain/same-database.ts';
import type { MigrationSighting } from '../domain/sighting.ts';
import type { OtherWorktree, Repository } from '../git/contract.ts';
import { configuredAddress, isFromEnvironment } from './connect.ts';
import { type FoundProject, findProjects } from './find-projects.ts';
import type { Outside } from './outside.ts';
import { type Parts, partsOnDisk } from './parts.ts';

/** One other worktree that has at least one of the orphans. */
export interface HoldingWorktree {
  readonly holding: WorktreeHolding;
  readonly has: ReadonlySet<MigrationId>;
  /** Its files of those orphans, with their texts; empty when its folder is not there now. */
  readonly files: ReadonlyMap<MigrationId, LyingFile>;
}

interface LyingFile {
  readonly source: Source;
  readonly text: string;
  readonly parts: Parts;
}

/** What is asked about. */
interface Asked {
  readonly outside: Outside;
  readonly repository: Repository;
  readonly found: FoundProject;
  readonly address: Address;
  readonly addressFrom: string;
  readonly orphans: readonly MigrationId[];
  readonly sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>;
}

/** Looks into every other worktree. Only their files are read, and git's list of them: nothing of theirs is run. */
export async function worktreesHolding(asked: Asked): Promise<readonly HoldingWorktree[]> {
  const others = await asked.repository.otherWorktrees();
  const looked = await Promise.all(others.map(other => lookInto(asked, other)));
  return looked.filter(({ has }) => has.size > 0);
}

async function lookInto(asked: Asked, other: OtherWorktree): Promise<HoldingWorktree> {
  if (!other.present) return byItsCommit(asked, other);
  let open: Repository;
  try {
    open = await asked.outside.git.open(other.path);
  } catch (error) {
    if (error instanceof ProblemError) return byItsCommit(asked, other);
    throw error;
  }
  try {
    const there = await projectIn(asked, open);
    const files = await filesIn(asked, open, there);
    const database = there === null ? 'unknown' : databaseOf(asked, open, there);
    return { holding: holdingOf(other, database), has: new Set(files.keys()), files };
  } finally {
    await open.close();
  }
}

const holdingOf = (
  { path, branch, head, locked }: OtherWorktree,
  database: WorktreeHolding['database'],
): WorktreeHolding => ({ path, branch, head, locked, database });

/** A worktree whose folder cannot be looked into has what is checked out there. */
async function byItsCommit({ repository, orphans, sightings }: Asked, other: OtherWorktree): Promise<HoldingWorktree> {
  const pathsOf = (id: MigrationId) => [...new Set((sightings.get(id) ?? []).map(sighting => sighting.path))];
  const held =
    other.head === null ? new Map<string, string>() : await repository.blobsAt(other.head, orphans.flatMap(pathsOf));
  const has = new Set(orphans.filter(id => pathsOf(id).some(path => held.has(path))));
  return { holding: holdingOf(other, 'unknown'), has, files: new Map() };
}

/** The same project in that worktree; null when it is not found there, or its settings cannot be used. */
async function projectIn({ outside, found }: Asked, open: Repository): Promise<FoundProject | null> {
  try {
    const settings = outside.config.settings(open.root);
    const all = await findProjects(open, [found.framework], settings, { framework: null, project: null });
    const same = all.find(
      ({ project }) => project.root === found.project.root && project.database === found.project.database,
    );
    return same ?? (all.length === 1 ? (all[0] ?? null) : null);
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

async function filesIn(
  { found, orphans, sightings }: Asked,
  open: Repository,
  there: FoundProject | null,
): Promise<HoldingWorktree['files']> {
  const { framework } = found;
  const project = there?.project ?? found.project;
  const folders = orphans.flatMap(id =>
    (sightings.get(id) ?? []).map(({ path }) => path.replace(/\/?[^/]*$/, '') || '.'),
  );
  const listed = await open.workingFiles(framework.pathspecs(project), [...new Set(folders)]);
  const wanted = new Set(orphans);
  const files = new Map<MigrationId, LyingFile>();
  const paths = listed.map(({ path }) => path);
  for (const { path } of listed) {
    const early = framework.idFrom === 'path' ? framework.identify(project, path, null) : null;
    if (framework.idFrom === 'path' && (early === null || !wanted.has(early))) continue;
    const text = open.readWorking(path);
    const id = text === null ? null : (early ?? framework.identify(project, path, text));
    if (text === null || id === null || !wanted.has(id)) continue;
    const blob = (await open.hashWorking([path])).get(path) ?? '';
    const parts = partsOnDisk(open, { framework, project }, path, paths);
    files.set(id, { source: { commit: null, path, blob, working: open.root }, text, parts });
  }
  return files;
}

/** Compares what that worktree's own configuration names with the database of this one. */
function databaseOf({ outside, address, addressFrom }: Asked, open: Repository, there: FoundProject) {
  try {
    const own = configuredAddress(outside, open, there);
    const place = own === null ? 'unknown' : samePlace(address, own.address);
    // A variable of this shell may be set in the other's shell too, to the same or to something else.
    return place === 'other' && isFromEnvironment(outside, addressFrom) ? 'unknown' : place;
  } catch (error) {
    if (error instanceof ProblemError) return 'unknown';
    throw error;
  }
}
