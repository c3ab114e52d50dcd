/** The undoing of a run, killed on SQLite at every point and on PostgreSQL at every fourth, others each day: every byte of what was parked is back, or still parked. */
import { expect, it } from 'vitest';
import { both, describeWith } from '../kit/available.ts';
import { buildFixture, fixtureTools, NO_TOOLS } from '../kit/fixture.ts';
import { type FixtureEngine, fixtureEngines, SQLITE } from '../kit/fixture-database.ts';
import { postgresCopies } from '../kit/kill-points.ts';
import { killUndo, type Points } from './kill-undo.ts';

const MINUTES = 60_000;
const postgres = fixtureEngines().find(([name]) => name === 'PostgreSQL')?.[1] ?? {
  here: false as const,
  because: 'no PostgreSQL',
};
const dbmate = await fixtureTools('dbmate/sparkles-and-rainbows');

async function killed(tools: typeof NO_TOOLS, engine: FixtureEngine, at: Points): Promise<void> {
  await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', engine, tools);
  const { file, url } = fixture.database();
  const copies = file === null ? postgresCopies(url) : null;
  const { points, tried, wrong } = await killUndo(fixture, copies, fixture.projects[0]?.historyTable ?? '', at);
  process.stdout.write(
    `undo on ${engine.engine}: killed at ${tried} of ${points} points, every ${at.each}. from ${at.from + 1} on, resumed and aborted each; ${wrong.length} went wrong\n`,
  );
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(3);
}

describeWith('an undoing, killed', { here: true, it: SQLITE }, engine => {
  it('on SQLite', () => killed(NO_TOOLS, engine, { each: 1, from: 0 }), 10 * MINUTES);
});

describeWith('an undoing, killed', both(postgres, dbmate), ([engine, tools]) => {
  it(
    'on PostgreSQL',
    () => killed(tools, engine, { each: 4, from: Math.floor(Date.now() / 86_400_000) % 4 }),
    10 * MINUTES,
  );
});
