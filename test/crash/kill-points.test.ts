/** Killed at every point of a run, on SQLite and PostgreSQL, by SQL of ours and by a framework's command: resume and abort always arrive. */
import { expect, it } from 'vitest';
import { both, describeWith } from '../kit/available.ts';
import { buildFixture, fixtureTools, NO_TOOLS } from '../kit/fixture.ts';
import { type FixtureEngine, fixtureEngines, SQLITE } from '../kit/fixture-database.ts';
import { killEverywhere, postgresCopies, sqliteCopies } from '../kit/kill-points.ts';

const postgres = fixtureEngines().find(([name]) => name === 'PostgreSQL')?.[1] ?? {
  here: false as const,
  because: 'no PostgreSQL',
};
const knex = await fixtureTools('knex/sparkles-and-rainbows');
const django = await fixtureTools('django/sparkles-and-rainbows');

/** Builds a fixture, kills its reconcile everywhere and expects no complaint. Prints the count of kill points. */
async function killed(name: string, tools: typeof NO_TOOLS, engine: FixtureEngine): Promise<void> {
  await using fixture = await buildFixture(name, engine, tools);
  const database = fixture.database();
  const copies = database.file === null ? postgresCopies(database.url) : sqliteCopies(database.file);
  const points = await killEverywhere(fixture, copies, fixture.projects[0]?.historyTable ?? '');
  const wrong = points.filter(point => point.wrong.length > 0);
  process.stdout.write(
    `${name} on ${engine.engine}: killed at ${points.length} points, resumed and aborted each; ${wrong.length} went wrong\n`,
  );
  expect(wrong).toEqual([]);
  expect(points.length).toBeGreaterThan(10);
}

const MINUTES = 60_000;

describeWith('a run of SQL, killed', { here: true, it: SQLITE }, engine => {
  it('on SQLite', () => killed('dbmate/sparkles-and-rainbows', NO_TOOLS, engine), 10 * MINUTES);
});

const dbmate = await fixtureTools('dbmate/sparkles-and-rainbows');
describeWith('a run of SQL, killed', both(postgres, dbmate), ([engine, tools]) => {
  it('on PostgreSQL', () => killed('dbmate/sparkles-and-rainbows', tools, engine), 10 * MINUTES);
});

describeWith('a run of a command, killed', knex, tools => {
  it('on SQLite', () => killed('knex/sparkles-and-rainbows', tools, SQLITE), 10 * MINUTES);
});

describeWith('a run of a command, killed', both(postgres, django), ([engine, tools]) => {
  it('on PostgreSQL', () => killed('django/sparkles-and-rainbows', tools, engine), 10 * MINUTES);
});
