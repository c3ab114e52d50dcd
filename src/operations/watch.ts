/** Notices that the repository or a database has changed since it was read. */
import type { Repository } from '../git/contract.ts';
import { reading } from './connect.ts';
import { digestRows } from './digest.ts';
import type { Inspection } from './inspect.ts';
import type { Outside } from './outside.ts';

/** More files than this are compared by name only: hashing them every few seconds would be felt. */
const HASHED_FILES = 2000;

/** What a reading rested on; two are compared field by field. */
export interface Footprint {
  /** HEAD, branch, operation in its middle, and the migration files with their contents. */
  readonly repository: string;
  /** History rows, by database. */
  readonly databases: string;
}

/**
 * The footprint of what an inspection has read: what changes between its reading and this look must differ from every later
 * footprint, or it would never be noticed. Only files are looked at anew; HEAD and the rows are those that were read.
 */
export async function footprintRead(outside: Outside, inspection: Inspection): Promise<Footprint> {
  const { repository, projects } = inspection;
  const databases = projects.map(({ facts, rows }) => (facts.applied === null ? 'missing' : digestRows(rows)));
  return {
    repository: await repositoryPrint(outside, inspection, repository),
    databases: JSON.stringify(databases),
  };
}

/** Takes the footprint of what an inspection looked at, as it is now. Reads only. A database that cannot be reached has the footprint of that. */
export async function footprint(outside: Outside, inspection: Inspection): Promise<Footprint> {
  const databases = await Promise.all(
    inspection.projects.map(({ address, project }) =>
      reading(outside, address, async connection => {
        const read = await connection.readHistory(project.historyTable);
        return read.table === 'present' ? digestRows(read.rows) : 'missing';
      }).catch(() => 'unreachable'),
    ),
  );
  return { repository: await repositoryPrint(outside, inspection, null), databases: JSON.stringify(databases) };
}

/** HEAD and its surroundings of a repository that was opened before, or as they are now; the migration files as they are now. */
async function repositoryPrint(
  outside: Outside,
  { repository: { root }, projects }: Inspection,
  opened: Repository | null,
): Promise<string> {
  const now = await outside.git.open(root);
  try {
    const files = await Promise.all(
      projects.map(({ framework, project }) => filesOf(now, framework.pathspecs(project))),
    );
    const { head, branch, inTheMiddleOf } = opened ?? now;
    return JSON.stringify([head, branch, inTheMiddleOf, files]);
  } finally {
    await now.close();
  }
}

async function filesOf(repository: Repository, pathspecs: readonly string[]): Promise<readonly unknown[]> {
  const paths = (await repository.workingFiles(pathspecs)).map(file => file.path);
  return paths.length > HASHED_FILES ? paths : [...(await repository.hashWorking(paths))];
}
