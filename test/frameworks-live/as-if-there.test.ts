/** Every situation twice: looked at on its branch, and before switching to that branch, from the commit that still has the code. The plans are one. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools, readStory } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { placeOf, stepName } from './situations-play.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures-repos');

/** Frameworks with many situations. Of the others the one story switches branches itself. */
const FRAMEWORKS = ['alembic', 'dbmate', 'django', 'knex'];

const SITUATIONS = FRAMEWORKS.flatMap(name =>
  readdirSync(join(FIXTURES, name)).map(situation => `${name}/${situation}`),
).filter(name => readStory(name).engines.includes('sqlite'));

interface Finding {
  readonly kind: string;
  readonly migration: string;
  readonly cause?: string;
  readonly source?: { readonly commit: string; readonly path: string } | null;
}

/** Steps and refusals of every project, in their order. */
async function planned(fixture: Fixture, ...more: readonly string[]): Promise<readonly string[]> {
  const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--no-apply', ...more);
  if (document.problem !== undefined) return [JSON.stringify(document.problem)];
  return document.plans.flatMap(
    ({
      plan,
      refusals,
    }: {
      plan: { steps: Parameters<typeof stepName>[0][] } | null;
      refusals: { migration: string }[];
    }) => [...(plan?.steps ?? []).map(stepName), ...refusals.map(({ migration }) => `refused ${migration}`)],
  );
}

const commitsOf = (orphans: readonly Finding[]): readonly string[] => [
  ...new Set(orphans.flatMap(({ source }) => source?.commit ?? [])),
];

/** Schema and history of every project's database. Times of application differ, and so do numbers of rows. */
const holds = (fixture: Fixture) =>
  Promise.all(
    fixture.projects.map(async ({ root, historyTable }) => ({
      schema: await fixture.database(root).schema(historyTable),
      migrations: (await tidemarkJson(placeOf(fixture), 'status')).document.projects.map(
        ({ migrations }: { migrations: { id: string; state: string }[] }) =>
          migrations.map(({ id, state }) => `${state} ${id}`).sort(),
      ),
    })),
  );

async function orphansOf(fixture: Fixture): Promise<readonly Finding[]> {
  const { document } = await tidemarkJson(placeOf(fixture), 'status');
  const findings: readonly Finding[] = document.projects.flatMap(
    (project: { findings: Finding[] }) => project.findings,
  );
  return findings.filter(({ kind }) => kind === 'orphaned');
}

describeWith('the built command line', builtCli(), () => {
  for (const name of SITUATIONS) {
    describe(name, async () => {
      describeWith('with its frameworks', await fixtureTools(name), runners => {
        // All three engines were played so once; sparkles-*.test.ts does on every one, every time.
        describe('SQLite', () => {
          it('ends alike, switched to before or after', async () => {
            await using one = await buildFixture(name, SQLITE, runners);
            await using other = await buildFixture(name, SQLITE, runners);
            for (const { story } of [one, other]) await story.git('reset', '--quiet', '--hard');
            const branch = await one.story.git('symbolic-ref', '--short', 'HEAD');
            const [commit = ''] = commitsOf(await orphansOf(one));
            const decided = !(await planned(one)).some(each => each.startsWith('refused'));
            const after = await reconcileAgreed(placeOf(one));
            await other.story.git('switch', '--quiet', '--detach', commit);
            const before = await reconcileAgreed(placeOf(other), '--to', branch, '--switch');
            expect(before.code, before.stdout + before.stderr).toBe(decided ? after.code : 3);
            if (!decided) return;
            // What stopped midway did so before git was asked to switch.
            const stands = await other.story.git('rev-parse', '--abbrev-ref', 'HEAD');
            expect(stands).toBe(after.code === 0 ? branch : 'HEAD');
            if (after.code !== 0) return;
            expect(await holds(other)).toEqual(await holds(one));
          });
          it('is planned alike on its branch and before it', async () => {
            await using fixture = await buildFixture(name, SQLITE, runners);
            const { story } = fixture;
            await story.git('reset', '--quiet', '--hard');
            const branch = await story.git('symbolic-ref', '--short', 'HEAD');
            const orphans = await orphansOf(fixture);
            const onIt = await planned(fixture);
            const commits = commitsOf(orphans);
            expect(commits.length).toBeGreaterThan(0);
            for (const commit of commits) {
              await story.git('switch', '--quiet', '--detach', commit);
              expect(await planned(fixture, '--to', branch), `from ${commit}`).toEqual(onIt);
              const end = await tidemark(placeOf(fixture), 'plan', '--to', branch, '--switch');
              expect(end.code, end.stdout + end.stderr).toBe(0);
            }
          });
        });
      });
    });
  }
});
