/**
 * Worktrees of ours: throw-away checkouts under the user's cache folder.
 *
 * `<cache>/tidemark/wt/tidemark-<label>-<random>/` (mode 0700) holds `owner.json` (which repository, which process), `scratch/`,
 * and the checkout, in a folder of the same long name: git names its record in `.git/worktrees/` after it, so that even a
 * record that a crash left without any content is known as ours.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BugError, isProblem, ProblemError } from '../domain/problem.ts';
import type { Oid } from '../domain/sighting.ts';
import type { BlobReader } from './blob-reader.ts';
import type { LaidFile, OwnWorktree } from './contract.ts';
import { newName, type Owner, startTicksOf, worktreeHome } from './own-names.ts';
import type { Place } from './place.ts';
import { removeOwn } from './remove-worktrees.ts';
import { linkBelow, removeBelow, writeBelow } from './safe-files.ts';

/**
 * Settings for the checkout: all files (sparse patterns are shared with the user's worktree), and no LFS download, which
 * fails the checkout where git-lfs is not installed. Other filters run: without them encrypted or converted files are wrong.
 */
const CHECKOUT = [
  'core.sparseCheckout=false',
  'core.sparseCheckoutCone=false',
  'filter.lfs.smudge=',
  'filter.lfs.process=',
  'filter.lfs.required=false',
  'submodule.recurse=false',
] as const;

/** See `Repository.addWorktree`. Leaves nothing behind when it fails. */
export async function addWorktree(place: Place, blobs: BlobReader, label: string, commit: Oid): Promise<OwnWorktree> {
  if (!/^[A-Za-z0-9-]+$/.test(label)) throw new BugError(`not a worktree label: ${label}`);
  const name = newName(place, label);
  const entry = join(worktreeHome(place), name);
  const root = join(entry, name);
  const scratch = join(entry, 'scratch');
  const remove = (): Promise<void> => removeOwn(place, entry);
  try {
    await onDisk(entry, async () => {
      await mkdir(worktreeHome(place), { recursive: true, mode: 0o700 });
      await mkdir(entry, { mode: 0o700 });
      await chmod(entry, 0o700);
      await writeFile(join(entry, 'owner.json'), JSON.stringify(ownerOf(place, label)), { mode: 0o600 });
      await mkdir(scratch, { mode: 0o700 });
    });
    await checkOut(place, root, commit);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    root,
    scratch,
    remove,
    lay: files => lay(root, blobs, files),
    async scratchFiles(files) {
      for (const { path, text } of files) await writeBelow(scratch, path, text, { inTheWay: 'replace', mode: 0o600 });
    },
    async link(paths) {
      for (const path of paths) {
        const target = join(place.root, path);
        if (existsSync(target)) await linkBelow(root, path, target);
      }
    },
  };
}

const ownerOf = (place: Place, label: string): Owner => ({
  commonDir: place.commonDir,
  label,
  pid: process.pid,
  startTicks: startTicksOf(process.pid),
});

/**
 * In two steps, so that the process that writes the files runs in the checkout and can be found there after a crash
 * (`git worktree add` would write them by a child that runs in the user's tree).
 */
async function checkOut(place: Place, root: string, commit: Oid): Promise<void> {
  try {
    await place.ordinary(
      ['worktree', 'add', '--quiet', '--no-checkout', '--detach', '--no-guess-remote', root, commit],
      CHECKOUT,
    );
    await place.git.bytes(['read-tree', '-m', '-u', 'HEAD'], { cwd: root, settings: CHECKOUT });
  } catch (error) {
    if (!isProblem(error, 'git-failed')) throw error;
    const { said } = error.facts;
    // What git 2.39 says on a full disk, a read-only one, and one it may not write to.
    if (
      /No space left|Read-only file system|quota|Permission denied|unable to (write|create)|could not (write|create)|cannot (mkdir|create)/i.test(
        said,
      )
    ) {
      throw new ProblemError('disk', { path: root, doing: 'checking out a commit', said }, { cause: error });
    }
    if (/promisor|missing blob|unable to read (sha1 file|tree)|could not fetch|invalid object/i.test(said)) {
      throw new ProblemError('objects-missing', { count: 1, gap: place.gaps.at(-1) ?? 'damaged' }, { cause: error });
    }
    throw error;
  }
}

async function lay(root: string, blobs: BlobReader, files: readonly LaidFile[]): Promise<void> {
  const bytes = new Map<Oid, Buffer>();
  const wanted = files.flatMap(file => (file.text === null && file.blob !== null ? [file.blob] : []));
  await blobs.read(wanted, (oid, content) => void bytes.set(oid, content));
  const missing = wanted.filter(oid => !bytes.has(oid));
  if (missing.length > 0) throw new ProblemError('objects-missing', { count: missing.length, gap: 'blobless' });
  for (const file of files) {
    if (file.text === null && file.blob === null) {
      await removeBelow(root, file.path);
      continue;
    }
    const content = file.text ?? bytes.get(file.blob ?? '');
    if (content === undefined) throw new BugError(`no content for ${file.path}`);
    await writeBelow(root, file.path, content, { inTheWay: 'replace' });
  }
}

async function onDisk(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ProblemError('disk', { path, doing: 'making a folder for a worktree', said }, { cause: error });
  }
}
