/** Clones that have not everything: what is missing is told, and nothing is ever fetched. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Repository } from '../../src/git/contract.ts';
import { createGit } from '../../src/git/git.ts';
import { newStory, type Story } from '../kit/story.ts';

const SQL = [':(glob)db/*.sql'] as const;

async function open(story: Story) {
  const repository = await createGit({ env: story.env }).open(story.root);
  return Object.assign(repository as Repository & AsyncDisposable, { [Symbol.asyncDispose]: () => repository.close() });
}

async function original(): Promise<Story> {
  const story = await newStory();
  await story.git('config', 'uploadpack.allowFilter', 'true');
  const lines = (start: number): string => Array.from({ length: 10 }, (_, line) => `line ${start + line}\n`).join('');
  await story.commit('First', { files: { 'db/1.sql': lines(0), 'db/2.sql': lines(50) } });
  await story.commit('Second', { files: { 'db/1.sql': null, 'db/3.sql': lines(1) } });
  await story.commit('Third', { files: { 'db/2.sql': null } });
  return story;
}

const objects = async (story: Story): Promise<string> =>
  await story.git('cat-file', '--batch-all-objects', '--batch-check');

describe('a blobless clone', () => {
  it('is walked without its blobs, and stays without them', async () => {
    await using story = await original();
    await using copy = await story.clone('blobless', '--filter=blob:none', '--no-checkout');
    const [before, packs] = [await objects(copy), readdirSync(join(copy.root, '.git/objects/pack')).sort()];
    await using repository = await open(copy);
    expect(repository.gaps).toEqual(['blobless']);
    const history = await repository.walk({ pathspecs: SQL });
    expect(history.gaps).toEqual(['blobless']);
    expect(history.sightings.map(seen => `${seen.change} ${seen.path}`)).toEqual([
      'deleted db/2.sql',
      'deleted db/1.sql',
      // Likely renamed from db/1.sql; without the texts that cannot be told.
      'added db/3.sql',
      'added db/1.sql',
      'added db/2.sql',
    ]);
    const blob = history.sightings[0]?.blob ?? '';
    expect(await repository.readBlobs([blob])).toEqual(new Map());
    expect(await repository.existing([blob])).toEqual(new Set());
    expect((await repository.holders(['db/3.sql'])).get('db/3.sql')).toHaveLength(2);
    const first = [...history.commits.keys()].at(-1) ?? '';
    await expect(repository.addWorktree('x', first)).rejects.toMatchObject({ code: 'objects-missing' });
    await expect(repository.writeNew('x', blob)).rejects.toMatchObject({ code: 'objects-missing' });
    expect([await objects(copy), readdirSync(join(copy.root, '.git/objects/pack')).sort()]).toEqual([before, packs]);
    expect(await repository.removeLeftWorktrees([])).toEqual([]);

    await using whole = await open(story);
    const renamed = (await whole.walk({ pathspecs: SQL })).sightings.find(seen => seen.path === 'db/3.sql');
    expect(renamed).toMatchObject({ change: 'renamed', from: 'db/1.sql', similarity: 90 });
  });
});

describe('a treeless clone', () => {
  it('is not walked, and says what is missing', async () => {
    await using story = await original();
    await using copy = await story.clone('treeless', '--filter=tree:0', '--no-checkout');
    const before = await objects(copy);
    await using repository = await open(copy);
    expect(repository.gaps).toEqual(['treeless']);
    await expect(repository.walk({ pathspecs: SQL })).rejects.toMatchObject({
      code: 'objects-missing',
      facts: { gap: 'treeless', count: 3 },
    });
    expect(await objects(copy)).toBe(before);
    // Once the trees are here, the walk works.
    await copy.git('-c', 'protocol.file.allow=always', 'fetch', '--quiet', '--refetch', '--filter=blob:none');
    expect((await repository.walk({ pathspecs: SQL })).sightings).toHaveLength(5);
  });
});

describe('a shallow clone', () => {
  it('is walked as far as it goes, and anew when it is deepened', async () => {
    await using story = await original();
    await using copy = await story.clone('shallow', '--depth', '2');
    await using repository = await open(copy);
    expect(repository.gaps).toEqual(['shallow']);
    const history = await repository.walk({ pathspecs: SQL });
    expect(history.gaps).toEqual(['shallow']);
    expect(history.sightings.map(seen => `${seen.change} ${seen.path} ${seen.parent === null}`)).toEqual([
      'deleted db/2.sql false',
      'added db/2.sql true',
      'added db/3.sql true',
    ]);
    expect([...history.commits.values()].at(-1)?.parents).toEqual([]);
    await copy.git('-c', 'protocol.file.allow=always', 'fetch', '--quiet', '--unshallow');
    await using deep = await open(copy);
    expect(deep.gaps).toEqual([]);
    expect((await deep.walk({ pathspecs: SQL })).sightings).toHaveLength(5);
  });
});

describe('a damaged repository', () => {
  it('says that objects are missing', async () => {
    await using story = await original();
    const tree = await story.git('rev-parse', 'HEAD~1:db');
    story.remove(`.git/objects/${tree.slice(0, 2)}/${tree.slice(2)}`);
    await using repository = await open(story);
    await expect(repository.walk({ pathspecs: SQL })).rejects.toMatchObject({
      code: 'objects-missing',
      facts: { gap: 'damaged' },
    });
  });

  it('still shows the unreachable commits that are whole', async () => {
    await using story = await original();
    await story.branch('lost');
    const kept = await story.commit('Kept', { files: { 'db/4.sql': 'four\n' } });
    const broken = await story.commit('Broken', { files: { 'db/5.sql': 'five\n' } });
    const tree = await story.git('rev-parse', `${broken}:db`);
    await story.switch('main');
    await story.git('branch', '--quiet', '-D', 'lost');
    await story.git('reflog', 'expire', '--expire=now', '--all');
    story.remove(`.git/objects/${tree.slice(0, 2)}/${tree.slice(2)}`);
    await using repository = await open(story);
    const found = await repository.walk({ pathspecs: SQL, unreachable: true });
    expect(found.sightings.find(seen => seen.path === 'db/4.sql')?.commit).toBe(kept);
    expect(found.commits.has(broken)).toBe(false);
  });
});
