/** Writes a settings file that names what detection finds, as a place to say more. */
import type { ProjectSettings } from '../config/contract.ts';
import { findProjects, projectKey } from './find-projects.ts';
import type { Outside, Where } from './outside.ts';

/** Throws `file-in-the-way` when there is one already, and `no-framework` when nothing was found. Returns the file's path and the projects. */
export async function initialise(
  outside: Outside,
  where: Where,
): Promise<{ readonly file: string; readonly projects: readonly string[] }> {
  const repository = await outside.git.open(where.directory);
  try {
    const found = await findProjects(repository, outside.frameworks, outside.config.settings(repository.root), where);
    const firsts = found.filter(({ project }) => project.database === undefined);
    const projects: readonly ProjectSettings[] = firsts.map(({ project }) => ({
      framework: project.framework,
      root: project.root,
      historyTable: project.historyTable.name,
      ...(project.historyTable.schema === null ? {} : { historySchema: project.historyTable.schema }),
    }));
    const file = outside.config.create(repository.root, projects);
    return { file, projects: found.map(({ project }) => projectKey(project)) };
  } finally {
    await repository.close();
  }
}
