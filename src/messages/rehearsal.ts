/** What a rehearsal showed, in words. */
import type { Rehearsal, RehearsedStep } from '../domain/rehearsal.ts';
import { withoutParts } from '../domain/schema.ts';
import { clean, cleanLines } from './clean.ts';
import { hiddenLossLines } from './plans.ts';
import { count } from './words.ts';

/** What a step did on the copy, as lines; empty when the step was not rehearsed. */
export function rehearsedLines(rehearsal: Rehearsal, index: number): readonly string[] {
  const step = rehearsal.steps[index];
  if (step === undefined) return [];
  return [...hiddenLossLines(step).map(line => `destroys also ${line}`), schemaLine(step)];
}

/** What appeared, disappeared and changed, in one line. */
export function schemaLine({ appears, disappears, changes }: RehearsedStep): string {
  const all = [
    ...withoutParts(disappears).map(name => `- ${clean(name)}`),
    ...withoutParts(appears).map(name => `+ ${clean(name)}`),
    ...changes.map(name => `~ ${clean(name)}`),
  ];
  return all.length === 0 ? 'the schema did not change' : all.join(', ');
}

/** The rehearsal as a whole: on what it ran, and how it ended. */
export function rehearsalLines({ copy, milliseconds, steps, failed }: Rehearsal, of: number): readonly string[] {
  const where = copy === 'full' ? 'a copy with all rows' : 'a copy without rows';
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  if (failed !== null) {
    return [
      `The rehearsal on ${where} failed at step ${failed.step + 1} of ${of}:`,
      ...cleanLines(failed.said)
        .slice(-20)
        .map(line => `  ${line}`),
    ];
  }
  const hint = copy === 'full' ? '' : '; what depends on rows was not tried (--rehearse=full does)';
  return [`Rehearsed on ${where} in ${seconds}: ${count(steps.length, 'step')} ran to the end${hint}.`];
}
