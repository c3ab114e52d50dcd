/** Repositories that want to run something, or to be taken for another: nothing of theirs runs, and no answer changes. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { History } from '../../src/domain/sighting.ts';
import type { Repository } from '../../src/git/contract.ts';
import { createGit } from '../../src/git/git.ts';
import { cleanEnvironment } from '../../src/git/run-git.ts';
import { newStory, type Story } from '../kit/story.ts';

const SQL = [':(glob)db/*.sql'] as const;

async function withRepository<T>(
  story: Story,
  env: Record<string, string>,
  ask: (repository: Repository) => Promise<T>,
): Promise<T> {
  const repository = await createGit({ env: { ...story.env, ...env } }).open(story.root);
  try {
    return await ask(repository);
  } finally {
    await repository.close();
  }
}

/** Every question of the contract, once. */
async function askEverything(repository: Repository): Promise<unknown> {
  const history = await repository.walk({ pathspecs: SQL, unreachable: true });
  const head = repository.head ?? '';
  const blobs = [...new Set(history.sightings.map(seen => seen.blob))];
  return {
    history: told(history),
    working: await repository.workingFiles(SQL, ['db']),
    hashes: await repository.hashWorking(['db/1.sql']),
    texts: await repository.readBlobs(blobs),
    at: [await repository.blobsAt(head, ['db/1.sql']), await repository.filesAt(head, SQL)],
    holders: await repository.holders(['db/1.sql']),
    inHead: await repository.inHead([...history.commits.keys()]),
    ancestor: await repository.isAncestor(head, head),
    existing: await repository.existing(blobs),
    reflog: await repository.headReflog(),
    upstream: await repository.behindUpstream(),
    resolved: await repository.resolve('HEAD'),
    info: await repository.commitInfo([head]),
    others: await repository.otherWorktrees(),
    left: await repository.removeLeftWorktrees([]),
    setting: await repository.localSetting('user.name'),
  };
}

const told = (history: History): unknown => ({ sightings: history.sightings, commits: [...history.commits.values()] });

async function ordinaryStory(): Promise<Story> {
  const story = await newStory();
  await story.commit('First', { files: { 'db/1.sql': 'one\n', 'db/2.sql': 'two\n' } });
  await story.branch('side');
  await story.commit('Side', { files: { 'db/3.sql': 'three\n' } });
  await story.switch('main');
  await story.commit('Main', { files: { 'db/2.sql': null } });
  await story.merge(['side']);
  return story;
}

describe('a repository that has configured programs', () => {
  it('has none of them run, whatever is asked', async () => {
    await using story = await ordinaryStory();
    const plain = await withRepository(story, {}, askEverything);
    const mark = join(story.outside, 'something-ran');
    const program = join(story.outside, 'evil');
    writeFileSync(program, `#!/bin/sh\necho "$0 $*" >>'${mark}'\ncat\n`);
    chmodSync(program, 0o755);
    const hooks = join(story.outside, 'hooks');
    mkdirSync(hooks);
    for (const hook of [
      'post-checkout',
      'post-index-change',
      'reference-transaction',
      'pre-auto-gc',
      'post-merge',
      'fsmonitor-watchman',
    ]) {
      writeFileSync(join(hooks, hook), `#!/bin/sh\necho ${hook} >>'${mark}'\n`);
      chmodSync(join(hooks, hook), 0o755);
    }
    for (const [key, value] of [
      ['core.fsmonitor', program],
      ['core.hooksPath', hooks],
      ['core.pager', program],
      ['pager.log', 'true'],
      ['core.editor', program],
      ['core.sshCommand', program],
      ['core.askPass', program],
      ['core.alternateRefsCommand', program],
      ['diff.external', program],
      ['diff.evil.textconv', program],
      ['diff.evil.command', program],
      ['filter.evil.clean', program],
      ['gpg.program', program],
      ['log.showSignature', 'true'],
      ['credential.helper', program],
      ['alias.log', `!${program}`],
      ['hook.evil.command', program],
      ['hook.evil.event', 'post-checkout'],
      // And settings that change what git prints.
      ['log.diffMerges', 'off'],
      ['log.follow', 'true'],
      ['log.showRoot', 'false'],
      ['log.decorate', 'full'],
      ['log.abbrevCommit', 'true'],
      ['log.mailmap', 'true'],
      ['diff.renames', 'copies'],
      ['diff.relative', 'true'],
      ['diff.noprefix', 'true'],
      ['format.pretty', 'oneline'],
      ['color.ui', 'always'],
      ['core.abbrev', '4'],
      ['i18n.logOutputEncoding', 'ISO-8859-1'],
      ['notes.displayRef', 'refs/notes/*'],
      ['core.quotePath', 'true'],
      ['core.commentChar', ':'],
    ] as const) {
      await story.git('config', key, value);
    }
    story.write('.git/info/attributes', '*.sql diff=evil filter=evil\n');
    story.write('.git/info/mailmap', 'Someone Else <else@example.org> <sparkles@example.org>\n');
    expect(await withRepository(story, {}, askEverything)).toEqual(plain);
    await withRepository(story, {}, async repository => {
      const made = await repository.addWorktree('run', repository.head ?? '');
      await made.remove();
      await repository.setLocalSetting('tidemark.x', ['y']);
    });
    expect(existsSync(mark)).toBe(false);
  });

  it('has them run when asked plainly, which shows that the trap is set', async () => {
    await using story = await ordinaryStory();
    const mark = join(story.outside, 'something-ran');
    story.writeExecutable('.git/hooks/post-checkout', `#!/bin/sh\necho hook >>'${mark}'\n`);
    await story.git('worktree', 'add', '--quiet', '--detach', join(story.outside, 'plain'));
    expect(existsSync(mark)).toBe(true);
  });
});

describe('an environment that points elsewhere', () => {
  it('changes no answer', async () => {
    await using story = await ordinaryStory();
    await using other = await newStory();
    await other.commit('Other', { files: { 'db/9.sql': 'nine\n' } });
    const plain = await withRepository(story, {}, askEverything);
    const before = story.snapshot();
    const otherBefore = other.snapshot();
    const git = join(other.root, '.git');
    const elsewhere = {
      GIT_DIR: git,
      GIT_WORK_TREE: other.root,
      GIT_INDEX_FILE: join(git, 'index'),
      GIT_OBJECT_DIRECTORY: join(git, 'objects'),
      GIT_COMMON_DIR: git,
      GIT_PREFIX: 'db/',
      GIT_NAMESPACE: 'evil',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_EXTERNAL_DIFF: '/bin/false',
      GIT_PAGER: 'false',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.bare',
      GIT_CONFIG_VALUE_0: 'true',
      GIT_CONFIG_PARAMETERS: "'core.bare=true'",
      GIT_TRACE: '1',
      EDITOR: 'false',
      PAGER: 'false',
      LANG: 'de_DE.UTF-8',
    };
    expect(await withRepository(story, elsewhere, askEverything)).toEqual(plain);
    await withRepository(story, elsewhere, async repository => {
      const made = await repository.addWorktree('run', repository.head ?? '');
      await made.remove();
    });
    expect(story.snapshot()).toEqual(before);
    expect(other.snapshot()).toEqual(otherBefore);
  });

  it('is cleaned of everything git itself calls local to a repository', async () => {
    await using story = await newStory();
    const names = (await story.git('rev-parse', '--local-env-vars')).split('\n');
    expect(names).toContain('GIT_INDEX_FILE');
    const clean = cleanEnvironment(Object.fromEntries(names.map(name => [name, 'from-outside'])));
    expect(Object.values(clean)).not.toContain('from-outside');
  });
});

describe('objects that stand for others', () => {
  it('are not followed: replacements and grafts', async () => {
    await using story = await ordinaryStory();
    const plain = await withRepository(story, {}, async repository =>
      told(await repository.walk({ pathspecs: SQL, cache: false })),
    );
    const [head, first] = [
      await story.git('rev-parse', 'HEAD'),
      await story.git('rev-list', '--max-parents=0', 'HEAD'),
    ];
    const commits = async (): Promise<string> => await story.git('rev-list', '--count', 'main');
    expect(await commits()).toBe('4');
    await story.git('replace', '--graft', head);
    expect(await commits()).toBe('1');
    const history = await withRepository(
      story,
      {},
      async repository => await repository.walk({ pathspecs: SQL, cache: false }),
    );
    // The replacement itself is a commit that a ref names.
    const replacement = await story.git('rev-parse', `refs/replace/${head}`);
    expect(told({ ...history, ...without(history, replacement) })).toEqual(plain);
    await story.git('replace', '-d', head);

    story.write('.git/info/grafts', `${head} ${first}\n`);
    expect(await commits()).toBe('2');
    expect(
      await withRepository(story, {}, async repository =>
        told(await repository.walk({ pathspecs: SQL, cache: false })),
      ),
    ).toEqual(plain);
  });
});

function without(history: History, commit: string): Pick<History, 'sightings' | 'commits'> {
  return {
    sightings: history.sightings.filter(seen => seen.commit !== commit),
    commits: new Map([...history.commits].filter(([oid]) => oid !== commit)),
  };
}

describe('files that stand in the way', () => {
  it('reads beside a lock and never removes it', async () => {
    await using story = await ordinaryStory();
    story.write('.git/index.lock', '');
    const before = story.snapshot();
    await withRepository(story, {}, askEverything);
    await withRepository(
      story,
      {},
      async repository => await (await repository.addWorktree('run', repository.head ?? '')).remove(),
    );
    expect(story.snapshot()).toEqual(before);
  });

  it('leaves everything as it was after every question', async () => {
    await using story = await ordinaryStory();
    story.write('db/1.sql', 'touched\n');
    story.write('untracked', 'x');
    await story.stash();
    story.write('db/1.sql', 'touched again\n');
    const before = story.snapshot();
    await withRepository(story, {}, askEverything);
    expect(story.snapshot()).toEqual(before);
  });
});
