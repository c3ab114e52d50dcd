/** What the list of runs says: one line each, and the steps of the chosen one. */
import { clean } from '../../messages/clean.ts';
import { stepTitle } from '../../messages/plans.ts';
import { age, count, databaseName } from '../../messages/words.ts';
import type { ListedRun } from '../../operations/runs.ts';
import { fit } from '../look/fit.ts';
import type { ScreenLine } from '../look/tones.ts';
import { labelled, paragraph } from '../look/wrapped.ts';
import { layoutOf } from '../state/layout.ts';
import type { RunsScreen, State } from '../state/state.ts';

const statusOf = ({ state, underWay }: ListedRun): string =>
  underWay ? 'under way' : state.status === 'open' ? 'unfinished' : state.status;

const doneOf = ({ state }: ListedRun): string =>
  `${state.steps.filter(step => step.state === 'done').length} of ${count(state.plan.steps.length, 'step')}`;

export function runLine(run: ListedRun, chosen: boolean, columns: number, now: number): ScreenLine {
  const status = statusOf(run);
  const rest = `${fit(doneOf(run), 14)} ${fit(age(run.state.began, now), 14)} ${databaseName(run.state.plan.database)}`;
  return [
    { tone: chosen ? 'cursor' : 'plain', text: chosen ? '▸ ' : '  ' },
    {
      tone: chosen ? 'cursor' : status === 'finished' ? 'good' : status === 'unfinished' ? 'bad' : 'plain',
      text: fit(status, 12),
    },
    { tone: chosen ? 'cursor' : 'strong', text: fit(run.state.run, 26) },
    { tone: chosen ? 'cursor' : 'plain', text: fit(rest, Math.max(0, columns - 40)) },
  ];
}

/** What a screen reader says for a run. */
export const runLabel = (run: ListedRun, chosen: boolean, now: number): string =>
  `${chosen ? 'selected, ' : ''}${statusOf(run)}: run ${run.state.run}, ${doneOf(run)}, ${age(run.state.began, now)}`;

export function runDetail(state: State, screen: RunsScreen): readonly ScreenLine[] {
  const width = layoutOf(state).detail.columns;
  const run = screen.runs?.[screen.cursor];
  if (run === undefined)
    return screen.runs === null ? [] : paragraph('There was no run in this repository yet.', width);
  const { plan, steps, backup, why } = run.state;
  return [
    ...paragraph(`Run ${run.state.run}, plan ${plan.id}, ${statusOf(run)}`, width, 'strong'),
    ...plan.steps.flatMap((step, index) =>
      labelled((steps[index]?.state ?? '').replace('not-begun', 'not run'), stepTitle(step), width),
    ),
    ...(why === null ? [] : labelled('said', clean(why), width, 'bad')),
    ...(backup === null ? [] : labelled('backup', clean(backup.file), width)),
  ];
}
