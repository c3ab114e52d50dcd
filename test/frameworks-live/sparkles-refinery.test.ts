/** Sparkles and Rainbows with the real refinery, which has no way down: what can be said, forgotten and applied. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';
import { benchCall, rustBench } from '../kit/toolchains/rust.ts';
import { isRecorded } from './sparkles-story.ts';

const FIXTURE = 'refinery/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const program = await rustBench();

const CHANGES = 'services/shop/changes';

const placeOf = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });

const versionsOf = async (fixture: Fixture): Promise<readonly number[]> =>
  (await fixture.database().query('SELECT version FROM shop_changes ORDER BY version')).map(row =>
    Number(row['version']),
  );

describeWith('the built command line', builtCli(), () => {
  describeWith('Sparkles and Rainbows with refinery', tools, runners => {
    describeWith('its library', program, refinery => {
      for (const [label, engine] of fixtureEngines()) {
        describeWith(label, engine, on => {
          it('explains 1-2-3-4-5, says that nothing can undo 3, forgets it, and applies 6 as refinery would', async () => {
            await using fixture = await buildFixture(FIXTURE, on, runners);
            const bare = (word: string) =>
              run(
                [...benchCall(refinery, 'refinery', fixture.database(), ['changes', 'shop_changes']), word],
                `${fixture.story.root}/services/shop`,
                fixture.env,
              );
            // The library refuses, and what the command line does says nothing of it.
            expect(await bare('run')).toMatchObject({
              code: 1,
              output: expect.stringMatching(/V3__glitter is missing from the filesystem/),
            });
            expect(await bare('run-lenient')).toMatchObject({ code: 0, output: '' });

            const { document } = await tidemarkJson(placeOf(fixture), 'status');
            const [project] = document.projects;
            expect(project).toMatchObject({ framework: 'refinery', counts: { applied: 5, pending: 0, orphaned: 1 } });
            expect(project.findings).toMatchObject([
              {
                kind: 'orphaned',
                migration: '3',
                cause: 'deleted-here',
                checksum: 'fits',
                source: { commit: fixture.commits['adds 3'], path: `${CHANGES}/V3__glitter.sql` },
              },
            ]);
            const plan = await tidemark(placeOf(fixture), 'plan');
            expect(plan.stdout + plan.stderr).toMatch(/3 .*refinery has no down files/);
            expect(plan.stdout + plan.stderr).toContain('tidemark forget 3');

            const forgotten = await tidemark(placeOf(fixture), 'forget', '3', '--yes');
            expect(forgotten, forgotten.stdout + forgotten.stderr).toMatchObject({ code: 0 });
            expect(await fixture.database().query('SELECT * FROM glitter_sorts')).toHaveLength(3);
            fixture.story.write(
              `${CHANGES}/V6__songs.sql`,
              'CREATE TABLE songs (id INTEGER PRIMARY KEY) -- no semicolon',
            );
            const end = await tidemark(placeOf(fixture), 'reconcile', '--yes');
            expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
            expect(await versionsOf(fixture)).toEqual([1, 2, 4, 5, 6]);
            const status = await fixture.status();
            expect(status, status.said).toMatchObject({ clean: true });
            expect(await bare('run')).toMatchObject({ code: 0, output: '' });

            fixture.story.write(`${CHANGES}/V6__songs.sql`, 'CREATE TABLE tunes (id INTEGER PRIMARY KEY);\n');
            expect(await bare('run')).toMatchObject({
              code: 1,
              output: expect.stringMatching(/different than filesystem one/),
            });
            const edited = await tidemark(placeOf(fixture), 'status');
            expect(edited.stdout).toContain('6 was edited after it was applied.');
            isRecorded('refinery', runners.get('refinery')?.version ?? '', on.engine);
          });
        });
      }
    });
  });
});
