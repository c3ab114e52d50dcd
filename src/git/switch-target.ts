/** From a name a person typed to the commit it means, and to how `git switch` gets there. */
import { ProblemError } from '../domain/problem.ts';
import type { Oid } from '../domain/sighting.ts';
import { namesNear, type SwitchTarget } from '../domain/switching.ts';
import type { Place } from './place.ts';

/**
 * See `Repository.target`. A local branch wins over all else of the same name, as in git-switch(1); `-` is the branch before this one;
 * a name that only one remote has a branch of means that branch, which git would make a local one of.
 */
export async function switchTarget(place: Place, asked: string): Promise<SwitchTarget> {
  const name = asked === '-' ? '@{-1}' : asked;
  // No ref name begins with a dash, and an option must not be taken for a name. See git-check-ref-format(1).
  if (name === '' || name.startsWith('-') || /[\0-\x1f\x7f]/.test(name)) throw await unknown(place, asked);
  const short = name.replace(/^refs\/heads\//, '');
  const local = await tipOf(place, `refs/heads/${short}`);
  if (local !== null) return branchTarget(asked, short, local);
  const commit = await commitOf(place, name);
  if (commit === null) {
    const remote = await onlyOnRemote(place, asked, name);
    if (remote === null) throw await unknown(place, asked);
    return remote;
  }
  // `HEAD` and `@` are names of the branch one stands on to rev-parse, and of a commit to git switch.
  const full = /^(HEAD|@)$/.test(name) ? '' : await fullName(place, name);
  const branch = /^refs\/heads\/(.+)$/.exec(full)?.[1];
  if (branch !== undefined) return branchTarget(asked, branch, commit);
  if (full.startsWith('refs/remotes/')) return remoteTarget(place, asked, full, commit);
  const tag = /^refs\/tags\/(.+)$/.exec(full)?.[1];
  const shown = tag ?? (asked === '-' ? commit.slice(0, 12) : name);
  return {
    asked,
    name: shown,
    kind: tag === undefined ? 'commit' : 'tag',
    commit,
    branch: null,
    arguments: ['--detach', tag === undefined ? commit : tag],
  };
}

const branchTarget = (asked: string, branch: string, commit: Oid): SwitchTarget => ({
  asked,
  name: branch,
  kind: 'branch',
  commit,
  branch,
  arguments: [branch],
});

/** A remote branch: the local branch of its name, where there is none yet or it stands at the same commit. */
async function remoteTarget(place: Place, asked: string, full: string, commit: Oid): Promise<SwitchTarget> {
  const name = full.replace(/^refs\/remotes\//, '');
  const remote = (await remotes(place)).find(each => name.startsWith(`${each}/`));
  const branch = remote === undefined ? null : name.slice(remote.length + 1);
  const local = branch === null ? null : await tipOf(place, `refs/heads/${branch}`);
  const how =
    branch === null ? ['--detach', name] : local === null ? ['--track', name] : local === commit ? [branch] : null;
  return { asked, name, kind: 'remote-branch', commit, branch, arguments: how };
}

/** git-switch(1), `--guess`: a name that exactly one remote has, or that the remote of `checkout.defaultRemote` has. */
async function onlyOnRemote(place: Place, asked: string, name: string): Promise<SwitchTarget | null> {
  const all = await remotes(place);
  const commits = await Promise.all(all.map(remote => tipOf(place, `refs/remotes/${remote}/${name}`)));
  const holding = all.flatMap((remote, index) => {
    const commit = commits[index];
    return commit == null ? [] : [{ remote, commit }];
  });
  const preferred = (await said(place, ['config', 'checkout.defaultRemote'])) ?? '';
  const chosen = holding.length === 1 ? holding[0] : holding.find(({ remote }) => remote === preferred);
  if (chosen === undefined) return null;
  const target = await remoteTarget(place, asked, `refs/remotes/${chosen.remote}/${name}`, chosen.commit);
  return { ...target, name };
}

async function unknown(place: Place, asked: string): Promise<ProblemError<'unknown-ref'>> {
  const format = '--format=%(refname)';
  const refs = ((await said(place, ['for-each-ref', format, 'refs/heads', 'refs/remotes', 'refs/tags'])) ?? '').split(
    '\n',
  );
  const names = refs
    .map(ref => ref.replace(/^refs\/(heads|remotes|tags)\//, ''))
    .filter(ref => !/(^|\/)HEAD$/.test(ref));
  return new ProblemError('unknown-ref', {
    ref: asked,
    near: namesNear(
      asked,
      names.filter(ref => ref !== ''),
    ),
  });
}

const remotes = async (place: Place): Promise<readonly string[]> =>
  ((await said(place, ['remote'])) ?? '').split('\n').filter(line => line !== '');

/** The commit of a ref of exactly this name: `rev-parse` would also take `main~1`. */
const tipOf = async (place: Place, ref: string): Promise<Oid | null> =>
  (await place.git.ask(['show-ref', '--verify', '--quiet', ref])).code === 0 ? commitOf(place, ref) : null;

const commitOf = (place: Place, name: string): Promise<Oid | null> =>
  said(place, ['rev-parse', '--quiet', '--verify', `${name}^{commit}`]);

const fullName = async (place: Place, name: string): Promise<string> =>
  (await said(place, ['rev-parse', '--quiet', '--verify', '--symbolic-full-name', name])) ?? '';

/** What git printed; null when it failed or printed nothing. */
async function said(place: Place, args: readonly string[]): Promise<string | null> {
  const answer = await place.git.ask(args);
  const text = answer.stdout.toString('utf8').trim();
  return answer.code === 0 && text !== '' ? text : null;
}
