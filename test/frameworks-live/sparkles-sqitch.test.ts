/**
 * Sparkles and Rainbows with the real Sqitch. It deploys nothing on top of a change that its plan has not, so 3 is the newest here; what
 * lies in the middle is in `hazards-sqitch.test.ts`. Every change is a line in one file that all share, so the variations of the other frameworks,
 * which add and take files, are told here by themselves.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { sqitchEnv } from '../kit/runners/sqitch.ts';
import { run } from '../kit/toolchains/recipe.ts';
import { isRecorded } from './sparkles-story.ts';

const FIXTURE = 'sqitch/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const postgres = new Map(fixtureEngines()).get('PostgreSQL') ?? { here: false, because: 'there is no such engine' };

const CHANGES = 'services/shop/changes';
const THIRD = 'stable/glitter';

const deployed = async (fixture: Fixture) =>
  (await fixture.database().query('SELECT change FROM shop_registry.changes ORDER BY committed_at')).map(row =>
    String(row['change']),
  );

const bare = (fixture: Fixture, ...words: readonly string[]) =>
  run(['sqitch', ...words], `${fixture.story.root}/services/shop`, sqitchEnv(fixture.database(), fixture.env));

const placeOf = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });

describeWith('the built command line', builtCli(), () => {
  describeWith('Sparkles and Rainbows with sqitch', tools, runners => {
    describeWith('PostgreSQL', postgres, on => {
      it('explains 1-2-3 where Sqitch stops, makes it 1-2-4-5, and leaves everything else as it was', async () => {
        await using fixture = await buildFixture(FIXTURE, on, runners);
        const stopped = await bare(fixture, 'deploy');
        expect(stopped).toMatchObject({ code: 2, output: expect.stringMatching(/Cannot find change .*glitter/) });
        const reverted = await bare(fixture, 'revert', '--to', 'meadows', '-y');
        expect(reverted).toMatchObject({ code: 2, output: expect.stringMatching(/glitter\.sql: No such file/) });

        const { document } = await tidemarkJson(placeOf(fixture), 'status');
        expect(document.projects[0]).toMatchObject({
          framework: 'sqitch',
          counts: { applied: 3, pending: 2, orphaned: 1 },
          findings: [
            {
              kind: 'orphaned',
              migration: THIRD,
              cause: 'deleted-here',
              deleted: { commit: fixture.commits['deletes 3'] },
              source: { commit: fixture.commits['adds 3'], path: `${CHANGES}/up/${THIRD}.sql` },
              remedy: 'reverse',
            },
            { kind: 'pending', migration: 'races' },
            { kind: 'pending', migration: 'prizes' },
          ],
        });
        const tree = await fixture.story.git('status', '--porcelain=v2');
        const rows = await fixture.database().query('SELECT * FROM meadows ORDER BY id');
        const end = await reconcileAgreed({
          ...placeOf(fixture),
          env: { ...fixture.env, TIDEMARK_REHEARSE: 'full', TIDEMARK_PROOF: 'on' },
        });
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(end.stderr).toContain('rehearse: reverse');
        expect(await deployed(fixture)).toEqual(['unicorns', 'meadows', 'races', 'prizes']);
        expect(await fixture.database().query('SELECT * FROM meadows ORDER BY id')).toEqual(rows);
        expect(await fixture.story.git('status', '--porcelain=v2')).toBe(tree);
        const fresh = await fixture.fresh();
        expect(await fixture.database().dump()).toEqual(await fresh.dump());
        const status = await fixture.status();
        expect(status, status.said).toMatchObject({ clean: true });
        isRecorded('sqitch', runners.get('sqitch')?.version ?? '', 'postgres');
      }, 120_000);

      it('goes to another branch with the database, whose plan it then is', async () => {
        await using fixture = await buildFixture(FIXTURE, on, runners);
        const { story } = fixture;
        expect(await reconcileAgreed(placeOf(fixture))).toMatchObject({ code: 0 });
        await story.git('switch', '-q', '-c', 'topic');
        const plan = `${CHANGES}/shop.plan`;
        const text = readFileSync(join(story.root, plan), 'utf8');
        story.write(plan, `${text}songs [prizes] 2026-01-06T00:00:00Z Rainbows <rainbows@unicorns.example>\n`);
        story.write(`${CHANGES}/up/songs.sql`, 'CREATE TABLE songs (id int);\n');
        story.write(`${CHANGES}/down/songs.sql`, 'DROP TABLE songs;\n');
        await story.git('add', CHANGES);
        await story.git('commit', '-qm', 'Sing', '--', CHANGES);
        await fixture.apply();
        const end = await reconcileAgreed(placeOf(fixture), '--to', 'main', '--switch');
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await story.git('symbolic-ref', '--short', 'HEAD')).toBe('main');
        expect(await deployed(fixture)).toEqual(['unicorns', 'meadows', 'races', 'prizes']);
        const status = await fixture.status();
        expect(status, status.said).toMatchObject({ clean: true });
      }, 120_000);

      it('reverses several of the newest, and leaves alone what others require', async () => {
        await using fixture = await buildFixture(FIXTURE, on, runners);
        expect(await reconcileAgreed(placeOf(fixture))).toMatchObject({ code: 0 });
        const plan = `${CHANGES}/shop.plan`;
        const text = readFileSync(join(fixture.story.root, plan), 'utf8');
        fixture.story.write(plan, text.replace(/^races .*\n/m, '').replace('[races] ', ''));
        for (const kind of ['up', 'down']) fixture.story.remove(`${CHANGES}/${kind}/races.sql`);
        await fixture.story.git('commit', '-qam', 'Do not race');
        // The plan does not say so any more; the registry does.
        const required = await reconcileAgreed(placeOf(fixture), 'races', '--strategy', 'in-place');
        expect(required.stdout + required.stderr).toMatch(
          /prizes, which this branch has, declares that it depends on it/,
        );
        expect(required.code).toBe(3);
        expect(await deployed(fixture)).toEqual(['unicorns', 'meadows', 'races', 'prizes']);
        const stopped = await bare(fixture, 'deploy');
        expect(stopped).toMatchObject({ code: 2, output: expect.stringMatching(/Cannot find change .*prizes/) });

        // With the newest gone as well, it goes along.
        fixture.story.write(plan, text.replace(/^(?:races|prizes) .*\n/gm, ''));
        fixture.story.remove(`${CHANGES}/up/prizes.sql`);
        await fixture.story.git('commit', '-qam', 'No prizes either');
        const end = await reconcileAgreed(placeOf(fixture), 'races');
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(end.stderr).toMatch(/reverse prizes .*depends on it/);
        expect(await deployed(fixture)).toEqual(['unicorns', 'meadows']);
        const status = await fixture.status();
        expect(status, status.said).toMatchObject({ clean: true });
      }, 120_000);
    });
  });
});
