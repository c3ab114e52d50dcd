/** Compares a project's database with another commit's tree: what would be wrong if one switched there now. */
import type { Source } from '../domain/finding.ts';
import type { MigrationId, TableName } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import { samePlace } from '../domain/same-database.ts';
import type { History, Oid } from '../domain/sighting.ts';
import type { SwitchTarget } from '../domain/switching.ts';
import type { Repository } from '../git/contract.ts';
import { configuredAddress, isFromEnvironment } from './connect.ts';
import type { AtHand } from './evidence.ts';
import { type FoundProject, markersOf, projectKey, projectsIn } from './find-projects.ts';
import { inspectProject } from './inspect-project.ts';
import type { InspectedProject } from './inspection.ts';
import type { Outside, Where } from './outside.ts';
import { type Parts, partsOnDisk } from './parts.ts';
import { type TreeAt, treeAt } from './tree-at.ts';

/** One of the working tree's projects as another commit has it. */
export interface There {
  readonly target: SwitchTarget;
  readonly tree: TreeAt;
  /** The user's own repository, at its own HEAD. */
  readonly repository: Repository;
  /** null when that commit has no such project. */
  readonly found: FoundProject | null;
}

/** Finds each of the working tree's projects in another commit's tree: by its folder, else as the only one that is left of its framework. */
export async function projectsThere(
  outside: Outside,
  repository: Repository,
  target: SwitchTarget,
  here: readonly FoundProject[],
): Promise<ReadonlyMap<FoundProject, There>> {
  const tree = treeAt(repository, target);
  const frameworks = outside.frameworks.filter(framework => here.some(found => found.framework === framework));
  const all = await tree.onSources(markersOf(frameworks), sources => {
    try {
      return projectsIn(sources, frameworks, outside.config.settings(repository.root, sources.read));
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'bad-settings') throw badSettings(target, error);
      throw error;
    }
  });
  const isSame = (one: FoundProject, other: FoundProject) => projectKey(one.project) === projectKey(other.project);
  const hasFiles = async ({ framework, project }: FoundProject) =>
    (await repository.filesAt(target.commit, framework.pathspecs(project))).size > 0;
  const there = new Map<FoundProject, There>();
  for (const found of here) {
    const same = all.find(each => isSame(each, found));
    const [moved, ...others] = all.filter(
      each => each.framework === found.framework && !here.some(own => isSame(own, each)),
    );
    const left = here.filter(own => own.framework === found.framework && !all.some(each => isSame(each, own)));
    // A folder that still looks like the project, but whose migrations lie in another one, is not where they are applied from.
    const stays = same !== undefined && (moved === undefined || (await hasFiles(same)));
    const mayBeMoved = others.length === 0 && (same === undefined ? left.length === 1 : true);
    const chosen = stays || !mayBeMoved ? same : moved;
    there.set(found, { target, tree, repository, found: chosen ?? null });
  }
  return there;
}

const badSettings = (target: SwitchTarget, error: ProblemError): ProblemError => {
  const { complaints } = (error as ProblemError<'bad-settings'>).facts;
  return new ProblemError(
    'refused',
    { reason: `The settings that ${target.name} has cannot be used: ${complaints.join(' ')}`, next: 'tidemark status' },
    { cause: error },
  );
};

/** Looks at one project as if one stood on the target already. Throws `refused` when it keeps its history in another table there. */
export async function inspectThere(
  outside: Outside,
  where: Where,
  { target, tree, repository, found }: There,
  here: InspectedProject,
  history: History,
): Promise<InspectedProject> {
  const bare = { target, repository: tree.repository, here };
  const { title } = here.framework;
  const at = here.project.root === '.' ? '' : ` in ${here.project.root}`;
  if (found === null) {
    const setAside = `${target.name} has no ${title} project${at}: its database is left as it is`;
    return alone(here, { ...bare, setAside, notes: [] });
  }
  const [own, other] = [nameOf(here.project.historyTable), nameOf(found.project.historyTable)];
  if (own !== other) {
    throw new ProblemError('refused', {
      reason: `${title}${at} keeps its history in ${own} here, and in ${other} on ${target.name}: one does not follow from the other.`,
      next: 'tidemark status',
    });
  }
  const moved =
    found.project.root === here.project.root ? [] : [`On ${target.name} this project lies in ${found.project.root}.`];
  const database = await databaseThere(outside, where, { target, tree, repository, found }, here);
  const to = { ...bare, setAside: null, notes: [...moved, ...database.notes] };
  if (database.setAside !== null) return alone(here, { ...to, setAside: database.setAside });
  const read = { ...here, rows: here.facts.applied === null ? null : here.rows };
  const { address, addressFrom, server, identity, abilities, rows, locked, dependencies } = read;
  const { log } = here.looked;
  return inspectProject({
    outside,
    repository: tree.repository,
    found,
    history,
    read: { address, addressFrom, server, identity, abilities, rows, locked, dependencies, log },
    instead: { to, atHand: ids => versionsAtHand(repository, here, ids) },
  });
}

const nameOf = ({ schema, name }: TableName): string => (schema === null ? name : `${schema}.${name}`);

/** A project that switching does not concern: as it is here, with nothing to do about it. */
function alone(here: InspectedProject, to: NonNullable<InspectedProject['to']>): InspectedProject {
  const migrations = here.diagnosis.migrations.filter(({ state }) => state !== 'pending');
  const counts = { applied: migrations.length, pending: 0, orphaned: 0 };
  return { ...here, to, hazard: null, diagnosis: { ...here.diagnosis, migrations, counts, findings: [] } };
}

/** Does the target use the same database, by what its own files say? Asked only where those files decide. */
async function databaseThere(
  outside: Outside,
  where: Where,
  { target, tree, repository, found }: There & { readonly found: FoundProject },
  here: InspectedProject,
): Promise<{ readonly setAside: string | null; readonly notes: readonly string[] }> {
  if (where.database !== null || isFromEnvironment(outside, here.addressFrom)) return { setAside: null, notes: [] };
  const name = here.address.display;
  const unknown = `Whether ${target.name} uses ${name} too cannot be told from its configuration; it is taken to.`;
  try {
    const own = await tree.onSources(found.framework.markers, sources =>
      configuredAddress(outside, repository, { ...found, tree: sources }),
    );
    const sameness = own === null ? 'unknown' : samePlace(here.address, own.address);
    if (sameness === 'same') return { setAside: null, notes: [] };
    if (sameness === 'unknown' || own === null) return { setAside: null, notes: [unknown] };
    const setAside = `${target.name} uses another database, ${own.address.display} (${own.from}): ${name} is left as it is`;
    return { setAside, notes: [] };
  } catch (error) {
    if (error instanceof ProblemError) return { setAside: null, notes: [unknown] };
    throw error;
  }
}

/**
 * The versions that were applied, as far as is known: the file that lies in the working tree now; where none does, what a look at the
 * working tree makes of the orphan.
 */
async function versionsAtHand(
  repository: Repository,
  here: InspectedProject,
  ids: readonly MigrationId[],
): Promise<AtHand> {
  const versions = new Map<MigrationId, { source: Source; trusted: boolean }>();
  const texts = new Map<Oid, string>();
  // What was on disk when the row came, and was edited since, is known better than by what lies there now.
  const edited = new Set(
    here.diagnosis.findings.flatMap(finding =>
      finding.kind === 'edited' && finding.remedies[0] === 'reverse' ? [finding.migration] : [],
    ),
  );
  const files = here.facts.files.filter(file => ids.includes(file.id) && !edited.has(file.id));
  const own = new Map(files.map(({ id, path }) => [id, partsOnDisk(repository, here, path, here.paths)]));
  const parts = new Map<MigrationId, Parts>();
  const paths = [...files.map(file => file.path), ...[...own.values()].flatMap(each => each.map(part => part.path))];
  const [blobs, inHead] = await Promise.all([
    repository.hashWorking(paths),
    repository.head === null ? new Map<string, Oid>() : repository.blobsAt(repository.head, paths),
  ]);
  const committed = await repository.readBlobs([...inHead.values()]);
  for (const { id, path } of files) {
    const text = repository.readWorking(path);
    const blob = blobs.get(path);
    if (text === null || blob === undefined) continue;
    const head = inHead.get(path);
    const isAsInHead = (each: { readonly path: string; readonly text: string }) =>
      // Git may have changed the line ends when it checked the file out.
      asLines(committed.get(inHead.get(each.path) ?? '') ?? '') === asLines(each.text) && inHead.has(each.path);
    const others = own.get(id) ?? [];
    if (head !== undefined && repository.head !== null && [{ path, text }, ...others].every(isAsInHead)) {
      versions.set(id, { source: { commit: repository.head, path, blob: head }, trusted: true });
    } else {
      const source = { commit: null, path, blob, working: repository.root };
      versions.set(id, { source, trusted: true });
      texts.set(blob, text);
      parts.set(id, others);
    }
  }
  for (const finding of here.diagnosis.findings) {
    if (finding.kind !== 'orphaned' || finding.source === null || !ids.includes(finding.migration)) continue;
    versions.set(finding.migration, { source: finding.source, trusted: finding.trusted });
    const text = here.workingTexts.get(finding.source.blob);
    if (text !== undefined) texts.set(finding.source.blob, text);
    parts.set(finding.migration, here.workingParts.get(finding.migration) ?? []);
  }
  return { versions, texts, parts };
}

const asLines = (text: string): string => text.replaceAll('\r\n', '\n');
