/** Where a reversal could be the wrong answer: squashes made by hand, code of others, what is gone already. Asked, never guessed. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { CHANGES, changesNothing, placeOf, sparkles, sql, versions } from './shop.ts';

describeWith('the built command line', builtCli(), () => {
  it('leaves migrations alone that were squashed by hand, until a person says otherwise', async () => {
    await using fixture = await sparkles();
    const { story, apply } = fixture;
    await reconcileAgreed(placeOf(fixture));
    for (const name of ['0010_hay', '0011_oats']) {
      story.write(
        `${CHANGES}/${name}.sql`,
        sql(`CREATE TABLE ${name.slice(5)} (id int);`, `DROP TABLE ${name.slice(5)};`),
      );
    }
    await story.commit('Feed unicorns');
    await apply();
    for (const name of ['0010_hay', '0011_oats']) story.remove(`${CHANGES}/${name}.sql`);
    const both = sql('CREATE TABLE hay (id int); CREATE TABLE oats (id int);', 'DROP TABLE hay; DROP TABLE oats;');
    story.write(`${CHANGES}/0012_food.sql`, both);
    await story.commit('Squash the food');
    const refused = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--yes'));
    expect(refused.code).toBe(3);
    expect(refused.stdout).toMatch(/0011 is left as it is: .*added 0012, .*looks like a squash/);
    const asked = await tidemarkJson(placeOf(fixture), 'plan', '0011', '--remedy', 'reverse');
    expect(asked.document.plans[0].plan.steps).toMatchObject([{ kind: 'reverse', migration: '0011' }]);
  });

  it('runs no code of a branch that was never checked out, unless its commit is named', async () => {
    await using fixture = await sparkles();
    const { story, apply } = fixture;
    await reconcileAgreed(placeOf(fixture));
    const text = sql('CREATE TABLE strangers (id int);', 'DROP TABLE strangers;');
    // Applied here from a file nobody committed, which exists in git only on a branch somebody else pushed.
    story.write(`${CHANGES}/0010_strangers.sql`, text);
    await apply();
    story.remove(`${CHANGES}/0010_strangers.sql`);
    await using fork = await story.clone('fork');
    fork.write(`${CHANGES}/0010_strangers.sql`, text);
    const commit = await fork.commit('A pull request');
    await story.git('fetch', '--quiet', fork.root, 'HEAD:refs/remotes/fork/idea');
    const refused = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--yes'));
    expect(refused.code).toBe(3);
    expect(refused.stdout).toMatch(/0010 is left as it is: its file is only on refs\/remotes\/fork\/idea/);
    const named = await reconcileAgreed(placeOf(fixture), '0010', '--from', commit);
    expect(named, named.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).not.toContain('0010');
  });

  it('says when nothing of what an orphan made is there any more', async () => {
    await using fixture = await sparkles();
    await fixture.database().query('DROP TABLE glitter_sorts');
    await fixture.database().query('ALTER TABLE unicorns DROP COLUMN glitter');
    const { document } = await tidemarkJson(placeOf(fixture), 'plan');
    expect(document.plans[0].warnings.join(' ')).toMatch(
      /Nothing of what 0003 made is there any more.*tidemark forget 0003/,
    );
  });

  it('says what it leaves alone, when another worktree still has it', async () => {
    await using fixture = await sparkles();
    const { story, commits } = fixture;
    const second = `${story.outside}/second`;
    await story.git('worktree', 'add', '--quiet', '--detach', second, commits['adds 3'] ?? '');
    writeFileSync(`${second}/services/shop/.env`, `DATABASE_URL=${fixture.database().url}\n`);
    const left = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--yes'));
    expect(left).toMatchObject({ code: 0 });
    expect(left.stdout).toMatch(
      /Nothing to do\.\n +0003 is left alone: another worktree still has it: .*second \(detached at [0-9a-f]{10}\)\.$/m,
    );
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '0003');
    expect(document.plans[0].plan.steps).toMatchObject([{ kind: 'reverse', migration: '0003' }]);
  });

  it('makes the history table where there is none', async () => {
    await using fixture = await sparkles();
    await fixture.database().query('DROP TABLE shop_changes');
    for (const table of ['prizes', 'races', 'meadows', 'glitter_sorts', 'unicorns']) {
      await fixture.database().query(`DROP TABLE IF EXISTS ${table}`);
    }
    const end = await reconcileAgreed(placeOf(fixture));
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  });
});
