/** Finds the project and the database a run was about. */
import { ProblemError } from '../../domain/problem.ts';
import type { RunState } from '../../domain/replay.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import type { Repository, Where } from '../../operations/outside.ts';
import type { Session } from '../session.ts';

/** The run's state, and where to look for its project: only that one, whatever else the repository has. */
export async function whereOfRun(
  session: Session,
  choose: (repository: Repository) => RunState,
): Promise<{ readonly where: Where; readonly state: RunState }> {
  const repository = await session.outside.git.open(session.where.directory);
  try {
    const state = choose(repository);
    const { framework, root } = state.plan.project;
    return { where: { ...session.where, framework, project: root, recover: state.run }, state };
  } finally {
    await repository.close();
  }
}

export function projectOfRun(inspection: Inspection, state: RunState): InspectedProject {
  const { framework, root } = state.plan.project;
  const found = inspection.projects.find(({ project }) => project.framework === framework && project.root === root);
  if (found !== undefined) return found;
  throw new ProblemError('refused', {
    reason: `The project of run ${state.run} (${framework} in ${root}) is not on this branch.`,
    next: state.plan.head === null ? 'tidemark runs' : `git switch --detach ${state.plan.head.slice(0, 12)}`,
  });
}
