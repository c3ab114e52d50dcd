/** Reversals written by hand: `--with` and `--edit`, for migrations that have none of their own. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines, SQLITE } from '../kit/fixture-database.ts';
import { KEY, startTerminal } from '../kit/terminal.ts';
import { changesNothing, lose, placeOf, sparkles, sql, versions } from './shop.ts';

const django = await fixtureTools('django/irreversible');
const WHISPER = 'UPDATE unicorns SET name = LOWER(name);\n';

/** A file outside the repository with this text. */
function written(fixture: Fixture, text: string): string {
  const file = join(fixture.story.outside, "it's by hand.sql");
  writeFileSync(file, text);
  return file;
}

const names = async (fixture: Fixture, table: string): Promise<readonly string[]> =>
  (await fixture.database().query(`SELECT name FROM ${table} ORDER BY name`)).map(row => String(row['name']));

const irreversible = () => buildFixture('dbmate/irreversible', SQLITE);

describeWith('the built command line', builtCli(), () => {
  it('the refusal names the way, and the file is shown, hashed, run with the row, and kept in the journal', async () => {
    await using fixture = await irreversible();
    const place = placeOf(fixture);
    const refused = await tidemark(place, 'plan');
    expect(refused.stdout).toMatch(/or {4}tidemark reconcile 0002 --edit/);
    const before = await names(fixture, 'unicorns');
    const file = written(fixture, WHISPER);
    const shown = await changesNothing(fixture, () => tidemark(place, 'plan', '0002', '--with', file));
    expect(shown.stdout).toContain('reverse 0002 by SQL written by hand');
    expect(shown.stdout).toContain(WHISPER.trim());
    expect(shown.stdout).toContain('possibly more: it runs UPDATE unicorns');
    const id = /Plan ([0-9a-f]{12})/.exec(shown.stdout)?.[1] ?? '';
    expect(shown.stderr).toContain(`--confirm ${id}`);
    writeFileSync(file, `${WHISPER}-- and a word\n`);
    const other = await tidemark(place, 'reconcile', '0002', '--with', file, '--confirm', id);
    expect(other).toMatchObject({ code: 3 });
    writeFileSync(file, WHISPER);
    const end = await tidemark(place, 'reconcile', '0002', '--with', file, '--confirm', id);
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(await names(fixture, 'unicorns')).toEqual(before.map(name => name.toLowerCase()).sort());
    expect(await versions(fixture)).not.toContain('0002');
    const { document } = await tidemarkJson(place, 'runs');
    expect(document.runs).toMatchObject([{ status: 'finished' }]);
  });

  it('SQL that fails leaves everything as it was, row and all', async () => {
    await using fixture = await irreversible();
    const before = await names(fixture, 'unicorns');
    const file = written(fixture, `${WHISPER}DROP TABLE no_such_table;\n`);
    const end = await reconcileAgreed(placeOf(fixture), '0002', '--with', file, '--rehearse=off');
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
    expect(await names(fixture, 'unicorns')).toEqual(before);
    expect(await versions(fixture)).toContain('0002');
  });

  it.each([
    ['an empty file', '', 'has no SQL in it'],
    ['only comments', '-- nothing\n/* here */;\n', 'has no SQL in it'],
    ['a draft', '-- DRAFT of a reversal. Nothing\nDROP TABLE prizes;\n', 'is a draft still'],
  ])('refuses %s', async (_, text, reason) => {
    await using fixture = await irreversible();
    const file = written(fixture, text);
    const end = await changesNothing(fixture, () =>
      tidemark(placeOf(fixture), 'reconcile', '0002', '--with', file, '--yes'),
    );
    expect(end, end.stdout).toMatchObject({ code: 3 });
    expect(end.stderr).toContain(reason);
  });

  it('wants one id and a file that can be read', async () => {
    await using fixture = await irreversible();
    for (const words of [['--with', 'x.sql'], ['0002', '--with', 'no-such-file.sql'], ['--edit']]) {
      const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', ...words));
      expect(end, end.stdout).toMatchObject({ code: 2 });
    }
    const nobody = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '0002', '--edit'));
    expect(nobody).toMatchObject({ code: 3 });
    expect(nobody.stderr).toContain('tidemark reconcile 0002 --with <file.sql>');
  });

  it('--edit opens a draft of the inverse; untouched it is refused, and once written it runs', async () => {
    await using fixture = await sparkles();
    const up = 'CREATE TABLE songs (id INTEGER);\nCREATE INDEX by_id ON songs (id);\nINSERT INTO songs VALUES (1);';
    await lose(fixture, { name: '0006_songs.sql', text: sql(up, '') });
    const edit = (editor: string) =>
      startTerminal(placeOf(fixture), ['reconcile', '0006', '--edit'], { columns: 200, env: { EDITOR: editor } });
    await using untouched = edit('true');
    expect(await untouched.ended).toBe(3);
    expect(untouched.written()).toContain('is a draft still');
    const draft = join(fixture.story.root, '.git/tidemark/drafts/0006.sql');
    expect(existsSync(draft)).toBe(true);
    await using broken = edit('false');
    expect(await broken.ended).toBe(3);
    await using done = edit("sed -i '/DRAFT/d'");
    await done.until('type the name of the database, shop.db:');
    expect(done.written()).toMatch(/DROP INDEX by_id;\s+DROP TABLE songs;/);
    done.press(`shop.db${KEY.enter}`);
    expect(await done.ended, done.written()).toBe(0);
    expect(await versions(fixture)).not.toContain('0006');
    await expect(fixture.database().query('SELECT * FROM songs')).rejects.toThrow();
  });

  for (const [label, engine] of fixtureEngines()) {
    describeWith(label, engine, on => {
      describeWith('with Django', django, runners => {
        it('takes back by SQL what ran Python, and Django finds it pending no more', async () => {
          await using fixture = await buildFixture('django/irreversible', on, runners);
          const table = 'unicorn_stable_unicorn';
          const before = await names(fixture, table);
          const file = written(fixture, `UPDATE ${table} SET name = LOWER(name);\n`);
          const id = 'unicorn_stable.0002_shout';
          const end = await reconcileAgreed(placeOf(fixture), id, '--with', file);
          expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
          expect(await names(fixture, table)).toEqual(before.map(name => name.toLowerCase()).sort());
          const { document } = await tidemarkJson(placeOf(fixture), 'status');
          expect(document.projects[0].counts).toMatchObject({ orphaned: 0 });
        });
      });
    });
  }
});
