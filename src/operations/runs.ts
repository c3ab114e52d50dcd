/** The runs of a repository: what each did, which are unfinished, and the one to take up. */
import { ProblemError } from '../domain/problem.ts';
import { byTime, type RunState, replay } from '../domain/replay.ts';
import type { RunId } from '../domain/run.ts';
import type { Repository } from '../git/contract.ts';
import type { Outside } from './outside.ts';

/** One run for lists. `underWay`: somebody holds the run lock for it right now. A process that has stopped its run may live on: the terminal UI does. */
export interface ListedRun {
  readonly state: RunState;
  readonly underWay: boolean;
}

/** All runs, newest first. Runs killed before their first word are left out. */
export function listRuns(outside: Outside, repository: Repository): readonly ListedRun[] {
  const journals = outside.journals.of(repository.commonDir, outside.clock);
  const held = journals.lockHolder()?.run;
  const runs = journals.list().flatMap(run => {
    const state = replay(run, journals.read(run).entries);
    if (state === null) return [];
    return [{ state, underWay: state.status === 'open' && run === held }];
  });
  return runs.toSorted((a, b) => byTime(b.state, a.state));
}

/** The run to resume or abort: the named one, else the only unfinished one. Throws `unknown-run`, `no-run-to-resume`. */
export function unfinishedRun(outside: Outside, repository: Repository, asked: RunId | null): RunState {
  const runs = listRuns(outside, repository).map(({ state }) => state);
  const open = runs.filter(state => state.status === 'open');
  if (asked === null) {
    const [newest] = open;
    if (newest === undefined) {
      throw new ProblemError('no-run-to-resume', { directory: repository.root, ...unswitched(repository, runs[0]) });
    }
    return newest;
  }
  const named = runs.filter(state => state.run === asked || state.run.startsWith(asked));
  const [only] = named;
  if (only === undefined || named.length > 1) {
    throw new ProblemError('unknown-run', { run: asked, known: runs.map(state => state.run) });
  }
  if (only.status !== 'open') {
    throw new ProblemError('refused', {
      reason: `Run ${only.run} is ${only.status}: there is nothing left to do for it.`,
      next: 'tidemark runs',
    });
  }
  return only;
}

/** The newest run was made for a switch, and HEAD stands where it stood: the run ended, and what was to follow did not happen. */
function unswitched({ head }: Repository, newest: RunState | undefined) {
  if (newest?.status !== 'finished') return {};
  const { to, head: then } = newest.plan;
  if (to?.switch !== true || head !== then || head === to.commit) return {};
  return { unswitched: { run: newest.run, target: to.name } };
}
