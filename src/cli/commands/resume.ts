/** `tidemark resume`: goes on with a run that was killed or stopped. */
import { quoted } from '../../domain/command-text.ts';
import { clean } from '../../messages/clean.ts';
import { nextLines } from '../../messages/words.ts';
import { inspect } from '../../operations/inspect.ts';
import { isProvable, proofWanted } from '../../operations/prove.ts';
import { resume } from '../../operations/resume.ts';
import { projectOfRun, whereOfRun } from '../../operations/run-project.ts';
import { reportDocument } from '../print/as-json.ts';
import { printAfter, printReport } from '../print/report-text.ts';
import type { Session } from '../session.ts';
import { proofAfter } from './proof-after.ts';
import { exitCode } from './reconcile.ts';

export interface ResumeOptions {
  readonly proof?: boolean;
}

/** Exit codes: 0 done, 1 done and the schema has something that no migration explains and was not there before, 4 stopped again, 130 interrupted. */
export async function resumeCommand(
  session: Session,
  run: string | undefined,
  options: ResumeOptions = {},
): Promise<number> {
  const { where, state } = await whereOfRun(session.outside, session.where, run ?? null);
  const inspection = await inspect(session.outside, where, session.listening);
  try {
    const inspected = projectOfRun(inspection, state);
    const limit = inspection.settings.timeLimitSeconds * 1000;
    const ran = await resume(session.outside, inspection.repository, inspected, state, limit, session.listening);
    if (!session.json) printReport(session, ran);
    const proving = ran.outcome === 'done' && proofWanted(session.outside, options.proof) && isProvable(state.plan);
    const before = session.outside.databases.rememberedSchema(state.before.schema);
    const report = proving ? { ...ran, ...(await proofAfter(session, inspection, inspected, before)) } : ran;
    if (session.json) session.document(reportDocument([report], []));
    else printAfter(session, report);
    const { to } = state.plan;
    if (report.outcome === 'done' && to !== undefined && inspection.repository.head !== to.commit) {
      session.tell(`${clean(to.name)} is not checked out yet.`);
      const name = quoted(to.name);
      for (const line of nextLines(`tidemark reconcile --to ${name} --switch`)) session.tell(line);
    }
    return exitCode([report], []);
  } finally {
    await inspection.repository.close();
  }
}
