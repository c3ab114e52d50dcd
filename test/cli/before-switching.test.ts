/** `plan --to` and `reconcile --to`: what another branch, tag or commit does not have, while its code is still here. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { CHANGES, changesNothing, expectsWords, placeOf, sql, versions } from './shop.ts';
import { commitOne, stepsOf, TABLE, twoBranches } from './two-branches.ts';

const head = ({ story }: Fixture) => story.git('rev-parse', '--symbolic-full-name', 'HEAD');

describeWith('the built command line', builtCli(), () => {
  it('plans against the other tree and changes nothing', async () => {
    await using fixture = await twoBranches();
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main');
    const main = await fixture.story.git('rev-parse', 'main');
    expect(document.to).toEqual({ ref: 'main', name: 'main', kind: 'branch', commit: main, branch: 'main' });
    expect(stepsOf(document)).toEqual(['reverse 0006']);
    const [{ plan, notes }] = document.plans;
    expect(plan.to).toEqual({ name: 'main', commit: main, branch: 'main', switch: false, apply: [] });
    expect(plan.steps[0]).toMatchObject({ commit: await fixture.story.git('rev-parse', 'topic'), because: 'orphaned' });
    expect(notes).toEqual(['main has 0007 pending: tidemark reconcile applies that once you are there.']);
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'plan', '--to', 'main', '--exit-code'));
    expect(end.code).toBe(1);
    expect(end.stdout).toContain('DROP TABLE t0006;');
    expect(end.stderr).toContain(`tidemark reconcile --to main --confirm ${plan.id}`);
    expect((await tidemarkJson(placeOf(fixture), 'plan')).document.to).toBe(null);
  });

  it('reverses, applies nothing, and leaves the tree to git', async () => {
    await using fixture = await twoBranches();
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main');
    const tree = await fixture.story.git('status', '--porcelain=v2', '--branch');
    const end = await tidemark(placeOf(fixture), 'reconcile', '--to', 'main', '--confirm', document.plans[0].plan.id);
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(end.stderr).toMatch(/next +git switch main$/m);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
    expect(await fixture.story.git('status', '--porcelain=v2', '--branch')).toBe(tree);
    const again = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--to', 'main', '--yes'));
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('Nothing to do.');
  });

  it.each([
    ['-', 'branch', 'main'],
    ['refs/heads/main', 'branch', 'main'],
    ['before', 'tag', null],
    ['main~1', 'commit', null],
    ['HEAD', 'commit', null],
    ['origin/main', 'remote-branch', 'main'],
    ['theirs', 'remote-branch', 'theirs'],
  ])('takes %s as git switch does', async (ref, kind, branch) => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('tag', 'before', 'main~1');
    await story.git('update-ref', 'refs/remotes/origin/main', 'main');
    await story.git('update-ref', 'refs/remotes/origin/theirs', 'main');
    await story.git('remote', 'add', 'origin', story.root);
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', ref);
    expect(document.to, JSON.stringify(document)).toMatchObject({ ref, kind, branch });
    expect(stepsOf(document)).toEqual(ref === 'HEAD' ? [] : ['reverse 0006']);
  });

  it.each([
    ['mian', /^Git knows no commit "mian"\.$/, 'main'],
    ['top', /^Git knows no commit "top"\.$/, 'topic'],
    ['--upload-pack=x', /^Git knows no commit/, ''],
    ['', /^Git knows no commit ""\.$/, ''],
    ['zzzzzzzz', /^Git knows no commit "zzzzzzzz"\.$/, ''],
  ])('says that %j is nothing, and what is near', async (ref, what, near) => {
    await using fixture = await twoBranches();
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'plan', `--to=${ref}`));
    expectsWords(end, 2, what, /^ {2}next {2}git /);
    if (near !== '') expect(end.stderr).toMatch(new RegExp(`Near it: ${near}`));
    else expect(end.stderr).not.toContain('Near it');
  });

  it('knows no previous branch where there is none', async () => {
    await using fixture = await twoBranches();
    await fixture.story.git('reflog', 'expire', '--expire=now', '--all');
    const end = await tidemark(placeOf(fixture), 'plan', '--to', '-');
    expectsWords(end, 2, /^There is no previous branch\.$/, /git /);
  });

  it('relabels what has another name there', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('switch', '--quiet', 'main');
    await commitOne(fixture, '0009_songs.sql', TABLE('0006'), 'The same under another number');
    await story.git('switch', '--quiet', 'topic');
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main');
    expect(document.plans[0].plan.steps).toMatchObject([{ kind: 'relabel', migration: '0006', to: '0009' }]);
    const end = await reconcileAgreed(placeOf(fixture), '--to', 'main', '--switch');
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0007', '0009']);
  });

  it('uses the text on disk where it is not committed, and says so', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    story.write(`${CHANGES}/0006_songs.sql`, sql('CREATE TABLE t0006 (id INTEGER);', '-- by hand\nDROP TABLE t0006;'));
    story.write(`${CHANGES}/0008_loose.sql`, TABLE('0008'));
    await fixture.apply();
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main');
    const [{ plan, warnings }] = document.plans;
    expect(stepsOf(document)).toEqual(['reverse 0008', 'reverse 0006']);
    expect(plan.steps).toMatchObject([{ commit: null }, { commit: null }]);
    expect(plan.steps[1].doing.script).toContain('-- by hand');
    expect(warnings).toEqual([
      expect.stringMatching(/^0008 is not committed: it is reversed as it lies on disk now/),
      expect.stringMatching(/^0006 has changes that are not committed: it is reversed as it lies on disk now/),
    ]);
    // The version of a commit, when it is asked for by name.
    const chosen = await tidemarkJson(placeOf(fixture), 'plan', '0006', '--to', 'main', '--from', 'topic');
    expect(chosen.document.plans[0].plan.steps[0].doing.script).not.toContain('-- by hand');
    const end = await reconcileAgreed(placeOf(fixture), '--to', 'main');
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  });

  it('takes along what is missing here already, and leaves what the other has', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await commitOne(fixture, '0008_both.sql', TABLE('0008'), 'Here and gone');
    await fixture.apply();
    story.remove(`${CHANGES}/0008_both.sql`);
    story.remove(`${CHANGES}/0005_prizes.sql`);
    await story.git('commit', '--quiet', '-am', 'Fewer');
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main');
    expect(stepsOf(document)).toEqual(['reverse 0008', 'reverse 0006']);
    expect(document.plans[0].notes).toContain('0005 has no file here, and main has it: it stays applied.');
  });

  it('takes ids, and refuses one that is no orphan there', async () => {
    await using fixture = await twoBranches();
    await commitOne(fixture, '0008_more.sql', TABLE('0008'), 'More');
    await fixture.apply();
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '0008', '--to', 'main');
    expect(stepsOf(document)).toEqual(['reverse 0008']);
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'plan', '0004', '--to', 'main'));
    expectsWords(end, 3, /^0004 is no orphan: main has its file, or it is not applied\.$/, /tidemark show 0004/);
  });

  it('rewinds, and applies again what the other has', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('reset', '--quiet', '--hard');
    await story.git('switch', '--quiet', 'main');
    await fixture.apply();
    await story.git('switch', '--quiet', 'topic');
    await story.git('merge', '--quiet', '--no-edit', 'main');
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main', '--strategy', 'rewind');
    expect(stepsOf(document)).toEqual(['reverse 0007', 'reverse 0006', 'apply 0007']);
    const end = await reconcileAgreed(placeOf(fixture), '--to', 'main', '--strategy', 'rewind');
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0007']);
  });

  it('asks where the other is only behind its upstream', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('switch', '--quiet', '-c', 'old', 'topic~1');
    await story.git('branch', '--quiet', '--set-upstream-to=topic');
    await story.git('switch', '--quiet', 'topic');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--to', 'old', '--yes'));
    expect(end.code).toBe(3);
    expect(end.stdout).toContain('0006 is left as it is: old is behind its upstream, which has the file');
    expect(end.stdout).toContain('tidemark reconcile 0006 --remedy reverse --to old');
    const named = await tidemarkJson(placeOf(fixture), 'plan', '0006', '--to', 'old');
    expect(stepsOf(named.document)).toEqual(['reverse 0006']);
  });

  it('leaves a database alone whose project the other does not have', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('reset', '--quiet', '--hard');
    await story.git('switch', '--quiet', '--orphan', 'pages');
    story.write('index.html', 'Hello.\n');
    await story.git('add', 'index.html');
    await story.git('commit', '--quiet', '-m', 'Pages');
    await story.git('switch', '--quiet', 'topic');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--to', 'pages', '--yes'));
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(end.stdout).toContain('pages has no dbmate project in services/shop: its database is left as it is.');
    const named = await tidemark(placeOf(fixture), 'plan', '0006', '--to', 'pages');
    expect(named.code).toBe(3);
  });

  it('finds the project in its folder of then, and says so', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    const url = fixture.database().url;
    await story.git('switch', '--quiet', 'main');
    story.move(CHANGES, 'apps/store/changes');
    story.write('tidemark.config.json', settings('apps/store', 'shop_changes'));
    await story.git('add', '--', 'apps', 'tidemark.config.json');
    await story.git('commit', '--quiet', '-am', 'Move');
    await story.git('switch', '--quiet', 'topic');
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main', '--database', url);
    expect(document.plans[0].notes, JSON.stringify(document)).toContain('On main this project lies in apps/store.');
    expect(stepsOf(document)).toEqual(['reverse 0006']);
  });

  it('reverses everything only when it is asked for by name', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('switch', '--quiet', 'main');
    await story.git('rm', '--quiet', '-r', CHANGES);
    await story.git('commit', '--quiet', '-m', 'Nothing at all', '--', CHANGES);
    await story.git('switch', '--quiet', 'topic');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--to', 'main', '--yes'));
    expect(end.code, end.stdout + end.stderr).toBe(3);
    expect(end.stdout).toContain('main has no dbmate migration of this project at all');
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '0006', '0005', '--to', 'main');
    expect(stepsOf(document)).toEqual(['reverse 0006', 'reverse 0005']);
  });

  it('refuses where the history is kept in another table there', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('switch', '--quiet', 'main');
    story.write('tidemark.config.json', settings('services/shop', 'other_table'));
    await story.git('add', 'tidemark.config.json');
    await story.git('commit', '--quiet', '-m', 'Another table', '--', 'tidemark.config.json');
    await story.git('switch', '--quiet', 'topic');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'plan', '--to', 'main'));
    expectsWords(end, 3, /keeps its history in shop_changes here, and in other_table on main/, /tidemark status/);
  });

  it('leaves the database alone where the other uses another one', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('switch', '--quiet', 'main');
    story.write('tidemark.config.json', settings('services/shop', 'shop_changes', 'sqlite:elsewhere.db'));
    await story.git('add', 'tidemark.config.json');
    await story.git('commit', '--quiet', '-m', 'Another database', '--', 'tidemark.config.json');
    await story.git('switch', '--quiet', 'topic');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--to', 'main', '--yes'));
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(end.stdout).toMatch(/main uses another database, sqlite:services\/shop\/elsewhere\.db .*is left as it is\./);
    const pointed = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main', '--database', fixture.database().url);
    expect(stepsOf(pointed.document)).toEqual(['reverse 0006']);
  });

  it('says which settings of the other cannot be used', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('switch', '--quiet', 'main');
    story.write('tidemark.config.json', '{"timeLimitSeconds":"soon"}');
    await story.git('add', 'tidemark.config.json');
    await story.git('commit', '--quiet', '-m', 'Broken', '--', 'tidemark.config.json');
    await story.git('switch', '--quiet', 'topic');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'plan', '--to', 'main'));
    expectsWords(end, 3, /^The settings that main has cannot be used: /, /tidemark status/);
  });

  it('has --switch only with --to', async () => {
    await using fixture = await twoBranches();
    for (const command of ['plan', 'reconcile']) {
      const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), command, '--switch'));
      expectsWords(end, 2, /^--switch needs --to <ref>/, /tidemark --help/);
    }
    expect(await head(fixture)).toBe('refs/heads/topic');
  });

  it('works from a folder below and from a linked worktree', async () => {
    await using fixture = await twoBranches();
    const { story, env } = fixture;
    const below = await tidemarkJson({ cwd: join(story.root, CHANGES), env }, 'plan', '--to', 'main');
    expect(stepsOf(below.document)).toEqual(['reverse 0006']);
    const linked = join(story.outside, 'linked');
    await story.git('worktree', 'add', '--quiet', '--detach', linked, 'topic');
    const there = { cwd: linked, env };
    const { document } = await tidemarkJson(there, 'plan', '--to', 'main', '--database', fixture.database().url);
    // The main worktree has 0006 too, but its own configuration names that very database.
    expect(document.plans[0].plan).toBe(null);
    const named = await tidemarkJson(there, 'plan', '0006', '--to', 'main', '--database', fixture.database().url);
    expect(stepsOf(named.document)).toEqual(['reverse 0006']);
  });
});

const settings = (root: string, historyTable: string, database?: string): string =>
  JSON.stringify({ projects: [{ framework: 'dbmate', root, migrations: ['changes'], historyTable, database }] });
