/** Finds the repository around a folder, and what is particular about it, with as few calls of git as can be. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '../domain/problem.ts';
import type { HistoryGap, Oid } from '../domain/sighting.ts';
import type { RepositoryInfo } from './contract.ts';
import { gitOverObjects } from './objects-only.ts';
import { type GitVersion, isAtLeast, type Place } from './place.ts';
import { cleanEnvironment, type GitAnswer, type GitRunner, gitFailed, gitIn, HOOK_EVENTS } from './run-git.ts';
import { ordinaryGitIn } from './simple-client.ts';

/** `--diff-merges=separate` and `--path-format` came with 2.31. */
const NEEDED: GitVersion = [2, 31];

/** What `rev-parse` is asked, one answer per line. The last two are not answered before the first commit. */
const QUESTIONS = [
  'rev-parse',
  '--path-format=absolute',
  '--is-bare-repository',
  '--is-shallow-repository',
  '--show-object-format',
  '--absolute-git-dir',
  '--git-common-dir',
  '--show-toplevel',
  'HEAD',
  '--symbolic-full-name',
  'HEAD',
] as const;

const SETTINGS =
  '^(tidemark\\.provenance|hook\\..*|remote\\..*\\.(promisor|partialclonefilter)|extensions\\.partialclone|core\\.partialclonefilter)$';

/** A repository that was found. */
export interface Found {
  readonly place: Place;
  readonly info: RepositoryInfo;
  /** False where the user said `git config tidemark.provenance false`. */
  readonly keepsProvenance: boolean;
}

/** Finds the repository around a folder. Throws as `Git.open`. */
export async function findRepository(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  cacheHome: string,
): Promise<Found> {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ProblemError('not-a-repository', { directory, said: 'there is no such folder' });
  }
  const around = gitIn(directory, cleanEnvironment(env));
  const [saidVersion, answer, settingsText] = await Promise.all([
    around.text(['version']),
    around.ask(QUESTIONS),
    around.ask(['config', '-z', '--get-regexp', SETTINGS]),
  ]);
  const gitVersion = /\d+(\.\d+)*/.exec(saidVersion)?.[0] ?? saidVersion;
  const version = versionIn(gitVersion);
  if (!isAtLeast(version, ...NEEDED))
    throw new ProblemError('git-too-old', { version: gitVersion, needs: NEEDED.join('.') });

  const [bare, shallow, objectFormat, gitDir, commonDir, root, head, name] = answer.stdout.toString('utf8').split('\n');
  const refused = /bare repository '([^']*)'/.exec(answer.stderr)?.[1];
  // With `safe.bareRepository=explicit` git 2.39 also refuses to start inside a `.git` folder.
  if (bare === 'true' || (refused !== undefined && !/(^|\/)\.git(\/|$)/.test(refused))) {
    throw new ProblemError('bare-repository', { directory });
  }
  if (root === undefined || gitDir === undefined || commonDir === undefined || root === '')
    throw notFound(directory, answer);

  const settings = pairsIn(settingsText.stdout.toString('utf8'));
  const gaps = gapsIn(shallow === 'true', settings);
  const own = cleanEnvironment(env, hooksOff(settings, version));
  const git = gitIn(root, own);
  const format = objectFormat === 'sha256' ? 'sha256' : 'sha1';
  const place: Place = {
    root,
    gitDir,
    commonDir,
    objectFormat: format,
    version,
    gaps,
    git,
    objects: gaps.some(gap => gap !== 'shallow') ? gitOverObjects(git, commonDir, format) : git,
    ordinary: ordinaryGitIn(root, own),
    cacheHome,
  };
  const hasCommit = head !== undefined && /^[0-9a-f]{40,64}$/.test(head);
  const branchRef = hasCommit ? name : await unbornBranch(place.git);
  return {
    place,
    info: {
      root,
      gitDir,
      commonDir,
      head: hasCommit ? (head as Oid) : null,
      branch: branchRef === undefined || branchRef === 'HEAD' ? null : branchRef.replace(/^refs\/heads\//, ''),
      inTheMiddleOf: await middleOf(place),
      gaps,
      gitVersion,
    },
    keepsProvenance: !/^(false|no|off|0)$/i.test(
      settings.findLast(([key]) => key === 'tidemark.provenance')?.[1] ?? 'true',
    ),
  };
}

function notFound(directory: string, answer: GitAnswer): ProblemError {
  // An ownership git does not trust is told in git's own words: they say what to do.
  if (/dubious ownership|safe\.directory/.test(answer.stderr)) return gitFailed(QUESTIONS, answer.code, answer.stderr);
  return new ProblemError('not-a-repository', { directory, said: answer.stderr });
}

function versionIn(text: string): GitVersion {
  const [major, minor] = text.split('.').map(Number);
  return [major ?? 0, minor ?? 0];
}

async function unbornBranch(git: GitRunner): Promise<string | undefined> {
  const answer = await git.ask(['symbolic-ref', '--quiet', 'HEAD']);
  return answer.code === 0 ? answer.stdout.toString('utf8').trimEnd() : undefined;
}

type Setting = readonly [key: string, value: string];

function pairsIn(text: string): readonly Setting[] {
  return text.split('\0').flatMap(entry => {
    const lineEnd = entry.indexOf('\n');
    return entry === ''
      ? []
      : [[lineEnd === -1 ? entry : entry.slice(0, lineEnd), lineEnd === -1 ? 'true' : entry.slice(lineEnd + 1)]];
  });
}

/** Told by the settings a partial clone leaves; whether objects came later is not asked. */
function gapsIn(shallow: boolean, settings: readonly Setting[]): readonly HistoryGap[] {
  const gaps: HistoryGap[] = shallow ? ['shallow'] : [];
  const filters = settings.flatMap(([key, value]) => (key.endsWith('partialclonefilter') ? [value] : []));
  const promised = settings.some(
    ([key, value]) =>
      key === 'extensions.partialclone' || (key.endsWith('.promisor') && /^(true|yes|on|1)$/i.test(value)),
  );
  if (filters.some(filter => filter.includes('tree:'))) gaps.push('treeless');
  else if (promised || filters.length > 0) gaps.push('blobless');
  return gaps;
}

/**
 * Since 2.54 hooks can be settings (`hook.<name>.command`), which `core.hooksPath` does not switch off. In 2.54 each has to be
 * switched off by name, since 2.55 also whole events can be.
 */
function hooksOff(settings: readonly Setting[], version: GitVersion): readonly Setting[] {
  if (!isAtLeast(version, 2, 54)) return [];
  const names = new Set(
    settings.flatMap(([key]) => (key.startsWith('hook.') ? [key.slice(0, key.lastIndexOf('.'))] : [])),
  );
  if (isAtLeast(version, 2, 55)) for (const event of HOOK_EVENTS) names.add(`hook.${event}`);
  return [...names].map(name => [`${name}.enabled`, 'false']);
}

/** Files that git keeps during its longer operations (gitrepository-layout(5), git-rebase(1)); the outer one first. */
async function middleOf(place: Place): Promise<string | null> {
  const has = (name: string): boolean => existsSync(join(place.gitDir, name));
  if (has('rebase-merge') || has('rebase-apply')) return 'rebase';
  if (has('MERGE_HEAD')) return 'merge';
  if (has('CHERRY_PICK_HEAD')) return 'cherry-pick';
  if (has('REVERT_HEAD')) return 'revert';
  if (has('BISECT_LOG')) return 'bisect';
  // With reftable these two are no files but refs.
  if (!has('reftable')) return null;
  for (const [ref, name] of [
    ['CHERRY_PICK_HEAD', 'cherry-pick'],
    ['REVERT_HEAD', 'revert'],
  ] as const) {
    if ((await place.git.ask(['rev-parse', '--quiet', '--verify', ref])).code === 0) return name;
  }
  return null;
}
