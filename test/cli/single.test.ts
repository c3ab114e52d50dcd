/** Commands about one migration: `show`, `log`, `adopt`, `relabel`, `forget`, `ignore`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { CHANGES, changesNothing, expectsWords, lose, placeOf, sparkles, sql, versions } from './shop.ts';

const THIRD = `${CHANGES}/0003_glitter.sql`;
const textOfThird = async ({ story, commits }: Fixture) =>
  `${await story.git('show', `${commits['adds 3']}:${THIRD}`)}\n`;

describeWith('the built command line', builtCli(), () => {
  it('shows all that is known about an orphan, its text included', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const { document, stderr } = await tidemarkJson(place, 'show', '0003');
    expect(stderr).toBe('');
    expect(document).toMatchObject({
      format: 1,
      framework: 'dbmate',
      root: 'services/shop',
      migration: { id: '0003', state: 'orphaned', path: THIRD },
      findings: [{ kind: 'orphaned', cause: 'deleted-here' }],
      text: await textOfThird(fixture),
    });
    const { stdout, code } = await tidemark(place, 'show', 'glitter');
    expect(code).toBe(0);
    expect(stdout).toContain('DROP TABLE glitter_sorts;');
    expect(stdout).toContain('Drop the glitter idea');
    const kept = await tidemarkJson(place, 'show', '0004');
    expect(kept.document).toMatchObject({ migration: { id: '0004', state: 'applied' }, findings: [] });
  });

  it('tells the life story of a migration, oldest first', async () => {
    await using fixture = await sparkles();
    const { document } = await tidemarkJson(placeOf(fixture), 'log', '0003');
    expect(document).toMatchObject({
      format: 1,
      migration: '0003',
      sightings: [
        {
          change: 'added',
          commit: fixture.commits['adds 3'],
          author: 'Sparkles',
          subject: 'Store glitter',
          path: THIRD,
        },
        { change: 'deleted', commit: fixture.commits['deletes 3'], author: 'Sparkles', merge: false },
      ],
    });
    const { stdout } = await tidemark(placeOf(fixture), 'log', '0003');
    expect(stdout.indexOf('added')).toBeLessThan(stdout.indexOf('deleted'));
  });

  it('knows a migration by a part of its name, and says what is near when it is none', async () => {
    await using fixture = await sparkles();
    const unknown = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'show', '4711'));
    expectsWords(unknown, 2, /^There is no migration "4711"/, /tidemark status/);
    const several = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'show', '000'));
    expectsWords(several, 2, /"000"/, /tidemark show 0001/);
    expect(several.stderr).toContain('0001, 0002, 0003, 0004 and 0005');
    const json = await tidemarkJson(placeOf(fixture), 'show', '4711');
    expect(json).toMatchObject({ code: 2, document: { problem: { code: 'unknown-migration' } } });
  });

  it.each(['plan', 'reconcile', 'adopt', 'relabel', 'forget', 'ignore', 'log'])(
    '%s refuses an unknown id',
    async command => {
      await using fixture = await sparkles();
      const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), command, '4711'));
      expectsWords(end, 2, /^There is no migration "4711"/, /tidemark status/);
    },
  );

  it.each(['plan', 'reconcile', 'adopt', 'forget', 'ignore'])(
    '%s refuses a migration that is no orphan',
    async command => {
      await using fixture = await sparkles();
      const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), command, '0004'));
      expectsWords(end, 3, /0004 is no orphan/, /tidemark show 0004/);
      expect(end.stderr).toContain('Nothing was changed.');
    },
  );

  it('adopts the file of an orphan, untracked, and never over another file', async () => {
    await using fixture = await sparkles();
    const { story } = fixture;
    const end = await tidemark(placeOf(fixture), 'adopt', '0003');
    expect(end).toMatchObject({ code: 0 });
    expect(end.stdout).toContain(THIRD);
    expect(readFileSync(join(story.root, THIRD), 'utf8')).toBe(await textOfThird(fixture));
    expect(await story.git('status', '--porcelain', '--', THIRD)).toBe(`?? ${THIRD}`);
    const { document } = await tidemarkJson(placeOf(fixture), 'status');
    expect(document.projects[0].counts.orphaned).toBe(0);
  });

  it('does not adopt over a file that is in the way', async () => {
    await using fixture = await sparkles();
    await lose(fixture, { name: '0006_songs.sql', text: sql('CREATE TABLE songs (id INTEGER);', 'DROP TABLE songs;') });
    // A folder of that name is no migration, and cannot be written over either.
    fixture.story.write(`${CHANGES}/0006_songs.sql/inside.txt`, 'x');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'adopt', '0006'));
    expectsWords(end, 3, /0006_songs\.sql exists already/, /./);
  });

  it('forgets a row and leaves the schema', async () => {
    await using fixture = await sparkles();
    const refused = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'forget', '0003'));
    expect(refused.code).toBe(3);
    const end = await tidemark(placeOf(fixture), 'forget', '0003', '--yes');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
    expect(await fixture.database().query('SELECT count(*) AS n FROM glitter_sorts')).toEqual([{ n: 3 }]);
  });

  it('relabels a row as the pending file it became', async () => {
    await using fixture = await sparkles();
    const { story } = fixture;
    const renamed = `${CHANGES}/0007_glitter.sql`;
    story.write(renamed, await textOfThird(fixture));
    await story.commit('Glitter after all, later', { author: 'Rainbows' });
    const { document } = await tidemarkJson(placeOf(fixture), 'status');
    expect(document.projects[0].findings[0]).toMatchObject({
      migration: '0003',
      cause: 'renamed',
      renamedTo: '0007',
      similarity: 100,
      remedy: 'relabel',
    });
    const end = await tidemark(placeOf(fixture), 'relabel', '0003', '0007', '--yes');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0007']);
    expect((await tidemark(placeOf(fixture), 'status', '--exit-code')).code).toBe(0);
    expect(await fixture.database().query('SELECT count(*) AS n FROM glitter_sorts')).toEqual([{ n: 3 }]);
  });

  it('refuses to relabel as a migration that is applied or not there', async () => {
    await using fixture = await sparkles();
    for (const target of ['0004', '0099']) {
      const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'relabel', '0003', target, '--yes'));
      expect([2, 3], end.stderr).toContain(end.code);
      expect(end.stdout + end.stderr).toContain(target);
    }
    expect(await versions(fixture)).toContain('0003');
  });

  it('ignores an orphan in this clone only, and takes that back', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    expect(await tidemark(place, 'ignore', '0003')).toMatchObject({ code: 0 });
    const { document } = await tidemarkJson(place, 'status');
    expect(document.projects[0].findings[0]).toMatchObject({ migration: '0003', ignored: true, remedy: 'ignore' });
    expect((await tidemark(place, 'status', '--exit-code')).code).toBe(0);
    expect((await tidemarkJson(place, 'plan')).document.plans[0]).toMatchObject({ plan: null, refusals: [] });
    expect(await fixture.story.git('status', '--porcelain', '--', '.tidemark*', 'tidemark*')).toBe('');
    expect(await tidemark(place, 'ignore', '0003', '--remove')).toMatchObject({ code: 0 });
    expect((await tidemark(place, 'status', '--exit-code')).code).toBe(1);
    expect(await fixture.story.git('config', '--local', '--get-regexp', '^tidemark').catch(() => '')).toBe('');
    expect(existsSync(join(fixture.story.root, THIRD))).toBe(false);
  });
});
