/**
 * Every way git moves a working tree, with every git there is: git's own exit code and words as without the hook, and of Tidemark's what
 * should be said and nothing else. README's table is this file's.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { type GitToolchain, gitsHere, newestGit } from '../kit/toolchains/git.ts';
import { add, at, copyOf, heard, making, newShop, read, type Shop } from './hooked-shop.ts';

const newest = await newestGit();

/** Orphaned 0003, said on a branch or a detached HEAD. */
const orphaned = (where: string): readonly string[] => [
  `tidemark: 0003 is applied to sqlite:app.db, and ${where} has no file for it.`,
  '  next  tidemark reconcile',
];
const pending = (id: string): readonly string[] => [
  `tidemark: ${id} is pending in sqlite:app.db.`,
  '  next  tidemark reconcile',
];
const SILENT: readonly string[] = [];

/** One action: what is made ready with the hook not yet there, what git is told, and what Tidemark says. */
interface Action {
  readonly ready?: (shop: Shop) => Promise<unknown>;
  readonly act: (shop: Shop) => Promise<{ code: number | null; stdout: string; stderr: string }>;
  readonly says: readonly string[];
  /** Git's exit code; 0 when not given. */
  readonly code?: number;
}

/** The last of several commands counts. */
const after = async (shop: Shop, before: readonly (readonly string[])[], ...args: readonly string[]) => {
  for (const each of before) await shop.git(...each);
  return shop.git(...args);
};

/** main gets a commit that touches no migration, topic stays two commits ahead of the fork. */
const onMain = (change: (shop: Shop) => Promise<unknown>) => async (shop: Shop) => {
  await shop.must('switch', '--quiet', 'main');
  await change(shop);
};
const other = (shop: Shop) => add(shop, 'readme', 'Unicorns.\n');
const back = async (shop: Shop) => {
  await shop.must('switch', '--quiet', 'topic');
};
/** A repository beside it that others push to, and this one's upstream. */
const withUpstream =
  (theirs: (shop: Shop) => Promise<unknown>, mine: (shop: Shop) => Promise<unknown> = async () => {}) =>
  async (shop: Shop) => {
    await shop.must('clone', '--quiet', '.', '../upstream');
    const upstream = shop.at(join(shop.outside, 'upstream'));
    for (const key of ['user.name', 'user.email']) await upstream.must('config', key, 'Rainbows');
    await theirs(upstream);
    await shop.must('remote', 'add', 'origin', '../upstream');
    await shop.must('fetch', '--quiet');
    await shop.must('branch', '--quiet', '--set-upstream-to=origin/topic');
    await mine(shop);
  };
const deleting = async (shop: Shop) => {
  await shop.must('rm', '--quiet', at('0003_glitter'));
  await shop.must('commit', '--quiet', '-m', 'No glitter');
};

const ACTIONS: Readonly<Record<string, Action>> = {
  'switch to a branch without it': { act: shop => shop.git('switch', 'main'), says: orphaned('main') },
  'checkout of a commit without it': { act: shop => shop.git('checkout', 'main~0'), says: orphaned('this commit') },
  'switch -, there and back': { act: shop => after(shop, [['switch', 'main']], 'switch', '-'), says: SILENT },
  'switch where no migration differs': {
    ready: onMain(async shop => {
      await shop.must('switch', '--quiet', '-c', 'docs', 'topic');
      await other(shop);
      await back(shop);
    }),
    act: shop => shop.git('switch', 'docs'),
    says: SILENT,
  },
  'switch --create': { act: shop => shop.git('switch', '-c', 'new'), says: SILENT },
  'switch that fails': { act: shop => shop.git('switch', 'nowhere'), says: SILENT, code: 128 },
  'switch that would overwrite work': {
    ready: async shop => {
      await other(shop);
      shop.write('readme', 'Horses.\n');
    },
    act: shop => shop.git('switch', 'main'),
    says: SILENT,
    code: 1,
  },
  'checkout of a file': { act: shop => shop.git('checkout', 'main', '--', at('0001_unicorns')), says: SILENT },
  'restore of a deleted file': {
    ready: async shop => shop.remove(at('0001_unicorns')),
    act: shop => shop.git('restore', '.'),
    says: SILENT,
  },
  'pull, fast-forward': { ready: withUpstream(deleting), act: shop => shop.git('pull'), says: orphaned('topic') },
  'pull, fast-forward, no migration': { ready: withUpstream(other), act: shop => shop.git('pull'), says: SILENT },
  'pull, merging': {
    ready: withUpstream(deleting, other),
    act: shop => shop.git('pull', '--no-edit'),
    says: orphaned('topic'),
  },
  'pull --rebase': {
    ready: withUpstream(deleting, other),
    act: shop => shop.git('pull', '--rebase'),
    says: orphaned('topic'),
  },
  'pull that brings a pending one': {
    ready: withUpstream(shop => add(shop, at('0004_rain'), making('rain'))),
    act: shop => shop.git('pull'),
    says: pending('0004'),
  },
  'merge, fast-forward': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'next');
      await add(shop, at('0004_rain'), making('rain'));
      await back(shop);
    },
    act: shop => shop.git('merge', 'next'),
    says: pending('0004'),
  },
  'merge --squash': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'next');
      await add(shop, at('0004_rain'), making('rain'));
      await back(shop);
    },
    act: shop => shop.git('merge', '--squash', 'next'),
    says: pending('0004'),
  },
  'merge with a conflict, then commit': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'next');
      await add(shop, 'notes', 'No.\n');
      await deleting(shop);
      await back(shop);
      await add(shop, 'notes', 'Yes.\n');
    },
    act: shop =>
      after(
        shop,
        [
          ['merge', 'next'],
          ['checkout', '--ours', 'notes'],
          ['add', 'notes'],
        ],
        'commit',
        '--no-edit',
      ),
    says: orphaned('topic'),
  },
  'merge with a conflict': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'next');
      await add(shop, 'notes', 'No.\n');
      await deleting(shop);
      await back(shop);
      await add(shop, 'notes', 'Yes.\n');
    },
    act: shop => shop.git('merge', 'next'),
    says: SILENT,
    code: 1,
  },
  'rebase of several commits, no migration': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'mine');
      for (const name of ['one', 'two', 'three']) await add(shop, name, `${name}\n`);
      await shop.must('switch', '--quiet', '-c', 'target', 'topic');
      await other(shop);
      await shop.must('switch', '--quiet', 'mine');
    },
    act: shop => shop.git('rebase', 'target'),
    says: SILENT,
  },
  'rebase of several commits that carries one along': {
    ready: async shop => {
      await onMain(other)(shop);
      await back(shop);
    },
    act: shop => shop.git('rebase', 'main'),
    says: SILENT,
  },
  'rebase of several commits onto one that drops it': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'mine');
      for (const name of ['one', 'two']) await add(shop, name, `${name}\n`);
      await shop.must('switch', '--quiet', '-c', 'target', 'topic');
      await deleting(shop);
      await add(shop, 'three', 'three\n');
      await shop.must('switch', '--quiet', 'mine');
    },
    act: shop => shop.git('rebase', 'target'),
    says: orphaned('mine'),
  },
  'rebase --apply': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'mine');
      for (const name of ['one', 'two']) await add(shop, name, `${name}\n`);
      await shop.must('switch', '--quiet', '-c', 'target', 'topic');
      await deleting(shop);
      await shop.must('switch', '--quiet', 'mine');
    },
    act: shop => shop.git('rebase', '--apply', 'target'),
    says: orphaned('this commit'),
  },
  'rebase --apply that only moves forward': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'target');
      await deleting(shop);
      await back(shop);
    },
    act: shop => shop.git('rebase', '--apply', 'target'),
    says: orphaned('this commit'),
  },
  'rebase that stops at a conflict, is gone on with': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'target');
      await deleting(shop);
      await add(shop, 'notes', 'No.\n');
      await back(shop);
      await add(shop, 'one', 'one\n');
      await add(shop, 'notes', 'Yes.\n');
      await add(shop, 'two', 'two\n');
    },
    act: shop =>
      after(
        shop,
        [
          ['rebase', 'target'],
          ['add', 'notes'],
        ],
        'rebase',
        '--continue',
      ),
    says: orphaned('topic'),
  },
  'rebase that stops at a conflict': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'target');
      await deleting(shop);
      await add(shop, 'notes', 'No.\n');
      await back(shop);
      await add(shop, 'one', 'one\n');
      await add(shop, 'notes', 'Yes.\n');
    },
    act: shop => shop.git('rebase', 'target'),
    says: SILENT,
    code: 1,
  },
  'rebase --abort': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'target');
      await deleting(shop);
      await add(shop, 'notes', 'No.\n');
      await back(shop);
      await add(shop, 'notes', 'Yes.\n');
    },
    act: shop => after(shop, [['rebase', 'target']], 'rebase', '--abort'),
    says: SILENT,
  },
  'commit that adds one, not applied': {
    ready: async shop => {
      shop.write(at('0004_rain'), making('rain'));
      await shop.must('add', '--all');
    },
    act: shop => shop.git('commit', '-m', 'Rain'),
    says: pending('0004'),
  },
  'commit of other files': {
    ready: async shop => {
      shop.write('readme', 'Unicorns.\n');
      await shop.must('add', '--all');
    },
    act: shop => shop.git('commit', '-m', 'Read me'),
    says: SILENT,
  },
  'commit --amend that drops it': {
    ready: async shop => {
      await shop.must('reset', '--quiet', '--hard', 'HEAD~1');
      await shop.must('commit', '--quiet', '--amend', '-m', 'Glitter');
    },
    act: shop =>
      after(shop, [['rm', '--quiet', at('0003_glitter')]], 'commit', '--amend', '--allow-empty', '-m', 'None'),
    says: orphaned('topic'),
  },
  'commit --amend of the message': { act: shop => shop.git('commit', '--amend', '-m', 'Notes'), says: SILENT },
  revert: { act: shop => shop.git('revert', '--no-edit', 'HEAD~1'), says: orphaned('topic') },
  'revert of several': { act: shop => shop.git('revert', '--no-edit', 'HEAD', 'HEAD~1'), says: orphaned('topic') },
  'cherry-pick': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'next');
      await add(shop, at('0004_rain'), making('rain'));
      await back(shop);
    },
    act: shop => shop.git('cherry-pick', 'next'),
    says: pending('0004'),
  },
  'reset --hard, which git tells no hook': { act: shop => shop.git('reset', '--hard', 'main'), says: SILENT },
  'reset --hard, then a commit': {
    act: shop => after(shop, [['reset', '--hard', 'main']], 'commit', '--allow-empty', '-m', 'Begin again'),
    says: orphaned('topic'),
  },
  'reset --hard, then switch to the same commit': {
    act: shop => after(shop, [['reset', '--hard', 'main']], 'switch', 'plain'),
    says: orphaned('plain'),
  },
  'reset --hard and back again, then a commit': {
    act: shop =>
      after(
        shop,
        [
          ['reset', '--hard', 'main'],
          ['reset', '--hard', 'ORIG_HEAD'],
        ],
        'commit',
        '--allow-empty',
        '-m',
        'x',
      ),
    says: SILENT,
  },
  'am, which git tells no hook of ours': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'next');
      await deleting(shop);
      await shop.must('format-patch', '--quiet', '-1', '--output-directory', '../patch');
      await back(shop);
    },
    act: shop => shop.sh('git am ../patch/*.patch'),
    says: SILENT,
  },
  'am, then a commit': {
    ready: async shop => {
      await shop.must('switch', '--quiet', '-c', 'next');
      await deleting(shop);
      await shop.must('format-patch', '--quiet', '-1', '--output-directory', '../patch');
      await back(shop);
    },
    act: shop => shop.sh('git am --quiet ../patch/*.patch && git commit --quiet --allow-empty -m x'),
    says: orphaned('topic'),
  },
  'stash pop of a new migration, then a commit': {
    ready: async shop => {
      shop.write(at('0004_rain'), making('rain'));
      await shop.must('stash', 'push', '--quiet', '--include-untracked');
    },
    act: shop => after(shop, [['stash', 'pop']], 'commit', '--allow-empty', '-m', 'x'),
    says: pending('0004'),
  },
  'stash pop': {
    ready: async shop => {
      shop.write(at('0004_rain'), making('rain'));
      await shop.must('stash', 'push', '--quiet', '--include-untracked');
    },
    act: shop => shop.git('stash', 'pop'),
    says: SILENT,
  },
  'a migration deleted by hand, then a switch to the same commit': {
    act: async shop => {
      shop.remove(at('0003_glitter'));
      return shop.git('switch', '-c', 'new');
    },
    says: ['tidemark: 0003 is applied to sqlite:app.db, and new has no file for it.', '  next  tidemark status'],
  },
  bisect: {
    act: shop => after(shop, [['bisect', 'start']], 'bisect', 'bad'),
    says: SILENT,
  },
  'bisect, a step over it': {
    act: shop =>
      after(
        shop,
        [
          ['bisect', 'start'],
          ['bisect', 'bad'],
        ],
        'bisect',
        'good',
        'main~1',
      ),
    says: SILENT,
  },
  'bisect reset': {
    act: shop => after(shop, [['bisect', 'start', 'HEAD', 'main~1']], 'bisect', 'reset'),
    says: SILENT,
  },
  'worktree add': { act: shop => shop.git('worktree', 'add', '../beside', 'main'), says: SILENT },
  clone: { act: shop => shop.git('clone', '.', '../copy'), says: SILENT },
  'branch -D': { act: shop => shop.git('branch', '-D', 'main'), says: SILENT },
  fetch: { ready: withUpstream(deleting), act: shop => shop.git('fetch'), says: SILENT },
  'switch from a folder below': {
    act: shop => shop.sh('mkdir -p deep/down && cd deep/down && git switch main'),
    says: orphaned('main'),
  },
  'switch with GIT_DIR set': {
    act: shop => shop.sh('GIT_DIR=$PWD/.git git switch main'),
    says: orphaned('main'),
  },
  'switch with GIT_DIR, GIT_WORK_TREE and GIT_INDEX_FILE set': {
    act: shop =>
      shop.sh('export GIT_DIR=$PWD/.git GIT_WORK_TREE=$PWD GIT_INDEX_FILE=$PWD/.git/index; cd / && git switch main'),
    says: orphaned('main'),
  },
  'commit -a with GIT_DIR set': {
    act: async shop => {
      shop.remove(at('0003_glitter'));
      return shop.sh('GIT_DIR=$PWD/.git git commit -a -m "No glitter"');
    },
    says: orphaned('topic'),
  },
  'switch with TIDEMARK_SKIP=1': { act: shop => shop.sh('TIDEMARK_SKIP=1 git switch main'), says: SILENT },
  'switch where CI is set': { act: shop => shop.sh('CI=true git switch main'), says: SILENT },
};

/** A rebase that only moves forward runs no hook at all before this version. */
const FORWARD_SINCE: readonly [number, number] = [2, 32];

const FORWARD: Action = {
  ready: async shop => {
    await shop.must('switch', '--quiet', '-c', 'target');
    await deleting(shop);
    await back(shop);
  },
  act: shop => shop.git('rebase', 'target'),
  says: orphaned('this commit'),
};

function tryAll(git: GitToolchain, flags: readonly string[]): void {
  let whole: Shop;
  beforeAll(async () => {
    whole = await newShop(git);
  });
  afterAll(() => rmSync(whole.outside, { recursive: true, force: true }));
  const [major = 0, minor = 0] = git.version.split('.').map(Number);
  const tells = major > FORWARD_SINCE[0] || minor >= FORWARD_SINCE[1];
  const forward = { 'rebase that only moves forward': { ...FORWARD, says: tells ? FORWARD.says : SILENT } };

  it('what git sets for its own is unset', async () => {
    await using shop = copyOf(whole, git);
    await shop.tidemark('hook', 'install', ...flags);
    const [, unset = ''] = /^unset (GIT_ALTERNATE.*)$/m.exec(read(shop, '.git/tidemark/hook/run.sh')) ?? [];
    const known = await shop.must('rev-parse', '--local-env-vars');
    expect(unset.split(' ')).toEqual(expect.arrayContaining(known.split('\n')));
  });

  it('in a linked worktree, a submodule, and with the git directory elsewhere', async () => {
    await using shop = copyOf(whole, git);
    await shop.must('worktree', 'add', '--quiet', '--detach', '../beside', 'topic');
    await shop.tidemark('hook', 'install', ...flags);
    const beside = shop.at(join(shop.outside, 'beside'));
    beside.write('.env', 'DATABASE_URL=sqlite:app.db\n');
    copyFileSync(join(shop.root, 'app.db'), join(beside.root, 'app.db'));
    // The main worktree still has it, but uses a database of its own: that is no reason to spare it here.
    expect(heard(await beside.git('checkout', 'main~0'), beside).tidemark).toEqual(orphaned('this commit'));
    await beside.must('switch', '--quiet', '--detach', 'topic');
    // On the same database it is one: it is told, and not offered for reversal.
    beside.write('.env', `DATABASE_URL=sqlite:${join(shop.root, 'app.db')}\n`);
    await beside.tidemark('status');
    expect(heard(await beside.git('checkout', 'main~0'), beside).tidemark).toEqual([
      `tidemark: 0003 is applied to sqlite:${join(shop.root, 'app.db')}, and this commit has no file for it.`,
      '  next  tidemark status',
    ]);
    beside.write('.env', 'DATABASE_URL=sqlite:app.db\n');
    expect(heard(await beside.sh('cd db && git switch --detach topic'), beside).tidemark).toEqual(SILENT);
    await shop.must('worktree', 'remove', '--force', '../beside');
    expect(heard(await shop.git('switch', 'main'), shop).tidemark).toEqual(orphaned('main'));

    const parent = await newShop(git, join(shop.outside, 'home'));
    await parent.must('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', shop.root, 'inner');
    const inner = parent.at(join(parent.root, 'inner'));
    for (const key of ['user.name', 'user.email']) await inner.must('config', key, 'Rainbows');
    await inner.must('switch', '--quiet', '-c', 'topic', 'origin/topic');
    inner.write('.env', 'DATABASE_URL=sqlite:app.db\n');
    copyFileSync(join(shop.root, 'app.db'), join(inner.root, 'app.db'));
    expect(await inner.tidemark('hook', 'install', ...flags)).toMatchObject({ code: 0 });
    expect(heard(await inner.git('checkout', 'origin/main'), inner).tidemark).toEqual(orphaned('this commit'));
    expect(heard(await parent.git('switch', 'main'), parent).tidemark).toEqual(SILENT);

    await using elsewhere = copyOf(whole, git);
    await elsewhere.must('init', '--quiet', '--separate-git-dir=../elsewhere.git', '.');
    expect(await elsewhere.tidemark('hook', 'install', ...flags)).toMatchObject({ code: 0 });
    expect(heard(await elsewhere.git('switch', 'main'), elsewhere).tidemark).toEqual(orphaned('main'));
  });

  it.for(Object.entries({ ...ACTIONS, ...forward }))('%s', async ([, { ready, act, says, code = 0 }]) => {
    await using shop = copyOf(whole, git);
    await ready?.(shop);
    await using twin = copyOf(shop, git);
    const installed = await shop.tidemark('hook', 'install', ...flags);
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
    const plain = heard(await act(twin), twin);
    const hooked = heard(await act(shop), shop);
    expect(hooked).toEqual({ ...plain, code, tidemark: says });
  });
}

describeWith('the built command line', builtCli(), () => {
  for (const git of gitsHere())
    describeWith(`git ${git.version}, hook files`, { here: true, it: git }, () => tryAll(git, ['--files']));
  describeWith('the newest git, hooks in its settings', newest, git => tryAll(git, []));
});
