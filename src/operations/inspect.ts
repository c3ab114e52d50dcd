/** Looks at a repository and its databases and says what is true. Reads only; nothing of the repository is executed. */
import type { Settings } from '../config/contract.ts';
import type { Address, EngineAbilities } from '../databases/contract.ts';
import { diagnose } from '../domain/diagnose.ts';
import type { Diagnosis, ProjectFacts } from '../domain/diagnosis.ts';
import type { AppliedMigration, MigrationFile, MigrationId, Project, Row } from '../domain/migration.ts';
import { withoutFile } from '../domain/orphans.ts';
import { ProblemError } from '../domain/problem.ts';
import type { KeptVersion } from '../domain/provenance.ts';
import type { OpenedLog } from '../domain/provenance-text.ts';
import type { History, HistoryGap, MigrationSighting, Oid } from '../domain/sighting.ts';
import type { Framework, Known } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import { findAddress, reading } from './connect.ts';
import { gatherEvidence } from './evidence.ts';
import { findEdited } from './find-edited.ts';
import { type FoundProject, findProjects, projectKey } from './find-projects.ts';
import { configurationOf, foldersWith, type Learnt, pathspecsOf, rememberLook } from './hook-memory.ts';
import { ignoredIn } from './ignore.ts';
import type { Listening, Outside, Where } from './outside.ts';
import { closingAfter, keptOf, type LookedAt, readProvenance, recordAll } from './provenance.ts';
import {
  declaredByKept,
  foldersOf,
  migrationsOnDisk,
  sightingsOf,
  textsOnDisk,
  withBlobs,
  withEarlierReplaces,
} from './read-migrations.ts';

/** One project with its database, looked at. */
export interface InspectedProject {
  readonly key: string;
  readonly found: FoundProject;
  readonly project: Project;
  readonly framework: Framework;
  readonly address: Address;
  readonly addressFrom: string;
  readonly server: string;
  readonly identity: string;
  readonly abilities: EngineAbilities;
  /** Rows of the history table as stored; empty when there is none. */
  readonly rows: readonly Row[];
  readonly known: Known;
  readonly sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>;
  readonly facts: ProjectFacts;
  readonly diagnosis: Diagnosis;
  /** What was looked at, with all that was recorded of it before; this look itself is recorded when the repository is closed. */
  readonly looked: LookedAt;
  /** What the framework's own commands would do wrong now; null when nothing. */
  readonly hazard: string | null;
}

/** A project that could not be looked at, beside others that could. */
interface FailedProject {
  readonly key: string;
  readonly problem: ProblemError;
}

export interface Inspection {
  readonly repository: Repository;
  readonly settings: Settings;
  readonly projects: readonly InspectedProject[];
  readonly failed: readonly FailedProject[];
  readonly gaps: readonly HistoryGap[];
}

/** Inspects every project. The caller closes `repository`. Problems of one project among several are collected, of a single one thrown. */
export async function inspect(outside: Outside, where: Where, listening: Listening): Promise<Inspection> {
  const repository = await outside.git.open(where.directory);
  try {
    return await inspectIn(outside, repository, where, listening);
  } catch (error) {
    await repository.close();
    throw error;
  }
}

/** As `inspect`, in a repository that is open already, and stays so. */
export async function inspectIn(
  outside: Outside,
  repository: Repository,
  where: Where,
  listening: Listening,
): Promise<Inspection> {
  const settings = outside.config.settings(repository.root);
  const finding = findProjects(repository, outside.frameworks, settings, where);
  const walking = repository.walk({
    pathspecs: finding.then(pathspecsOf),
    unreachable: where.deep,
    signal: listening.signal,
    onProgress: seen => listening.onProgress({ event: 'walking', ...seen }),
  });
  // A failure of the search for projects is told by the search itself.
  walking.catch(() => undefined);
  const found = await finding;
  if (where.database !== null && found.length > 1) {
    throw new ProblemError('bad-arguments', {
      reason: `--database names one database, but there are ${found.length} projects: say which with --project`,
    });
  }
  const databases = found.map(project => readRows(outside, repository, project, where, listening));
  const [history, ...rows] = await Promise.all([walking, ...databases]);
  const projects: InspectedProject[] = [];
  const failed: FailedProject[] = [];
  for (const [index, project] of found.entries()) {
    const read = rows[index];
    if (read === undefined) continue;
    if (read instanceof ProblemError) {
      if (found.length === 1) throw read;
      failed.push({ key: projectKey(project.project), problem: read });
    } else projects.push(await inspectProject(repository, project, history, read));
  }
  await rememberLook(repository, where, () => learntFrom(repository, where, found, projects));
  const recording = recordAll(
    outside,
    repository,
    projects.map(({ looked }) => looked),
  );
  return { repository: closingAfter(repository, recording), settings, projects, failed, gaps: history.gaps };
}

/** An address that was given with the command is no configuration: the hook would not find it again. */
function learntFrom(
  repository: Repository,
  where: Where,
  found: readonly FoundProject[],
  projects: readonly InspectedProject[],
): Learnt {
  const configurations =
    where.database === null
      ? projects.map(project => configurationOf(repository.root, project.found, project.address))
      : [];
  if (where.framework !== null || where.project !== null) return { configurations, places: null };
  const files = projects.flatMap(({ facts }) => facts.files.map(file => file.path));
  return { configurations, places: { pathspecs: pathspecsOf(found), folders: foldersWith(files) } };
}

interface ReadRows {
  readonly log: OpenedLog | null;
  readonly address: Address;
  readonly addressFrom: string;
  readonly server: string;
  readonly identity: string;
  readonly abilities: EngineAbilities;
  readonly rows: readonly Row[] | null;
}

async function readRows(
  outside: Outside,
  repository: Repository,
  found: FoundProject,
  where: Where,
  listening: Listening,
): Promise<ReadRows | ProblemError> {
  try {
    const { address, from } = findAddress(outside, repository, found, where);
    where.follow?.(repository.root, found, address);
    listening.onProgress({ event: 'reading-database', database: address.display });
    if (where.recover !== null) await (await outside.databases.openToChange(address, where.recover)).close();
    return await reading(outside, address, async connection => {
      const [read, log] = await Promise.all([
        connection.readHistory(found.project.historyTable),
        readProvenance(repository, connection.identity, projectKey(found.project)),
      ]);
      return {
        log,
        address,
        addressFrom: from,
        server: connection.server,
        identity: connection.identity,
        abilities: connection.abilities,
        rows: read.table === 'present' ? read.rows : null,
      };
    });
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

async function inspectProject(
  repository: Repository,
  found: FoundProject,
  history: History,
  read: ReadRows,
): Promise<InspectedProject> {
  const { project, framework } = found;
  const rows = read.rows ?? [];
  const pathspecs = framework.pathspecs(project);
  const [seen, working, ignored] = await Promise.all([
    sightingsOf(repository, project, framework, history),
    repository.workingFiles(pathspecs, foldersOf(history)),
    ignoredIn(repository, project),
  ]);
  const linear = framework.order === 'linear' ? framework.applied(project, rows, seen.declared) : null;
  const alreadyApplied = new Set(linear?.map(row => row.id));
  const disk = migrationsOnDisk(repository, project, framework, working, id => !alreadyApplied.has(id));
  const onDisk = new Set(disk.files.map(file => file.id));
  const kept = keptOf(read.log, linear?.map(row => row.id) ?? null, onDisk);
  const known: Known = new Map([
    ...(await declaredByKept(repository, found, kept, seen.declared, disk.files)),
    ...seen.declared,
    ...disk.files.map(file => [file.id, file] as const),
  ]);
  const applied = read.rows === null ? null : (linear ?? framework.applied(project, rows, known));

  const idFacts = idFactsOf(framework, [
    ...seen.sightings.keys(),
    ...disk.files.map(f => f.id),
    ...(applied ?? []).map(r => r.id),
    ...disk.files.flatMap(f => f.requires),
  ]);
  const ownNamespaces = namespacesOf(framework, [
    ...seen.sightings.keys(),
    ...disk.files.map(file => file.id),
    ...kept.keys(),
  ]);
  const { orphans, foreign } = withoutFile({ applied, files: disk.files, idFacts, ownNamespaces });
  const others = new Set(foreign.map(row => row.id));
  const ours = (applied ?? []).filter(row => !others.has(row.id));
  const { edited, blobs: editedBlobs } = await findEdited(repository, {
    ...{ project, framework, kept, applied: ours, files: disk.files, sightings: seen.sightings },
  });
  const key = projectKey(project);
  const { log, ...answer } = read;
  const looked = { database: read.identity, project: key, applied: ours, files: disk.files, edited: editedBlobs, log };
  const bare = { ...answer, rows, key, found, project, framework, known, sightings: seen.sightings, looked };
  const base = {
    order: framework.order,
    historyTable: project.historyTable,
    applied,
    unreadable: disk.unreadable,
    idFacts,
    ownNamespaces,
    commits: history.commits,
    ignored,
    edited,
  };
  if (orphans.length === 0) {
    const facts: ProjectFacts = {
      ...base,
      files: disk.files,
      evidence: new Map(),
      inHead: new Set(),
      texts: new Map(),
    };
    return { ...bare, facts, diagnosis: diagnose(facts), hazard: null };
  }
  const isPending = pendingTest(applied);
  const lostIds = orphans.map(row => row.id);
  const [blobs, gathered] = await Promise.all([
    withBlobs(repository, pathspecs, disk.files, isPending),
    gatherEvidence(repository, lostIds, seen.sightings, history.commits, kept),
  ]);
  const files = await withEarlierReplaces(repository, found, blobs, seen.sightings);
  const texts = await textsFor(repository, files.filter(isPending), orphans, seen.sightings, kept);
  const facts: ProjectFacts = { ...base, files, evidence: gathered.evidence, inHead: gathered.inHead, texts };
  const diagnosis = diagnose(facts);
  const unsettled = diagnosis.findings.flatMap(f =>
    f.kind === 'orphaned' && f.cause !== 'squashed' ? f.migration : [],
  );
  const hazard = unsettled.length === 0 ? null : framework.hazard(project, unsettled, applied ?? []);
  return { ...bare, facts, diagnosis, hazard };
}

function pendingTest(applied: readonly AppliedMigration[] | null): (file: MigrationFile) => boolean {
  const ids = new Set((applied ?? []).map(row => row.id));
  return file => !ids.has(file.id);
}

function idFactsOf(framework: Framework, ids: readonly MigrationId[]): ProjectFacts['idFacts'] {
  return new Map(ids.map(id => [id, { namespace: framework.namespace(id), number: framework.number(id) }]));
}

function namespacesOf(framework: Framework, ids: readonly MigrationId[]): ReadonlySet<string> | null {
  const namespaces = ids.map(id => framework.namespace(id)).filter(namespace => namespace !== null);
  // A framework without namespaces answers null for any id; one whose repository has no file yet still has them.
  return namespaces.length === 0 && ids.length > 0 ? null : new Set(namespaces);
}

/** Texts that tell whether an orphan lives on: of its versions, and of the pending files it may have become. */
async function textsFor(
  repository: Repository,
  pending: readonly MigrationFile[],
  orphans: readonly AppliedMigration[],
  sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>,
  kept: ReadonlyMap<MigrationId, KeptVersion>,
): Promise<ReadonlyMap<Oid, string>> {
  const versions = orphans.flatMap(({ id }) => [...(sightings.get(id) ?? []), kept.get(id) ?? []].flat());
  const blobs = versions.map(({ blob }) => blob);
  const texts = new Map(pending.length === 0 ? [] : await repository.readBlobs([...new Set(blobs)]));
  const blobOf = new Map(pending.map(file => [file.path, file.blob]));
  for (const file of textsOnDisk(repository, pending)) texts.set(blobOf.get(file.path) ?? '', file.text);
  return texts;
}
