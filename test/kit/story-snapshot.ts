/** Snapshots of a whole repository, to prove that Tidemark left everything byte for byte as it was. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Path to what is there: `file 644 <sha-256>`, `link <target>` or `folder`. Compare with `toEqual`: a failure names the paths. */
export type Snapshot = Readonly<Record<string, string>>;

/**
 * The working tree and its git directory: index, HEAD, refs, reflogs, stash, settings, objects, records of worktrees.
 * Only `tidemark/` in the git directory is left out. For a linked worktree the shared git directory is taken.
 */
export function snapshotOf(root: string): Snapshot {
  const seen: Record<string, string> = {};
  collect(root, '', seen, new Set(['.git/tidemark']));
  const pointer = lstatSync(join(root, '.git'), { throwIfNoEntry: false });
  if (pointer?.isFile() === true) {
    const gitDir = readFileSync(join(root, '.git'), 'utf8')
      .replace(/^gitdir: /, '')
      .trim();
    const commonDir = gitDir.replace(/\/worktrees\/[^/]+$/, '');
    collect(commonDir, '', seen, new Set(['tidemark']), 'common:');
  }
  return Object.fromEntries(Object.entries(seen).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function collect(
  top: string,
  path: string,
  seen: Record<string, string>,
  leftOut: ReadonlySet<string>,
  mark = '',
): void {
  // latin1 names every byte of a path, also where it is no UTF-8.
  for (const name of readdirSync(Buffer.from(join(top, path), 'latin1'), 'latin1' as 'utf8')) {
    const inner = path === '' ? name : `${path}/${name}`;
    if (leftOut.has(inner)) continue;
    const full = Buffer.from(`${top}/${inner}`, 'latin1');
    const what = lstatSync(full);
    if (what.isSymbolicLink()) seen[mark + inner] = `link ${readlinkSync(full)}`;
    else if (what.isDirectory()) {
      seen[`${mark}${inner}/`] = 'folder';
      collect(top, inner, seen, leftOut, mark);
    } else if (what.isFile()) {
      const mode = (statSync(full).mode & 0o777).toString(8);
      seen[mark + inner] = `file ${mode} ${createHash('sha256').update(readFileSync(full)).digest('hex')}`;
    }
  }
}
