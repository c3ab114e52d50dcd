/** `reconcile --to <ref> --switch`: the database and the tree go over together, or neither does. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, consentTo, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { CHANGES, changesNothing, expectsWords, placeOf, sql, versions } from './shop.ts';
import { commitOne, TABLE, twoBranches } from './two-branches.ts';

const HERE = ['0001', '0002', '0004', '0005', '0006'];
const THERE = ['0001', '0002', '0004', '0005', '0007'];

const branch = ({ story }: Fixture) => story.git('symbolic-ref', '--short', 'HEAD');
const switching = (fixture: Fixture, ...more: readonly string[]) =>
  tidemark(placeOf(fixture), 'reconcile', '--to', 'main', '--switch', ...more);

describeWith('the built command line', builtCli(), () => {
  it('goes over and back again, with what lies about in the tree', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    const dirty = await story.git('status', '--porcelain');
    expect(dirty).not.toBe('');
    const end = await switching(fixture, '--yes');
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(end.stderr).toContain("Switched to branch 'main'");
    expect(end.stderr).toContain('the database is where the branch expects it.');
    expect([await branch(fixture), await versions(fixture)]).toEqual(['main', THERE]);
    const { document, code } = await tidemarkJson(
      placeOf(fixture),
      'reconcile',
      '--to',
      '-',
      '--switch',
      ...(await consentTo(placeOf(fixture), '--to', '-', '--switch')),
    );
    expect(code).toBe(0);
    expect(document.to).toMatchObject({ name: 'topic', branch: 'topic', switched: true });
    expect(document.runs.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['done', 'done']);
    expect([await branch(fixture), await versions(fixture)]).toEqual(['topic', HERE]);
    expect(await story.git('status', '--porcelain')).toBe(dirty);
    expect((await tidemarkJson(placeOf(fixture), 'status')).document.projects[0].findings).toEqual([]);
  });

  it('asks for all of it at once, and needs an answer', async () => {
    await using fixture = await twoBranches();
    const end = await changesNothing(fixture, () => switching(fixture));
    expect(end.code).toBe(3);
    expect(end.stderr).toMatch(/Then git switches to main, and 0007 is applied there\.$/m);
    expect(end.stderr).toContain('tidemark reconcile --to main --switch --yes');
    const dry = await changesNothing(fixture, () => switching(fixture, '--dry-run'));
    expect(dry.stdout).toContain('then git switch to main, and apply 0007 there');
  });

  it('confirms what follows too: a plan without the switch, or of another tip, is another plan', async () => {
    await using fixture = await twoBranches();
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main', '--switch');
    const [{ plan }] = document.plans;
    const without = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main');
    expect(without.document.plans[0].plan.id).not.toBe(plan.id);
    await fixture.story.git('branch', '--quiet', '--force', 'main', 'topic~1');
    const end = await changesNothing(fixture, () => switching(fixture, '--confirm', plan.id));
    expectsWords(end, 3, /is no longer the plan/, /tidemark plan/);
  });

  it('applies nothing with --no-apply', async () => {
    await using fixture = await twoBranches();
    expect((await switching(fixture, '--yes', '--no-apply')).code).toBe(0);
    expect([await branch(fixture), await versions(fixture)]).toEqual(['main', THERE.slice(0, 4)]);
  });

  it('applies only what the branch has, not what was reversed and still lies there', async () => {
    await using fixture = await twoBranches();
    fixture.story.write(`${CHANGES}/0008_loose.sql`, TABLE('0008'));
    await fixture.apply();
    expect((await switching(fixture, '--yes')).code).toBe(0);
    expect(await versions(fixture)).toEqual(THERE);
    expect(existsSync(join(fixture.story.root, CHANGES, '0008_loose.sql'))).toBe(true);
  });

  it('switches where there is nothing to reverse, and applies', async () => {
    await using fixture = await twoBranches();
    await fixture.database().query('DROP TABLE t0006');
    await fixture.database().query("DELETE FROM shop_changes WHERE version = '0006'");
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main', '--switch');
    const [{ plan }] = document.plans;
    expect(plan).toMatchObject({ steps: [], to: { apply: ['0007'] } });
    const end = await switching(fixture, '--confirm', plan.id);
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect([await branch(fixture), await versions(fixture)]).toEqual(['main', THERE]);
    const again = await switching(fixture, '--yes');
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(again.stderr).toContain("Already on 'main'");
  });

  it.each([
    ['tag', 'v1'],
    ['commit', 'main~0'],
  ])('detaches at a %s', async (_, ref) => {
    await using fixture = await twoBranches();
    await fixture.story.git('tag', 'v1', 'main');
    const end = await reconcileAgreed(placeOf(fixture), '--to', ref, '--switch');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    await expect(branch(fixture)).rejects.toThrow();
    expect(await fixture.story.git('rev-parse', 'HEAD')).toBe(await fixture.story.git('rev-parse', 'main'));
    expect(await versions(fixture)).toEqual(THERE);
  });

  it.each(['theirs', 'origin/theirs'])('makes a local branch of %s, as git does', async ref => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('remote', 'add', 'origin', story.root);
    await story.git('update-ref', 'refs/remotes/origin/theirs', 'main');
    const end = await reconcileAgreed(placeOf(fixture), '--to', ref, '--switch');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(await branch(fixture)).toBe('theirs');
    expect(await story.git('rev-parse', '--abbrev-ref', 'theirs@{upstream}')).toBe('origin/theirs');
    expect(await versions(fixture)).toEqual(THERE);
  });

  it("runs the user's own hooks, tells ours to be silent, and goes on when one fails", async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    const seen = join(story.outside, 'seen');
    story.writeExecutable('.git/hooks/post-checkout', `#!/bin/sh\necho "$3 $TIDEMARK_SKIP" >'${seen}'\nexit 7\n`);
    const end = await switching(fixture, '--yes');
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(readFileSync(seen, 'utf8')).toBe('1 1\n');
    expect(end.stderr).toContain('main is checked out, but git ended with 1: one of your hooks failed.');
    expect([await branch(fixture), await versions(fixture)]).toEqual(['main', THERE]);
  });

  it('finds nothing left where a hook applies what is pending', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    const url = fixture.database().url.replace('sqlite:', '');
    const node = `new (require('node:sqlite').DatabaseSync)('${url}').exec("CREATE TABLE t0007 (id INTEGER); INSERT INTO shop_changes (version) VALUES ('0007')")`;
    story.writeExecutable(
      '.git/hooks/post-checkout',
      `#!/bin/sh\n'${process.execPath}' -e "${node.replaceAll('"', '\\"')}"\n`,
    );
    const end = await switching(fixture, '--yes');
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(THERE);
  });

  const obstacles: readonly [string, (fixture: Fixture) => Promise<void>, RegExp, RegExp][] = [
    [
      'a changed file would be overwritten',
      async ({ story }) =>
        story.write(`${CHANGES}/0006_songs.sql`, sql('CREATE TABLE t0006 (id INTEGER);', 'DROP TABLE t0006;\n')),
      /would overwrite changes that are not committed: .*0006_songs\.sql/,
      /git stash push/,
    ],
    [
      'an untracked file would be overwritten',
      async ({ story }) => story.write(`${CHANGES}/0007_poems.sql`, 'mine\n'),
      /would overwrite .*0007_poems\.sql, which git does not track here/,
      /git stash push --include-untracked/,
    ],
    [
      'a merge is in its middle',
      async ({ story }) =>
        writeFileSync(join(story.root, '.git/MERGE_HEAD'), `${await story.git('rev-parse', 'main')}\n`),
      /git is in the middle of a merge/,
      /git status/,
    ],
    [
      'another worktree stands on it',
      async ({ story }) => void (await story.git('worktree', 'add', '--quiet', join(story.outside, 'other'), 'main')),
      /main is checked out in another worktree, .*\/other\./,
      /git switch --detach main/,
    ],
    [
      'the index is locked',
      async ({ story }) => story.write('.git/index.lock', ''),
      /another git command is at work here, or one was killed: .*index\.lock exists/,
      /git status/,
    ],
  ];
  it.each(obstacles)('refuses before anything is touched when %s', async (_, make, what, next) => {
    await using fixture = await twoBranches();
    await make(fixture);
    const end = await changesNothing(fixture, () => switching(fixture, '--yes', '--json'));
    expect(end.code, end.stderr).toBe(3);
    const { problem } = JSON.parse(end.stdout);
    expect(problem.what).toMatch(/^git would not switch: /);
    expect(problem.what).toMatch(what);
    expect(problem.next.join('\n')).toMatch(next);
    expect(problem.why).toContain('Nothing was changed.');
    expect(await versions(fixture)).toEqual(HERE);
    // Only the switch is in the way: without it the database may be brought there.
    await fixture.story.git('update-ref', '-d', 'MERGE_HEAD').catch(() => undefined);
    expect((await tidemark(placeOf(fixture), 'plan', '--to', 'main')).code).toBe(0);
  });

  it('refuses a remote branch whose name is taken by another one here', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('remote', 'add', 'origin', story.root);
    await story.git('update-ref', 'refs/remotes/origin/main', 'main~1');
    const args = ['reconcile', '--to', 'origin/main', '--switch', '--yes'];
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), ...args));
    expect(end.code).toBe(3);
    expect(end.stderr).toMatch(/main exists here too, at another commit than origin\/main/);
    expect(end.stderr).toContain('git switch --detach origin/main');
  });

  it('refuses while something is undecided, since its code would be gone', async () => {
    await using fixture = await twoBranches();
    await commitOne(fixture, '0008_empty.sql', sql('CREATE TABLE t0008 (id INTEGER);', ''), 'No way back');
    await fixture.apply();
    const end = await changesNothing(fixture, () => switching(fixture, '--yes'));
    expect(end.code, end.stdout).toBe(3);
    expect(end.stdout).toContain('0008 is left as it is: its down section is empty');
    expect(end.stderr).toMatch(
      /^It is not decided what becomes of 0008, and once main is checked out its code is no longer here\.$/m,
    );
    expect(await branch(fixture)).toBe('topic');
  });

  it('says what was done when git fails after the reversal, and goes on from there', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('switch', '--quiet', 'main');
    story.write('.gitattributes', 'secret.txt filter=sealed\n');
    story.write('secret.txt', 'x\n');
    await story.git('add', '.gitattributes', 'secret.txt');
    await story.git('commit', '--quiet', '-m', 'Secrets', '--', '.gitattributes', 'secret.txt');
    await story.git('switch', '--quiet', 'topic');
    await story.git('config', 'filter.sealed.smudge', 'false');
    await story.git('config', 'filter.sealed.required', 'true');
    const end = await switching(fixture, '--yes');
    expect(end.code, end.stdout + end.stderr).toBe(4);
    expect(end.stderr).toMatch(/^git did not switch to main\.$/m);
    expect(end.stderr).toMatch(/The database was brought to where main expects it: 0006 reversed \(run \S+\)\./);
    expect(end.stderr).toContain('next  tidemark reconcile --to main --switch');
    expect([await branch(fixture), await versions(fixture)]).toEqual(['topic', HERE.slice(0, 4)]);
    const resumed = await tidemark(placeOf(fixture), 'resume');
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toContain('git did not switch there yet.');
    expect(resumed.stderr).toContain('tidemark reconcile --to main --switch');

    await story.git('config', '--unset', 'filter.sealed.required');
    await story.git('reset', '--quiet', '--hard');
    // Git wrote some files of main before it gave up.
    for (const file of ['.gitattributes', 'secret.txt', `${CHANGES}/0007_poems.sql`]) {
      rmSync(join(story.root, file), { force: true });
    }
    const again = await switching(fixture, '--yes');
    expect(again, again.stdout + again.stderr).toMatchObject({ code: 0 });
    expect([await branch(fixture), await versions(fixture)]).toEqual(['main', THERE]);
  });

  it('says so when what is pending there cannot be applied', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('switch', '--quiet', 'main');
    await commitOne(fixture, '0009_broken.sql', sql('CREATE TABLE t0007 (id INTEGER);', 'DROP TABLE t0007;'), 'Twice');
    await story.git('switch', '--quiet', 'topic');
    const end = await switching(fixture, '--yes');
    expect(end.code, end.stdout + end.stderr).toBe(4);
    expect(end.stdout).toContain('failed  apply 0009');
    expect(end.stdout).toMatch(/^next +tidemark resume/m);
    expect([await branch(fixture), await versions(fixture)]).toEqual(['main', THERE]);
    expect((await tidemark(placeOf(fixture), 'abort', '--keep')).code).toBe(0);
  });
});
