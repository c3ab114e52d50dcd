/** The incident Tidemark was made after, with the real South: a migration deleted upstream and reborn under another number. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compareSchemas } from '../../src/domain/schema.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';

const NAME = 'south/the-original-incident';
const OLD = 'stable.0010_retire_old_glitter';
const NEW = 'stable.0011_retire_old_glitter';
const tools = await fixtureTools(NAME);

const place = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });

/** Rainbows tries South alone: with its own words, and with those it suggests. */
async function triesByHand(fixture: Fixture): Promise<void> {
  const bare = (...words: readonly string[]) =>
    run(
      ['python', '-W', 'ignore', 'manage.py', 'migrate', '--noinput', ...words],
      join(fixture.story.root, 'site'),
      fixture.env,
    );
  const refused = await bare();
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('GhostMigrations') });
  const failed = await bare('--ignore-ghost-migrations');
  expect(failed.code).not.toBe(0);
  expect(failed.output).toMatch(/Unknown table|no such table|does not exist/);
}

/** Tells who took it away, and that it lives on. */
async function isTold(fixture: Fixture): Promise<void> {
  const { document } = await tidemarkJson(place(fixture), 'status');
  expect(document.projects).toMatchObject([{ framework: 'south', counts: { applied: 3, pending: 1, orphaned: 1 } }]);
  const [finding] = document.projects[0].findings.filter(({ kind }: { kind: string }) => kind === 'orphaned');
  expect(finding).toMatchObject({
    migration: OLD,
    cause: 'renamed',
    renamedTo: NEW,
    added: { commit: fixture.commits['adds 0010'], subject: 'Retire the old glitter' },
    deleted: { commit: fixture.commits['deletes 0010'], subject: 'Take the second 0010 out, for now' },
    remedy: 'relabel',
    remedies: ['relabel', 'reverse', 'adopt', 'forget', 'ignore'],
  });
}

/** The code as it is can migrate the database again, and finds what it expects. */
async function isWell(fixture: Fixture): Promise<void> {
  const rows = await fixture.database().query('SELECT migration FROM south_migrationhistory ORDER BY migration');
  expect(rows.map(row => row['migration'])).toEqual(['0009_unicorn', '0010_size', '0011_retire_old_glitter']);
  const [database, fresh] = [fixture.database(), await fixture.fresh()];
  const difference = compareSchemas(
    await fresh.schema('south_migrationhistory'),
    await database.schema('south_migrationhistory'),
  );
  expect(difference).toEqual({ added: [], removed: [], changed: [] });
  const status = await fixture.status();
  expect(status, status.said).toMatchObject({ clean: true });
  await fixture.apply();
}

const unicorns = async (fixture: Fixture) => (await fixture.database().query('SELECT * FROM stable_unicorn'))[0];

describeWith('the built command line', builtCli(), () => {
  describeWith('the original incident', tools, runners => {
    for (const [label, engine] of fixtureEngines()) {
      describeWith(label, engine, on => {
        it('is told, and ends well when its row is relabelled', async () => {
          await using fixture = await buildFixture(NAME, on, runners);
          await triesByHand(fixture);
          await isTold(fixture);
          const end = await tidemark(place(fixture), 'reconcile', '--yes');
          expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
          await isWell(fixture);
          expect(await unicorns(fixture)).toMatchObject({ name: 'Sparkles', glitter: 'pink', size: expect.anything() });
        });

        it('ends well when it is reversed and applied anew', async () => {
          await using fixture = await buildFixture(NAME, on, runners);
          const chosen = [OLD, '--remedy', 'reverse'];
          const { document } = await tidemarkJson(place(fixture), 'plan', ...chosen);
          const { plan } = document.plans[0];
          expect(plan.steps).toMatchObject([{ kind: 'reverse', migration: OLD }]);
          const end = await tidemark(place(fixture), 'reconcile', ...chosen, '--confirm', plan.id);
          expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
          const applied = await tidemark(place(fixture), 'reconcile', '--yes');
          expect(applied, applied.stdout + applied.stderr).toMatchObject({ code: 0 });
          await isWell(fixture);
          // What the reversal destroyed was in the plan; what was beside it stays.
          expect(await unicorns(fixture)).toMatchObject({ name: 'Sparkles', glitter: null, size: expect.anything() });
        });
      });
    }
  });
});
