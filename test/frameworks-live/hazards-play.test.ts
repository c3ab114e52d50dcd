/** What Play's own evolutions do with a script that changed or went, and what Tidemark does instead. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { playBench } from '../kit/runners/play.ts';
import { sqliteDatabase } from '../kit/toolchains/recipe.ts';

const FIXTURE = 'play/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const bench = await playBench();

const CHANGES = 'services/shop/conf/changes/shop';

const evolution = (up: string, down: string): string => `-- !Ups\n${up}\n-- !Downs\n${down}\n`;

async function done(fixture: Fixture, ...words: readonly string[]): Promise<void> {
  const end = await reconcileAgreed({ cwd: fixture.story.root, env: fixture.env }, ...words);
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
}

describeWith('the built command line', builtCli(), () => {
  describeWith('Play', tools, runners => {
    describeWith('the bare evolutions', bench, ({ act }) => {
      it('take everything above a changed script back too, where Tidemark reverses only the old text, which the row has', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const { story } = fixture;
        const place = { cwd: story.root, env: fixture.env };
        await done(fixture);
        // Rainbows applies a draft of 5 that nobody ever sees again, and 6 on top, with data.
        story.write(
          `${CHANGES}/5.sql`,
          evolution('CREATE TABLE drafts (id INTEGER PRIMARY KEY);', 'DROP TABLE drafts;'),
        );
        story.write(`${CHANGES}/6.sql`, evolution('CREATE TABLE songs (id INTEGER PRIMARY KEY);', 'DROP TABLE songs;'));
        await fixture.apply();
        await fixture.database().query('INSERT INTO songs VALUES (7)');
        story.write(`${CHANGES}/5.sql`, evolution('CREATE TABLE poems (id INTEGER PRIMARY KEY);', 'DROP TABLE poems;'));
        await story.commit('Write poems and songs');

        const copy = join(story.outside, 'copy.db');
        copyFileSync(fixture.database().file ?? '', copy);
        expect(
          await act('apply', join(story.root, 'services/shop'), 'shop', `jdbc:sqlite:${copy}`, '', ''),
        ).toMatchObject({ code: 0 });
        expect(await sqliteDatabase(copy).query('SELECT * FROM songs')).toEqual([]);

        const { document } = await tidemarkJson(place, 'status');
        expect(document.projects[0].findings).toMatchObject([
          { kind: 'edited', migration: 'shop/5', certain: true, source: { commit: null, inRow: true } },
        ]);
        const shown = await tidemark(place, 'plan', 'shop/5', '--remedy', 'reverse');
        expect(shown.stdout).toMatch(/reverse shop\/5 with the text in its history row[\s\S]*DROP TABLE drafts/);
        await done(fixture, 'shop/5', '--remedy', 'reverse');
        expect(await fixture.database().query('SELECT * FROM songs')).toEqual([{ id: 7 }]);
        const tables = await fixture
          .database()
          .query("SELECT name FROM sqlite_schema WHERE name IN ('drafts', 'poems')");
        expect(tables).toEqual([{ name: 'poems' }]);
        expect(await fixture.status()).toMatchObject({ clean: true });
      });

      it('leave a half-made one for good, which Tidemark names; and one that git never saw is reversed from its row', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const { story } = fixture;
        const place = { cwd: story.root, env: fixture.env };
        await done(fixture);
        story.write(`${CHANGES}/5.sql`, evolution('CREATE TABLE lost (id INTEGER PRIMARY KEY);', 'DROP TABLE lost;'));
        await fixture.apply();
        story.remove(`${CHANGES}/5.sql`);
        const { document } = await tidemarkJson(place, 'show', 'shop/5');
        expect(document.text).toContain('DROP TABLE lost;');
        await done(fixture);
        expect(await fixture.database().query("SELECT 1 FROM sqlite_schema WHERE name = 'lost'")).toEqual([]);

        story.write(
          `${CHANGES}/5.sql`,
          evolution('CREATE TABLE half (id INTEGER);\nSELECT nonsense;', 'DROP TABLE half;'),
        );
        await expect(fixture.apply()).rejects.toThrow(/inconsistent state/);
        const after = await tidemarkJson(place, 'status');
        expect(after.document.projects[0].findings).toMatchObject([{ kind: 'failed', migration: 'shop/5' }]);
      });
    });
  });
});
