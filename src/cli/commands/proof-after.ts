/** The proof at the end of a run, for the commands that make one. */
import type { RunReport } from '../../domain/report.ts';
import type { Schema } from '../../domain/schema.ts';
import { explain } from '../../messages/problems.ts';
import type { InspectedProject, Inspection } from '../../operations/inspect.ts';
import { prove } from '../../operations/prove.ts';
import type { Session } from '../session.ts';

/**
 * The schema afterwards against the one that the migrations make of an empty database. What keeps it from being built is told. `before`: the
 * schema before the run; null when it is not known any more.
 */
export async function proofAfter(
  session: Session,
  { repository, settings }: Inspection,
  inspected: InspectedProject,
  before: Schema | null,
): Promise<Pick<RunReport, 'proof'>> {
  const options = { before, timeLimitMs: settings.timeLimitSeconds * 1000 };
  const end = await prove(session.outside, repository, inspected, options, session.listening);
  if ('proof' in end) return end;
  session.tell(explain(end.impossible.code, end.impossible.facts).what);
  return { proof: null };
}
