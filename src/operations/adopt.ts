/** Brings an orphan's file back into the working tree, untracked, so that a person can look at it and commit it. */
import { quoted } from '../domain/command-text.ts';
import type { OrphanFinding } from '../domain/finding.ts';
import { ProblemError } from '../domain/problem.ts';
import type { Repository } from '../git/contract.ts';

/** Writes the file where it was. Throws `refused` without a known version, `file-in-the-way` when something is there. Returns the path. */
export async function adopt(repository: Repository, finding: OrphanFinding): Promise<string> {
  const { source, choices, migration } = finding;
  if (source === null) {
    throw new ProblemError('refused', {
      reason:
        choices.length > 0
          ? `There are ${choices.length} different versions of ${migration}, and nothing tells which one was applied.`
          : `No commit that git can reach has the file of ${migration}, and no copy of it is kept.`,
      next:
        choices[0] === undefined
          ? `tidemark show ${migration} --deep`
          : `tidemark adopt ${migration} --from ${(choices[0].commit ?? choices[0].blob).slice(0, 12)}`,
    });
  }
  if (source.working !== undefined) {
    throw new ProblemError('refused', {
      reason: `No commit has ${migration}: its file lies in ${source.working}.`,
      next: `cp ${quoted(`${source.working}/${source.path}`)} ${quoted(source.path)}`,
    });
  }
  await repository.writeNew(source.path, source.blob);
  return source.path;
}
