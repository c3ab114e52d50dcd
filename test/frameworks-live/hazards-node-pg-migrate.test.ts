/** What node-pg-migrate's own down leaves undone, or does too much of, with exit code 0, and what Tidemark does in its place. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { inHazard } from './hazard-story.ts';

const SITUATION = 'node-pg-migrate/sparkles-and-rainbows';
const tools = await fixtureTools(SITUATION);

describeWith('the built command line', builtCli(), () => {
  describeWith('node-pg-migrate beside Tidemark', tools, runners => {
    const [, engine] = fixtureEngines().find(([label]) => label === 'PostgreSQL') ?? [];
    if (engine === undefined) throw new Error('there is no PostgreSQL among the engines');
    describeWith('PostgreSQL', engine, on => {
      it('refuses at HEAD, undoes nothing under the name of the file, and Tidemark reverses exactly the orphan', () =>
        inHazard(
          SITUATION,
          runners,
          async ({ bare, fixture, names, tables, tidemark, reconcile }) => {
            const down = (...words: readonly string[]) =>
              bare('node_modules/.bin/node-pg-migrate', 'down', ...words, ...(fixture.projects[0]?.command ?? []));
            const before = await names();
            const refused = await down();
            expect(refused.output).toContain('is preceding already run migration');
            expect(refused.code).toBe(1);
            const nothing = await down('1709337600003_glitter.ts', '--no-check-order');
            expect(nothing, nothing.output).toMatchObject({ code: 0 });
            expect(nothing.output).toContain('No migrations to run!');
            const deleted = await down('1709337600003_glitter', '--no-check-order');
            expect(deleted.output).toContain('have been deleted');
            expect(await names()).toEqual(before);

            expect((await tidemark('status')).stdout).toContain('refuses to run now');
            const end = await reconcile();
            expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
            expect(await names()).toEqual(before.filter(name => name !== '1709337600003_glitter'));
            expect(await tables()).not.toContain('glitter_sorts');
          },
          on,
        ));

      it('takes a name of digits alone for a count, and undoes all; Tidemark refuses', () =>
        inHazard(
          SITUATION,
          runners,
          async ({ bare, fixture, names, reconcile }) => {
            expect(await reconcile()).toMatchObject({ code: 0 });
            const path = 'apps/site/db/changes/1709683200007.sql';
            const text = '-- Up Migration\nCREATE TABLE seven (id integer);\n-- Down Migration\nDROP TABLE seven;\n';
            await fixture.story.commit('Seven', { files: { [path]: text } });
            await fixture.apply();
            const all = await names();
            fixture.story.remove(path);
            await fixture.story.commit('No seven');
            const end = await reconcile();
            expect(end.stdout + end.stderr).toContain('takes its name for something else');
            expect(await names()).toEqual(all);

            fixture.story.write(path, text);
            const command = fixture.projects[0]?.command ?? [];
            const undone = await bare('node_modules/.bin/node-pg-migrate', 'down', '1709683200007', ...command);
            expect(undone, undone.output).toMatchObject({ code: 0 });
            expect(await names()).toEqual([]);
          },
          on,
        ));
    });
  });
});
