/** Finds the project and the database a run was about. */
import { ProblemError } from '../domain/problem.ts';
import type { RunState } from '../domain/replay.ts';
import type { RunId } from '../domain/run.ts';
import { projectKey } from './find-projects.ts';
import type { InspectedProject, Inspection } from './inspect.ts';
import type { Outside, Where } from './outside.ts';
import { unfinishedRun } from './runs.ts';

/** The run to take up, and where to look for its project: only that one, whatever else the repository has. Throws as `unfinishedRun` does. */
export async function whereOfRun(
  outside: Outside,
  where: Where,
  asked: RunId | null,
): Promise<{ readonly where: Where; readonly state: RunState }> {
  const repository = await outside.git.open(where.directory);
  try {
    const state = unfinishedRun(outside, repository, asked);
    const { project } = state.plan;
    return {
      where: { ...where, framework: project.framework, project: projectKey(project), recover: state.run },
      state,
    };
  } finally {
    await repository.close();
  }
}

/** The project of a run among those that were inspected. Throws `refused` when this branch does not have it. */
export function projectOfRun(inspection: Inspection, state: RunState): InspectedProject {
  const { framework, root } = state.plan.project;
  const key = projectKey(state.plan.project);
  const found = inspection.projects.find(({ project }) => projectKey(project) === key);
  if (found !== undefined) return found;
  throw new ProblemError('refused', {
    reason: `The project of run ${state.run} (${framework} in ${root}) is not on this branch.`,
    next: state.plan.head === null ? 'tidemark runs' : `git switch --detach ${state.plan.head.slice(0, 12)}`,
  });
}
