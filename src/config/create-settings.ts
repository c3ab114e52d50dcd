/** Writes a new settings file, the one thing this room ever writes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import type { ProjectSettings } from './contract.ts';

/** Creates `tidemark.config.json` and returns its path. Throws `file-in-the-way`, `disk`. */
export function createSettings(root: string, projects: readonly ProjectSettings[]): string {
  const file = join(root, 'tidemark.config.json');
  try {
    writeFileSync(file, `${JSON.stringify({ projects }, null, 2)}\n`, { flag: 'wx' });
    return file;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new ProblemError('file-in-the-way', { path: 'tidemark.config.json' }, { cause: error });
    }
    const said = error instanceof Error ? error.message : String(error);
    throw new ProblemError('disk', { path: file, doing: 'writing settings', said }, { cause: error });
  }
}
