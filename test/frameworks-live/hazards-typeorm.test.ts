/** What TypeORM's own revert does to the wrong migration or row with exit code 0, and what Tidemark does in its place. */
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { fixtureTools } from '../kit/fixture.ts';
import { inHazard } from './hazard-story.ts';

const SITUATION = 'typeorm/sparkles-and-rainbows';
const tools = await fixtureTools(SITUATION);

describeWith('the built command line', builtCli(), () => {
  describeWith('TypeORM beside Tidemark', tools, runners => {
    it('reverts the newest row whatever was meant, and leaves a row behind whose time stamp differs; Tidemark does neither', () =>
      inHazard(SITUATION, runners, async ({ fixture, bare, names, tables, keep, restore, tidemark, reconcile }) => {
        const revert = () =>
          bare('node_modules/.bin/typeorm-ts-node-commonjs', 'migration:revert', '-d', 'src/db/site.ts');
        // Both were once applied under another time stamp, as after a rebase that renamed the class back.
        await fixture.database().query("UPDATE site_changes SET timestamp = 1709337600000 WHERE name LIKE 'Glitter%'");
        await fixture.database().query("UPDATE site_changes SET timestamp = 1709510400000 WHERE name LIKE 'Prizes%'");
        const before = await names();
        keep();

        const reverted = await revert();
        expect(reverted, reverted.output).toMatchObject({ code: 0 });
        expect(reverted.output).toContain('Prizes1709510400005 has been reverted successfully');
        // Neither the right one, nor the row of the one that was reversed.
        expect(await names()).toEqual(before);
        expect(await tables()).not.toContain('prizes');
        expect(await tables()).toContain('glitter_sorts');
        restore();

        const said = await tidemark('status');
        expect(said.stdout).toContain('reverses Prizes1709510400005 now, not Glitter1709337600003');
        const end = await reconcile();
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await names()).toEqual(before.filter(name => name !== 'Glitter1709337600003'));
        expect(await tables()).toContain('prizes');
        expect(await tables()).not.toContain('glitter_sorts');
      }));

    it('finds nothing where migrations have to be built first, and says so with exit code 0; Tidemark takes their sources', () =>
      inHazard(SITUATION, runners, async ({ fixture, bare, names, reconcile }) => {
        fixture.story.write(
          'apps/site/src/db/site.ts',
          `import { DataSource } from 'typeorm';
export const site = new DataSource({ type: 'better-sqlite3', database: 'site.db', migrationsTableName: 'site_changes',
  migrations: ['dist/db/changes/*.js'] });
`,
        );
        await fixture.story.commit('Run what is built');
        const text = `export class Songs1709596800006 {
  async up(queryRunner) { await queryRunner.query('CREATE TABLE songs (id integer)'); }
  async down(queryRunner) { await queryRunner.query('DROP TABLE songs'); }
}
`;
        fixture.story.write('apps/site/src/db/changes/1709596800006-songs.ts', text);
        const before = await names();
        const run = await bare('node_modules/.bin/typeorm-ts-node-commonjs', 'migration:run', '-d', 'src/db/site.ts');
        expect(run, run.output).toMatchObject({ code: 0 });
        expect(run.output).toContain('No migrations are pending');
        expect(await names()).toEqual(before);

        const end = await reconcile();
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        const after = [...before.filter(name => name !== 'Glitter1709337600003'), 'Songs1709596800006'].sort();
        expect(await names()).toEqual(after);
      }));

    it('is led to no other database, and synchronizes none, though the data source initializes itself when it is loaded', () =>
      inHazard(SITUATION, runners, async ({ fixture, names, tables, reconcile }) => {
        const source = 'apps/site/src/db/site.ts';
        const text = (await fixture.story.git('show', `HEAD:${source}`)).replace(
          "database: 'site.db',",
          "database: 'elsewhere.db',\n  synchronize: true,\n  dropSchema: true,",
        );
        await fixture.story.commit('Move', { files: { [source]: `${text}\n\nsite.initialize();\n` } });
        const [before, kept] = [await names(), await tables()];
        const end = await reconcile('--database', `sqlite:${fixture.database().file}`);
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await names()).toEqual(before.filter(name => name !== 'Glitter1709337600003'));
        expect(await tables()).toEqual(kept.filter(table => table !== 'glitter_sorts'));
        const left = readdirSync(fixture.story.root, { recursive: true, encoding: 'utf8' });
        expect(left.filter(path => path.endsWith('elsewhere.db'))).toEqual([]);
      }));
  });
});
