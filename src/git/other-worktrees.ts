/** The repository's other worktrees, as `git worktree list` tells them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OtherWorktree } from './contract.ts';
import { isOwnWorktree } from './own-names.ts';
import { isAtLeast, type Place } from './place.ts';

/** See `Repository.otherWorktrees`. Those whose folder is gone, and a bare repository's own folder, are left out. */
export async function otherWorktrees(place: Place): Promise<readonly OtherWorktree[]> {
  // Before git 2.36 a path with a line feed cannot be told.
  const zero = isAtLeast(place.version, 2, 36);
  // The folder is there as soon as there is a linked worktree (gitrepository-layout(5)); most repositories have none.
  if (!existsSync(join(place.commonDir, 'worktrees'))) return [];
  const said = await place.git.text(['worktree', 'list', '--porcelain', ...(zero ? ['-z'] : [])]);
  const separator = zero ? '\0' : '\n';
  return said.split(separator + separator).flatMap(block => {
    const facts = new Map(
      block.split(separator).map(line => [line.replace(/ .*$/s, ''), line.slice(line.indexOf(' ') + 1)]),
    );
    const path = facts.get('worktree');
    if (path === undefined || facts.has('bare') || path === place.root || isOwnWorktree(path) || !existsSync(path))
      return [];
    const head = facts.get('HEAD') ?? '';
    const branch = facts.get('branch')?.replace(/^refs\/heads\//, '') ?? null;
    return [{ path, head: /^0*$/.test(head) ? null : head, branch }];
  });
}
