/**
 * Asking a partial clone about objects. Git dies there when a promised object is missing and may not be fetched (2.39: "could not
 * fetch … from promisor remote"), and no setting on the command line takes the promise back. So it is asked through a
 * git directory of ours that has nothing but the clone's objects: there a missing object is simply missing.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import { type GitRunner, gitIn } from './run-git.ts';

/** Git over the objects of a repository, without its settings and refs. Lies in `tidemark/` of the common git directory. */
export function gitOverObjects(git: GitRunner, commonDir: string, objectFormat: 'sha1' | 'sha256'): GitRunner {
  const folder = madeIn(join(commonDir, 'tidemark', 'objects-only'), objectFormat) ?? madeInTemporary(objectFormat);
  return gitIn(git.cwd, { ...git.env, GIT_DIR: folder, GIT_OBJECT_DIRECTORY: join(commonDir, 'objects') });
}

function madeIn(folder: string, objectFormat: string): string | null {
  try {
    mkdirSync(join(folder, 'refs'), { recursive: true });
    writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/none\n');
    const extensions = objectFormat === 'sha1' ? '' : `[extensions]\n\tobjectFormat = ${objectFormat}\n`;
    writeFileSync(join(folder, 'config'), `[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n${extensions}`);
    return folder;
  } catch {
    return null;
  }
}

/** Where the repository cannot be written to. */
function madeInTemporary(objectFormat: string): string {
  const folder = madeIn(mkdtempSync(join(tmpdir(), 'tidemark-objects-')), objectFormat);
  if (folder !== null) return folder;
  throw new ProblemError('disk', {
    path: tmpdir(),
    doing: 'making a folder to read objects through',
    said: 'cannot be written to',
  });
}
