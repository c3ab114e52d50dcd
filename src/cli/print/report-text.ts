/** What a run did, for people: before and after side by side, what was done and what was not, and how to go on. */
import { clean, cleanLines } from '../../messages/clean.ts';
import { stepTitle } from '../../messages/plans.ts';
import { nextLines, size } from '../../messages/words.ts';
import type { RunReport } from '../../operations/execute.ts';
import type { Session } from '../session.ts';

/** Longer histories are shown by their differing part and this many migrations before it. */
const CONTEXT = 3;

export function printReport(session: Session, report: RunReport): void {
  const { out, style } = session;
  out('');
  printHistories(session, report);
  for (const { step, notes } of report.steps.filter(({ state, notes }) => state === 'done' && notes.length > 0)) {
    out('');
    out(`${style.good('done')}    ${stepTitle(step)}`);
    for (const note of notes) out(`    ${clean(note)}`);
  }
  const undone = report.steps.filter(({ state }) => state !== 'done');
  for (const { step, state, said, left } of undone) {
    out('');
    out(`${state === 'failed' ? style.bad('failed') : 'not run'}  ${stepTitle(step)}`);
    for (const line of said === null ? [] : cleanLines(said)) out(`    ${line}`);
    if (state === 'failed') out(`    ${leftWords(left)}`);
  }
  out('');
  if (report.backup !== null) out(`backup  ${clean(report.backup.file)} (${size(report.backup.bytes)})`);
  if (report.outcome === 'done') {
    out(
      `${style.good('Proved:')} the history table of ${clean(report.database)} has exactly the planned rows, and every other row of it is as it was.`,
    );
    return;
  }
  const done = report.steps.length - undone.length;
  const stopped = report.outcome === 'interrupted' ? 'Stopped on request' : 'Stopped';
  out(`${stopped} after ${done} of ${report.steps.length} steps. The journal is kept: ${clean(report.journal)}`);
  for (const line of nextLines(`tidemark resume ${report.run}\ntidemark abort ${report.run}`)) out(line);
}

function leftWords(left: RunReport['steps'][number]['left']): string {
  if (left === 'partial') return 'It left something behind: the database is not as before this step.';
  return left === 'unsure'
    ? 'The history table and the schema are as before this step; data that it changed may have stayed changed.'
    : 'It left the database as it was before this step.';
}

function printHistories({ out, style }: Session, report: RunReport): void {
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
  out(`${style.faint('before'.padEnd(width))}   ${style.faint('after')}`);
  if (from > 0) out(style.faint(`… ${from} alike`));
  for (const id of all.slice(from)) {
    const [was, is] = [report.before.includes(id), report.after.includes(id)];
    const left = (was ? clean(id) : '').padEnd(width);
    out(
      `${was && !is ? style.bad(left) : left}   ${is ? (was ? clean(id) : style.good(clean(id))) : style.bad('(gone)')}`,
    );
  }
}
