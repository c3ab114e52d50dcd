/** The walk against a brute-force reading of every tree of every commit; the cached walk against a fresh one. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { History, Sighting } from '../../src/domain/sighting.ts';
import type { Repository } from '../../src/git/contract.ts';
import { createGit } from '../../src/git/git.ts';
import { type Story, tellStory } from '../kit/story.ts';
import { dice, MIGRATIONS, oracle, randomHistory, type SeenChange } from './random-history.ts';

const HISTORIES = Number(process.env['TIDEMARK_HISTORIES'] ?? 8);
const FIRST_SEED = Number(process.env['TIDEMARK_SEED'] ?? Math.floor(Math.random() * 1e9));

/** Histories that once went wrong. 647868823: places that git gave for two groups of commits were compared with each other. 3002: a wrong clock hid commits from git's order. */
const ONCE_WRONG = [647868823, 3002];
const SEEDS = [...ONCE_WRONG, ...Array.from({ length: HISTORIES }, (_, index) => FIRST_SEED + index)];

const line = (seen: SeenChange): string =>
  JSON.stringify([seen.commit, seen.parent, seen.path, seen.before, seen.after]);

/** A rename is an addition with more knowledge; its old path has its own deletion. */
const plain = (seen: Sighting): SeenChange => ({
  commit: seen.commit,
  parent: seen.parent,
  path: seen.path,
  before: seen.change === 'renamed' ? null : seen.before,
  after: seen.change === 'deleted' ? null : seen.blob,
});

const everything = (history: History): readonly string[] => history.sightings.map(seen => line(plain(seen))).sort();

/** Sightings and commits in an order that does not depend on how commits of one second happen to stand. */
const told = (history: History): unknown => ({
  sightings: history.sightings.map(seen => JSON.stringify(seen)).sort(),
  commits: [...history.commits.values()].map(commit => JSON.stringify(commit)).sort(),
});

async function expectComplete(story: Story, repository: Repository): Promise<void> {
  const history = await repository.walk({ pathspecs: MIGRATIONS, cache: false });
  expect(everything(history)).toEqual((await oracle(story, ['--all', '--reflog'])).map(line).sort());
  expectHonest(history);
}

/** What holds for every history: facts of its commits, renames with a deletion beside them, children before parents. */
function expectHonest(history: History): void {
  const position = new Map([...history.commits.keys()].map((oid, index) => [oid, index]));
  const deleted = new Set(
    history.sightings
      .filter(seen => seen.change === 'deleted')
      .map(seen => `${seen.commit} ${seen.parent} ${seen.path}`),
  );
  for (const seen of history.sightings) {
    const commit = history.commits.get(seen.commit);
    expect(seen.merge).toBe((commit?.parents.length ?? 0) > 1);
    expect(seen.parent === null ? commit?.parents.length === 0 : commit?.parents.includes(seen.parent)).toBe(true);
    if (seen.change === 'renamed') expect(deleted).toContain(`${seen.commit} ${seen.parent} ${seen.from}`);
    else expect([seen.from, seen.similarity]).toEqual([null, null]);
    for (const parent of commit?.parents ?? [])
      expect(position.get(parent) ?? Infinity).toBeGreaterThan(position.get(seen.commit) ?? -1);
  }
}

for (const [index, seed] of SEEDS.entries()) {
  const objects = index % 4 === 3 ? 'sha256' : 'sha1';

  it(`finds every change of a random history (seed ${seed}, ${objects})`, async () => {
    await tellStory(
      async story => {
        await randomHistory(story, seed).grow(40);
        await using repository = await opened(story);
        await expectComplete(story, repository.it);
      },
      { init: [`--object-format=${objects}`] },
    );
  });

  it(`knows after every change what a fresh walk knows (seed ${seed})`, async () => {
    await tellStory(async story => {
      const roll = dice(seed);
      const history = randomHistory(story, seed);
      const done: string[] = [];
      for (let round = 0; round < 8; round++) {
        await history.grow(1 + roll(12));
        if (round > 0) done.push(await history.mutate());
        if (round > 0 && roll(4) === 0) done.push(damageCache(story, roll));
        await using repository = await opened(story);
        const cached = await repository.it.walk({ pathspecs: MIGRATIONS });
        const fresh = await repository.it.walk({ pathspecs: MIGRATIONS, cache: false });
        expect(told(cached), done.join(', ')).toEqual(told(fresh));
        expectHonest(cached);
        // And once more, now that nothing moved.
        expect(await repository.it.walk({ pathspecs: MIGRATIONS })).toEqual(cached);
      }
    });
  });

  it(`finds unreachable commits of a random history (seed ${seed})`, async () => {
    await tellStory(async story => {
      const history = randomHistory(story, seed);
      await history.grow(25);
      for (const name of (await story.git('for-each-ref', '--format=%(refname)', 'refs/heads'))
        .split('\n')
        .slice(0, 3)) {
        await story.git('update-ref', '-d', name);
      }
      await story.git('reflog', 'expire', '--expire=now', '--all');
      await using repository = await opened(story);
      const all = (
        await story.git('cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(objectname)')
      ).split('\n');
      const commits = all.filter(fact => fact.startsWith('commit')).map(fact => fact.slice(7));
      const found = await repository.it.walk({ pathspecs: MIGRATIONS, unreachable: true });
      expect(everything(found)).toEqual((await oracle(story, commits)).map(line).sort());
      expectHonest(found);
    });
  });
}

async function opened(story: Story) {
  const repository = await createGit({ env: story.env }).open(story.root);
  return { it: repository, [Symbol.asyncDispose]: () => repository.close() };
}

function damageCache(story: Story, roll: (below: number) => number): string {
  const folder = join(story.root, '.git/tidemark/cache');
  const name = readdirSync(folder).find(found => found.startsWith('walk-')) ?? '';
  const bytes = readFileSync(join(folder, name));
  const at = roll(bytes.length);
  const how = roll(3);
  if (how === 0) writeFileSync(join(folder, name), bytes.subarray(0, at));
  else if (how === 1) writeFileSync(join(folder, name), Buffer.concat([bytes, Buffer.from('x')]));
  else {
    bytes[at] = (bytes[at] ?? 0) ^ (1 + roll(255));
    writeFileSync(join(folder, name), bytes);
  }
  return `damage ${how} at ${at}`;
}
