/** The story kit keeps its own promises: ids repeat, merges can be evil, snapshots bite. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { newStory, type Story, tellStory } from '../kit/story.ts';

async function evilOctopus(story: Story): Promise<readonly string[]> {
  const first = await story.commit('Add the first', { files: { 'db/1.sql': 'one\n', 'db/2.sql': 'two\n' } });
  for (const name of ['left', 'right']) {
    await story.branch(name);
    await story.commit(`On ${name}`, {
      files: { [`db/${name}.sql`]: `${name}\n`, 'db/both.sql': name },
      author: 'Rainbows',
    });
    await story.switch('main');
  }
  await story.commit('On main', { files: { 'db/main.sql': 'main\n' } });
  const merged = await story.merge(['left', 'right'], {
    resolve: () => {
      story.write('db/evil.sql', 'evil\n');
      story.write('db/both.sql', 'both\n');
      story.remove('db/2.sql');
    },
  });
  return [first, merged];
}

it('makes the same commit ids every time', async () => {
  const once = await tellStory(evilOctopus);
  const again = await tellStory(evilOctopus);
  expect(again).toEqual(once);
  expect(once[0]).toMatch(/^[0-9a-f]{40}$/);
});

it('makes evil octopus merges, stashes, amends and clones', async () => {
  let folder = '';
  await tellStory(async story => {
    folder = story.outside;
    const [, merged = ''] = await evilOctopus(story);
    expect((await story.git('rev-list', '--parents', '-1', merged)).split(' ')).toHaveLength(4);
    expect((await story.git('ls-tree', '-r', '--name-only', merged)).split('\n')).toEqual([
      'db/1.sql',
      'db/both.sql',
      'db/evil.sql',
      'db/left.sql',
      'db/main.sql',
      'db/right.sql',
    ]);
    const amended = await story.amend('Amended', { author: 'Rainbows' });
    expect(amended).not.toBe(merged);
    expect(await story.git('log', '-1', '--format=%an %s')).toBe('Rainbows Amended');
    story.write('db/new.sql', 'new\n');
    await story.stash();
    expect(await story.git('stash', 'list')).toContain('stash');
    const copy = await story.clone('rainbows', '--depth', '1');
    expect(await copy.git('rev-parse', '--is-shallow-repository')).toBe('true');
  });
  expect(existsSync(folder)).toBe(false);
});

it('snapshots change with every kind of thing and leave tidemark/ out', async () => {
  await using story = await newStory();
  await story.commit('First', { files: { a: 'a\n' } });
  const before = story.snapshot();
  story.write('.git/tidemark/cache/x', 'x');
  expect(story.snapshot()).toEqual(before);
  for (const change of [
    () => story.write('a', 'b\n'),
    () => story.write(Buffer.from('caf\xe9.sql', 'latin1'), 'x'),
    () => story.git('add', 'a'),
    () => story.git('config', 'some.thing', '1'),
    () => story.git('update-ref', 'refs/heads/x', 'HEAD'),
    () => story.stash(),
  ]) {
    const earlier = story.snapshot();
    await change();
    expect(story.snapshot()).not.toEqual(earlier);
  }
});
