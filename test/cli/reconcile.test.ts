/** `plan` and `reconcile` on the Sparkles and Rainbows repository: consent, refusals, and what is printed. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, consentTo, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { CHANGES, changesNothing, expectsWords, placeOf, sparkles, sql, versions } from './shop.ts';

describeWith('the built command line', builtCli(), () => {
  it('plans: the SQL, what it destroys in numbers, and the id to confirm', async () => {
    await using fixture = await sparkles();
    const { document } = await tidemarkJson(placeOf(fixture), 'plan');
    const [{ plan, refusals }] = document.plans;
    expect(refusals).toEqual([]);
    expect(plan).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      engine: 'sqlite',
      database: 'sqlite:services/shop/shop.db',
      strategy: 'in-place',
      steps: [
        {
          kind: 'reverse',
          migration: '0003',
          because: 'orphaned',
          losses: {
            tables: [{ table: 'glitter_sorts', rows: 3 }],
            columns: [{ table: 'unicorns', column: 'glitter', values: 1 }],
            unsure: null,
          },
        },
      ],
      after: ['0001', '0002', '0004', '0005'],
    });
    const { stdout, stderr, code } = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'plan'));
    expect(code).toBe(0);
    expect(stdout).toContain('DROP TABLE glitter_sorts;');
    expect(stdout).toContain('destroys table glitter_sorts with 3 rows');
    expect(stdout).toContain('destroys column unicorns.glitter with 1 value');
    expect(stderr).toContain(`tidemark reconcile --confirm ${plan.id}`);
  });

  it('refuses without a terminal and without a consent, also what loses nothing', async () => {
    await using fixture = await sparkles();
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'forget', '0003'));
    expect(end.code).toBe(3);
    expect(end.stderr).toMatch(/^A question needs an answer and there is no terminal to ask/m);
    expect(end.stderr).toContain('Nothing was changed.');
    expect(end.stderr).toMatch(
      /next {2}tidemark forget 0003 --yes\n {2}or {4}tidemark forget 0003 --confirm [0-9a-f]{12}\n$/,
    );
    expect((await tidemarkJson(placeOf(fixture), 'runs')).document.runs).toEqual([]);
  });

  it('changes nothing with --dry-run, and prints the same plan every time', async () => {
    await using fixture = await sparkles();
    const planned = await tidemarkJson(placeOf(fixture), 'plan');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--dry-run', '--yes'));
    expect(end).toMatchObject({ code: 0 });
    expect(end.stdout).toContain(planned.document.plans[0].plan.id);
    const json = await tidemarkJson(placeOf(fixture), 'reconcile', '--dry-run');
    expect(json.document).toEqual(planned.document);
  });

  it('runs exactly the plan that --confirm names, or refuses', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const { document } = await tidemarkJson(place, 'plan');
    const id: string = document.plans[0].plan.id;
    const wrong = await changesNothing(fixture, () => tidemark(place, 'reconcile', '--confirm', '000000000000'));
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain(`The plan 000000000000 is no longer the plan; now it is ${id}.`);
    expect(wrong.stderr).toContain('Nothing was changed.');
    const end = await tidemark(place, 'reconcile', '--confirm', id);
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  });

  it('refuses a plan that was confirmed before the history changed', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const { document } = await tidemarkJson(place, 'plan');
    await fixture.database().query("DELETE FROM shop_changes WHERE version = '0005'");
    const end = await changesNothing(fixture, () =>
      tidemark(place, 'reconcile', '--confirm', document.plans[0].plan.id),
    );
    expect(end.code).toBe(3);
    expect(await versions(fixture)).toContain('0003');
  });

  it('applies what is pending, or not with --no-apply', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    fixture.story.write(`${CHANGES}/0006_songs.sql`, sql('CREATE TABLE songs (id INTEGER);', 'DROP TABLE songs;'));
    expect((await reconcileAgreed(place, '--no-apply')).code).toBe(0);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
    const nothing = await changesNothing(fixture, () => tidemark(place, 'reconcile', '--yes', '--no-apply'));
    expect(nothing.code).toBe(0);
    expect(nothing.stdout).toContain('Nothing to do.');
    expect((await reconcileAgreed(place)).code).toBe(0);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0006']);
  });

  it('reports a run as JSON, and nothing else on stdout', async () => {
    await using fixture = await sparkles();
    const { document, code } = await tidemarkJson(
      placeOf(fixture),
      'reconcile',
      ...(await consentTo(placeOf(fixture))),
    );
    expect(code).toBe(0);
    expect(document).toMatchObject({
      format: 1,
      runs: [
        {
          outcome: 'done',
          before: ['0001', '0002', '0003', '0004', '0005'],
          after: ['0001', '0002', '0004', '0005'],
          backup: { madeBy: expect.stringContaining('SQLite') },
          steps: [{ state: 'done' }],
        },
      ],
      refusals: [],
    });
    expect(document.runs[0].backup.file).toContain(`${fixture.env['XDG_STATE_HOME']}/tidemark/backups/`);
  });

  it('is quiet when asked to be', async () => {
    await using fixture = await sparkles();
    const { stderr, code } = await reconcileAgreed(placeOf(fixture), '--quiet');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  it('makes no backup with --no-backup', async () => {
    await using fixture = await sparkles();
    const { document } = await tidemarkJson(
      placeOf(fixture),
      'reconcile',
      '--no-backup',
      ...(await consentTo(placeOf(fixture), '--no-backup')),
    );
    expect(document.runs).toMatchObject([{ outcome: 'done', backup: null }]);
  });

  it.each([
    [['plan', '--strategy', 'sideways'], /sideways/],
    [['plan', '0003', '--remedy', 'dance'], /dance/],
    [['plan', '--remedy', 'forget'], /--remedy/],
    [['plan', '--from', 'HEAD'], /--from/],
    [['plan', '0003', '--from', 'nowhere'], /nowhere/],
    [['plan', '0003', '--from', 'HEAD'], /HEAD/],
    [['status', '--framework', 'abacus'], /abacus/],
    [['status', '--project', 'elsewhere'], /elsewhere/],
    [['resume'], /no unfinished run/],
    [['abort', 'never'], /never/],
    [['status', '-C', '/nonexistent/place'], /\/nonexistent\/place/],
  ])('%j is refused in words', async (args, what) => {
    await using fixture = await sparkles();
    expectsWords(await changesNothing(fixture, () => tidemark(placeOf(fixture), ...args)), 2, what, /./);
  });
});
