/** The situations keep their own promises: every story can be told, every text is used, and commit ids repeat. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFixture, readStory } from './fixture.ts';

const TOP = join(import.meta.dirname, '../../fixtures-repos');

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name);

const NAMES = foldersIn(TOP).flatMap(framework =>
  foldersIn(join(TOP, framework)).map(situation => `${framework}/${situation}`),
);

describe.each(NAMES)('%s', name => {
  it('lays only folders that are there, and all of them', () => {
    const { events, engines, about } = readStory(name);
    const laid = events.flatMap(event => {
      const tree = 'leave' in event ? event.leave : event;
      return [...('lay' in tree ? (tree.lay ?? []) : []), ...('holding' in event ? (event.holding ?? []) : [])];
    });
    const wanted = new Set(laid.flatMap(folder => engines.map(engine => folder.replaceAll('{engine}', engine))));
    expect([...wanted].sort()).toEqual([...foldersIn(join(TOP, name, 'files'))].sort());
    expect(about).toMatch(/\.$/);
  });

  it('names projects that its events use', () => {
    const { events, projects } = readStory(name);
    const roots = projects.map(({ root }) => root);
    for (const event of events) {
      if ('apply' in event) expect(roots).toContain(event.apply);
      if ('rows' in event) expect(roots).toContain(event.rows);
    }
  });
});

it('makes the same commits every time', async () => {
  const heads: string[] = [];
  for (const _ of [1, 2]) {
    await using fixture = await buildFixture('dbmate/merge-commit-deletion');
    heads.push(`${await fixture.story.git('rev-parse', 'HEAD')} ${JSON.stringify(fixture.commits)}`);
  }
  expect(heads[0]).toBe(heads[1]);
});
