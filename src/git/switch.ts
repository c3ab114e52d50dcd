/**
 * `git switch` on the user's own tree: whether it would work, and the thing itself. The only call of git here that changes what is the
 * user's, made as the user would make it, with their own hooks and settings.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quoted } from '../domain/command-text.ts';
import { ProblemError } from '../domain/problem.ts';
import type { SwitchEnd, SwitchObstacle, SwitchTarget } from '../domain/switching.ts';
import { listedWorktrees } from './other-worktrees.ts';
import { isAtLeast, type Place } from './place.ts';

/** See `Repository.obstacle`. Looks only: git's own two-way merge is tried with a copy of the index, and writes nothing. */
export async function obstacle(
  place: Place,
  target: SwitchTarget,
  inTheMiddleOf: string | null,
): Promise<SwitchObstacle | null> {
  if (target.arguments === null) {
    return {
      reason: `${target.branch} exists here too, at another commit than ${target.name}, and git would switch to neither`,
      next: `tidemark plan --to ${quoted(target.branch ?? '')}\ngit switch --detach ${quoted(target.name)}`,
    };
  }
  if (inTheMiddleOf !== null) {
    const verb = inTheMiddleOf === 'bisect' ? 'git bisect reset' : `git ${inTheMiddleOf} --abort`;
    return {
      reason: `git is in the middle of a ${inTheMiddleOf}, and does not switch there`,
      next: `git status\n${verb}`,
    };
  }
  const lock = ['index.lock', 'HEAD.lock'].find(name => existsSync(join(place.gitDir, name)));
  if (lock !== undefined) {
    const reason = `another git command is at work here, or one was killed: ${join(place.gitDir, lock)} exists`;
    return { reason, next: 'git status' };
  }
  const elsewhere = target.branch === null ? undefined : await holderOf(place, target.branch);
  if (elsewhere !== undefined) {
    const reason = `${target.branch} is checked out in another worktree, ${elsewhere.path}`;
    const gone = elsewhere.prunable ? 'git worktree prune' : `git worktree remove ${quoted(elsewhere.path)}`;
    return { reason, next: `git switch --detach ${quoted(target.branch ?? '')}\n${gone}` };
  }
  return wouldOverwrite(place, target);
}

/** Another worktree on a branch. Those whose folder is gone count too: git does (2.39). */
async function holderOf(place: Place, branch: string) {
  const listed = await listedWorktrees(place);
  return listed.find(worktree => worktree.branch === branch && !worktree.own);
}

/** What `git switch` asks before it writes anything: would files that differ from HEAD, or that git does not know, be overwritten? */
async function wouldOverwrite(place: Place, target: SwitchTarget): Promise<SwitchObstacle | null> {
  const index = join(place.gitDir, 'index');
  if (!existsSync(index)) return null;
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-index-'));
  try {
    const copy = join(folder, 'index');
    copyFileSync(index, copy);
    // Git compares the contents of files that are as young as their index ("racy git"), so a copy must not look younger; older does no harm.
    const before = (statSync(index).mtimeMs - 1) / 1000;
    utimesSync(copy, before, before);
    const env = { ...place.git.env, GIT_INDEX_FILE: copy };
    await place.git.ask(['update-index', '-q', '--refresh'], { env });
    // Ignored files are overwritten by `git switch`; before 2.34 read-tree had to be told.
    const ignored = isAtLeast(place.version, 2, 34) ? [] : ['--exclude-per-directory=.gitignore'];
    const args = ['read-tree', '-m', '-u', '--dry-run', ...ignored, 'HEAD', target.commit];
    const answer = await place.git.ask(args, { env });
    if (answer.code === 0) return null;
    const named = answer.stderr.split('\n').flatMap(line => /'(.+)'/.exec(line)?.[1] ?? []);
    const which = named.length > 0 ? named.slice(0, 3).join(', ') : answer.stderr.split('\n')[0];
    if (/untracked/i.test(answer.stderr)) {
      const reason = `switching to ${target.name} would overwrite ${which}, which git does not track here`;
      return { reason, next: `git stash push --include-untracked\ngit status` };
    }
    const reason = `switching to ${target.name} would overwrite changes that are not committed: ${which}`;
    return { reason, next: 'git stash push\ngit commit' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Variables that lead git to another repository or index (`git rev-parse --local-env-vars`). */
const LEADING =
  /^GIT_(DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|INDEX_VERSION|PREFIX|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|GRAFT_FILE|SHALLOW_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|IMPLICIT_WORK_TREE|INTERNAL_SUPER_PREFIX|NAMESPACE|LITERAL_PATHSPECS|GLOB_PATHSPECS|NOGLOB_PATHSPECS|ICASE_PATHSPECS)$/;

/** See `Repository.switchTo`. */
export async function switchTo(
  place: Place,
  target: SwitchTarget,
  user: Readonly<Record<string, string | undefined>>,
): Promise<SwitchEnd> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(user)) {
    if (value !== undefined && !LEADING.test(name)) env[name] = value;
  }
  // A hook of ours would report what is about to be put right.
  env['TIDEMARK_SKIP'] = '1';
  const { code, said } = await run(place.root, ['switch', ...(target.arguments ?? [])], env);
  const [head, name] = await Promise.all([
    place.git.ask(['rev-parse', '--verify', '--quiet', 'HEAD']),
    place.git.ask(['symbolic-ref', '--quiet', '--short', 'HEAD']),
  ]);
  const branch = name.code === 0 ? name.stdout.toString('utf8').trim() : null;
  // A branch may have moved since it was looked at: what is pending there is looked at again anyway.
  const there = target.branch === null ? head.stdout.toString('utf8').trim() === target.commit : branch !== null;
  const switched = there && branch === target.branch;
  return { switched, code, said };
}

function run(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (said.length < 65_536) said += text;
      });
    }
    child.on('error', error => reject(new ProblemError('git-missing', { said: error.message }, { cause: error })));
    child.on('close', code => resolve({ code, said: said.trim() }));
  });
}
