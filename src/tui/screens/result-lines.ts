/** What the question before a run and the result after it say. */
import { reportOnScreen } from '../../messages/reports.ts';
import type { ScreenLine } from '../look/tones.ts';
import { labelled, paragraph, wrappedLine } from '../look/wrapped.ts';
import type { ConfirmScreen, Proving, ResultScreen, State } from '../state/state.ts';
import { messageLines } from './message-lines.ts';

/** The question, broken to the width there is. */
export const confirmLines = (state: State, screen: ConfirmScreen): readonly ScreenLine[] =>
  screen.facts.flatMap(({ label, text, tone }) => labelled(label, text, Math.max(1, state.size.columns - 4), tone, 10));

/** How the run ended, the way back, and what it did. The end stands first: on a small terminal a long run's would be below the screen. */
export function resultLines(state: State, screen: ResultScreen): readonly ScreenLine[] {
  const width = Math.max(1, state.size.columns - 2);
  const { report, said, proving } = screen;
  return [
    ...(said === null ? [] : [...messageLines(said, width), []]),
    ...(proving === undefined ? [] : provingLines(proving, state.now, width)),
    ...(report === null ? [] : reportOnScreen(report).flatMap(line => wrappedLine(line, width))),
  ];
}

function provingLines(proving: Proving, now: number, width: number): readonly ScreenLine[] {
  if (proving.is === 'impossible') return [...paragraph(proving.because, width, 'notable'), []];
  const seconds = Math.max(0, Math.round((now - proving.began) / 1000));
  const doing = `Comparing the schema with what the migrations make of an empty database: ${seconds} s`;
  return [...paragraph(doing, width, 'notable'), []];
}
