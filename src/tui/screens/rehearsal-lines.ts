/** What the plan screen says of a rehearsal: in one line, and all of it. */
import { type Rehearsal, unannouncedIn } from '../../domain/rehearsal.ts';
import { clean } from '../../messages/clean.ts';
import { seenLossLines } from '../../messages/plans.ts';
import { rehearsalLines, schemaLine } from '../../messages/rehearsal.ts';
import { count, list } from '../../messages/words.ts';
import type { ScreenLine, ScreenTone } from '../look/tones.ts';
import { labelled, paragraph } from '../look/wrapped.ts';
import { rehearsingWords } from '../state/plan.ts';
import type { Rehearsing } from '../state/state.ts';
import { messageLines } from './message-lines.ts';

/** Its line in the list: the worst of it. */
export function rehearsalWords(
  stands: Rehearsing | Rehearsal,
  now: number,
): readonly [tag: string, tone: ScreenTone, text: string] {
  if ('is' in stands) return ['rehearsal', stands.is === 'broken' ? 'bad' : 'notable', rehearsingWords(stands, now)];
  const { copy, milliseconds, steps, failed } = stands;
  if (failed !== null) {
    const [said = ''] = failed.said.split('\n').filter(line => line.trim() !== '');
    return ['rehearsed', 'bad', `step ${failed.step + 1} failed: ${clean(said.trim())}`];
  }
  const hidden = unannouncedIn(stands);
  if (hidden.length > 0)
    return ['rehearsed', 'bad', `destroys what its text does not announce: ${list(hidden.map(clean))}`];
  const where = copy === 'full' ? 'a copy with all rows' : 'a copy without rows';
  return ['rehearsed', 'good', `${count(steps.length, 'step')} ran to the end on ${where}, ${seconds(milliseconds)}`];
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** All of it: what went and came, step by step, with numbers, and the next step where it found something wrong. */
export function rehearsalDetail(
  stands: Rehearsing | Rehearsal,
  of: number,
  now: number,
  width: number,
): readonly ScreenLine[] {
  if ('is' in stands) {
    if (stands.is === 'broken')
      return [...messageLines(stands.problem, width), ...labelled('or', 'r reads again and rehearses again', width)];
    return paragraph(`Rehearsal ${rehearsingWords(stands, now)}`.replace(/^Rehearsal It/, 'It'), width);
  }
  const [head = '', ...said] = rehearsalLines(stands, of);
  const hidden = unannouncedIn(stands).length > 0;
  return [
    ...paragraph(head, width, stands.failed === null ? 'strong' : 'bad'),
    ...said.flatMap(line => paragraph(line, width)),
    ...stands.steps.flatMap((step, index) => [
      ...labelled(`step ${index + 1}`, schemaLine(step), width),
      ...seenLossLines(step).flatMap((line, at) => labelled(at === 0 ? 'destroys' : '', line, width, 'bad')),
    ]),
    ...(stands.failed === null ? [] : labelled('next', AFTER_FAILURE, width, 'accent')),
    ...(hidden ? labelled('next', AFTER_SURPRISE, width, 'accent') : []),
  ];
}

const AFTER_FAILURE = 'on the line of its migration, x chooses another remedy, and e writes a reversal by hand';
const AFTER_SURPRISE = 'read the text of the step; another remedy is chosen with x, on the line of its migration';
