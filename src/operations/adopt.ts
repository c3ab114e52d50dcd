/** Brings an orphan's files back into the working tree, untracked, so that a person can look at them and commit them. */
import { quoted } from '../domain/command-text.ts';
import type { OrphanFinding } from '../domain/finding.ts';
import { ProblemError } from '../domain/problem.ts';
import type { Repository } from '../git/contract.ts';
import type { InspectedProject } from './inspect.ts';
import { partsOfVersion } from './parts.ts';

/**
 * Writes the files where they were. Throws `refused` without a known version, `file-in-the-way` when something else is there. Returns the
 * paths, the migration's own first.
 */
export async function adopt(
  repository: Repository,
  inspected: InspectedProject,
  finding: OrphanFinding,
): Promise<readonly [string, ...string[]]> {
  const { source, choices, migration, checksum } = finding;
  if (source === null) {
    throw new ProblemError('refused', {
      reason:
        checksum === 'differs'
          ? `The checksum in the row of ${migration} is that of another text than any that is known.`
          : choices.length > 0
            ? `There are ${choices.length} different versions of ${migration}, and nothing tells which one was applied.`
            : `No commit that git can reach has the file of ${migration}, and no copy of it is kept.`,
      next:
        choices[0] === undefined
          ? `tidemark show ${migration} --deep`
          : `tidemark adopt ${migration} --from ${(choices[0].commit ?? choices[0].blob).slice(0, 12)}`,
    });
  }
  // Nothing of it is run, so it may come from anybody's commit, as the file itself may.
  const parts = await partsOfVersion(repository, inspected, { ...finding, source, named: true });
  if (source.inRow === true) {
    const reason = `No commit has ${migration} as it was applied: its text stands in its history row only.`;
    throw new ProblemError('refused', { reason, next: `tidemark show ${migration}` });
  }
  if (source.working !== undefined) {
    const paths = [source.path, ...('reason' in parts ? [] : parts.map(part => part.path))];
    throw new ProblemError('refused', {
      reason: `No commit has ${migration}: its file lies in ${source.working}.`,
      next: paths.map(path => `cp ${quoted(`${source.working}/${path}`)} ${quoted(path)}`).join('\n'),
    });
  }
  if ('reason' in parts) throw new ProblemError('refused', { reason: `${parts.reason}.`, next: parts.wayOut });
  // A part may have been left behind: what is there as it was stays there.
  const there = repository.takeWorking(
    parts.map(part => part.path),
    { one: 0, all: 0 },
  );
  const other = parts.find(({ path, blob }) => {
    const file = there.get(path);
    return file !== undefined && file.blob !== blob && file.withoutCr?.blob !== blob;
  });
  if (other !== undefined) throw new ProblemError('file-in-the-way', { path: other.path });
  const missing = parts.flatMap(({ path, blob }) => (blob === undefined || there.has(path) ? [] : [{ path, blob }]));
  await repository.writeNew(source.path, source.blob);
  for (const { path, blob } of missing) await repository.writeNew(path, blob);
  return [source.path, ...missing.map(part => part.path)];
}
