/**
 * How Alembic takes back one revision: in HEAD's tree with every missing revision file laid over it. Alembic derives nothing from
 * the files but their order, so they are laid as they were; but it stops at any stored head, or link of a chain, that it cannot find.
 */
import { type MigrationId, migrationId, type Project } from '../../domain/migration.ts';
import type { FileText, Forward, OverlayFile, Reversal, ReversalRequest, ReversibleMigration } from '../contract.ts';
import { baseOf, folderOf, inFolder } from '../repository-paths.ts';
import { resolved } from './heads.ts';
import { irreversible, leavesTransaction, revisionIn } from './parse-revision.ts';
import { versionFolders } from './pointing.ts';

/** Arguments that run one of Alembic's commands: `downgrade aaa2@aaa1`. */
export type CommandOf = (project: Project, ...words: readonly string[]) => readonly string[];

/** Describes the reversal of one revision of a plan, by Alembic's own command or by that of what is built on it. */
export function reverseRevision(request: ReversalRequest, commandOf: CommandOf): Reversal {
  const { project, engine, migration } = request;
  const { id, path, text } = migration;
  const revision = revisionIn(path, text);
  if ('reason' in revision) return impossible(`${id}: ${revision.reason}`, byHand(id));
  const reason = irreversible(text);
  if (reason !== null) return impossible(`${id}: ${reason}`, byHand(id));
  const refused = severalDatabases(request.project.settings['databases']) ?? gaps(request);
  if (refused !== null) return refused;
  const own = engine === 'postgres' && project.settings['transactional'] !== 'false' && !leavesTransaction(text);
  return {
    how: 'command',
    // A plain `downgrade PARENT` would take every other branch above the parent along.
    arguments: commandOf(project, 'downgrade', `${id}@${revision.down[0] ?? 'base'}`),
    checkout: { kind: 'overlay', files: laidFiles(project, [...request.all, ...(request.left ?? [])], request.onDisk) },
    atomic: own,
    // Alembic runs SQLite and MySQL without a transaction round the schema change (`transactional_ddl`).
    whole: own,
  };
}

const impossible = (reason: string, wayOut: string): Extract<Reversal, { how: 'impossible' }> => ({
  how: 'impossible',
  reason,
  wayOut,
});

const byHand = (id: MigrationId): string =>
  `Undo it by hand, then take its row out of the table: tidemark forget ${id}`;

/** An env.py that runs every revision on several databases cannot be pointed at one. */
function severalDatabases(databases: unknown): Extract<Reversal, { how: 'impossible' }> | null {
  return databases === 'several'
    ? impossible(
        'its env.py runs every migration on several databases, and cannot be pointed at one',
        'Reverse it by hand with alembic downgrade.',
      )
    : null;
}

/** Applies every head, with the files of orphans that stay laid beside. */
export function applyAll(project: Project, left: readonly ReversibleMigration[], commandOf: CommandOf): Forward {
  const refused = severalDatabases(project.settings['databases']);
  if (refused !== null) return refused;
  const command = { how: 'command', arguments: commandOf(project, 'upgrade', 'heads') } as const;
  return left.length === 0 ? command : { ...command, files: laidFiles(project, left, []) };
}

/** Alembic needs every applied revision, and everything each file builds on. */
function gaps({ all, left, onDisk, applied }: ReversalRequest): Extract<Reversal, { how: 'impossible' }> | null {
  const there = new Map<MigrationId, FileText>();
  for (const file of [...onDisk, ...all, ...(left ?? [])]) there.set(file.id, file);
  const lost = applied.find(({ id }) => !there.has(id));
  if (lost !== undefined) {
    return impossible(
      `Alembic needs the file of every applied migration, and that of ${lost.id} is not known`,
      `Reverse ${lost.id} in the same plan, bring it back (tidemark adopt ${lost.id}), or take it out of the table (tidemark forget ${lost.id}).`,
    );
  }
  for (const [id, { path, text }] of there) {
    const revision = revisionIn(path, text);
    const down = 'reason' in revision ? [] : revision.down.map(migrationId);
    const missing = down.find(each => resolved(each, there) === null);
    if (missing === undefined) continue;
    return impossible(
      `${id} builds on ${missing}, which is gone: Alembic cannot read any migration`,
      `Bring it back (tidemark adopt ${missing}), or correct down_revision in ${id}.`,
    );
  }
  return null;
}

/** Files of missing revisions, in a folder Alembic looks into now, and of those that are on disk with another text. */
function laidFiles(
  project: Project,
  missing: readonly ReversibleMigration[],
  onDisk: ReversalRequest['onDisk'],
): readonly OverlayFile[] {
  const folders = versionFolders(project);
  const byId = new Map(onDisk.map(file => [file.id, file]));
  const taken = new Set(onDisk.map(({ path }) => path));
  return missing.flatMap(({ id, path, text }) => {
    const present = byId.get(id);
    if (present !== undefined) return present.text === text ? [] : [{ path: present.path, text }];
    const folder = folderOf(path);
    const known =
      folders.includes(folder) || (isRecursive(project) && folders.some(each => path.startsWith(`${each}/`)));
    const place = known ? path : inFolder(folders[0] ?? folder, baseOf(path));
    // The file's name means nothing to Alembic, so a name that is taken is changed.
    return [{ path: taken.has(place) ? inFolder(folderOf(place), `tidemark_${baseOf(place)}`) : place, text }];
  });
}

const isRecursive = (project: Project): boolean => project.settings['recursive'] === 'true';
