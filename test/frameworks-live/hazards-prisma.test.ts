/** What the bare Prisma does while an applied migration is missing, and that what Tidemark applies in its stead is applied for it too. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';

const FIXTURE = 'prisma/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const GLITTER = '00003_glitter';
const CHANGES = 'services/shop/changes';

const namesIn = async (fixture: Fixture) =>
  (await fixture.database().query('SELECT migration_name AS n FROM _prisma_migrations ORDER BY n')).map(
    row => row['n'],
  );

describeWith('the built command line', builtCli(), () => {
  describeWith('Prisma', tools, runners => {
    it('calls a database with an orphan up to date, and deploys past it; Tidemark names it, and runs its down.sql', async () => {
      await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
      const place = { cwd: fixture.story.root, env: fixture.env };
      expect(await fixture.status()).toMatchObject({ clean: true });
      await fixture.apply();
      expect(await namesIn(fixture)).toContain(GLITTER);
      const { document } = await tidemarkJson(place, 'status');
      expect(document.projects[0].findings).toMatchObject([{ kind: 'orphaned', migration: GLITTER }]);

      // The same migration with a way back beside it, as Prisma's guide writes one, committed and deleted again.
      const at = `${CHANGES}/00006_songs`;
      fixture.story.write(`${at}/migration.sql`, 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\r\n');
      fixture.story.write(`${at}/down.sql`, 'DROP TABLE songs;\n');
      await fixture.story.commit('Sing');
      await fixture.apply();
      for (const name of ['migration.sql', 'down.sql']) fixture.story.remove(`${at}/${name}`);
      await fixture.story.commit('Be silent');
      const end = await reconcileAgreed(place, '00006_songs');
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await namesIn(fixture)).not.toContain('00006_songs');
      expect(await fixture.database().query("SELECT name FROM sqlite_schema WHERE name = 'songs'")).toEqual([]);
    });

    it('takes what Tidemark applied for applied, and has the same row for it', async () => {
      await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
      const place = { cwd: fixture.story.root, env: fixture.env };
      const byHand = join(fixture.story.outside, 'down.sql');
      writeFileSync(byHand, 'DROP TABLE glitter_sorts;\nALTER TABLE unicorns DROP COLUMN glitter;\n');
      const first = await reconcileAgreed(place, GLITTER, '--with', byHand);
      expect(first, first.stdout + first.stderr).toMatchObject({ code: 0 });
      fixture.story.write(`${CHANGES}/00006_it's/migration.sql`, 'CREATE TABLE songs (id INTEGER PRIMARY KEY); -- la');
      expect(await fixture.status()).toMatchObject({ clean: false });
      const end = await reconcileAgreed(place);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await fixture.status()).toMatchObject({ clean: true });
      const own = `SELECT checksum, migration_name, logs, rolled_back_at, applied_steps_count, typeof(started_at) AS s,
        length(finished_at) AS f FROM _prisma_migrations WHERE migration_name LIKE '00006%'`;
      const there = await (await fixture.fresh()).query(own);
      expect(there).toHaveLength(1);
      expect(await fixture.database().query(own)).toEqual(there);
    });
  });
});
