/** `tidemark log` without an id: what Tidemark remembers of what was on disk when rows came; and how it is made to forget. */
import type { ProvenanceLog, ProvenanceRecord } from '../../domain/provenance.ts';
import { clean } from '../../messages/clean.ts';
import { seenSentence } from '../../messages/edited.ts';
import { count, shortOid, size } from '../../messages/words.ts';
import { allProvenance } from '../../operations/provenance.ts';
import type { Session } from '../session.ts';

export interface ProvenanceOptions {
  readonly clear?: boolean;
  readonly yes?: boolean;
}

/** Exit codes: 0, or 3 when the question was answered with no. Neither reads a database. */
export async function provenanceCommand(session: Session, options: ProvenanceOptions): Promise<number> {
  const repository = await session.outside.git.open(session.where.directory);
  try {
    const logs = newestFirst(await allProvenance(repository));
    if (options.clear !== true) {
      show(session, logs, await repository.provenance.examine());
      return 0;
    }
    const number = logs.flatMap(({ records }) => records).length;
    const question = `Forget ${count(number, 'record')} of ${count(logs.length, 'database')}, and the texts kept with them?`;
    if (options.yes !== true && !(await session.confirm(question, 'tidemark log --clear --yes'))) {
      session.tell('Nothing was changed.');
      return 3;
    }
    const cleared = await repository.provenance.clear();
    if (session.json) session.document({ format: 1, cleared, records: number });
    else session.out(cleared ? `${count(number, 'record')} cleared.` : 'There was nothing to clear.');
    return 0;
  } finally {
    await repository.close();
  }
}

/** Databases with the newest record first, and in each the newest record first. */
const newestFirst = (logs: readonly ProvenanceLog[]): readonly ProvenanceLog[] =>
  [...logs]
    .sort((a, b) => (a.since < b.since ? 1 : -1))
    .map(log => ({ ...log, records: [...log.records].reverse().sort((a, b) => byTime(b, a)) }));

const byTime = (a: ProvenanceRecord, b: ProvenanceRecord): number =>
  a.seenAt === b.seenAt ? 0 : a.seenAt < b.seenAt ? -1 : 1;

function show(
  session: Session,
  logs: readonly ProvenanceLog[],
  examined: { readonly state: string; readonly bytes: number },
): void {
  const { out, style, now } = session;
  if (session.json) {
    session.document({ format: 1, state: examined.state, bytes: examined.bytes, databases: logs });
    return;
  }
  if (logs.length === 0) out('Nothing is recorded yet: the next tidemark status begins it.');
  for (const [index, log] of logs.entries()) {
    if (index > 0) out('');
    out(`${style.strong(clean(log.project))} in database ${clean(log.database.slice(0, 10))}`);
    for (const record of log.records) {
      const gone = record.goneAt === null ? '' : ' (row gone)';
      out(`  ${clean(record.migration)}${gone}  ${seenSentence(record, now)}`);
      if (record.blob !== null)
        out(style.faint(`    blob ${shortOid(record.blob)}, ${record.kept ? size(record.bytes) : 'text not kept'}`));
    }
  }
  if (logs.length > 0) session.tell(`\n${size(examined.bytes)} on disk; tidemark log --clear removes it.`);
}
