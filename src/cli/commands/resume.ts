/** `tidemark resume`: goes on with a run that was killed or stopped. */
import { quoted } from '../../domain/command-text.ts';
import { clean } from '../../messages/clean.ts';
import { nextLines } from '../../messages/words.ts';
import { inspect } from '../../operations/inspect.ts';
import { resume } from '../../operations/resume.ts';
import { projectOfRun, whereOfRun } from '../../operations/run-project.ts';
import { reportDocument } from '../print/as-json.ts';
import { printAfter, printReport } from '../print/report-text.ts';
import type { Session } from '../session.ts';

export async function resumeCommand(session: Session, run: string | undefined): Promise<number> {
  const { where, state } = await whereOfRun(session.outside, session.where, run ?? null);
  const inspection = await inspect(session.outside, where, session.listening);
  try {
    const inspected = projectOfRun(inspection, state);
    const limit = inspection.settings.timeLimitSeconds * 1000;
    const report = await resume(session.outside, inspection.repository, inspected, state, limit, session.listening);
    if (session.json) session.document(reportDocument([report], []));
    else {
      printReport(session, report);
      printAfter(session, report);
    }
    const { to } = state.plan;
    if (report.outcome === 'done' && to !== undefined && inspection.repository.head !== to.commit) {
      session.tell(`${clean(to.name)} is not checked out yet.`);
      const name = quoted(to.name);
      for (const line of nextLines(`tidemark reconcile --to ${name} --switch`)) session.tell(line);
    }
    return { done: 0, failed: 4, interrupted: 130 }[report.outcome];
  } finally {
    await inspection.repository.close();
  }
}
