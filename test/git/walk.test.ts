/** What a walk tells, what it asks of git, and what it does when it is disturbed. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { History } from '../../src/domain/sighting.ts';
import type { Repository } from '../../src/git/contract.ts';
import { createGit } from '../../src/git/git.ts';
import { linesIn, similarityOf } from '../../src/git/renames.ts';
import { newStory, type Story } from '../kit/story.ts';

const SQL = [':(glob)db/*.sql'] as const;

async function withRepository<T>(
  story: Story,
  ask: (repository: Repository) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const repository = await createGit({ env: { ...story.env, ...env } }).open(story.root);
  try {
    return await ask(repository);
  } finally {
    await repository.close();
  }
}

const walked = async (story: Story, pathspecs: readonly string[] = SQL): Promise<History> =>
  await withRepository(story, async repository => await repository.walk({ pathspecs }));

const short = (history: History): string[] =>
  history.sightings.map(seen =>
    [
      seen.change,
      seen.path,
      ...(seen.from === null ? [] : ['from', seen.from, seen.similarity]),
      ...(seen.merge ? ['merge'] : []),
    ].join(' '),
  );

/** Git's commit of a stash merges the untracked files, and holds none of them: a deletion against that parent. */
const added = (history: History): string[] =>
  history.sightings.flatMap(seen => (seen.change === 'added' ? [seen.path] : [])).sort();

const text = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, line) => `line number ${from + line}\n`).join('');

describe('a life story', () => {
  it('is told newest first even when all of it happened in one second, with other commits between', async () => {
    await using story = await newStory();
    await story.commit('Begin', { files: { 'other.txt': '0' } });
    const atOnce = (subject: string, files: Record<string, string | null>) => {
      story.wait(-1);
      return story.commit(subject, { files });
    };
    for (let file = 1; file <= 6; file += 1) {
      await atOnce('Add it', { [`db/${file}.sql`]: `text ${file}\n` });
      await story.git('branch', `old-${9 - file}`);
      await atOnce('Leave it', { 'other.txt': `a${file}` });
      await atOnce('Edit it', { [`db/${file}.sql`]: `other text ${file}\n` });
      await story.git('branch', `mid-${file}`);
      await atOnce('Leave it again', { 'other.txt': `b${file}` });
      await atOnce('Drop it', { [`db/${file}.sql`]: null });
    }
    const told = (history: History, file: number) =>
      history.sightings.filter(seen => seen.path === `db/${file}.sql`).map(seen => seen.change);
    const history = await walked(story);
    for (let file = 1; file <= 6; file += 1) expect(told(history, file)).toEqual(['deleted', 'edited', 'added']);
  });

  it('is told newest first, with who, when and why', async () => {
    await using story = await newStory();
    const first = await story.commit('Add it', {
      files: { 'db/1.sql': 'one\n', 'other.txt': 'x' },
      author: 'Rainbows',
    });
    const second = await story.commit('Edit it', { files: { 'db/1.sql': 'two\n' } });
    await story.commit('Leave it', { files: { 'other.txt': 'y' } });
    const third = await story.commit('Drop it', { files: { 'db/1.sql': null } });
    const history = await walked(story);
    const [one, two] = [
      await story.git('rev-parse', `${first}:db/1.sql`),
      await story.git('rev-parse', `${second}:db/1.sql`),
    ];
    const nothing = { path: 'db/1.sql', from: null, similarity: null, merge: false };
    const leaveIt = await story.git('rev-parse', `${third}^`);
    expect(history.sightings).toEqual([
      { commit: third, parent: leaveIt, change: 'deleted', blob: two, before: two, ...nothing },
      { commit: second, parent: first, change: 'edited', blob: two, before: one, ...nothing },
      { commit: first, parent: null, change: 'added', blob: one, before: null, ...nothing },
    ]);
    expect([...history.commits.keys()]).toEqual([third, second, first]);
    expect(history.commits.get(first)).toEqual({
      oid: first,
      parents: [],
      author: 'Rainbows',
      email: 'rainbows@example.org',
      date: '2024-03-01T09:01:00+00:00',
      committedAt: 1_709_283_660,
      subject: 'Add it',
    });
    expect(await walked(story)).toEqual(history);
  });

  it('knows renames by bytes and by lines, and keeps the deletion', async () => {
    await using story = await newStory();
    await story.commit('Add', {
      files: { 'db/1.sql': text(0, 20), 'db/2.sql': text(100, 120), 'db/3.sql': text(200, 220), 'db/4.sql': 'tiny\n' },
    });
    story.move('db/1.sql', 'db/11.sql');
    story.remove('db/2.sql');
    story.write('db/22.sql', text(105, 125));
    story.remove('db/3.sql');
    story.write('db/33.sql', text(211, 240));
    story.remove('db/4.sql');
    story.write('db/44.sql', '\n \n');
    await story.commit('Renumber');
    expect(short(await walked(story)).slice(0, 8)).toEqual([
      'deleted db/1.sql',
      'renamed db/11.sql from db/1.sql 100',
      'deleted db/2.sql',
      'renamed db/22.sql from db/2.sql 75',
      'deleted db/3.sql',
      'added db/33.sql',
      'deleted db/4.sql',
      'added db/44.sql',
    ]);
  });

  it('gives the same bytes to the file of the same name first', async () => {
    await using story = await newStory();
    await story.commit('Add', { files: { 'db/1.sql': 'same\n', 'db/2.sql': 'same\n' } });
    story.move('db/1.sql', 'db/new/2.sql');
    story.move('db/2.sql', 'db/new/1.sql');
    await story.commit('Move');
    expect(short(await walked(story, ['db'])).slice(0, 4)).toEqual([
      'deleted db/1.sql',
      'deleted db/2.sql',
      'renamed db/new/1.sql from db/1.sql 100',
      'renamed db/new/2.sql from db/2.sql 100',
    ]);
  });

  it('sees what only a merge did, against each parent', async () => {
    await using story = await newStory();
    await story.commit('Base', { files: { 'db/1.sql': text(0, 9), 'db/2.sql': text(50, 60) } });
    await story.branch('side');
    await story.commit('Side', { files: { 'db/side.sql': 'side\n' } });
    await story.switch('main');
    await story.commit('Main', { files: { 'x.txt': 'x' } });
    await story.merge(['side'], {
      resolve: () => {
        story.remove('db/1.sql');
        story.remove('db/2.sql');
        story.write('db/2b.sql', text(51, 61));
      },
    });
    expect(short(await walked(story)).slice(0, 7)).toEqual([
      'deleted db/1.sql merge',
      'deleted db/2.sql merge',
      'renamed db/2b.sql from db/2.sql 90 merge',
      'added db/side.sql merge',
      'deleted db/1.sql merge',
      'deleted db/2.sql merge',
      'renamed db/2b.sql from db/2.sql 90 merge',
    ]);
  });

  it('passes over links, submodules and mode changes at migration paths', async () => {
    await using story = await newStory();
    await story.commit('File', { files: { 'db/1.sql': 'one\n' } });
    chmodSync(join(story.root, 'db/1.sql'), 0o755);
    await story.commit('Mode');
    story.remove('db/1.sql');
    await story.gitBytes([
      'update-index',
      '--add',
      '--cacheinfo',
      `120000,${await story.git('rev-parse', 'HEAD:db/1.sql')},db/1.sql`,
    ]);
    await story.git('commit', '--quiet', '-m', 'Link');
    await story.gitBytes([
      'update-index',
      '--add',
      '--cacheinfo',
      `160000,${await story.git('rev-parse', 'HEAD')},db/1.sql`,
    ]);
    await story.git('commit', '--quiet', '-m', 'Submodule');
    expect(short(await walked(story))).toEqual(['deleted db/1.sql', 'added db/1.sql']);
  });

  it('reaches the stash, the reflog and other worktrees; and, when asked, what nothing reaches', async () => {
    await using story = await newStory();
    await story.commit('Base');
    story.write('db/untracked.sql', 'u\n');
    await story.stash();
    await story.commit('Away', { files: { 'db/away.sql': 'a\n' } });
    await story.git('reset', '--quiet', '--hard', 'HEAD~1');
    await story.git('worktree', 'add', '--quiet', '--detach', join(story.outside, 'linked'));
    await story.branch('lost');
    await story.commit('Lost', { files: { 'db/lost.sql': 'l\n' } });
    await story.switch('main');
    await story.git('branch', '--quiet', '-D', 'lost');
    expect(added(await walked(story))).toEqual(['db/away.sql', 'db/lost.sql', 'db/untracked.sql']);
    await story.git('reflog', 'expire', '--expire=now', 'HEAD', 'main');
    expect(added(await walked(story))).toEqual(['db/untracked.sql']);
    const all = await withRepository(
      story,
      async repository => await repository.walk({ pathspecs: SQL, unreachable: true }),
    );
    expect(added(all)).toEqual(['db/away.sql', 'db/lost.sql', 'db/untracked.sql']);
    expect(added(await walked(story))).toEqual(['db/untracked.sql']);
  });

  it('stands a commit before its parents where clocks are wrong', async () => {
    await using story = await newStory();
    const oids: string[] = [];
    for (const minutes of [0, -500, 300, 0, -900]) {
      story.wait(minutes);
      oids.push(await story.commit('Commit', { files: { 'db/1.sql': `${oids.length}\n` } }));
    }
    expect([...(await walked(story)).commits.keys()]).toEqual(oids.toReversed());
  });

  it('asks nothing of git without pathspecs', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': '1' } });
    expect((await walked(story, [])).sightings).toEqual([]);
  });
});

describe('likeness', () => {
  it('is the share of equal lines of the longer file', () => {
    const like = (one: string, other: string): number =>
      similarityOf(linesIn(Buffer.from(one)), linesIn(Buffer.from(other)));
    expect(like('a\nb\nc\nd\n', 'a\nb\nx\ny\n')).toBe(50);
    expect(like('a\na\na\nb\n', 'a\nc\nd\ne\n')).toBe(25);
    expect(like('a\nb\n', 'a  \r\n\n\nb')).toBe(99);
    expect(like(' a\n', 'a\n')).toBe(0);
    expect(like('', '')).toBe(0);
    expect(like('a\n', '')).toBe(0);
  });
});

/** A git that writes down what it is asked. */
function listeningGit(story: Story): { env: Record<string, string>; asked: () => string[] } {
  const folder = join(story.outside, 'home');
  const log = join(folder, 'asked');
  writeFileSync(log, '');
  writeFileSync(
    join(folder, 'git'),
    `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log}'\nPATH='${story.env['PATH']}'\nexec git "$@"\n`,
  );
  chmodSync(join(folder, 'git'), 0o755);
  return {
    env: { PATH: `${folder}:${story.env['PATH']}` },
    asked() {
      const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
      writeFileSync(log, '');
      return lines
        .map(line => /(?:^| )(log|rev-list|cat-file) (.*)$/.exec(line)?.[0]?.trim() ?? '')
        .filter(line => line !== '');
    },
  };
}

describe('a remembered walk', () => {
  it('is not made again while nothing moves, and only for what is new', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': '1' } });
    const { env, asked } = listeningGit(story);
    const walk = async (): Promise<string[]> => {
      await withRepository(story, async repository => await repository.walk({ pathspecs: SQL }), env);
      return asked();
    };
    const tips = 'rev-list --no-walk=unsorted --all --reflog';
    expect((await walk()).map(call => call.split(' --raw')[0])).toEqual([tips, 'log --stdin']);
    expect(await walk()).toEqual([tips]);
    await story.commit('Second', { files: { 'db/2.sql': '2' } });
    const calls = await walk();
    expect(calls.slice(0, 2)).toEqual([tips, 'rev-list --stdin']);
    expect(calls[2]).toContain('--no-walk=unsorted');
    expect(calls).toHaveLength(3);
    await story.commit('Unrelated', { files: { 'x.txt': 'x' } });
    expect((await walk()).length).toBe(3);
    expect(await walk()).toEqual([tips]);
  });

  it('is made anew for other pathspecs, and old ones are not kept for ever', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': '1' } });
    for (let count = 0; count < 14; count++)
      expect((await walked(story, ['db', `:(glob)x${count}/*`])).sightings).toHaveLength(1);
    expect(readdirSync(join(story.root, '.git/tidemark/cache')).length).toBeLessThanOrEqual(8);
  });

  it('is not believed when any byte of it is damaged', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': '1' } });
    const whole = await walked(story);
    const folder = join(story.root, '.git/tidemark/cache');
    const file = join(folder, readdirSync(folder)[0] ?? '');
    const bytes = readFileSync(file);
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      writeFileSync(file, at % 2 === 0 ? damaged : bytes.subarray(0, at));
      expect(await walked(story)).toEqual(whole);
      expect(readFileSync(file)).toEqual(bytes);
    }
  });

  it('is neither read nor written when that is not wanted', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': '1' } });
    await withRepository(story, async repository => await repository.walk({ pathspecs: SQL, cache: false }));
    expect(readdirSync(join(story.root, '.git'))).not.toContain('tidemark');
  });

  it('works where no cache can be kept', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': '1' } });
    story.write('.git/tidemark', 'in the way');
    expect((await walked(story)).sightings).toHaveLength(1);
  });
});

describe('a walk that is watched', () => {
  it('tells how far it is', async () => {
    await using story = await newStory();
    for (let count = 0; count < 70; count++) await story.commit('More', { files: { [`db/${count}.sql`]: `${count}` } });
    const seen: { commits: number; sightings: number }[] = [];
    await withRepository(
      story,
      async repository => await repository.walk({ pathspecs: SQL, onProgress: at => seen.push(at) }),
    );
    expect(seen).toEqual([
      { commits: 64, sightings: 64 },
      { commits: 70, sightings: 70 },
    ]);
  });

  it('stops when told to, and leaves no git behind', async () => {
    await using story = await newStory();
    await story.commit('First', { files: { 'db/1.sql': '1' } });
    const reason = new Error('enough');
    await withRepository(story, async repository => {
      await expect(repository.walk({ pathspecs: SQL, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const stop = new AbortController();
      const walking = repository.walk({ pathspecs: SQL, signal: stop.signal });
      stop.abort(reason);
      await expect(walking).rejects.toBe(reason);
      expect((await repository.walk({ pathspecs: SQL })).sightings).toHaveLength(1);
    });
  });
});
