/** What is said about a switch before it, held against what `git switch` then does: in trees dirtied at random, on real git. */
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGit } from '../../src/git/git.ts';
import { newStory, type Story } from '../kit/story.ts';
import { gitsHere, newestGit } from '../kit/toolchains/git.ts';
import { dice } from './random-history.ts';

const open = (story: Story, at = story.root, env = story.env) =>
  createGit({ env, cacheHome: join(story.outside, 'cache') }).open(at);

const newest = await newestGit();
const gits = [...gitsHere(), ...(newest.here ? [newest.it] : [])];

const FILES = ['a.txt', 'b.txt', 'dir/c.txt', 'dir/d.txt', 'e.ign', 'f.txt'];

/** Two branches whose trees differ at random. */
async function randomBranches(story: Story, roll: (below: number) => number): Promise<void> {
  const fill = () => {
    for (const file of FILES) {
      if (existsSync(join(story.root, file))) rmSync(join(story.root, file));
      if (roll(3) > 0) story.write(file, `${roll(2)}\n`);
    }
  };
  story.write('.gitignore', '*.ign\n');
  fill();
  await story.git('add', '--all', '--force');
  await story.git('commit', '--quiet', '--allow-empty', '-m', 'One');
  await story.git('switch', '--quiet', '-c', 'other');
  fill();
  await story.git('add', '--all', '--force');
  await story.git('commit', '--quiet', '--allow-empty', '-m', 'Two');
  await story.git('switch', '--quiet', 'main');
}

/** Dirt of every kind: edited, staged, deleted, untracked, touched, a folder in the way, marked as unchanged. */
async function dirty(story: Story, roll: (below: number) => number): Promise<void> {
  for (const file of FILES) {
    const full = join(story.root, file);
    const there = existsSync(full);
    const kind = roll(9);
    if (kind === 0) story.write(file, `${roll(3)}\n`);
    if (kind === 1) {
      story.write(file, `${roll(3)}\n`);
      await story.git('add', '--force', '--', file);
    }
    if (kind === 2 && there) rmSync(full);
    if (kind === 3 && there) await story.git('rm', '--quiet', '--cached', '--', file);
    if (kind === 4 && there) writeFileSync(full, readFileSync(full));
    if (kind === 5 && !there) mkdirSync(full, { recursive: true });
  }
}

describe.each(gits)('the obstacle to a switch, with git $version', ({ bin }) => {
  for (let seed = 7_001; seed <= 7_030; seed += 1) {
    it(`is what git switch says itself (seed ${seed})`, async () => {
      await using story = await newStory();
      const roll = dice(seed);
      await randomBranches(story, roll);
      await dirty(story, roll);
      const index = readFileSync(join(story.root, '.git/index'));
      const env = bin === '' ? story.env : { ...story.env, PATH: `${bin}${delimiter}${story.env['PATH']}` };
      await using repository = Object.assign(await open(story, story.root, env), disposable);
      const target = await repository.target('other');
      const before = await repository.obstacle(target);
      expect(readFileSync(join(story.root, '.git/index')).equals(index)).toBe(true);
      const end = await repository.switchTo(target);
      expect({ obstacle: before !== null, said: end.said }).toEqual({ obstacle: !end.switched, said: end.said });
    });
  }
});

describe.each(gits)(
  'a file that changed within the tick in which the index was written, with git $version',
  ({ bin }) => {
    it('is an obstacle, as git itself compares its contents then', async () => {
      await using story = await newStory();
      await story.commit('One', { files: { 'b.txt': '0\n' } });
      await story.git('switch', '--quiet', '-c', 'other');
      await story.commit('Two', { files: { 'b.txt': '1\n' } });
      await story.git('switch', '--quiet', 'main');
      // The clock of a file system is coarse: same size and same times, as two writes in one tick have. Only ctime cannot be set.
      await story.git('config', 'core.trustctime', 'false');
      const [file, index, tick] = [join(story.root, 'b.txt'), join(story.root, '.git/index'), 1_700_000_000];
      utimesSync(file, tick, tick);
      await story.git('update-index', '--really-refresh');
      writeFileSync(file, '2\n');
      for (const path of [file, index]) utimesSync(path, tick, tick);
      const env = bin === '' ? story.env : { ...story.env, PATH: `${bin}${delimiter}${story.env['PATH']}` };
      await using repository = Object.assign(await open(story, story.root, env), disposable);
      const target = await repository.target('other');
      expect(await repository.obstacle(target)).toMatchObject({ reason: expect.stringContaining('b.txt') });
      expect((await repository.switchTo(target)).switched).toBe(false);
    });
  },
);

const disposable = {
  async [Symbol.asyncDispose](this: { close(): Promise<void> }) {
    await this.close();
  },
};

describe('other worktrees', () => {
  it('names the main one of a submodule by its folder, and not the one stood in', async () => {
    await using story = await newStory();
    await story.commit('Outer');
    await using inner = await newStory();
    await inner.commit('Inner', { files: { 'db/1.sql': '1\n' } });
    await story.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'sub');
    const sub = join(story.root, 'sub');
    const linked = join(story.outside, 'linked');
    await story.git('-C', sub, 'worktree', 'add', '--quiet', '-b', 'linked', linked);
    await using here = Object.assign(await open(story, sub), disposable);
    expect(await here.otherWorktrees()).toMatchObject([{ path: linked, branch: 'linked', present: true }]);
    await using there = Object.assign(await open(story, linked), disposable);
    expect(await there.otherWorktrees()).toMatchObject([{ path: sub, branch: 'main', present: true }]);
  });

  it('leaves out a bare main repository and folders that are gone, but not locked ones', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': '1\n' } });
    const bare = join(story.outside, 'bare.git');
    await story.git('clone', '--quiet', '--bare', story.root, bare);
    const at = (name: string) => join(story.outside, name);
    await story.git('-C', bare, 'worktree', 'add', '--quiet', at('one'), 'main');
    await story.git('-C', bare, 'worktree', 'add', '--quiet', '--detach', at('two'));
    for (const name of ['gone', 'stick'])
      await story.git('-C', bare, 'worktree', 'add', '--quiet', '-b', name, at(name));
    await story.git('-C', bare, 'worktree', 'lock', '--reason', 'on a stick', at('stick'));
    for (const name of ['gone', 'stick']) rmSync(at(name), { recursive: true });
    await using repository = Object.assign(await open(story, at('one')), disposable);
    const others = await repository.otherWorktrees();
    expect([...others].sort((a, b) => (a.path < b.path ? -1 : 1))).toMatchObject([
      { path: at('stick'), branch: 'stick', locked: true, present: false },
      { path: at('two'), branch: null, locked: false, present: true },
    ]);
    // To git, a branch whose folder is gone is taken all the same.
    const target = await repository.target('gone');
    expect(await repository.obstacle(target)).toMatchObject({ next: expect.stringContaining('git worktree prune') });
    expect((await repository.switchTo(target)).switched).toBe(false);
  });

  it('knows the main one where the git directory lies elsewhere', async () => {
    await using story = await newStory();
    await story.git(
      'init',
      '--quiet',
      '--separate-git-dir',
      join(story.outside, 'apart.git'),
      join(story.outside, 'tree'),
    );
    const tree = join(story.outside, 'tree');
    await story.git('-C', tree, 'commit', '--quiet', '--allow-empty', '-m', 'First');
    await story.git('-C', tree, 'worktree', 'add', '--quiet', '-b', 'linked', join(story.outside, 'linked'));
    await using main = Object.assign(await open(story, tree), disposable);
    expect(await main.otherWorktrees()).toMatchObject([{ branch: 'linked', present: true }]);
    await using linked = Object.assign(await open(story, join(story.outside, 'linked')), disposable);
    // Git itself does not know the folder of the main worktree then.
    expect(await linked.otherWorktrees()).toMatchObject([{ path: join(story.outside, 'apart.git'), present: false }]);
  });
});
