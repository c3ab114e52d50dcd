/** Situations in which somebody chooses: another strategy, another remedy, one of two projects. */
import { expect } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { U } from './situations-expected.ts';
import { appliedNow, isAsFresh, placeOf, situation, stepName } from './situations-play.ts';

const by = (author: string, commit: string, subject: string) => ({ author, commit, subject });

describeWith('the built command line', builtCli(), () => {
  situation('dbmate/orphan-under-live-migrations', rewinds, 'is rewound: back below it, and forward again');
  situation('dbmate/orphan-under-live-migrations', staysInPlace, 'is reversed in place where the user says so');
  situation('django/renumbering-over-pending', reversedInstead, 'is reversed and applied anew where the user says so');
  situation('django/column-lost-on-the-way', forgottenInTheEnd, 'stops without a change, and is forgotten then');
  situation('django/monorepo-with-two-frameworks', bothProjects, 'reconciles both projects, each on its own database');
  situation('django/monorepo-with-two-frameworks', oneProject, 'leaves the other project alone when one is named');
});

async function rewinds(fixture: Fixture): Promise<void> {
  const place = placeOf(fixture);
  const { document } = await tidemarkJson(place, 'plan', '--strategy', 'rewind');
  expect(document.plans[0].plan.steps.map(stepName)).toEqual([
    'reverse 0005',
    'reverse 0004',
    'reverse 0003',
    'apply 0004',
    'apply 0005',
  ]);
  const end = await reconcileAgreed(place, '--strategy', 'rewind');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect(await appliedNow(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  await isAsFresh(fixture);
}

async function staysInPlace(fixture: Fixture): Promise<void> {
  const place = placeOf(fixture);
  const prizes = await fixture.database().query('SELECT * FROM prizes');
  const end = await reconcileAgreed(place, '0003', '--strategy', 'in-place');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect(await appliedNow(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  expect(await fixture.database().query('SELECT * FROM prizes')).toEqual(prizes);
  await isAsFresh(fixture);
}

async function reversedInstead(fixture: Fixture): Promise<void> {
  const end = await reconcileAgreed(placeOf(fixture), `${U}.0010_colour`, '--remedy', 'reverse');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect((await reconcileAgreed(placeOf(fixture))).code).toBe(0);
  expect(await appliedNow(fixture)).toEqual([`${U}.0009_unicorn`, `${U}.0010_size`, `${U}.0011_colour`]);
  await isAsFresh(fixture);
}

/** Django itself had dropped the column: its reversal cannot work, and must not harm anything. */
async function forgottenInTheEnd(fixture: Fixture): Promise<void> {
  const place = placeOf(fixture);
  const { document } = await tidemarkJson(place, 'plan');
  expect(document.plans[0].plan.steps[0].losses.columns).toEqual([
    { table: 'unicorn_stable_unicorn', column: 'colour', values: null },
  ]);
  const rows = () => fixture.database().query('SELECT * FROM unicorn_stable_unicorn');
  const before = await rows();
  const end = await reconcileAgreed(place);
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
  expect(end.stdout).toContain('It left the database as it was before this step.');
  expect(await rows()).toEqual(before);
  expect((await tidemark(place, 'abort')).code).toBe(0);
  expect((await tidemark(place, 'forget', `${U}.0002_colour`, '--yes')).code).toBe(0);
  expect(await rows()).toEqual(before);
  expect(await appliedNow(fixture)).toEqual([`${U}.0001_unicorn`, `${U}.0002_speed`]);
  await isAsFresh(fixture);
}

async function bothProjects(fixture: Fixture): Promise<void> {
  const place = placeOf(fixture);
  const { document } = await tidemarkJson(place, 'status');
  const found = document.projects.map((project: { framework: string; root: string; findings: readonly object[] }) => [
    `${project.framework}:${project.root}`,
    project.findings,
  ]);
  expect(found).toMatchObject([
    [
      'dbmate:services/shop',
      [{ migration: '0002', deleted: by('Rainbows', fixture.commits['deletes meadows'] ?? '', 'No meadows') }],
    ],
    ['django:site', [{ migration: `${U}.0002_colour`, deleted: { commit: fixture.commits['deletes colour'] } }]],
  ]);
  const end = await reconcileAgreed(place);
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  const after = await tidemarkJson(place, 'status');
  expect(after.document.projects.map((project: { findings: readonly object[] }) => project.findings)).toEqual([[], []]);
  for (const { root } of fixture.projects) expect(await fixture.status(root)).toMatchObject({ clean: true });
}

async function oneProject(fixture: Fixture): Promise<void> {
  const place = placeOf(fixture);
  const end = await reconcileAgreed(place, '--project', 'site');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect(await fixture.database('services/shop').query('SELECT version FROM shop_changes ORDER BY 1')).toEqual([
    { version: '0001' },
    { version: '0002' },
  ]);
  expect((await fixture.status('site')).clean).toBe(true);
  const named = await tidemark(place, 'status', '--database', 'sqlite:elsewhere.db');
  expect(named).toMatchObject({ code: 2, stdout: '' });
  expect(named.stderr).toContain('--project');
}
