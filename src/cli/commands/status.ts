/** `tidemark status`: what the database has and the branch has not, and the other way round. */
import { needsAttention } from '../../domain/finding.ts';
import { exitCodeOf } from '../../messages/problems.ts';
import { inspect } from '../../operations/inspect.ts';
import { statusDocument } from '../print/as-json.ts';
import { printStatus } from '../print/status-text.ts';
import type { Session } from '../session.ts';

/** Exit code 0, or with `exitCode` 1 when there are findings; that of the first problem when a project could not be looked at. */
export async function statusCommand(session: Session, options: { readonly exitCode?: boolean }): Promise<number> {
  const inspection = await inspect(session.outside, session.where, session.listening);
  try {
    if (session.json) session.document(statusDocument(inspection));
    else printStatus(session, inspection);
    const [failed] = inspection.failed;
    if (failed !== undefined) return exitCodeOf(failed.problem.code);
    const found = inspection.projects.some(project => project.diagnosis.findings.some(needsAttention));
    return options.exitCode === true && found ? 1 : 0;
  } finally {
    await inspection.repository.close();
  }
}
