/** What the question before a run and the result after it say. */
import { clean } from '../../messages/clean.ts';
import { reportOnScreen } from '../../messages/reports.ts';
import { size } from '../../messages/words.ts';
import type { ScreenLine } from '../look/tones.ts';
import { labelled, paragraph, wrappedLine } from '../look/wrapped.ts';
import type { ConfirmScreen, ResultScreen, State } from '../state/state.ts';
import { messageLines } from './message-lines.ts';

/** The question, broken to the width there is. */
export const confirmLines = (state: State, screen: ConfirmScreen): readonly ScreenLine[] =>
  screen.facts.flatMap(({ label, text, tone }) => labelled(label, text, Math.max(1, state.size.columns - 4), tone, 10));

/** How the run ended, what it did, and the way back. The end stands first: on a small terminal a long run's would be below the screen. */
export function resultLines(state: State, screen: ResultScreen): readonly ScreenLine[] {
  const width = Math.max(1, state.size.columns - 2);
  const { report, said } = screen;
  return [
    ...(said === null ? [] : [...messageLines(said, width), []]),
    ...(report === null ? [] : reportOnScreen(report).flatMap(line => wrappedLine(line, width))),
    ...(report?.outcome === 'done' ? wayBack(report, width) : []),
  ];
}

/** How a run that ended well is undone. */
function wayBack(report: NonNullable<ResultScreen['report']>, width: number): readonly ScreenLine[] {
  const reversed = report.steps.flatMap(({ step }) =>
    step.kind === 'reverse' && step.because === 'orphaned' ? [step.migration] : [],
  );
  if (reversed.length === 0 && report.backup === null) return [];
  return [
    [],
    ...paragraph('The way back', width, 'strong'),
    ...labelled('undo', `tidemark undo ${report.run}`, width),
    ...(report.backup === null
      ? []
      : labelled(
          'data',
          `${clean(report.backup.file)} (${size(report.backup.bytes)}) holds everything as it was`,
          width,
        )),
  ];
}
