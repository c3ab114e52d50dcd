/** Reversals that a person writes: the draft to begin with, and what a written one must be. */
import type { MigrationId } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import type { Repository } from '../git/contract.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';

/** A reversal written by hand, for one migration. */
export interface ByHand {
  readonly migration: MigrationId;
  readonly script: string;
}

/** The first line of a draft; while it stands, nobody has made the text a reversal. */
const MARK = '-- DRAFT of a reversal. Nothing is run while this line stands: take it out once the SQL below is right.';

/** Throws `refused` for a text that is no reversal yet: empty, only comments, or a draft nobody has gone through. `file` is its name. */
export function mustBeWritten(outside: Outside, script: string, file: string): void {
  const refuse = (reason: string): never => {
    throw new ProblemError('refused', { reason, next: `edit ${file}` });
  };
  if (script.includes('\0')) refuse(`${file} is not text.`);
  if (/^\s*--\s*DRAFT of a reversal\b/m.test(script)) refuse(`${file} is a draft still: its first line says so.`);
  if (!outside.sql.hasStatements(script)) refuse(`${file} has no SQL in it.`);
}

/** The draft for an orphan: what its SQL plainly did, the other way round; of other languages the text itself, as comments. */
export async function draftFor(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  id: MigrationId,
): Promise<string> {
  const { framework, project, diagnosis, address } = inspected;
  const finding = diagnosis.findings.find(entry => entry.kind === 'orphaned' && entry.migration === id);
  const source = finding?.kind === 'orphaned' ? finding.source : null;
  const text =
    source === null
      ? null
      : (inspected.workingTexts.get(source.blob) ??
        (await repository.readBlobs([source.blob])).get(source.blob) ??
        null);
  const head = [
    MARK,
    `-- ${id}, ${source === null ? 'of which no text is known' : source.path}. It is run in one transaction, where the engine has one for schema`,
    '-- changes, with the change of the history row, which is not to be written here.',
    '',
  ];
  if (source === null || text === null) return `${head.join('\n')}\n`;
  const forward = framework.forward(project, { path: source.path, text }, address.engine);
  const sql = forward.how === 'sql' ? forward.script : source.path.endsWith('.sql') ? text : null;
  const lines =
    sql === null
      ? [
          '-- What it did:',
          ...text
            .trimEnd()
            .split('\n')
            .map(line => `--   ${line}`.trimEnd()),
        ]
      : outside.sql.draft(sql, address.engine);
  return `${[...head, ...lines].join('\n')}\n`;
}
