/** The git repository of our own in which provenance lies, and how its texts are found among the user's objects. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Oid } from '../domain/sighting.ts';
import type { Place } from './place.ts';
import { type GitRunner, gitIn } from './run-git.ts';

/** The private ref: a tree with a blob for each log, and a tree `texts` whose entries are named by the blobs they are. */
export const PRIVATE_REF = 'refs/tidemark/provenance';

/** Where it lies. Linked worktrees share it. */
export const keptFolder = (place: Pick<Place, 'commonDir'>): string => join(place.commonDir, 'tidemark', 'provenance');

/** Git in that repository. What it must not do by itself is off as everywhere; it has no hooks and no remotes. */
export const gitInKept = (place: Place): GitRunner =>
  gitIn(keptFolder(place), { ...place.git.env, GIT_DIR: keptFolder(place) });

/** Makes the repository where there is none. Throws what the file system says. */
export function makeKept(place: Place): void {
  const folder = keptFolder(place);
  mkdirSync(join(folder, 'objects'), { recursive: true });
  mkdirSync(join(folder, 'refs'), { recursive: true });
  if (existsSync(join(folder, 'HEAD'))) return;
  const extensions = place.objectFormat === 'sha1' ? '' : `[extensions]\n\tobjectFormat = ${place.objectFormat}\n`;
  const version = place.objectFormat === 'sha1' ? 0 : 1;
  writeFileSync(join(folder, 'config'), `[core]\n\trepositoryFormatVersion = ${version}\n\tbare = true\n${extensions}`);
  // Last: with it git takes the folder for a repository.
  writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/none\n');
}

/** Where the private ref stands, read without git; null when it is not there, `damaged` when what is there is no ref. */
export function keptTip(place: Pick<Place, 'commonDir'>): Oid | 'damaged' | null {
  const folder = keptFolder(place);
  const said = textOf(join(folder, PRIVATE_REF)) ?? packedIn(textOf(join(folder, 'packed-refs')));
  if (said === null) return null;
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(said.trim()) ? said.trim() : 'damaged';
}

/** `<oid> <ref>` per line, see gitrepository-layout(5). */
const packedIn = (text: string | null): string | null =>
  text
    ?.split('\n')
    .find(line => line.endsWith(` ${PRIVATE_REF}`))
    ?.split(' ')[0] ?? null;

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}

/** The same git, which finds kept texts beside the user's objects. Only for reading single blobs: nothing is listed through it. */
export function withKeptObjects(runner: GitRunner, place: Place): GitRunner {
  const objects = join(keptFolder(place), 'objects');
  return {
    ...runner,
    start(args, call) {
      if (!existsSync(objects)) return runner.start(args, call);
      // In quotes a path may hold the colon that parts several, see git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES.
      const quoted = `"${objects.replace(/["\\]/g, '\\$&')}"`;
      return gitIn(runner.cwd, { ...runner.env, GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted }).start(args, call);
    },
  };
}
