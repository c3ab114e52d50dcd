/** What a run did, in words: before and after side by side, what was done and what was not, and how to go on. */
import type { MigrationId } from '../domain/migration.ts';
import type { Step } from '../domain/plan.ts';
import { type Proof, unexplained } from '../domain/proof.ts';
import type { RunReport, StepReport } from '../domain/report.ts';
import { clean, cleanLines } from './clean.ts';
import { parkedWords, putBackLines } from './parking.ts';
import { stepTitle } from './plans.ts';
import { proofLines } from './proof.ts';
import { plain, type TonedLine, toned } from './toned.ts';
import { nextLines, size } from './words.ts';

/** Longer histories are shown by their differing part and this many migrations before it. */
const CONTEXT = 3;

/** The report in the order in which it is printed: how it ended stands last, next to the prompt. What is known only later follows: `afterLines`. */
export const reportLines = (report: RunReport): readonly TonedLine[] => [
  ...historyLines(report),
  ...remarkLines(report),
  ...undoneLines(report),
  [],
  ...endLines(report),
];

/** The whole report, in the order in which it is read on a screen: how it ended first, then what went wrong, then the rest. */
export const reportOnScreen = (report: RunReport): readonly TonedLine[] => [
  ...endLines(report),
  ...afterLines(report),
  ...undoneLines(report),
  [],
  ...historyLines(report),
  ...remarkLines(report),
];

/** What the proof of the schema found, where one was made, and the way back. */
export const afterLines = ({ run, outcome, undone, proof }: RunReport): readonly TonedLine[] => [
  ...(proof == null ? [] : schemaLines(proof)),
  // Of an undoing, how it is undone itself is said where it is compared.
  ...(outcome === 'done' && undone === undefined ? [plain(`undo    tidemark undo ${run}`)] : []),
];

function schemaLines(proof: Proof): readonly TonedLine[] {
  const open = unexplained(proof);
  const tone = open.length === 0 ? 'good' : open.some(({ before }) => before === false) ? 'bad' : 'notable';
  const [first = '', ...rest] = proofLines(proof);
  return [[toned(tone, first)], ...rest.map(plain)];
}

/** The history before and after, side by side. */
function historyLines(report: RunReport): readonly TonedLine[] {
  const all = [...report.before];
  for (const [index, id] of report.after.entries()) {
    if (all.includes(id)) continue;
    const previous = report.after[index - 1];
    all.splice(previous === undefined ? 0 : all.indexOf(previous) + 1, 0, id);
  }
  const differs = (id: (typeof all)[number]) => report.before.includes(id) !== report.after.includes(id);
  const first = all.findIndex(differs);
  const from = Math.max(0, (first === -1 ? all.length : first) - CONTEXT);
  const width = Math.max(6, ...all.slice(from).map(id => clean(id).length));
  return [
    [toned('faint', 'before'.padEnd(width)), toned('plain', '   '), toned('faint', 'after')],
    ...(from > 0 ? [[toned('faint', `… ${from} alike`)]] : []),
    ...all.slice(from).map((id): TonedLine => {
      const [was, is] = [report.before.includes(id), report.after.includes(id)];
      const left = toned(was && !is ? 'bad' : 'plain', (was ? clean(id) : '').padEnd(width));
      const right = is ? toned(was ? 'plain' : 'good', clean(id)) : toned('bad', '(gone)');
      return [left, toned('plain', '   '), right];
    }),
  ];
}

/** Remarks about steps that were done. */
const remarkLines = ({ steps }: RunReport): readonly TonedLine[] =>
  steps
    .filter(({ state, notes }) => state === 'done' && notes.length > 0)
    .flatMap(({ step, notes }) => [
      [],
      [toned('good', 'done'), toned('plain', `    ${stepTitle(step)}`)],
      ...notes.map(note => plain(`    ${clean(note)}`)),
    ]);

/** All about the steps that were not done. */
const undoneLines = ({ steps }: RunReport): readonly TonedLine[] =>
  steps
    .filter(({ state }) => state !== 'done')
    .flatMap(({ step, state, said, left }) => [
      [],
      state === 'failed'
        ? [toned('bad', 'failed'), toned('plain', `  ${stepTitle(step)}`)]
        : plain(`not run  ${stepTitle(step)}`),
      ...(said === null ? [] : cleanLines(said)).map(line => plain(`    ${line}`)),
      ...(state === 'failed' ? [plain(`    ${leftWords(left)}`)] : []),
    ]);

/** What was proved of an undoing, and what differs all the same. */
function provedLines({ undone, database, run }: RunReport, proof: string): readonly TonedLine[] {
  if (undone === undefined) return [[toned('good', 'Proved:'), toned('plain', proof)]];
  const redo = nextLines(`tidemark undo ${run}`).map(plain);
  if (undone.differences.length === 0) {
    const same = ` history rows and schema of ${clean(database)} are as they were before run ${undone.run}.`;
    return [[toned('good', 'Proved:'), toned('plain', same)], ...redo];
  }
  return [
    [
      toned('bad', 'Not as before: '),
      toned('plain', `run ${undone.run} is undone, and ${undone.differences.map(clean).join('; ')}.`),
    ],
    ...redo,
  ];
}

/** What was parked, and what was put back of what had been parked. */
function parkingLines({ parked = [], putBack }: RunReport): readonly TonedLine[] {
  return [
    ...parked.map(set => plain(`parked  ${parkedWords(set)} (${set.id})`)),
    ...(putBack === undefined ? [] : putBackLines(putBack.done).map(plain)),
    ...(putBack?.said == null
      ? []
      : [
          [toned('bad', 'Not put back: '), toned('plain', clean(putBack.said))],
          ...nextLines(`tidemark park restore ${putBack.sets.join(' ')}`).map(plain),
        ]),
  ];
}

/** Where the backup is, what was proved, or how to go on. */
function endLines(report: RunReport): readonly TonedLine[] {
  const backup =
    report.backup === null ? [] : [plain(`backup  ${clean(report.backup.file)} (${size(report.backup.bytes)})`)];
  if (report.outcome === 'done') {
    const proof = ` the history table of ${clean(report.database)} has ${rowWords(report)}, and every other row of it is as it was.`;
    return [...parkingLines(report), ...backup, ...provedLines(report, proof)];
  }
  const done = report.steps.filter(({ state }) => state === 'done').length;
  const stopped = report.outcome === 'interrupted' ? 'Stopped on request' : 'Stopped';
  return [
    ...parkingLines(report),
    ...backup,
    plain(`${stopped} after ${done} of ${report.steps.length} steps. The journal is kept: ${clean(report.journal)}`),
    ...nextLines(`tidemark resume ${report.run}\ntidemark abort ${report.run}`).map(plain),
  ];
}

/** What came into the table. A framework's own command may add rows of other apps, or of a squash. */
function rowWords({ before, after, steps }: RunReport): string {
  const planned = new Set(steps.flatMap(({ step }) => comeWith(step)));
  const others = after.filter(id => !before.includes(id) && !planned.has(id)).length;
  if (others === 0) return 'exactly the planned rows';
  return `the planned rows, ${others} more that the framework's own command added`;
}

function comeWith(step: Step): readonly MigrationId[] {
  if (step.kind === 'apply') return step.migrations;
  return step.kind === 'relabel' ? [step.to] : [step.migration];
}

function leftWords(left: StepReport['left']): string {
  if (left === 'partial') return 'It left something behind: the database is not as before this step.';
  return left === 'unsure'
    ? 'The history table and the schema are as before this step; data that it changed may have stayed changed.'
    : 'It left the database as it was before this step.';
}
