/** What the bare drizzle-kit leaves out with exit code 0, and that Tidemark says so, applies it with the row Drizzle would write, and knows it again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemarkJson } from '../kit/cli.ts';
import { fixtureTools } from '../kit/fixture.ts';
import { inHazard } from './hazard-story.ts';

const SITUATION = 'drizzle/sparkles-and-rainbows';
const tools = await fixtureTools(SITUATION);
const MOVES = 'packages/store/data/moves';
const GLITTER = '20240103080000_glitter';
/** It comes from a branch on which it was made before 4 and 5, and has got a later name since. */
const LATE = '20240106080000_late';
const WHEN = 1704200000000;

describeWith('the built command line', builtCli(), () => {
  describeWith('drizzle-kit beside Tidemark', tools, runners => {
    it('passes the orphan by, and skips what is dated before the newest row; Tidemark does neither', () =>
      inHazard(SITUATION, runners, async ({ fixture, bare, tables, tidemark, reconcile }) => {
        const { story } = fixture;
        const rows = () => fixture.database().query('SELECT id, hash, created_at FROM store_moves ORDER BY created_at');
        const journal = `${MOVES}/meta/_journal.json`;
        const before = readFileSync(join(story.root, journal), 'utf8');
        const { entries, ...head } = JSON.parse(before);
        const entry = { idx: 4, version: '6', when: WHEN, tag: LATE, breakpoints: true };
        story.write(journal, JSON.stringify({ ...head, entries: [...entries, entry] }, null, 2));
        story.write(
          `${MOVES}/${LATE}.sql`,
          'CREATE TABLE late (id integer)\n--> statement-breakpoint\nINSERT INTO late VALUES (1);',
        );

        const kept = await rows();
        const migrated = await bare('node_modules/.bin/drizzle-kit', 'migrate');
        expect(migrated, migrated.output).toMatchObject({ code: 0 });
        expect(migrated.output).toContain('migrations applied successfully!');
        expect(await rows()).toEqual(kept);
        expect(await tables()).not.toContain('late');
        const status = await tidemark('status');
        expect(status.stdout).toContain(`It skips ${LATE} for good, with exit code 0`);

        const byHand = join(story.outside, 'down.sql');
        writeFileSync(byHand, 'DROP TABLE glitter_sorts;\nALTER TABLE unicorns DROP COLUMN glitter;\n');
        const end = await reconcile(GLITTER, '--with', byHand);
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        const applied = end.stdout.includes(`apply ${LATE}`) ? end : await reconcile();
        expect(applied, applied.stdout + applied.stderr).toMatchObject({ code: 0 });
        expect(await tables()).toEqual(expect.arrayContaining(['late']));
        expect(await tables()).not.toContain('glitter_sorts');
        expect(await fixture.status()).toMatchObject({ clean: true });
        const own = await (await fixture.fresh()).query('SELECT * FROM store_moves ORDER BY created_at');
        expect(await rows()).toEqual(own);

        // Never committed, and gone again: Tidemark has seen it, and knows by its checksum whose row that is.
        story.remove(`${MOVES}/${LATE}.sql`);
        story.write(journal, before);
        const { document } = await tidemarkJson({ cwd: story.root, env: fixture.env }, 'status');
        expect(document.projects[0].findings).toMatchObject([
          { kind: 'orphaned', migration: LATE, cause: 'uncommitted', source: { path: `${MOVES}/${LATE}.sql` } },
        ]);
      }));
  });
});
