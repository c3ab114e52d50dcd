/** `tidemark runs`: earlier and unfinished runs of this repository. */
import { clean } from '../../messages/clean.ts';
import { stepTitle } from '../../messages/plans.ts';
import { age, count, nextLines } from '../../messages/words.ts';
import { listRuns } from '../../operations/runs.ts';
import type { Session } from '../session.ts';

export async function runsCommand(session: Session): Promise<number> {
  const repository = await session.outside.git.open(session.where.directory);
  try {
    const runs = listRuns(session.outside, repository);
    if (session.json) {
      session.document({ format: 1, runs: runs.map(({ state, underWay }) => ({ ...state, underWay })) });
      return 0;
    }
    if (runs.length === 0) session.out('There was no run in this repository yet.');
    for (const { state, underWay } of runs) {
      const done = state.steps.filter(step => step.state === 'done').length;
      const status = underWay
        ? 'under way'
        : state.status === 'open'
          ? session.style.notable('unfinished')
          : state.status;
      session.out(
        `${session.style.strong(state.run)}  ${status}, ${done} of ${count(state.plan.steps.length, 'step')}, ${age(state.began, session.now)}, ${clean(state.plan.database)}`,
      );
      for (const [index, step] of state.plan.steps.entries()) {
        session.out(`    ${(state.steps[index]?.state ?? '').padEnd(10)} ${stepTitle(step)}`);
      }
      if (state.backup !== null) session.out(`    backup     ${clean(state.backup.file)}`);
      if (state.status === 'open' && !underWay)
        for (const line of nextLines(`tidemark resume ${state.run}\ntidemark abort ${state.run}`, 11))
          session.out(`    ${line}`);
    }
    return 0;
  } finally {
    await repository.close();
  }
}
