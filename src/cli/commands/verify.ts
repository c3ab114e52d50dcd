/** `tidemark verify`: is the schema what the applied migrations make of an empty database? */
import { ProblemError } from '../../domain/problem.ts';
import { unexplained } from '../../domain/proof.ts';
import { clean } from '../../messages/clean.ts';
import { proofLines } from '../../messages/proof.ts';
import { count } from '../../messages/words.ts';
import { inspect } from '../../operations/inspect.ts';
import { prove } from '../../operations/prove.ts';
import type { Session } from '../session.ts';

/** Exit code 0 when every schema is equal or explained, 1 when there is drift. */
export async function verifyCommand(session: Session): Promise<number> {
  const inspection = await inspect(session.outside, session.where, session.listening);
  try {
    const [failed] = inspection.failed;
    if (failed !== undefined) throw failed.problem;
    const timeLimitMs = inspection.settings.timeLimitSeconds * 1000;
    const documents: unknown[] = [];
    let drifted = false;
    for (const inspected of inspection.projects) {
      const end = await prove(
        session.outside,
        inspection.repository,
        inspected,
        { before: null, timeLimitMs },
        session.listening,
      );
      if ('impossible' in end) throw new ProblemError(end.impossible.code, end.impossible.facts);
      const { proof } = end;
      drifted ||= unexplained(proof).length > 0;
      documents.push({
        framework: inspected.project.framework,
        root: inspected.project.root,
        database: { engine: inspected.address.engine, address: inspected.address.display },
        findings: proof.drift.map(each => ({ kind: 'drift', ...each })),
        migrations: proof.migrations,
        pending: proof.pending,
        remembered: proof.remembered,
      });
      if (session.json) continue;
      const { out, style } = session;
      out(`${style.strong(clean(inspected.key))}  ${clean(inspected.address.display)} (${clean(inspected.server)})`);
      for (const line of proofLines(proof)) out(`  ${line}`);
      if (proof.pending.length > 0)
        out(`  ${count(proof.pending.length, 'migration')} on disk not applied, and not counted.`);
    }
    if (session.json) session.document({ format: 1, projects: documents });
    return drifted ? 1 : 0;
  } finally {
    await inspection.repository.close();
  }
}
