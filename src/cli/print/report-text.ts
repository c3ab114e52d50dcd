/** What a run did, for people. */
import type { RunReport } from '../../domain/report.ts';
import { reportLines } from '../../messages/reports.ts';
import type { TonedLine } from '../../messages/toned.ts';
import type { Session } from '../session.ts';

export function printReport({ out, style }: Session, report: RunReport): void {
  const styled = (line: TonedLine) =>
    line.map(({ tone, text }) => (tone === 'plain' ? text : style[tone](text))).join('');
  out('');
  for (const line of reportLines(report)) out(styled(line));
}
