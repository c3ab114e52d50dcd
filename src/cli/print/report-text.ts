/** What a run did, for people. */
import type { RunReport } from '../../domain/report.ts';
import { afterLines, reportLines } from '../../messages/reports.ts';
import type { TonedLine } from '../../messages/toned.ts';
import type { Session } from '../session.ts';

export function printReport(session: Session, report: RunReport): void {
  session.out('');
  printLines(session, reportLines(report));
}

/** The proof of the schema and the way back, once the proof was made. */
export const printAfter = (session: Session, report: RunReport): void => printLines(session, afterLines(report));

function printLines({ out, style }: Session, lines: readonly TonedLine[]): void {
  const styled = (line: TonedLine) =>
    line.map(({ tone, text }) => (tone === 'plain' ? text : style[tone](text))).join('');
  for (const line of lines) out(styled(line));
}
