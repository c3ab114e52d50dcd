/** Proofs: the schema against the one that the applied migrations make of an empty database. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { placeOf } from './shop.ts';

const tools = await fixtureTools('dbmate/sparkles-and-rainbows');

describeWith('the built command line', builtCli(), () => {
  describeWith('verify', tools, runners => {
    for (const [label, engine] of fixtureEngines()) {
      describeWith(label, engine, on => {
        it('finds what no migration explains, and what was there before a run', async () => {
          await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', on, runners);
          const place = placeOf(fixture);
          // The orphan's table and column are explained by its text.
          const orphaned = await tidemark(place, 'verify');
          expect(orphaned, orphaned.stdout + orphaned.stderr).toMatchObject({ code: 0 });
          expect(orphaned.stdout).toContain('but for what migrations without a file made:');
          expect(orphaned.stdout).toMatch(
            /drift {2}table glitter_sorts: it comes of 0003, which is applied and has no file/,
          );

          await fixture.database().query('CREATE TABLE by_hand (id INTEGER)');
          const { document, code } = await tidemarkJson(place, 'verify');
          expect(code).toBe(1);
          const [project] = document.projects;
          expect(project.remembered).toBe(true);
          expect(
            project.findings.filter(({ explainedBy }: { explainedBy: unknown }) => explainedBy === null),
          ).toMatchObject([
            { kind: 'drift', drift: 'extra', object: 'column', name: 'by_hand.id', before: null },
            { kind: 'drift', drift: 'extra', object: 'table', name: 'by_hand', expected: null },
          ]);

          const [{ plan }] = (await tidemarkJson(place, 'plan')).document.plans;
          const proving = { ...place, env: { ...place.env, TIDEMARK_PROOF: 'on' } };
          const end = await tidemark(proving, 'reconcile', '--confirm', plan.id);
          expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
          expect(end.stdout).toContain(
            'drift  table by_hand is there, and no migration makes it (as it was before the run)',
          );
          await fixture.database().query('DROP TABLE by_hand');
          const equal = await tidemark(place, 'verify');
          expect(equal, equal.stdout).toMatchObject({ code: 0 });
          expect(equal.stdout).toContain(
            'The schema is exactly what its 4 applied migrations make of an empty database.',
          );
        });
      });
    }
  });
});
