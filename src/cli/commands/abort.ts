/** `tidemark abort`: ends an unfinished run and brings back what was there before it. */
import { quoted } from '../../domain/command-text.ts';
import { ProblemError } from '../../domain/problem.ts';
import { targetName } from '../../domain/production.ts';
import type { RunState } from '../../domain/replay.ts';
import { clean } from '../../messages/clean.ts';
import { databaseName } from '../../messages/words.ts';
import { type AbortNeeds, abort, abortNeeds } from '../../operations/abort.ts';
import { inspect } from '../../operations/inspect.ts';
import { refuseUnderWay } from '../../operations/run-context.ts';
import { projectOfRun, whereOfRun } from '../../operations/run-project.ts';
import type { Session } from '../session.ts';

export interface AbortOptions {
  readonly yes?: boolean;
  readonly keep?: boolean;
  /** Names of databases, typed out. */
  readonly target?: readonly string[];
}

export async function abortCommand(session: Session, run: string | undefined, options: AbortOptions): Promise<number> {
  const { where, state } = await whereOfRun(session.outside, session.where, run ?? null);
  const inspection = await inspect(session.outside, where, session.listening);
  try {
    const inspected = projectOfRun(inspection, state);
    refuseUnderWay(session.outside, inspection.repository, state.run);
    const needs = await abortNeeds(session.outside, inspected, state);
    if (needs.changed && options.keep !== true && !(await isAgreed(session, state, needs, options))) {
      session.tell('Nothing was changed.');
      return 3;
    }
    const limits = { keep: options.keep === true, timeLimitMs: inspection.settings.timeLimitSeconds * 1000 };
    const end = await abort(session.outside, inspection.repository, inspected, state, limits, session.listening);
    const words = {
      'nothing-done': 'It had changed nothing.',
      restored: 'The database is as it was before the run.',
      kept: 'The database was left as it is now.',
    };
    if (session.json) session.document({ format: 1, run: state.run, aborted: end });
    else session.out(`Run ${state.run} is aborted. ${words[end]}`);
    return 0;
  } finally {
    await inspection.repository.close();
  }
}

/** A backup takes along what was written since: that takes the database's name, as a plan that destroys data does. Throws `needs-answer`. */
async function isAgreed(
  session: Session,
  { run, began, plan }: RunState,
  { restores }: AbortNeeds,
  { yes, target = [] }: AbortOptions,
): Promise<boolean> {
  const keep = `tidemark abort ${run} --keep`;
  if (!restores) {
    const question = `Put the history rows of ${clean(plan.database)} back to ${began}?`;
    return yes === true || session.confirm(question, `tidemark abort ${run} --yes\n${keep}`);
  }
  const name = databaseName(plan.database);
  if (target.includes(name) || target.includes(targetName(plan.database))) return true;
  const question = `Put ${clean(plan.database)} back to ${began}? What anybody wrote to it since is lost.`;
  const typing = 'That takes the name of the database';
  if (!session.canAsk) {
    const flag = `tidemark abort ${run} --target ${quoted(name)}\n${keep}`;
    throw new ProblemError('needs-answer', { question: `${question} ${typing}.`, flag });
  }
  return (await session.ask(`${question}\n${typing}, ${name}: `)) === name;
}
