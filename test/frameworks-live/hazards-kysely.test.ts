/** What kysely-ctl's own down reverses besides, or leaves undone, with exit code 0, and what Tidemark does in its place. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { fixtureTools } from '../kit/fixture.ts';
import { inHazard } from './hazard-story.ts';

const SITUATION = 'kysely/sparkles-and-rainbows';
const tools = await fixtureTools(SITUATION);

describeWith('the built command line', builtCli(), () => {
  describeWith('kysely-ctl beside Tidemark', tools, runners => {
    const kysely = (...words: readonly string[]) =>
      ['node_modules/.bin/kysely', 'migrate', ...words, '--no-outdated-check'] as const;

    it('refuses at HEAD; with the file back it reverses all that came later, not it; Tidemark reverses exactly the orphan', () =>
      inHazard(SITUATION, runners, async ({ fixture, bare, names, tables, keep, restore, tidemark, reconcile }) => {
        const before = await names();
        keep();
        const refused = await bare(...kysely('down'));
        expect(refused.output).toContain('corrupted migrations');
        expect(refused.code).toBe(1);
        expect((await tidemark('status')).stdout).toContain('refuses to run now');

        const third = 'apps/site/db/changes/003_glitter.ts';
        fixture.story.write(third, await fixture.story.git('show', `${fixture.commits['adds 3']}:${third}`));
        const down = await bare(...kysely('down', '003_glitter'));
        expect(down, down.output).toMatchObject({ code: 0 });
        expect(await names()).toEqual(['001_unicorns', '002_meadows', '003_glitter']);
        restore();
        fixture.story.remove(third);

        const end = await reconcile();
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await names()).toEqual(before.filter(name => name !== '003_glitter'));
        expect(await tables()).toEqual(expect.arrayContaining(['prizes', 'races']));
        expect(await tables()).not.toContain('glitter_sorts');
      }));

    it('says "Undone 1 migration" where there is no way down; Tidemark says that there is none', () =>
      inHazard(SITUATION, runners, async ({ fixture, bare, names, reconcile }) => {
        expect(await reconcile()).toMatchObject({ code: 0 });
        const path = 'apps/site/db/changes/007_up_only.ts';
        const text =
          "export const up = (db: any) => db.schema.createTable('seven').addColumn('id', 'integer').execute();\n";
        await fixture.story.commit('Seven', { files: { [path]: text } });
        await fixture.apply();
        const all = await names();
        const undone = await bare(...kysely('down'));
        expect(undone, undone.output).toMatchObject({ code: 0 });
        expect(undone.output).toContain('Undone 1 migration');
        expect(await names()).toEqual(all);

        fixture.story.remove(path);
        await fixture.story.commit('No seven');
        const end = await reconcile();
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 3 });
        expect(end.stdout + end.stderr).toContain('has no down function');
        expect(end.stdout + end.stderr).toContain('tidemark forget 007_up_only');
        expect(await names()).toEqual(all);
      }));
  });
});
