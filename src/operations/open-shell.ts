/** A shell where a step of a stopped run was: its worktree, with the framework pointed at the run's database. */
import path from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import type { RunState } from '../domain/replay.ts';
import type { Repository } from '../git/contract.ts';
import { checkoutsOf } from './checkouts.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';

/** Opens the user's shell and waits for its end; the worktree goes with it. Throws `refused` for a step that has no code of its own. */
export async function openShell(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  state: RunState,
  index: number,
): Promise<void> {
  const step = state.plan.steps[index];
  const commit = step?.kind === 'reverse' ? (step.commit ?? state.plan.head) : state.plan.head;
  if (step === undefined || commit === null) {
    throw new ProblemError('refused', {
      reason: `Run ${state.run} has no step that could be looked at in a worktree.`,
      next: 'tidemark runs',
    });
  }
  const bare = { commit, files: [], carries: [...inspected.framework.carries(inspected.project)] };
  const doing = step.doing.how === 'command' ? step.doing : { ...COMMAND, ...bare };
  // Its own name: a resume must not wait for what a shell started.
  const journal = { run: `${state.run}-shell`, append: () => undefined };
  const checkouts = checkoutsOf(outside, repository, inspected, journal);
  try {
    const ready = await checkouts.readyFor(doing);
    const shell = outside.env['SHELL'] || '/bin/sh';
    await outside.processes.handTerminalTo({
      argv: [shell],
      cwd: path.join(ready.root, inspected.project.root),
      env: ready.env,
    });
  } finally {
    await checkouts.removeAll();
  }
}

/** What a step without a command of its own lacks to be checked out like one. */
const COMMAND = { how: 'command', program: ['true'], arguments: [], atomic: false, whole: false } as const;
