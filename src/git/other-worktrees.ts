/** The repository's other worktrees, as `git worktree list` tells them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { OtherWorktree } from './contract.ts';
import { isOwnWorktree } from './own-names.ts';
import { isAtLeast, type Place } from './place.ts';

/** One entry of git's list. */
interface Listed extends OtherWorktree {
  /** The worktree the user stands in. */
  readonly own: boolean;
  /** Its folder is gone, and nothing keeps git from forgetting it. */
  readonly prunable: boolean;
}

/**
 * See `Repository.otherWorktrees`. Those whose folder is gone are left out, unless they are locked (git-worktree(1): on a drive that
 * is not always there); and so is a bare repository's own folder.
 */
export async function otherWorktrees(place: Place): Promise<readonly OtherWorktree[]> {
  const listed = await listedWorktrees(place);
  return listed
    .filter(worktree => !worktree.own && !worktree.prunable && !isOwnWorktree(worktree.path))
    .map(({ path, head, branch, locked, present }) => ({ path, head, branch, locked, present }));
}

/** All of git's list but a bare repository's own folder. Empty where there was never a linked worktree. */
export async function listedWorktrees(place: Place): Promise<readonly Listed[]> {
  // Before git 2.36 a path with a line feed cannot be told.
  const zero = isAtLeast(place.version, 2, 36);
  // The folder is there as soon as there is a linked worktree (gitrepository-layout(5)); most repositories have none.
  if (!existsSync(join(place.commonDir, 'worktrees'))) return [];
  const said = await place.git.text(['worktree', 'list', '--porcelain', ...(zero ? ['-z'] : [])]);
  const separator = zero ? '\0' : '\n';
  const listed: Listed[] = [];
  for (const [index, block] of said.split(separator + separator).entries()) {
    const facts = new Map(
      block
        .split(separator)
        .map(line => [line.replace(/ .*$/s, ''), line.includes(' ') ? line.slice(line.indexOf(' ') + 1) : '']),
    );
    const named = facts.get('worktree');
    if (named === undefined || facts.has('bare')) continue;
    // The first is the main one. Git names it after the git directory, which tells its folder only where that is called `.git`.
    const main = index === 0;
    const path = main && named === place.commonDir ? ((await mainFolder(place)) ?? named) : named;
    const present = existsSync(join(path, '.git'));
    const head = facts.get('HEAD') ?? '';
    const locked = facts.has('locked');
    listed.push({
      path,
      head: /^0*$/.test(head) ? null : head,
      branch: facts.get('branch')?.replace(/^refs\/heads\//, '') ?? null,
      locked,
      present,
      own: path === place.root || (main && place.gitDir === place.commonDir),
      prunable: !present && !locked && !main,
    });
  }
  return listed;
}

/** Folder of the main worktree of a submodule, or of any repository with `core.worktree`; null when it is not told. */
async function mainFolder(place: Place): Promise<string | null> {
  const answer = await place.git.ask(['config', '--file', join(place.commonDir, 'config'), 'core.worktree']);
  const told = answer.stdout.toString('utf8').trim();
  return answer.code === 0 && told !== '' ? resolve(place.commonDir, told) : null;
}
