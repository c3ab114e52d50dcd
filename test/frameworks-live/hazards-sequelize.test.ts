/** What sequelize-cli's own undo does to the wrong migration with exit code 0, and what Tidemark does in its place. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { fixtureTools } from '../kit/fixture.ts';
import { inHazard } from './hazard-story.ts';

const SITUATION = 'sequelize/sparkles-and-rainbows';
const CLI = 'node_modules/.bin/sequelize-cli';
const SIBLING = '20240302-3-glitter-sorts.js';

const tools = await fixtureTools(SITUATION);

describeWith('the built command line', builtCli(), () => {
  describeWith('sequelize-cli beside Tidemark', tools, runners => {
    it('undoes the highest name, or the first whose name begins so; Tidemark reverses exactly the orphan', () =>
      inHazard(SITUATION, runners, async ({ fixture, bare, names, tables, keep, restore, reconcile, tidemark }) => {
        fixture.story.write(
          `apps/site/db/changes/${SIBLING}`,
          `module.exports = {
  up: (q, Sequelize) => q.createTable('more_sorts', { id: { type: Sequelize.INTEGER, primaryKey: true } }),
  down: q => q.dropTable('more_sorts'),
};
`,
        );
        await fixture.story.commit('More sorts');
        await fixture.apply();
        const before = await names();
        const without = (gone: string) => before.filter(name => name !== gone);
        keep();

        const undo = await bare(CLI, 'db:migrate:undo');
        expect(undo, undo.output).toMatchObject({ code: 0 });
        expect(await names()).toEqual(without('20240304-5-prizes.js'));
        restore();

        // Written as status shows it, without the extension.
        const byName = await bare(CLI, 'db:migrate:undo', '--name', '20240302-3-glitter');
        expect(byName, byName.output).toMatchObject({ code: 0 });
        expect(await names()).toEqual(without(SIBLING));
        expect(await tables()).toContain('glitter_sorts');
        restore();

        const said = await tidemark('status');
        expect(said.stdout).toContain('reverses 20240304-5-prizes.js now, not 20240302-3-glitter.js');
        const end = await reconcile();
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await names()).toEqual(without('20240302-3-glitter.js'));
        expect(await tables()).toEqual(expect.arrayContaining(['more_sorts', 'prizes', 'races']));
        expect(await tables()).not.toContain('glitter_sorts');
      }));

    it('leaves a table half undone when down fails midway; Tidemark says so, and the row stays', () =>
      inHazard(SITUATION, runners, async ({ fixture, names, tables, reconcile }) => {
        const path = 'apps/site/db/changes/20240306-7-halves.js';
        fixture.story.write(
          path,
          `module.exports = {
  async up(q, Sequelize) {
    await q.createTable('first_half', { id: { type: Sequelize.INTEGER, primaryKey: true } });
    await q.createTable('second_half', { id: { type: Sequelize.INTEGER, primaryKey: true } });
  },
  async down(q) {
    await q.dropTable('second_half');
    await q.sequelize.query('DROP TABLE no_such_half');
  },
};
`,
        );
        await fixture.story.commit('Halves');
        await fixture.apply();
        fixture.story.remove(path);
        await fixture.story.commit('No halves');
        const end = await reconcile('20240306-7-halves.js');
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
        expect(end.stdout + end.stderr).toContain('no_such_half');
        expect(await names()).toContain('20240306-7-halves.js');
        expect(await tables()).toContain('first_half');
      }));

    it('is led to no other database, though .sequelizerc names one that wins over any configuration', () =>
      inHazard(SITUATION, runners, async ({ fixture, names, reconcile }) => {
        const elsewhere = join(fixture.story.root, 'apps/site/elsewhere.db');
        const options = 'apps/site/.sequelizerc';
        const text = await fixture.story.git('show', `HEAD:${options}`);
        const moved = text.replace('module.exports = {', `module.exports = {\n  url: 'sqlite:${elsewhere}',`);
        await fixture.story.commit('Move', { files: { [options]: moved } });
        const before = await names();
        const end = await reconcile('--database', `sqlite:${fixture.database().file}`);
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await names()).toEqual(before.filter(name => name !== '20240302-3-glitter.js'));
        expect(existsSync(elsewhere)).toBe(false);
      }));
  });
});
