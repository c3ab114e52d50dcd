/** Looks at a repository and its databases and says what is true. Reads only; nothing of the repository is executed. */
import { ProblemError } from '../domain/problem.ts';
import type { Repository } from '../git/contract.ts';
import { findAddress, reading } from './connect.ts';
import { type FoundProject, findProjects, projectKey } from './find-projects.ts';
import { configurationOf, foldersWith, type Learnt, pathspecsOf, rememberLook } from './hook-memory.ts';
import { inspectProject } from './inspect-project.ts';
import { inspectThere, projectsThere, type There } from './inspect-there.ts';
import type { FailedProject, InspectedProject, Inspection, ReadRows } from './inspection.ts';
import type { Listening, Outside, Where } from './outside.ts';
import { closingAfter, readProvenance, recordAll } from './provenance.ts';
import { apart, checkColumns } from './shared-tables.ts';
import { alsoSplit, withSplitFiles } from './split-files.ts';

export type { InspectedProject, Inspection } from './inspection.ts';

/**
 * Inspects every project, and compares it with the working tree, or with the commit that `where.to` names. The caller closes
 * `repository`. Problems of one project among several are collected, of a single one thrown.
 */
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
  bare: Repository,
  where: Where,
  listening: Listening,
): Promise<Inspection> {
  const to = where.to == null ? null : await bare.target(where.to);
  const settings = outside.config.settings(bare.root);
  const finding = findProjects(bare, outside.frameworks, settings, where);
  const lookingThere = finding.then(found => (to === null ? null : projectsThere(outside, bare, to, found)));
  const walking = bare.walk({
    pathspecs: Promise.all([finding, lookingThere]).then(([found, there]) => walkedPathspecs(found, there)),
    unreachable: where.deep,
    signal: listening.signal,
    onProgress: seen => listening.onProgress({ event: 'walking', ...seen }),
  });
  // A failure of the search for projects is told by the search itself.
  walking.catch(() => undefined);
  lookingThere.catch(() => undefined);
  const found = await finding;
  if (where.database !== null && found.length > 1) {
    throw new ProblemError('bad-arguments', {
      reason: `--database names one database, but there are ${found.length} projects: say which with --project`,
    });
  }
  const there = await lookingThere;
  const databases = found.map(project => readRows(outside, bare, project, where, listening));
  const [walked, ...reads] = await Promise.all([walking, ...databases]);
  const rows = apart(found, reads);
  const { repository, history } = await withSplitFiles(bare, found, walked);
  const projects: InspectedProject[] = [];
  const failed: FailedProject[] = [];
  for (const [index, project] of found.entries()) {
    const read = rows[index];
    if (read === undefined) continue;
    try {
      if (read instanceof ProblemError) throw read;
      const here = await inspectProject({ outside, repository, found: project, history, read, instead: null });
      const at = splitThere(there?.get(project) ?? null, found);
      projects.push(to === null || at === null ? here : await inspectThere(outside, where, at, here, history));
    } catch (error) {
      if (!(error instanceof ProblemError) || found.length === 1) throw error;
      failed.push({ key: projectKey(project.project), problem: error });
    }
  }
  // What another commit has is on nobody's disk.
  const onDisk = projects.map(project => project.to?.here ?? project);
  await rememberLook(repository, where, () => learntFrom(repository, where, found, onDisk));
  const recording = recordAll(
    outside,
    repository,
    onDisk.map(({ looked }) => looked),
  );
  return { repository: closingAfter(repository, recording), settings, projects, failed, gaps: history.gaps, to };
}

const splitThere = (at: There | null, found: readonly FoundProject[]): There | null =>
  at === null ? null : { ...at, tree: { ...at.tree, repository: alsoSplit(at.tree.repository, found) } };

/** The same list whenever nothing lies elsewhere in the other commit: what git was walked for is remembered by it. */
const walkedPathspecs = (found: readonly FoundProject[], there: ReadonlyMap<FoundProject, There> | null) =>
  pathspecsOf([...found, ...[...(there?.values() ?? [])].flatMap(each => each.found ?? [])]);

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
      const { lock, dependencies } = found.framework;
      const [read, locks, depends, log] = await Promise.all([
        connection.readHistory(found.project.historyTable),
        lock === undefined ? null : connection.readHistory(lock.table(found.project)),
        dependencies === undefined ? null : connection.readHistory(dependencies.table(found.project)),
        readProvenance(repository, connection.identity, projectKey(found.project)),
      ]);
      if (read.table === 'present') checkColumns(found, read.columns, address.display);
      return {
        log,
        address,
        addressFrom: from,
        server: connection.server,
        identity: connection.identity,
        abilities: connection.abilities,
        rows: read.table === 'present' ? read.rows : null,
        locked: locks?.table === 'present' ? (lock?.holder(locks.rows) ?? null) : null,
        dependencies: depends?.table === 'present' ? depends.rows : [],
      };
    });
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}
