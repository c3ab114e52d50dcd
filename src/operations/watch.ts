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

/** Takes the footprint of what an inspection looked at, as it is now. Reads only. A database that cannot be reached has the footprint of that. */
export async function footprint(outside: Outside, inspection: Inspection): Promise<Footprint> {
  const repository = await outside.git.open(inspection.repository.root);
  try {
    const files = await Promise.all(
      inspection.projects.map(({ framework, project }) => filesOf(repository, framework.pathspecs(project))),
    );
    const { head, branch, inTheMiddleOf } = repository;
    const databases = await Promise.all(
      inspection.projects.map(({ address, project }) =>
        reading(outside, address, async connection => {
          const read = await connection.readHistory(project.historyTable);
          return read.table === 'present' ? digestRows(read.rows) : 'missing';
        }).catch(() => 'unreachable'),
      ),
    );
    return { repository: JSON.stringify([head, branch, inTheMiddleOf, files]), databases: JSON.stringify(databases) };
  } finally {
    await repository.close();
  }
}

async function filesOf(repository: Repository, pathspecs: readonly string[]): Promise<readonly unknown[]> {
  const paths = (await repository.workingFiles(pathspecs)).map(file => file.path);
  return paths.length > HASHED_FILES ? paths : [...(await repository.hashWorking(paths))];
}
