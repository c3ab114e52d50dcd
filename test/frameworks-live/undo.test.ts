/** A reconcile with the real framework is undone: the code it was reversed with applies it again, and every row is as it was. */
import { expect, it } from 'vitest';
import type { Row } from '../../src/domain/migration.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';

/** Every row of the history table and of the tables of the story. */
async function everything(fixture: Fixture, table: string): Promise<unknown> {
  const database = fixture.database();
  const history = fixture.projects[0]?.historyTable ?? '';
  const quoted = database.engine === 'mysql' ? `\`${history}\`` : `"${history}"`;
  const sorted = (rows: readonly Row[]) =>
    rows.map(row => Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    history: sorted(await database.query(`SELECT * FROM ${quoted} ORDER BY 1`)),
    unicorns: sorted(await database.query(`SELECT * FROM ${table} ORDER BY id`)),
    schema: await database.schema(history),
  };
}

const ENGINES = ['SQLite', 'PostgreSQL'];
/** Frameworks, and the table whose rows lose a column. */
const TOLD = { dbmate: 'unicorns', knex: 'unicorns', django: 'unicorn_stable_unicorn' };

for (const [framework, table] of Object.entries(TOLD)) {
  const name = `${framework}/sparkles-and-rainbows`;
  const tools = await fixtureTools(name);
  describeWith('the built command line', builtCli(), () => {
    describeWith(`an undoing with ${framework}`, tools, runners => {
      for (const [label, engine] of fixtureEngines()) {
        if (!ENGINES.includes(label)) continue;
        describeWith(label, engine, on => {
          it('brings schema, history and rows back as they were', async () => {
            await using fixture = await buildFixture(name, on, runners);
            const place = { cwd: fixture.story.root, env: fixture.env };
            const before = await everything(fixture, table);
            const end = await reconcileAgreed(place);
            expect(end, end.stderr).toMatchObject({ code: 0 });
            expect(await everything(fixture, table)).not.toEqual(before);
            const dry = await tidemarkJson(place, 'undo', '--dry-run');
            const [{ plan }] = dry.document.plans;
            expect(plan.undo, plan.undo.why).toMatchObject({ way: 'steps' });
            const undone = await tidemarkJson(place, 'undo', '--confirm', plan.id);
            expect(undone.document.runs, undone.stderr).toMatchObject([
              { outcome: 'done', undone: { differences: [] } },
            ]);
            expect(await everything(fixture, table)).toEqual(before);
          });
        });
      }
    });
  });
}
