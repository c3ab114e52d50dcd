/** What a repository is asked, one by one, against real git: opening, the working tree, trees, refs, commits, settings. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../src/domain/problem.ts';
import type { Repository } from '../../src/git/contract.ts';
import { createGit } from '../../src/git/git.ts';
import { newStory, type Story } from '../kit/story.ts';

const SQL = [':(glob)db/*.sql'] as const;

async function open(story: Story, folder = story.root) {
  const repository = await createGit({ env: story.env }).open(folder);
  return Object.assign(repository as Repository & AsyncDisposable, { [Symbol.asyncDispose]: () => repository.close() });
}

const problem = (code: ProblemCode, facts: object = {}): object => ({ code, facts: expect.objectContaining(facts) });

describe('opening', () => {
  it('tells where it stands: branch, detached, before the first commit', async () => {
    await using story = await newStory();
    await using unborn = await open(story);
    expect(unborn).toMatchObject({ root: story.root, head: null, branch: 'main', gaps: [], inTheMiddleOf: null });
    expect(await unborn.walk({ pathspecs: SQL })).toMatchObject({ sightings: [], gaps: [] });
    expect(await unborn.headReflog()).toEqual([]);
    expect(await unborn.inHead(['0'.repeat(40)])).toEqual(new Set());
    expect(await unborn.behindUpstream()).toBeNull();
    const first = await story.commit('First', { files: { 'db/1.sql': '1\n' } });
    story.write('deep/down/x', '');
    await using below = await open(story, join(story.root, 'deep/down'));
    expect(below).toMatchObject({ root: story.root, head: first, branch: 'main', commonDir: join(story.root, '.git') });
    await story.git('switch', '--quiet', '--detach');
    await using detached = await open(story);
    expect(detached).toMatchObject({ head: first, branch: null });
  });

  it('names an operation in its middle', async () => {
    await using story = await newStory();
    const base = await story.commit('Base', { files: { a: 'a\n' } });
    await story.branch('other');
    const other = await story.commit('Other', { files: { a: 'b\n' } });
    await story.switch('main');
    await story.commit('Main', { files: { a: 'c\n' } });
    const told = async (): Promise<string | null> => {
      await using repository = await open(story);
      return repository.inTheMiddleOf;
    };
    for (const [begin, end, name] of [
      [['merge', 'other'], ['merge', '--abort'], 'merge'],
      [['rebase', 'other'], ['rebase', '--abort'], 'rebase'],
      [['cherry-pick', other], ['cherry-pick', '--abort'], 'cherry-pick'],
      [['revert', '--no-edit', base], ['revert', '--abort'], 'revert'],
      [['bisect', 'start'], ['bisect', 'reset'], 'bisect'],
    ] as const) {
      await story.git(...begin).catch(() => undefined);
      expect(await told()).toBe(name);
      await story.git(...end);
      expect(await told()).toBeNull();
    }
  });

  it('says what is no repository', async () => {
    await using story = await newStory();
    const git = createGit({ env: story.env });
    await story.git('init', '--quiet', '--bare', join(story.outside, 'bare.git'));
    await expect(git.open(story.outside)).rejects.toMatchObject(
      problem('not-a-repository', { directory: story.outside }),
    );
    await expect(git.open(join(story.outside, 'nowhere'))).rejects.toMatchObject(problem('not-a-repository'));
    await expect(git.open(join(story.root, '.git'))).rejects.toMatchObject(problem('not-a-repository'));
    await expect(git.open(join(story.outside, 'bare.git'))).rejects.toMatchObject(problem('bare-repository'));
    // A repository laid into the working tree as data must not be taken for one.
    await story.git('clone', '--quiet', '--bare', story.root, join(story.root, 'data.git'));
    await expect(git.open(join(story.root, 'data.git'))).rejects.toMatchObject(problem('bare-repository'));
  });

  it('says that git is missing or too old', async () => {
    await using story = await newStory();
    await expect(
      createGit({ env: { ...story.env, PATH: join(story.outside, 'home') } }).open(story.root),
    ).rejects.toMatchObject(problem('git-missing'));
    const old = join(story.outside, 'home/git');
    writeFileSync(old, '#!/bin/sh\necho git version 2.17.1\n');
    chmodSync(old, 0o755);
    await expect(
      createGit({ env: { ...story.env, PATH: `${join(story.outside, 'home')}:${story.env['PATH']}` } }).open(
        story.root,
      ),
    ).rejects.toMatchObject(problem('git-too-old', { version: '2.17.1', needs: '2.31' }));
  });

  it('works in linked worktrees, submodules and SHA-256 repositories', async () => {
    await using story = await newStory({ init: ['--object-format=sha256'] });
    const first = await story.commit('First', { files: { 'db/1.sql': '1\n' } });
    expect(first).toHaveLength(64);
    const linked = join(story.outside, 'linked tree');
    await story.git('worktree', 'add', '--quiet', '-b', 'linked', linked);
    await using repository = await open(story, linked);
    expect(repository).toMatchObject({ root: linked, branch: 'linked', commonDir: join(story.root, '.git') });
    expect(repository.gitDir).toBe(join(story.root, '.git/worktrees/linked-tree'));
    expect((await repository.walk({ pathspecs: SQL })).sightings).toHaveLength(1);
    expect(await repository.otherWorktrees()).toEqual([
      { path: story.root, head: first, branch: 'main', locked: false, present: true },
    ]);
    expect([...(await repository.hashWorking(['db/1.sql'])).values()]).toEqual([
      await story.git('hash-object', 'db/1.sql'),
    ]);
    expect(await repository.filesAt(first, SQL)).toEqual(
      new Map([['db/1.sql', await story.git('rev-parse', 'HEAD:db/1.sql')]]),
    );

    await using outer = await newStory();
    await outer.commit('Outer');
    await using inner = await newStory();
    await inner.commit('Inner', { files: { 'db/2.sql': '2\n' } });
    await outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'sub');
    await using sub = await open(outer, join(outer.root, 'sub'));
    expect(sub).toMatchObject({ root: join(outer.root, 'sub'), commonDir: join(outer.root, '.git/modules/sub') });
    expect(await sub.workingFiles(SQL)).toEqual([{ path: 'db/2.sql', tracked: true }]);
    await using top = await open(outer);
    expect(await top.workingFiles([':(glob)**'])).toEqual([{ path: '.gitmodules', tracked: true }]);
  });
});

describe('the working tree', () => {
  it('lists what is there: tracked, untracked, and ignored where asked for', async () => {
    await using story = await newStory();
    await story.commit('First', {
      files: {
        'db/1.sql': '1\n',
        'db/2.sql': '2\n',
        'db/5.sql': '5\n',
        'db/a b.sql': 'x',
        'db/-x.sql': 'x',
        'db/*.sql': 'x',
        '.gitignore': 'db/old*\nbuild/\n',
      },
    });
    story.remove('db/2.sql');
    story.remove('db/5.sql');
    symlinkSync('1.sql', join(story.root, 'db/5.sql'));
    symlinkSync('1.sql', join(story.root, 'db/link.sql'));
    mkdirSync(join(story.root, 'db/folder.sql'));
    story.write('db/3.sql', 'untracked');
    story.write('db/old-4.sql', 'ignored');
    story.write('db/old-4.txt', 'ignored');
    story.write('build/db/9.sql', 'ignored elsewhere');
    story.write(Buffer.from('db/caf\xe9.sql', 'latin1'), 'bytes');
    story.write('db/new\nline.sql', 'x');
    await using repository = await open(story);
    const listed = await repository.workingFiles(SQL);
    expect(listed.map(file => `${file.tracked ? '' : '? '}${file.path}`)).toEqual([
      'db/*.sql',
      'db/-x.sql',
      'db/1.sql',
      '? db/3.sql',
      'db/a b.sql',
      '? db/caf\udce9.sql',
      '? db/new\nline.sql',
    ]);
    const more = await repository.workingFiles([':(glob)**/*.sql'], ['db']);
    expect(more.map(file => file.path)).toEqual([
      ...listed.map(file => file.path).slice(0, 6),
      'db/new\nline.sql',
      'db/old-4.sql',
    ]);
    expect(await repository.workingFiles([])).toEqual([]);
    expect(repository.readWorking('db/caf\udce9.sql')).toBe('bytes');
  });

  it('reads and hashes regular files only, and none outside', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': 'one\r\n', '.gitattributes': '*.sql text eol=crlf\n' } });
    writeFileSync(join(story.outside, 'secret'), 'secret');
    symlinkSync(join(story.outside, 'secret'), join(story.root, 'db/secret.sql'));
    symlinkSync(story.outside, join(story.root, 'out'));
    await using repository = await open(story);
    expect(repository.readWorking('db/1.sql')).toBe('one\r\n');
    for (const path of ['db/secret.sql', 'out/secret', 'db', 'nothing', '../secret'])
      expect(repository.readWorking(path)).toBeNull();
    const hashes = await repository.hashWorking(['db/1.sql', 'db/secret.sql', 'out/secret', 'nothing']);
    expect([...hashes]).toEqual([['db/1.sql', await story.git('hash-object', '--no-filters', 'db/1.sql')]]);
  });

  it('creates a file only where there is none', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': 'one\r\n\xff' } });
    const blob = await story.git('rev-parse', 'HEAD:db/1.sql');
    symlinkSync(story.outside, join(story.root, 'out'));
    await using repository = await open(story);
    await repository.writeNew('new/folder/1.sql', blob);
    expect(repository.readWorking('new/folder/1.sql')).toBe('one\r\n\xff');
    await expect(repository.writeNew('db/1.sql', blob)).rejects.toMatchObject(
      problem('file-in-the-way', { path: 'db/1.sql' }),
    );
    await expect(repository.writeNew('out/x.sql', blob)).rejects.toMatchObject({ code: 'refused' });
    for (const path of ['../x.sql', '/x.sql', 'a/../../x', '.git/hooks/x', 'a/.GIT/x', '']) {
      await expect(repository.writeNew(path, blob)).rejects.toMatchObject({ code: 'refused' });
    }
    await expect(repository.writeNew('db/2.sql', '0'.repeat(40))).rejects.toMatchObject({ code: 'objects-missing' });
  });
});

describe('objects and refs', () => {
  it('reads blobs, and passes over what is missing or no blob', async () => {
    await using story = await newStory();
    const text = 'ü'.repeat(70_000);
    const commit = await story.commit('First', { files: { 'db/1.sql': text, 'db/2.sql': '', 'db/nul.sql': 'a\0b\n' } });
    const at = async (path: string): Promise<string> => story.git('rev-parse', `HEAD:${path}`);
    const [one, two, three, tree] = [
      await at('db/1.sql'),
      await at('db/2.sql'),
      await at('db/nul.sql'),
      await at('db'),
    ];
    await using repository = await open(story);
    const asked = [one, 'f'.repeat(40), tree, two, commit, three, one];
    const [read, again] = await Promise.all([repository.readBlobs(asked), repository.readBlobs([two])]);
    expect(read).toEqual(
      new Map([
        [one, text],
        [two, ''],
        [three, 'a\0b\n'],
      ]),
    );
    expect(again).toEqual(new Map([[two, '']]));
    expect(await repository.existing(asked)).toEqual(new Set([one, tree, two, commit, three]));
    await repository.close();
    expect(await repository.readBlobs([two])).toEqual(new Map([[two, '']]));
  });

  it('finds blobs and files at commits, whatever they are called', async () => {
    await using story = await newStory();
    const names = [
      'db/1.sql',
      'db/two words.sql',
      'db/-dash.sql',
      'db/new\nline.sql',
      'db/*.sql',
      'db/caf\udce9.sql',
      ':(top)db/x.sql',
    ];
    for (const name of names.slice(0, 5)) story.write(name, name);
    story.write(Buffer.from('db/caf\xe9.sql', 'latin1'), 'é');
    story.write(':(top)db/x.sql', 'magic');
    symlinkSync('1.sql', join(story.root, 'db/link.sql'));
    const commit = await story.commit('All');
    await using repository = await open(story);
    expect([...(await repository.blobsAt(commit, [...names, 'db/none.sql', 'db/no\nne', 'db'])).keys()]).toEqual(names);
    const files = await repository.filesAt(commit, SQL);
    expect([...files.keys()].sort()).toEqual(names.slice(0, 6).sort());
    expect([...(await repository.filesAt(commit, [':(literal)db/*.sql'])).keys()]).toEqual(['db/*.sql']);
  });

  it('tells which branches, remote branches and tags hold a path, and remembers it', async () => {
    await using story = await newStory();
    const first = await story.commit('First', { files: { 'db/1.sql': 'one\n', 'top.sql': 'top\n' } });
    await story.tag('light');
    await story.git('tag', '-a', '-m', 'heavy', 'heavy');
    await story.git('tag', 'a-blob', 'HEAD:db/1.sql');
    await story.git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    await story.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
    await story.git('update-ref', 'refs/pull/1/head', 'HEAD');
    const second = await story.commit('Second', { files: { 'db/1.sql': 'two\n' } });
    await story.branch('gone');
    await story.commit('Gone', { files: { 'db/1.sql': null } });
    const [one, two] = [
      await story.git('rev-parse', `${first}:db/1.sql`),
      await story.git('rev-parse', `${second}:db/1.sql`),
    ];
    const expected = [
      { ref: 'refs/heads/main', commit: second, blob: two },
      { ref: 'refs/remotes/origin/main', commit: first, blob: one },
      { ref: 'refs/tags/heavy', commit: first, blob: one },
      { ref: 'refs/tags/light', commit: first, blob: one },
    ];
    for (let times = 0; times < 2; times++) {
      await using repository = await open(story);
      const held = await repository.holders(['db/1.sql', 'db/none.sql', 'top.sql', 'no/folder.sql']);
      expect(held.get('db/1.sql')).toEqual(expected);
      expect(held.get('db/none.sql')).toEqual([]);
      expect(held.get('no/folder.sql')).toEqual([]);
      expect(held.get('top.sql')?.map(holder => holder.ref)).toContain('refs/heads/gone');
    }
    await story.git('update-ref', '-d', 'refs/tags/light');
    await using moved = await open(story);
    expect((await moved.holders(['db/1.sql'])).get('db/1.sql')).toEqual(expected.slice(0, 3));
  });

  it('knows ancestors', async () => {
    await using story = await newStory();
    const first = await story.commit('First');
    await story.branch('side');
    const side = await story.commit('Side');
    await story.switch('main');
    const main = await story.commit('Main');
    const unknown = 'e'.repeat(40);
    for (let times = 0; times < 2; times++) {
      await using repository = await open(story);
      expect(await repository.inHead([first, side, main, unknown])).toEqual(new Set([first, main]));
    }
    await using repository = await open(story);
    expect(await repository.isAncestor(first, side)).toBe(true);
    expect(await repository.isAncestor(main, main)).toBe(true);
    expect(await repository.isAncestor(side, main)).toBe(false);
    expect(await repository.isAncestor(unknown, main)).toBe(false);
    await story.merge(['side']);
    await using after = await open(story);
    expect(await after.inHead([first, side, main])).toEqual(new Set([first, side, main]));
  });

  it('knows ancestors where clocks were wrong', async () => {
    await using story = await newStory();
    const oids: string[] = [];
    for (let count = 0; count < 40; count++) {
      story.wait(count === 1 ? -5000 : 0);
      oids.push(await story.commit('Commit'));
    }
    await story.git('branch', 'side', oids[0] ?? '');
    await story.switch('side');
    const side = await story.commit('Side');
    await story.switch('main');
    await using repository = await open(story);
    expect(await repository.inHead([...oids, side])).toEqual(new Set(oids));
    expect(await repository.isAncestor(oids[0] ?? '', oids.at(-1) ?? '')).toBe(true);
  });

  it('tells facts of commits, foreign text and all', async () => {
    await using story = await newStory();
    const first = await story.commit('  A subject\nover two lines  \n\nand a body', { author: 'Räinbows' });
    const second = await story.commit('', {});
    const odd = `tree ${await story.git('rev-parse', 'HEAD^{tree}')}\nparent ${second}\nauthor \x1b[31mEvil <> 1700000000 -0330\ncommitter X <y@z> 1700000007 +0000\nencoding ISO-8859-1\n\ncaf\xe9 \x1b]0;title\x07\n`;
    const third = (await story.gitBytes(['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(odd, 'latin1')))
      .toString()
      .trim();
    await using repository = await open(story);
    const facts = await repository.commitInfo([first, second, third, 'f'.repeat(40)]);
    expect([...facts.keys()]).toEqual([first, second, third]);
    for (const oid of [first, second, third]) {
      const [subject, author, date, parents] = (
        await story.git('log', '-1', '--format=%s%x00%an%x00%aI%x00%P', oid)
      ).split('\0');
      const told = facts.get(oid);
      expect([told?.subject, told?.author, told?.date, told?.parents.join(' ')]).toEqual([
        subject,
        author,
        date,
        parents,
      ]);
    }
    expect(facts.get(third)).toMatchObject({ subject: 'café \x1b]0;title\x07', committedAt: 1_700_000_007, email: '' });
  });

  it('resolves names, and nothing that looks like an option', async () => {
    await using story = await newStory();
    const first = await story.commit('First');
    await story.git('tag', '-a', '-m', 'x', 'v1');
    await story.git('update-ref', 'refs/heads/feat;$(touch${IFS}x)', first);
    await using repository = await open(story);
    for (const name of ['main', 'HEAD', 'v1', first.slice(0, 9), 'feat;$(touch${IFS}x)'])
      expect(await repository.resolve(name)).toBe(first);
    for (const name of ['nothing', '', '-D', '--all', 'main..main', 'HEAD:db', 'a\nb']) {
      await expect(repository.resolve(name)).rejects.toMatchObject(problem('unknown-ref', { ref: name }));
    }
  });

  it('lists what HEAD stood on, and whether the upstream is ahead', async () => {
    await using story = await newStory();
    const first = await story.commit('First');
    await using copy = await story.clone('rainbows');
    const second = await story.commit('Second');
    await copy.git('fetch', '--quiet');
    await using behind = await open(copy);
    expect(await behind.behindUpstream()).toEqual({ ref: 'refs/remotes/origin/main', commit: second });
    await copy.git('merge', '--quiet', '--ff-only', 'origin/main');
    await using level = await open(copy);
    expect(await level.behindUpstream()).toBeNull();
    expect(await level.headReflog()).toEqual([second, first]);
    await copy.git('reset', '--quiet', '--hard', first);
    await copy.commit('Own');
    await using parted = await open(copy);
    expect(await parted.behindUpstream()).toBeNull();
    await using none = await open(story);
    expect(await none.behindUpstream()).toBeNull();
    await copy.git('update-ref', '-d', 'refs/remotes/origin/main');
    expect(await parted.behindUpstream()).toBeNull();
  });

  it('keeps local settings, and touches nothing when they stand already', async () => {
    await using story = await newStory();
    await using repository = await open(story);
    expect(await repository.localSetting('tidemark.target')).toEqual([]);
    const before = story.snapshot();
    await repository.setLocalSetting('tidemark.target', ['a b', 'c\n"d"']);
    expect(await repository.localSetting('tidemark.target')).toEqual(['a b', 'c\n"d"']);
    const set = story.snapshot();
    await repository.setLocalSetting('tidemark.target', ['a b', 'c\n"d"']);
    expect(story.snapshot()).toEqual(set);
    await repository.setLocalSetting('tidemark.target', ['one']);
    expect(await repository.localSetting('tidemark.target')).toEqual(['one']);
    await repository.setLocalSetting('tidemark.target', []);
    expect(await repository.localSetting('tidemark.target')).toEqual([]);
    await story.git('config', '--remove-section', 'tidemark').catch(() => undefined);
    expect(story.snapshot()).toEqual(before);
    rmSync(join(story.root, '.git/config'));
  });
});
