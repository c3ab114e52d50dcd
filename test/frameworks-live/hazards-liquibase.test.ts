/** What the bare Liquibase does wrong while an applied changeset is missing, and what Tidemark does instead. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { argumentsFor, liquibaseBench } from '../kit/runners/liquibase.ts';
import { sqliteDatabase } from '../kit/toolchains/recipe.ts';

const FIXTURE = 'liquibase/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const bench = await liquibaseBench();
// The last one that writes checksums of version 8.
const old = await liquibaseBench('4.21.1');

const tablesIn = async (file: string) =>
  (await sqliteDatabase(file).query("SELECT name FROM sqlite_schema WHERE type = 'table'")).map(({ name }) => name);

const YAML = `databaseChangeLog:
- changeSet:
    id: songs
    author: rainbows
    changes:
    - createTable:
        tableName: songs
        columns:
        - column: { name: id, type: int }
- changeSet:
    id: "2: poems"
    author: rainbows
    changes:
    - createTable:
        tableName: poems
        columns:
        - column: { name: id, type: int }
`;

describeWith('the built command line', builtCli(), () => {
  describeWith('Liquibase', tools, runners => {
    describeWith('the bare command', bench, ({ act }) => {
      const file = (fixture: Fixture): string => fixture.database().file ?? '';

      it('reverses another changeset and reports success, where Tidemark reverses the one that went out of its file', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const { story } = fixture;
        const place = { cwd: story.root, env: fixture.env };
        const copy = join(story.outside, 'copy.db');
        copyFileSync(file(fixture), copy);
        const back = ['rollback-count', '--count=1', `--url=jdbc:sqlite:${copy}`];
        expect(await act(...argumentsFor(join(story.root, 'services/shop')), ...back)).toMatchObject({ code: 0 });
        expect(await tablesIn(copy)).toContain('glitter_sorts');
        expect(await tablesIn(copy)).not.toContain('prizes');

        const { document } = await tidemarkJson(place, 'status');
        expect(document.projects[0].findings).toMatchObject([{ kind: 'orphaned', checksum: 'fits' }]);
        expect((await tidemark(place, 'status')).stdout).toMatch(/does not see changes\/begin\.sql::3::sparkles/);
        expect(await reconcileAgreed(place)).toMatchObject({ code: 0 });
        expect(await tablesIn(file(fixture))).toContain('prizes');
        expect(await tablesIn(file(fixture))).not.toContain('glitter_sorts');
      });

      it('is given one structured changeset alone, and what it did is looked at; what nothing undoes is refused, and a lock left behind is named', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const { story } = fixture;
        const place = { cwd: story.root, env: fixture.env };
        expect(await reconcileAgreed(place)).toMatchObject({ code: 0 });
        const all =
          'databaseChangeLog:\n- includeAll:\n    path: changes/\n    endsWithFilter: .sql\n- include: { file: changes/more.yaml }\n';
        await story.commit('Write', {
          files: { 'services/shop/changes/all.yaml': all, 'services/shop/changes/more.yaml': YAML },
        });
        await fixture.apply();
        await story.commit('Sing no more', {
          files: {
            'services/shop/changes/more.yaml': YAML.replace(/- changeSet:\n {4}id: songs[\s\S]*?(?=- changeSet)/, ''),
          },
        });
        const { document } = await tidemarkJson(place, 'status');
        expect(document.projects[0].findings).toMatchObject([
          { kind: 'orphaned', migration: 'changes/more.yaml::songs::rainbows', deleted: { subject: 'Sing no more' } },
        ]);
        const end = await reconcileAgreed(place);
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await tablesIn(file(fixture))).toContain('poems');
        expect(await tablesIn(file(fixture))).not.toContain('songs');
        expect(await fixture.status()).toMatchObject({ clean: true });

        const one = '--liquibase formatted sql\n--changeset rainbows:7\nCREATE TABLE dreams (id int);\n';
        await story.commit('Dream', { files: { 'services/shop/changes/dreams.sql': one } });
        await fixture.apply();
        story.remove('services/shop/changes/dreams.sql');
        await story.commit('Wake');
        const refused = await tidemark(place, 'reconcile', '--yes');
        expect(refused).toMatchObject({ code: 3 });
        expect(refused.stdout + refused.stderr).toMatch(/no --rollback/);
        expect(await tablesIn(file(fixture))).toContain('dreams');

        // A killed run leaves its lock behind.
        const lock = "SET LOCKED = 1, LOCKEDBY = 'laptop (10.0.0.7)', LOCKGRANTED = '2026-11-30 10:00:00.0'";
        await fixture.database().query(`UPDATE DATABASECHANGELOGLOCK ${lock}`);
        const locked = await tidemark(place, 'status');
        expect(locked.stdout).toMatch(
          /own lock is held: by laptop \(10\.0\.0\.7\), since 2026[\s\S]*liquibase release-locks/,
        );
        const released = [
          ...argumentsFor(join(story.root, 'services/shop')),
          'release-locks',
          `--url=jdbc:sqlite:${file(fixture)}`,
        ];
        expect(await act(...released)).toMatchObject({ code: 0 });
        expect((await tidemark(place, 'status')).stdout).not.toContain('lock');
      });
    });

    describeWith('rows of an older Liquibase, whose checksums are of version 8', old, ({ act }) => {
      it('tell which text was applied and what was edited, and are rewritten by a newer one without a word', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const { story } = fixture;
        const folder = join(story.root, 'services/shop');
        const place = { cwd: story.root, env: fixture.env };
        const sums = async () =>
          (await fixture.database().query('SELECT MD5SUM FROM shop_changes')).map(({ MD5SUM }) =>
            String(MD5SUM).slice(0, 2),
          );
        // Every Liquibase writes the checksum that a row has not; this one takes the changelog that lies in its own folder for a circle.
        await fixture.database().query('UPDATE shop_changes SET MD5SUM = NULL');
        const begin = readFileSync(join(folder, 'changes/begin.sql'), 'utf8');
        const whole = await story.git('show', `${fixture.commits['adds 3']}:services/shop/changes/begin.sql`);
        for (const [file, text] of [
          ['begin', whole],
          ['later', ''],
        ]) {
          if (text) story.write('services/shop/changes/begin.sql', text);
          const words = [
            'update',
            `--changelog-file=changes/${file}.sql`,
            `--url=jdbc:sqlite:${fixture.database().file}`,
          ];
          const end = await act(...argumentsFor(folder), ...words);
          expect(end, end.output).toMatchObject({ code: 0 });
        }
        story.write('services/shop/changes/begin.sql', begin);
        expect(await sums()).toEqual(['8:', '8:', '8:', '8:', '8:']);
        // And one of a version before that, as the newer one names it when it refuses another.
        await fixture
          .database()
          .query("UPDATE shop_changes SET MD5SUM = '7:1f07d05b06376226ce7b3ce4b71b3048' WHERE ID = '1'");
        const { document } = await tidemarkJson(place, 'status');
        expect(document.projects[0].findings).toMatchObject([{ kind: 'orphaned', checksum: 'fits' }]);
        const later = readFileSync(join(folder, 'changes/later.sql'), 'utf8');
        story.write(
          'services/shop/changes/later.sql',
          later.replace('CREATE TABLE prizes', 'CREATE TABLE IF NOT EXISTS prizes'),
        );
        const edited = await tidemarkJson(place, 'status');
        expect(edited.document.projects[0].findings).toMatchObject([
          { kind: 'orphaned' },
          { kind: 'edited', migration: 'changes/later.sql::5::sparkles' },
        ]);
        story.write('services/shop/changes/later.sql', later);
        await story.commit('Sing', {
          files: {
            'services/shop/changes/songs.sql':
              '--liquibase formatted sql\n--changeset rainbows:6\nCREATE TABLE songs (id int);\n--rollback DROP TABLE songs;\n',
          },
        });
        const end = await reconcileAgreed(place);
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await sums()).toEqual(['9:', '9:', '9:', '9:', '9:']);
        expect(await fixture.status()).toMatchObject({ clean: true });

        const before = await reconcileAgreed(place, '--to', 'HEAD~1');
        expect(before, before.stdout + before.stderr).toMatchObject({ code: 0 });
        expect(await sums()).toEqual(['9:', '9:', '9:', '9:']);
        expect(await tablesIn(fixture.database().file ?? '')).not.toContain('songs');
      });
    });
  });
});
