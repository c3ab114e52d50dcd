/** What the bare Sqitch does to a change that was taken out of the middle of its plan, and what Tidemark does instead. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { sqitchEnv } from '../kit/runners/sqitch.ts';
import { run } from '../kit/toolchains/recipe.ts';

const FIXTURE = 'sqitch/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const postgres = new Map(fixtureEngines()).get('PostgreSQL') ?? { here: false, because: 'there is no such engine' };

const CHANGES = 'services/shop/changes';
const PLAN = `${CHANGES}/shop.plan`;

const placeOf = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });

const bare = (fixture: Fixture, ...words: readonly string[]) =>
  run(['sqitch', ...words], `${fixture.story.root}/services/shop`, sqitchEnv(fixture.database(), fixture.env));

const planOf = (fixture: Fixture): string => readFileSync(join(fixture.story.root, PLAN), 'utf8');

const deployed = async (fixture: Fixture) =>
  (await fixture.database().query('SELECT change FROM shop_registry.changes ORDER BY committed_at')).map(row =>
    String(row['change']),
  );

/** 1-2-4-5, then `poems` with a tag on it, `songs` on top, which `requires` may name, and rows in what they made. */
async function withPoems(fixture: Fixture, requires = ''): Promise<void> {
  const { story } = fixture;
  expect(await reconcileAgreed(placeOf(fixture))).toMatchObject({ code: 0 });
  const by = '2026-01-06T00:00:00Z Rainbows <rainbows@unicorns.example>';
  story.write(
    PLAN,
    `${planOf(fixture)}poems ${by} # It's verse\n@v1 ${by}\nsongs [meadows${requires}] ${by}\n@v2 ${by} # Sung\n`,
  );
  for (const name of ['poems', 'songs']) {
    story.write(`${CHANGES}/up/${name}.sql`, `BEGIN;\nCREATE TABLE ${name} (id int PRIMARY KEY);\nCOMMIT;\n`);
    story.write(`${CHANGES}/down/${name}.sql`, `-- Away with them\nBEGIN;\n\nDROP TABLE ${name};\n\nCOMMIT;\n`);
  }
  await story.commit('Write poems and songs');
  await fixture.apply();
  await fixture.database().query('INSERT INTO songs VALUES (7)');
}

/** Takes `poems` out of the plan, with its line alone: its tag is then on what comes before. */
async function withoutPoems(fixture: Fixture): Promise<void> {
  fixture.story.write(
    PLAN,
    planOf(fixture)
      .replace(/^poems .*\n/m, '')
      .replace(' poems]', ']'),
  );
  for (const kind of ['up', 'down']) fixture.story.remove(`${CHANGES}/${kind}/poems.sql`);
  await fixture.story.git('commit', '-qam', 'No poems');
}

describeWith('the built command line', builtCli(), () => {
  describeWith('Sqitch with a deployed change gone from the middle of its plan', tools, runners => {
    describeWith('PostgreSQL', postgres, on => {
      it('locks itself out and reverts what is newer, where Tidemark takes out the one and lets Sqitch go on', async () => {
        await using fixture = await buildFixture(FIXTURE, on, runners);
        await withPoems(fixture);
        const whole = planOf(fixture);
        await withoutPoems(fixture);
        const database = fixture.database();
        for (const command of ['status', 'deploy'])
          expect(await bare(fixture, command)).toMatchObject({ code: 2, output: expect.stringMatching(/Cannot find/) });
        await bare(fixture, 'revert', '--to', 'prizes', '-y');
        expect(await deployed(fixture)).toEqual(['unicorns', 'meadows', 'races', 'prizes', 'poems']);
        expect(await database.query("SELECT to_regclass('songs') IS NULL AS gone")).toEqual([{ gone: 't' }]);
        // What it took along, put back as it was.
        const without = planOf(fixture);
        fixture.story.write(PLAN, whole);
        await fixture.apply();
        fixture.story.write(PLAN, without);
        await database.query('INSERT INTO songs VALUES (7)');

        const before = await database.dump();
        const status = await tidemark(placeOf(fixture), 'status');
        expect(status.stdout).toMatch(/would take songs along/);
        const end = await reconcileAgreed(placeOf(fixture));
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await deployed(fixture)).toEqual(['unicorns', 'meadows', 'races', 'prizes', 'songs']);
        expect(await database.query('SELECT id FROM songs')).toEqual([{ id: '7' }]);
        expect(await bare(fixture, 'status')).toMatchObject({
          code: 0,
          output: expect.stringMatching(/Nothing to deploy/),
        });
        const checked = await bare(fixture, 'check');
        expect(checked, checked.output).toMatchObject({ code: 0 });
        expect(await bare(fixture, 'verify')).toMatchObject({
          code: 0,
          output: expect.stringMatching(/Verify successful/),
        });
        const logged = await bare(fixture, 'log', '--format', 'format:%e %n %T', '--max-count', '1');
        expect(logged.output).toMatch(/revert poems/);
        // The registry is the one that Sqitch makes of this plan in an empty database, but for times.
        const columns = (table: string, names: string) => `SELECT ${names} FROM shop_registry.${table} ORDER BY 1`;
        const registry = [
          columns('changes', 'change_id, script_hash, change, note, planned_at, planner_name'),
          columns('dependencies', 'change_id, type, dependency, dependency_id'),
          columns('tags', 'tag_id, tag, change_id, planned_at'),
        ];
        const fresh = await fixture.fresh();
        for (const sql of registry) expect(await database.query(sql)).toEqual(await fresh.query(sql));

        const { document } = await tidemarkJson(placeOf(fixture), 'undo', '--dry-run');
        const undone = await tidemark(placeOf(fixture), 'undo', '--confirm', document.plans[0].plan.id);
        expect(undone.code, undone.stdout + undone.stderr).toBe(0);
        expect(await database.dump()).toEqual(before);
        const again = await reconcileAgreed(placeOf(fixture));
        expect(again, again.stdout + again.stderr).toMatchObject({ code: 0 });
        // And Sqitch goes on from there, with tags.
        fixture.story.write(
          PLAN,
          `${planOf(fixture)}more [songs@v2] 2026-01-07T00:00:00Z S <s@x.example>\n@v3 2026-01-07T00:00:00Z S <s@x.example>\n`,
        );
        for (const kind of ['up', 'down']) fixture.story.write(`${CHANGES}/${kind}/more.sql`, 'SELECT 1;\n');
        expect(await bare(fixture, 'deploy')).toMatchObject({ code: 0 });
        expect(await bare(fixture, 'revert', '-y', '--to', 'prizes')).toMatchObject({ code: 0 });
      }, 120_000);
    });
  });
});
