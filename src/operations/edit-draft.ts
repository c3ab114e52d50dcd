/** A reversal that a person writes in their editor, from a draft. */
import path from 'node:path';
import type { MigrationId } from '../domain/migration.ts';
import { ProblemError } from '../domain/problem.ts';
import type { Repository } from '../git/contract.ts';
import { draftFor } from './by-hand.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';

/** What was written, not looked at yet. `text` is null when it is not UTF-8. */
export interface EditedDraft {
  readonly file: string;
  readonly text: string | null;
}

/**
 * Opens the draft in the user's editor, which is given the terminal. It lies in the git directory, readable by this user only, and stays
 * there. Throws `refused` when the editor fails.
 */
export async function editDraft(
  outside: Outside,
  repository: Repository,
  inspected: InspectedProject,
  id: MigrationId,
): Promise<EditedDraft> {
  const file = path.join(repository.commonDir, 'tidemark/drafts', `${encodeURIComponent(id).slice(0, 120)}.sql`);
  const draft = await draftFor(outside, repository, inspected, id);
  const own = Object.fromEntries(
    Object.entries(outside.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const editor = outside.env['VISUAL'] || outside.env['EDITOR'] || 'vi';
  const { code, text } = await outside.processes.edit({ editor, file, draft, cwd: repository.root, env: own });
  if (code === 0) return { file, text };
  throw new ProblemError('refused', {
    reason: `The editor (${editor}) ended with ${code ?? 'a signal'}.`,
    next: `edit ${file}`,
  });
}
