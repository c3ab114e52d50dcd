/** Worktrees of ours: made, filled, removed, found again after a crash; and nothing of the user's touched, byte for byte. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Repository } from '../../src/git/contract.ts';
import { createGit } from '../../src/git/git.ts';
import { type Available, describeWith } from '../kit/available.ts';
import { newStory, type Story } from '../kit/story.ts';

async function open(story: Story, env: Record<string, string> = {}) {
  const repository = await createGit({ env: { ...story.env, ...env } }).open(story.root);
  return Object.assign(repository as Repository & AsyncDisposable, { [Symbol.asyncDispose]: () => repository.close() });
}

/** A repository with a deleted migration, hooks that leave a mark, a stash, uncommitted work of every kind. */
async function busyStory() {
  const story = await newStory();
  const old = await story.commit('Old', { files: { 'db/1.sql': 'one\n', 'db/2.sql': 'two\n', 'app/x.txt': 'x\n' } });
  await story.commit('New', { files: { 'db/2.sql': null, 'new.txt': 'n' } });
  story.write('stashed.txt', 's');
  await story.stash();
  for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction', 'post-commit']) {
    story.writeExecutable(`.git/hooks/${hook}`, `#!/bin/sh\ntouch '${story.outside}/hook-ran'\n`);
  }
  story.write('db/1.sql', 'changed\n');
  story.write('staged.txt', 'staged');
  await story.git('-c', 'core.hooksPath=/dev/null', 'add', 'staged.txt');
  story.write('untracked.txt', 'u');
  mkdirSync(join(story.root, 'node_modules/pg'), { recursive: true });
  story.write('.env', 'SECRET=1');
  story.write('.git/info/exclude', 'node_modules\n.env\n');
  return { story, old };
}

const home = (story: Story): string => join(story.outside, 'cache/tidemark/wt');

describe('a worktree of ours', () => {
  it('holds the old commit, leaves the user alone, and goes without a trace', async () => {
    const { story, old } = await busyStory();
    await using _ = story;
    await using repository = await open(story);
    const before = story.snapshot();
    const made = await repository.addWorktree('run-7', old);
    expect(readFileSync(join(made.root, 'db/2.sql'), 'utf8')).toBe('two\n');
    expect(
      execFileSync('git', ['-c', 'core.hooksPath=/dev/null', 'status', '--porcelain'], {
        cwd: made.root,
        env: story.env,
        encoding: 'utf8',
      }),
    ).toBe('');
    expect(basename(made.root)).toMatch(/^tidemark-run-7-[0-9a-f]{16}$/);
    expect(dirname(dirname(made.root))).toBe(home(story));
    for (const folder of [dirname(made.root), made.scratch]) expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(story.root, '.git/worktrees'))).toEqual([basename(made.root)]);
    expect(await repository.otherWorktrees()).toEqual([]);

    await made.scratchFiles([{ path: 'a/password', text: 'secret' }]);
    expect(statSync(join(made.scratch, 'a/password')).mode & 0o777).toBe(0o600);
    await made.link(['node_modules', '.env', 'app', 'absent', 'db/1.sql']);
    expect(lstatSync(join(made.root, 'node_modules')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(made.root, '.env'), 'utf8')).toBe('SECRET=1');
    expect(lstatSync(join(made.root, 'app')).isDirectory()).toBe(true);
    expect(existsSync(join(made.root, 'absent'))).toBe(false);

    const while_ = story.snapshot();
    const added = Object.keys(while_).filter(path => !(path in before));
    expect(added.every(path => path.startsWith('.git/worktrees/'))).toBe(true);
    await made.remove();
    await made.remove();
    expect(story.snapshot()).toEqual(before);
    expect(readdirSync(home(story))).toEqual([]);
    expect(existsSync(join(story.outside, 'hook-ran'))).toBe(false);
  });

  it('lays files over the checkout, replaces what is there, and is never led out of it', async () => {
    const { story } = await busyStory();
    await using _ = story;
    symlinkSync('../victim', join(story.root, 'db/link.sql'));
    symlinkSync(story.outside, join(story.root, 'way-out'));
    const linked = await story.commit('Links');
    const blob = (await story.gitBytes(['hash-object', '-w', '--stdin'], Buffer.from([0, 0xff, 0x0d, 0x0a])))
      .toString()
      .trim();
    await using repository = await open(story);
    const made = await repository.addWorktree('lay', linked);
    const read = (path: string | Buffer): Buffer => readFileSync(path);
    await made.lay([
      { path: 'db/1.sql', text: 'laid\n', blob: null },
      { path: 'deep/er/2.sql', text: null, blob },
      { path: 'db/link.sql', text: 'no link any more', blob: null },
      { path: 'db/caf\udce9.sql', text: 'é', blob: null },
    ]);
    expect(read(join(made.root, 'db/1.sql')).toString()).toBe('laid\n');
    expect(read(join(made.root, 'deep/er/2.sql'))).toEqual(Buffer.from([0, 0xff, 0x0d, 0x0a]));
    expect(lstatSync(join(made.root, 'db/link.sql')).isFile()).toBe(true);
    expect(read(Buffer.from(`${made.root}/db/caf\xe9.sql`, 'latin1')).toString()).toBe('é');
    await made.lay([
      { path: 'deep/er/2.sql', text: null, blob: null },
      { path: 'never/there.sql', text: null, blob: null },
    ]);
    expect(existsSync(join(made.root, 'deep/er/2.sql'))).toBe(false);
    await expect(made.lay([{ path: 'way-out/x', text: null, blob: null }])).rejects.toMatchObject({ code: 'refused' });
    const outside = readdirSync(story.outside);
    for (const path of [
      'way-out/x',
      'way-out/deep/x',
      '../x',
      '/tmp/x',
      'a/../../x',
      '.git',
      '.git/x',
      '.GIT/x',
      'git~1/x',
      'a//b',
      '',
      'db/1.sql/x',
    ]) {
      await expect(made.lay([{ path, text: 'x', blob: null }]), path).rejects.toMatchObject({ code: 'refused' });
    }
    await expect(made.lay([{ path: 'db', text: 'x', blob: null }])).rejects.toMatchObject({ code: 'file-in-the-way' });
    await expect(made.lay([{ path: 'x', text: null, blob: 'e'.repeat(40) }])).rejects.toMatchObject({
      code: 'objects-missing',
    });
    expect(readdirSync(story.outside)).toEqual(outside);
    await made.remove();
  });

  it('has all files in a sparse repository, and pointers where git-lfs is missing', async () => {
    await using story = await newStory();
    await story.commit('First', {
      files: {
        'db/1.sql': 'one\n',
        'app/x': 'x',
        'big.bin': 'version https://git-lfs.github.com/spec/v1\n',
        '.gitattributes': '*.bin filter=lfs diff=lfs -text\n',
      },
    });
    await story.git('sparse-checkout', 'set', 'app');
    await story.git('config', 'filter.lfs.process', 'no-such-git-lfs filter-process');
    await story.git('config', 'filter.lfs.smudge', 'no-such-git-lfs smudge -- %f');
    await story.git('config', 'filter.lfs.required', 'true');
    await using repository = await open(story);
    const before = story.snapshot();
    const made = await repository.addWorktree('sparse', repository.head ?? '');
    expect(readdirSync(made.root).sort()).toEqual(['.git', '.gitattributes', 'app', 'big.bin', 'db']);
    expect(readFileSync(join(made.root, 'big.bin'), 'utf8')).toContain('git-lfs');
    await made.remove();
    expect(story.snapshot()).toEqual(before);
  });

  it('goes even when it was locked, damaged, or half removed', async () => {
    const { story, old } = await busyStory();
    await using _ = story;
    await using repository = await open(story);
    const before = story.snapshot();
    for (const damage of [
      (root: string) => rmSync(root, { recursive: true }),
      (root: string) => rmSync(dirname(root), { recursive: true }),
      (root: string) => rmSync(join(root, '.git')),
      (root: string) => rmSync(join(story.root, '.git/worktrees', basename(root)), { recursive: true }),
      (root: string) => rmSync(join(story.root, '.git/worktrees', basename(root), 'gitdir')),
      (root: string) => writeFileSync(join(story.root, '.git/worktrees', basename(root), 'locked'), 'initializing'),
      (root: string) => writeFileSync(join(story.root, '.git/worktrees', basename(root), 'index.lock'), ''),
      (root: string) => writeFileSync(join(root, 'new'), 'left by a program'),
    ]) {
      const made = await repository.addWorktree('damaged', old);
      damage(made.root);
      await made.remove();
      expect(story.snapshot()).toEqual(before);
      expect(readdirSync(home(story))).toEqual([]);
    }
  });

  it('is not made of a commit that is not here, and leaves nothing', async () => {
    const { story } = await busyStory();
    await using _ = story;
    const before = story.snapshot();
    await using repository = await open(story);
    await expect(repository.addWorktree('x', 'e'.repeat(40))).rejects.toMatchObject({ code: 'git-failed' });
    expect(story.snapshot()).toEqual(before);
    expect(readdirSync(home(story))).toEqual([]);
  });

  it('says so when its folder cannot be made', async () => {
    const { story, old } = await busyStory();
    await using _ = story;
    const before = story.snapshot();
    writeFileSync(join(story.outside, 'file'), '');
    await using repository = await open(story, { XDG_CACHE_HOME: join(story.outside, 'file') });
    await expect(repository.addWorktree('x', old)).rejects.toMatchObject({ code: 'disk' });
    expect(story.snapshot()).toEqual(before);
  });
});

describeWith('a disk that is full or read-only', mountsAvailable(), mounted => {
  it('leaves nothing of a worktree behind', async () => {
    await using story = await newStory();
    const small = await story.commit('Small', { files: { a: 'a' } });
    const large = await story.commit('Large', { files: { 'large.bin': randomBytes(3_000_000).toString('latin1') } });
    const before = story.snapshot();
    const disk = join(story.outside, 'disk');
    mkdirSync(disk);
    await mounted(disk, 'size=1m', async remount => {
      await using repository = await open(story, { XDG_CACHE_HOME: disk });
      await expect(repository.addWorktree('full', large)).rejects.toMatchObject({ code: 'disk' });
      expect(readdirSync(join(disk, 'tidemark/wt'))).toEqual([]);
      expect(story.snapshot()).toEqual(before);
      const made = await repository.addWorktree('fits', small);
      const text = 'x'.repeat(3_000_000);
      await expect(made.lay([{ path: 'big', text, blob: null }])).rejects.toMatchObject({ code: 'disk' });
      expect(existsSync(join(made.root, 'big'))).toBe(false);
      await expect(made.scratchFiles([{ path: 'big', text }])).rejects.toMatchObject({ code: 'disk' });
      await made.remove();
      remount('ro');
      await expect(repository.addWorktree('read-only', small)).rejects.toMatchObject({ code: 'disk' });
      expect(story.snapshot()).toEqual(before);
    });
  });

  it('does not keep a walk from being made', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': 'one\n' } });
    const cache = join(story.root, '.git/tidemark/cache');
    mkdirSync(cache, { recursive: true });
    await mounted(cache, 'size=4k,nr_inodes=2', async remount => {
      for (const how of ['rw', 'ro']) {
        remount(how);
        await using repository = await open(story);
        expect((await repository.walk({ pathspecs: ['db'] })).sightings).toHaveLength(1);
        expect(await repository.inHead([repository.head ?? ''])).toEqual(new Set([repository.head]));
        expect((await repository.holders(['db/1.sql'])).get('db/1.sql')).toHaveLength(1);
        expect(readdirSync(cache).filter(name => name.startsWith('.'))).toEqual([]);
      }
    });
  });
});

describe('what a crash leaves', () => {
  it('is found again and removed, but for what is kept or of others', async () => {
    const { story, old } = await busyStory();
    await using _ = story;
    await using other = await newStory();
    await other.commit('Other');
    await using repository = await open(story);
    const cache = { XDG_CACHE_HOME: join(story.outside, 'cache') };
    await using neighbour = await open(other, cache);
    await story.git(
      '-c',
      'core.hooksPath=/dev/null',
      'worktree',
      'add',
      '--quiet',
      '--detach',
      join(story.outside, 'tidemark-own'),
      old,
    );
    const before = story.snapshot();
    const theirs = await neighbour.addWorktree('run-1', neighbour.head ?? '');
    const kept = await repository.addWorktree('keep-me', old);
    const left = await repository.addWorktree('run-1', old);
    const vanished = await repository.addWorktree('run-2', old);
    rmSync(dirname(vanished.root), { recursive: true });
    const unrecorded = await repository.addWorktree('run-3', old);
    rmSync(join(story.root, '.git/worktrees', basename(unrecorded.root)), { recursive: true });

    const removed = await repository.removeLeftWorktrees(['keep-me']);
    expect(removed).toEqual([left, vanished, unrecorded].map(made => dirname(made.root)).sort());
    expect(existsSync(kept.root) && existsSync(theirs.root)).toBe(true);
    expect(await repository.removeLeftWorktrees([])).toEqual([dirname(kept.root)]);
    expect(await repository.removeLeftWorktrees([])).toEqual([]);
    expect(story.snapshot()).toEqual(before);
    await theirs.remove();
  });

  it('is not what another process still works in', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { a: 'a' } });
    const child = startAdding(story);
    await once(child.stdout ?? child, 'data');
    await expect.poll(() => existsSync(home(story)) && readdirSync(home(story)).length).toBe(1);
    const [name = ''] = readdirSync(home(story));
    await expect.poll(() => existsSync(join(home(story), name, name, 'a'))).toBe(true);
    await using repository = await open(story);
    expect(await repository.removeLeftWorktrees([])).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await repository.removeLeftWorktrees([])).toEqual([join(home(story), name)]);
  });

  it('is cleaned up after kill -9 at many moments, the git it left behind too', async () => {
    await using story = await newStory();
    const files = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [`f/${index % 50}/${index}.txt`, `${index}\n`]),
    );
    await story.commit('Many files', { files });
    const before = story.snapshot();
    const name = (): string => (existsSync(home(story)) ? (readdirSync(home(story))[0] ?? '') : '');
    const record = (file: string): boolean =>
      name() !== '' && existsSync(join(story.root, '.git/worktrees', name(), file));
    const checkout = (file: string): boolean => name() !== '' && existsSync(join(home(story), name(), name(), file));
    const moments: Record<string, () => boolean> = {
      'at once': () => true,
      'its folder is there': () => name() !== '',
      'git has begun a record': () => record('.'),
      'the record is locked': () => record('locked'),
      'the record names the checkout': () => record('gitdir'),
      'the checkout is there': () => checkout('.'),
      'the checkout names the record': () => checkout('.git'),
      'the record has a HEAD': () => record('HEAD'),
      'the index is being written': () => record('index.lock'),
      'the first file is there': () => checkout('f/0'),
      'half the files are there': () => checkout('f/25'),
      'the last files come': () => checkout('f/9'),
      'the index is written': () => record('index'),
    };
    for (const [moment, hasCome] of Object.entries(moments)) {
      const child = startAdding(story);
      await once(child.stdout ?? child, 'data');
      await turnsUntil(() => hasCome() || record('index'));
      child.kill('SIGKILL');
      await once(child, 'close');
      await using repository = await open(story);
      await repository.removeLeftWorktrees([]);
      expect(name(), moment).toBe('');
      expect(story.snapshot(), moment).toEqual(before);
    }
    expect(gitsRunningIn(story.outside)).toEqual([]);
  });
});

/** Looks again and again, without a pause: some moments last a millisecond. One that was missed has come by with a later one. */
async function turnsUntil(hasCome: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end && !hasCome(); ) await setImmediate();
}

/** A process that says "ready" and adds a worktree. */
function startAdding(story: Story): ChildProcess {
  const program = `
    const { createGit } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/git/git.ts'))});
    const repository = await createGit({ env: process.env }).open(${JSON.stringify(story.root)});
    console.log('ready');
    await repository.addWorktree('killed', repository.head);
    setInterval(() => {}, 1000);
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: story.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function gitsRunningIn(folder: string): readonly string[] {
  return execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter(line => /^\s*\d+ git/.test(line) && line.includes(folder));
}

type Mounted = (
  folder: string,
  options: string,
  act: (remount: (how: string) => void) => Promise<void>,
) => Promise<void>;

/** A small disk of its own: only the superuser may make one. */
function mountsAvailable(): Available<Mounted> {
  const mounted: Mounted = async (folder, options, act) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tidemark-test', folder]);
    try {
      await act(how => void execFileSync('mount', ['-o', `remount,${how}`, folder]));
    } finally {
      execFileSync('umount', ['-l', folder]);
    }
  };
  if (process.getuid?.() !== 0) return { here: false, because: 'only the superuser can mount a small disk' };
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tidemark-test', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return { here: true, it: mounted };
  } catch {
    return { here: false, because: 'a small disk cannot be mounted here' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
