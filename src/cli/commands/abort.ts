/** `tidemark abort`: ends an unfinished run and brings back what was there before it. */
import { clean } from '../../messages/clean.ts';
import { abort, abortNeeds } from '../../operations/abort.ts';
import { inspect } from '../../operations/inspect.ts';
import { projectOfRun, whereOfRun } from '../../operations/run-project.ts';
import type { Session } from '../session.ts';

export interface AbortOptions {
  readonly yes?: boolean;
  readonly keep?: boolean;
}

export async function abortCommand(session: Session, run: string | undefined, options: AbortOptions): Promise<number> {
  const { where, state } = await whereOfRun(session.outside, session.where, run ?? null);
  const inspection = await inspect(session.outside, where, session.listening);
  try {
    const inspected = projectOfRun(inspection, state);
    const needs = await abortNeeds(session.outside, inspected, state);
    if (needs.changed && options.keep !== true && options.yes !== true) {
      const question = `Put ${clean(state.plan.database)} back to ${state.began}? What anybody wrote to it since is lost.`;
      if (!(await session.confirm(question, `tidemark abort ${state.run} --yes\ntidemark abort ${state.run} --keep`))) {
        session.tell('Nothing was changed.');
        return 3;
      }
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
