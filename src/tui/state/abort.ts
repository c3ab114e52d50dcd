/** The question before a run is aborted: what would be put back, and what that loses. */
import { clean } from '../../messages/clean.ts';
import { databaseName } from '../../messages/words.ts';
import type { Event } from './effects.ts';
import type { ConfirmScreen } from './state.ts';

export function abortQuestion(weighed: Extract<Event, { type: 'abort-weighed' }>): ConfirmScreen {
  const { run, database, began, changed, backup } = weighed;
  return {
    name: 'confirm',
    title: `Abort run ${run}?`,
    facts: changed
      ? [
          { label: 'database', text: clean(database) },
          { label: 'put back', text: `to how it was at ${began}` },
          { label: 'destroys', text: 'what anybody wrote to it since then', tone: 'bad' },
          {
            label: 'from',
            text: backup === null ? 'the journal: only history rows changed' : `the backup ${clean(backup)}`,
          },
        ]
      : [{ label: 'database', text: `${clean(database)}: nothing that the run did is there, so nothing is changed` }],
    mustType: changed ? databaseName(database) : null,
    typed: '',
    choice: 'no',
    yes: changed ? 'put it back' : 'close the run',
    doing: { do: 'abort', run },
    scroll: 0,
  };
}
