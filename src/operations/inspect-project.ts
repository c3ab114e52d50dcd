/** Looks at one project: what its database says is applied, what its tree has, and why the two differ. */
import { diagnose } from '../domain/diagnose.ts';
import type { ProjectFacts } from '../domain/diagnosis.ts';
import {
  type AppliedMigration,
  type MigrationFile,
  type MigrationId,
  migrationId,
  type Row,
} from '../domain/migration.ts';
import { withoutFile } from '../domain/orphans.ts';
import { type KeptVersion, keptVersions } from '../domain/provenance.ts';
import type { History, MigrationSighting, Oid } from '../domain/sighting.ts';
import type { Framework, Known } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import { heldAgainstChecksums, storedChecksums } from './checksums.ts';
import { type AtHand, gatherEvidence, withReflog } from './evidence.ts';
import { findEdited } from './find-edited.ts';
import { type FoundProject, projectKey } from './find-projects.ts';
import { ignoredIn } from './ignore.ts';
import type { ComparedCommit, InspectedProject, ReadRows } from './inspection.ts';
import { declaredByPath, withThose } from './known-declarations.ts';
import { markedBy } from './marked-rows.ts';
import type { Outside } from './outside.ts';
import { partPaths } from './parts.ts';
import { keptOf } from './provenance.ts';
import {
  type DiskMigrations,
  declaredByKept,
  foldersOf,
  migrationsOnDisk,
  sightingsOf,
  withBlobs,
  withEarlierReplaces,
} from './read-migrations.ts';
import { RowTexts } from './row-texts.ts';
import { standingBehind } from './standing-behind.ts';
import { worktreesHolding } from './worktrees.ts';

/** What is looked at. */
export interface Looking {
  readonly outside: Outside;
  /** With the tree that is compared: the working tree, or that of another commit. */
  readonly repository: Repository;
  readonly found: FoundProject;
  readonly history: History;
  readonly read: ReadRows;
  /** When another commit's tree is looked at: what the working tree has, and which versions of its files were applied. */
  readonly instead: {
    readonly to: ComparedCommit;
    readonly atHand: (ids: readonly MigrationId[]) => Promise<AtHand>;
  } | null;
}

const NOTHING_AT_HAND: AtHand = { versions: new Map(), texts: new Map(), parts: new Map() };

export async function inspectProject(looking: Looking): Promise<InspectedProject> {
  const { outside, repository, found, history, read, instead } = looking;
  const { project, framework } = found;
  const here = instead?.to.here ?? null;
  const rows = read.rows ?? [];
  const pathspecs = framework.pathspecs(project);
  const [own, working, ignored] = await Promise.all([
    sightingsOf(repository, project, framework, history),
    repository.workingFiles(pathspecs, foldersOf(history)),
    ignoredIn(repository, here?.project ?? project),
  ]);
  const seen = here === null ? own : { ...own, sightings: bothSightings(own.sightings, here.sightings) };
  const standing =
    (await standingBehind({ outside, repository, found, read, sightings: seen.sightings }, [
      ...working.map(file => file.path),
      ...(here?.facts.files ?? []).map(file => file.path),
    ])) ?? (await markedBy({ repository, found, history, log: read.log, here: here?.known ?? null }, working));
  const named = standing ?? withThose(seen.declared, declaredByPath(found, working, seen.declared));
  const linear = framework.order === 'linear' ? framework.applied(project, rows, named) : null;
  const alreadyApplied = new Set(linear?.map(row => row.id));
  const disk = withoutPassedOver(
    migrationsOnDisk(repository, project, framework, working, id => !alreadyApplied.has(id)),
    found,
    rows,
    alreadyApplied,
  );
  // What the working tree declares comes last: it is what was applied.
  const declared = [...disk.files, ...(here?.facts.files ?? [])];
  const onDisk = new Set(disk.files.map(file => file.id));
  const kept = keptOf(read.log, linear?.map(row => row.id) ?? null, onDisk);
  const known: Known =
    standing ??
    withThose(
      new Map([...(await declaredByKept(repository, found, kept, seen.declared, declared)), ...seen.declared]),
      declared,
    );
  const stored = read.rows === null ? null : (linear ?? framework.applied(project, rows, known));
  const applied = stored === null ? null : withoutChanged(repository, found, stored, disk.files);

  const idFacts = idFactsOf(framework, [
    ...seen.sightings.keys(),
    ...declared.map(f => f.id),
    ...(applied ?? []).map(r => r.id),
    ...disk.files.flatMap(f => f.requires),
  ]);
  const ownNamespaces = namespacesOf(framework, [
    ...seen.sightings.keys(),
    ...declared.map(file => file.id),
    ...kept.keys(),
  ]);
  const { orphans, foreign } = withoutFile({ applied, files: disk.files, idFacts, ownNamespaces });
  const others = new Set(foreign.map(row => row.id));
  const ours = (applied ?? []).filter(row => !others.has(row.id));
  const { edited, blobs: editedBlobs } = await findEdited(repository, {
    ...{ project, framework, open: kept, applied: ours, files: disk.files, sightings: seen.sightings },
    kept: id => kept.get(id) ?? keptVersions(read.log?.of(id) ?? []).get(id),
    version: outside.version,
  });
  const rowTexts = new RowTexts(project, framework, ours);
  const key = projectKey(project);
  const { log, ...answer } = read;
  const paths = working.map(file => file.path);
  const looked = {
    ...{ database: read.identity, project: key, applied: ours, files: disk.files, edited: editedBlobs, log },
    partsOf: (path: string) => partPaths(found, path, paths),
  };
  const bare = {
    ...answer,
    rows,
    key,
    looked,
    found,
    project,
    framework,
    known,
    sightings: seen.sightings,
    partSightings: seen.ofParts,
    paths,
    to: instead?.to ?? null,
  };
  const base = {
    order: framework.order,
    historyTable: project.historyTable,
    locked: read.locked,
    applied,
    unreadable: disk.unreadable,
    idFacts,
    ownNamespaces,
    commits: history.commits,
    ignored,
    edited: rowTexts.completingEdited(edited),
  };
  if (orphans.length === 0) {
    const none = { evidence: new Map(), inHead: new Set<Oid>(), texts: new Map() };
    const facts: ProjectFacts = { ...base, files: disk.files, ...none };
    const nothing = { hazard: null, workingTexts: rowTexts.texts, workingParts: new Map() };
    return { ...bare, facts, diagnosis: diagnose(facts), ...nothing };
  }
  const isPending = pendingTest(applied);
  const lostIds = orphans.map(row => row.id);
  const { address, addressFrom } = read;
  const [blobs, atHand, elsewhere] = await Promise.all([
    withBlobs(repository, pathspecs, disk.files, isPending),
    instead === null ? NOTHING_AT_HAND : instead.atHand(lostIds),
    worktreesHolding({ outside, repository, found, address, addressFrom, orphans: lostIds, sightings: seen.sightings }),
  ]);
  const gathered = await gatherEvidence(repository, lostIds, seen.sightings, history.commits, kept, atHand, elsewhere);
  const { inHead, workingParts } = gathered;
  const checksums = storedChecksums(framework, orphans);
  const held = await heldAgainstChecksums(repository, found, checksums, gathered.evidence, gathered.workingTexts);
  const evidence = rowTexts.completing(await withReflog(repository, held, inHead), inHead);
  const workingTexts = new Map([...gathered.workingTexts, ...rowTexts.texts]);
  const files = await withEarlierReplaces(repository, found, blobs, seen.sightings);
  const fromGit = await textsFor(repository, files.filter(isPending), orphans, seen.sightings, kept);
  const whole = [...fromGit, ...workingTexts];
  const texts = new Map(whole.map(([blob, text]) => [blob, framework.deeds?.(text) ?? text]));
  const facts: ProjectFacts = { ...base, files, evidence, inHead, texts, covered: coveredOnes(found, lostIds) };
  const diagnosis = diagnose(facts);
  const unsettled = diagnosis.findings.flatMap(f =>
    f.kind === 'orphaned' && f.cause !== 'squashed' ? f.migration : [],
  );
  const nobodyStandsThere = instead !== null;
  const hazard =
    unsettled.length === 0 || nobodyStandsThere ? null : framework.hazard(project, unsettled, applied ?? []);
  return { ...bare, facts, diagnosis, hazard, workingTexts, workingParts };
}

/** Orphans that a dump of the schema stands for. */
function coveredOnes(
  { framework, project }: FoundProject,
  ids: readonly MigrationId[],
): ReadonlyMap<MigrationId, MigrationFile> {
  return new Map(
    ids.flatMap(id => {
      const path = framework.coveredBy?.(project, id) ?? null;
      return path === null
        ? []
        : [[id, { id: migrationId(path), requires: [], replaces: [id], path, blob: '' }] as const];
    }),
  );
}

/** Files that will never be applied are not pending. */
function withoutPassedOver(
  disk: DiskMigrations,
  { framework, project }: FoundProject,
  rows: readonly Row[],
  applied: ReadonlySet<MigrationId>,
): DiskMigrations {
  if (framework.passesOver === undefined) return disk;
  const stays = (id: MigrationId) => applied.has(id) || framework.passesOver?.(project, rows, id) !== true;
  return { ...disk, files: disk.files.filter(({ id }) => stays(id)) };
}

/** What the framework will apply once more counts as pending. */
function withoutChanged(
  repository: Repository,
  { framework, project }: FoundProject,
  applied: readonly AppliedMigration[],
  files: readonly MigrationFile[],
): readonly AppliedMigration[] {
  if (framework.appliesAgain === undefined) return applied;
  const paths = new Map(files.map(file => [file.id, file.path]));
  return applied.filter(row => {
    const path = paths.get(row.id);
    const text = path === undefined ? null : repository.readWorking(path);
    return path === undefined || text === null || framework.appliesAgain?.(project, row, { path, text }) !== true;
  });
}

/** Sightings under the folders of both trees: a project may have moved between them. */
function bothSightings(
  one: ReadonlyMap<MigrationId, readonly MigrationSighting[]>,
  other: ReadonlyMap<MigrationId, readonly MigrationSighting[]>,
): ReadonlyMap<MigrationId, readonly MigrationSighting[]> {
  const keyOf = ({ commit, parent, path }: MigrationSighting) => `${commit}\n${parent}\n${path}`;
  const both = new Map(one);
  for (const [id, list] of other) {
    const known = both.get(id);
    if (known === undefined) both.set(id, list);
    else {
      const have = new Set(known.map(keyOf));
      const more = list.filter(sighting => !have.has(keyOf(sighting)));
      if (more.length > 0) both.set(id, [...known, ...more]);
    }
  }
  return both;
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
  for (const [path, blob] of blobOf) {
    const text = repository.readWorking(path);
    if (text !== null) texts.set(blob, text);
  }
  return texts;
}
