/** The texts of what a plan may reverse: orphans from git, kept migrations from the working tree. */
import { command, quoted, wordingFor } from '../domain/command-text.ts';
import type { EditedFinding, OrphanFinding, Source } from '../domain/finding.ts';
import type { Declaration, MigrationId } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import { namesAny } from '../domain/reversal-order.ts';
import type { FileText, Losses, OverlayFile, ReversibleMigration } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import type { InspectedProject } from './inspect.ts';
import { partsOfVersion, type Unusable, withParts } from './parts.ts';

/** How many modules deep an orphan's imports are followed. */
const IMPORT_DEPTH = 5;

/** Orphans that have one known version, with its text, and those whose text cannot be used. */
export interface OrphanSources {
  readonly usable: ReadonlyMap<MigrationId, ReversibleMigration>;
  readonly unusable: ReadonlyMap<MigrationId, Unusable>;
}

/** Reads the applied version of every orphan that has one. */
export async function orphanSources(repository: Repository, inspected: InspectedProject): Promise<OrphanSources> {
  const findings = inspected.diagnosis.findings.filter(finding => finding.kind === 'orphaned');
  const texts = await repository.readBlobs(findings.flatMap(finding => finding.source?.blob ?? []));
  const usable = new Map<MigrationId, ReversibleMigration>();
  const unusable = new Map<MigrationId, Unusable>();
  // A text on disk is read by the project that lies there.
  const { project } = inspected.to?.here ?? inspected;
  for (const { source, ...finding } of findings) {
    const { migration, trusted, branches } = finding;
    if (source === null) continue;
    if (!trusted && source.commit !== null)
      unusable.set(migration, notTrusted(inspected, migration, source.commit, branches));
    const text = isElsewhere(source) ? inspected.workingTexts.get(source.blob) : texts.get(source.blob);
    if (text === undefined) {
      unusable.set(
        migration,
        source.commit === null
          ? keptIsGone(source)
          : {
              reason: `its text (blob ${source.blob.slice(0, 12)}) is not in this clone, which holds only a part of the repository`,
              wayOut: 'git fetch --refetch --no-filter',
            },
      );
      continue;
    }
    const parts = await partsOfVersion(repository, inspected, { ...finding, source });
    if ('reason' in parts) {
      // What is said of the file itself comes first.
      if (!unusable.has(migration)) unusable.set(migration, parts);
      continue;
    }
    const read = inspected.framework.read(project, withParts({ path: source.path, text }, parts));
    if ('reason' in read) {
      unusable.set(migration, {
        reason: `its file cannot be read: ${read.reason}`,
        wayOut:
          source.commit === null ? command('show', migration) : `git show ${source.commit.slice(0, 12)}:${source.path}`,
      });
    } else {
      const commit = source.working === undefined ? source.commit : null;
      const found = { ...read, id: migration, path: source.path, text, commit, blob: source.blob, orphan: true };
      usable.set(migration, withParts(found, parts));
    }
  }
  return { usable, unusable };
}

/** Lies the text where git has no object of it? */
const isElsewhere = ({ working, inRow }: Source): boolean => working !== undefined || inRow === true;

const keptIsGone = ({ blob }: Source) => ({
  reason: `no commit has its text, and the copy that Tidemark kept of it (blob ${blob.slice(0, 12)}) cannot be read`,
  wayOut: 'tidemark doctor',
});

/** Code from branches that others made is not run unasked: a pull request can hold anything. */
function notTrusted({ to }: InspectedProject, id: MigrationId, commit: string, branches: readonly string[]) {
  const where = branches[0] ?? `commit ${commit.slice(0, 12)}`;
  return {
    reason: `its file is only on ${where}, which was never checked out here, and the code of others is not run unasked`,
    wayOut: `${wordingFor(to?.target.name).plan(id)} --from ${commit.slice(0, 12)}`,
  };
}

/** Kept migrations as something to reverse on the way. */
export const keptMigrations = (
  inspected: InspectedProject,
  onDisk: readonly (Declaration & FileText)[],
): ReadonlyMap<MigrationId, ReversibleMigration> => {
  const blobs = new Map(inspected.facts.files.map(file => [file.id, file.blob]));
  return new Map(
    onDisk.map(file => [file.id, { ...file, commit: null, blob: blobs.get(file.id) ?? '', orphan: false }]),
  );
};

/**
 * Kept migrations, applied after an orphan, whose text names a table the orphan made, or both table and column of one it added.
 * Only for linear frameworks: in a graph the declared dependencies say it.
 */
export function mentionsOf(
  inspected: InspectedProject,
  orphans: ReadonlyMap<MigrationId, ReversibleMigration>,
  onDisk: readonly (Declaration & FileText)[],
): ReadonlyMap<MigrationId, readonly MigrationId[]> {
  const mentions = new Map<MigrationId, MigrationId[]>();
  if (inspected.framework.order !== 'linear') return mentions;
  const applied = (inspected.facts.applied ?? []).map(row => row.id);
  for (const [id, orphan] of orphans) {
    const losses = inspected.framework.losses(inspected.project, orphan);
    const since = new Set(applied.slice(applied.indexOf(id) + 1));
    for (const kept of onDisk) {
      if (since.has(kept.id) && mentionsAny(kept.text, losses))
        mentions.set(kept.id, [...(mentions.get(kept.id) ?? []), id]);
    }
  }
  return mentions;
}

const mentionsAny = (text: string, losses: Losses): boolean =>
  namesAny(text, losses.tables.map(unqualified)) ||
  losses.columns.some(({ table, column }) => namesAny(text, [unqualified(table)]) && namesAny(text, [column]));

const unqualified = (table: string): string => table.slice(table.lastIndexOf('.') + 1);

/**
 * Modules an orphan's file needs that HEAD does not have any more, as files to lay over HEAD's tree: they are absent there, so
 * nothing of HEAD is replaced.
 */
export async function missingImports(
  repository: Repository,
  inspected: InspectedProject,
  orphan: ReversibleMigration,
): Promise<readonly OverlayFile[]> {
  const { framework, project } = inspected;
  const { head } = repository;
  if (orphan.commit === null || head === null) return [];
  const found = new Map<string, string>();
  let wanted = framework.imports(project, orphan);
  for (let depth = 0; depth < IMPORT_DEPTH && wanted.length > 0; depth += 1) {
    const [then, now] = await Promise.all([
      repository.blobsAt(orphan.commit, wanted),
      repository.blobsAt(head, wanted),
    ]);
    const missing = [...then].filter(([path]) => !now.has(path) && !found.has(path));
    const texts = await repository.readBlobs(missing.map(([, blob]) => blob));
    for (const [path, blob] of missing) found.set(path, blob);
    wanted = missing.flatMap(([path, blob]) => framework.imports(project, { path, text: texts.get(blob) ?? '' }));
  }
  return [...found].map(([path, blob]) => ({ path, blob }));
}

/** The finding with another version as its source: the user said which commit. Throws `bad-arguments` when that commit does not have it. */
export async function withSourceFrom(
  repository: Repository,
  inspected: InspectedProject,
  finding: OrphanFinding,
  from: string,
): Promise<OrphanFinding> {
  const remedy = finding.remedy === 'ask' ? 'reverse' : finding.remedy;
  const copy = keptCopy(finding, from);
  if (copy !== null) return { ...finding, source: copy, trusted: true, choices: [], remedy };
  const commit = await repository.resolve(from);
  const paths = [...new Set((inspected.sightings.get(finding.migration) ?? []).map(sighting => sighting.path))];
  const [held] = await repository.blobsAt(commit, paths);
  if (held === undefined) {
    throw new ProblemError('bad-arguments', {
      reason: `${from} has no file of ${finding.migration}${paths.length > 0 ? ` (looked for ${paths.join(', ')})` : ''}`,
    });
  }
  const [path, blob] = held;
  return { ...finding, source: { commit, path, blob }, trusted: true, named: true, choices: [], remedy };
}

/** A copy that Tidemark kept, named by at least seven digits of its blob's id. */
function keptCopy({ kept }: OrphanFinding, from: string): Source | null {
  if (kept == null || !/^[0-9a-f]{7,64}$/.test(from)) return null;
  const copy = [kept, ...kept.later].find(text => text.kept && text.blob?.startsWith(from) === true);
  return copy?.path == null || copy.blob === null ? null : { commit: null, path: copy.path, blob: copy.blob };
}

/** The text that was applied of an edited migration, as something to reverse; or why it cannot be. */
export async function editedSource(
  repository: Repository,
  inspected: InspectedProject,
  { migration, source, trusted, path: found, kept }: EditedFinding,
): Promise<ReversibleMigration | Unusable> {
  if (source === null) {
    const reason = 'the checksum in its row is that of another text than any that git or Tidemark has';
    return { reason, wayOut: command('show', migration) };
  }
  if (!trusted && source.commit !== null) {
    const { reason } = notTrusted(inspected, migration, source.commit, []);
    return { reason, wayOut: `git show ${source.commit.slice(0, 12)}:${quoted(source.path)}` };
  }
  const { framework, project, facts } = inspected.to?.here ?? inspected;
  const path = facts.files.find(file => file.id === migration)?.path ?? found;
  const text = isElsewhere(source)
    ? inspected.workingTexts.get(source.blob)
    : (await repository.readBlobs([source.blob])).get(source.blob);
  if (text === undefined) return keptIsGone(source);
  const parts = await partsOfVersion(repository, inspected, { migration, source, kept });
  if ('reason' in parts) return parts;
  const read = framework.read(project, withParts({ path, text }, parts));
  if ('reason' in read)
    return { reason: `the text it had cannot be read: ${read.reason}`, wayOut: command('show', migration) };
  // Where its file lies now: the old text takes its place.
  const old = { ...read, id: migration, path, text, commit: source.commit, blob: source.blob, orphan: false };
  return withParts(old, parts);
}
