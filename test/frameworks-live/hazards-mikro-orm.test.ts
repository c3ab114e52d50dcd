/** What MikroORM's own down leaves undone, or does to another migration, with exit code 0, and what Tidemark does in its place. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { fixtureTools } from '../kit/fixture.ts';
import { inHazard } from './hazard-story.ts';

const SITUATION = 'mikro-orm/sparkles-and-rainbows';
const tools = await fixtureTools(SITUATION);

describeWith('the built command line', builtCli(), () => {
  describeWith('MikroORM beside Tidemark', tools, runners => {
    it('reverses another migration, or none, and says that it did; Tidemark reverses exactly the orphan', () =>
      inHazard(SITUATION, runners, async ({ bare, names, tables, keep, restore, tidemark, reconcile }) => {
        const down = (...words: readonly string[]) => bare('node_modules/.bin/mikro-orm', 'migration:down', ...words);
        const third = 'Migration20240302000003_glitter';
        const before = await names();
        keep();

        const other = await down();
        expect(other, other.output).toMatchObject({ code: 0 });
        expect(await names()).toEqual(before.filter(name => name !== 'Migration20240304000005_prizes'));
        restore();

        const nothing = await down('--only', third);
        expect(nothing, nothing.output).toMatchObject({ code: 0 });
        expect(nothing.output).toContain(`Successfully migrated down to version ${third}`);
        expect(await names()).toEqual(before);

        const said = await tidemark('status');
        expect(said.stdout).toContain(`reverses Migration20240304000005_prizes now, not ${third}`);
        const end = await reconcile();
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await names()).toEqual(before.filter(name => name !== third));
        expect(await tables()).toEqual(expect.arrayContaining(['prizes', 'races']));
        expect(await tables()).not.toContain('glitter_sorts');
      }));

    it('does nothing where the file of the newest row is missing, and says that it did; Tidemark reverses it', () =>
      inHazard(SITUATION, runners, async ({ fixture, bare, names, reconcile }) => {
        expect(await reconcile()).toMatchObject({ code: 0 });
        const path = 'apps/site/src/orm/changes/Migration20240306000007_seven.ts';
        const text = `import { Migration } from '@mikro-orm/migrations';
export class Seven extends Migration {
  async up() { this.addSql('create table seven (id integer)'); }
  async down() { this.addSql('drop table seven'); }
}
`;
        await fixture.story.commit('Seven', { files: { [path]: text } });
        await fixture.apply();
        const all = await names();
        fixture.story.remove(path);
        await fixture.story.commit('No seven');
        const undone = await bare('node_modules/.bin/mikro-orm', 'migration:down');
        expect(undone, undone.output).toMatchObject({ code: 0 });
        expect(undone.output).toContain('Successfully migrated down');
        expect(await names()).toEqual(all);

        const end = await reconcile();
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await names()).toEqual(all.filter(name => !name.includes('seven')));
      }));
  });
});
