/** Every situation of `fixtures-repos/` but the Sparkles story: what `status` says, what `plan` offers, and where it ends. */
import { describe, expect, it } from 'vitest';
import { compareSchemas } from '../../src/domain/schema.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliPlace, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools, readStory } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import type { Snapshot } from '../kit/story-snapshot.ts';

/** What a situation must look like. Commits are named as in its `story.json`. */
interface Expected {
  /** Orphan findings, newest applied first, as far as they matter. */
  readonly findings: (commit: (name: string) => string) => readonly object[];
  /** Steps of the plan as `kind migration`, or the refusal's reason. */
  readonly plan: readonly string[] | RegExp;
  /** Exit code of `reconcile --yes`. */
  readonly code: number;
  /** Ids in the history table at the end, as Tidemark lists them. */
  readonly after: readonly string[];
  /** Where reconciling makes the database like a fresh one. */
  readonly asFresh: boolean;
}

const U = 'unicorn_stable';
const by = (author: string, commit: string, subject: string) => ({ author, commit, subject });

const SITUATIONS: Readonly<Record<string, Expected>> = {
  'dbmate/branch-switch': {
    findings: commit => [
      {
        migration: '0003',
        cause: 'other-branch',
        remedy: 'reverse',
        branches: ['refs/heads/glitter/first-try'],
        added: by('Sparkles', commit('adds 3'), 'Store glitter'),
        deleted: null,
        source: { commit: commit('adds 3') },
      },
    ],
    plan: ['reverse 0003', 'apply 0002'],
    code: 0,
    after: ['0001', '0002'],
    asFresh: true,
  },
  'alembic/branch-switch': {
    findings: commit => [
      {
        migration: '5eed00000003',
        cause: 'other-branch',
        remedy: 'reverse',
        branches: ['refs/heads/glitter/first-try'],
        source: { commit: commit('adds 3'), path: 'api/schema/revisions/glitter.py' },
      },
    ],
    plan: ['reverse 5eed00000003', 'apply 5eed00000004'],
    code: 0,
    after: ['5eed00000001', '5eed00000002', '5eed00000004'],
    asFresh: true,
  },
  'dbmate/merge-commit-deletion': {
    findings: commit => [
      {
        migration: '0003',
        cause: 'deleted-here',
        remedy: 'reverse',
        added: by('Sparkles', commit('adds 3'), 'Store glitter'),
        deleted: by('Sparkles', commit('deletes 3'), 'Merge races, and lose glitter on the way'),
        branches: ['refs/heads/races'],
      },
    ],
    plan: ['reverse 0003'],
    code: 0,
    after: ['0001', '0002', '0004'],
    asFresh: true,
  },
  'dbmate/amend': {
    findings: commit => [
      {
        migration: '0003',
        cause: 'unreachable',
        remedy: 'reverse',
        added: by('Rainbows', commit('adds 3'), 'Store glitter'),
        deleted: null,
        branches: [],
        source: { commit: commit('adds 3') },
      },
    ],
    plan: ['reverse 0003'],
    code: 0,
    after: ['0001', '0002'],
    asFresh: true,
  },
  'knex/amend': {
    findings: commit => [
      {
        migration: '003_glitter.cjs',
        cause: 'unreachable',
        remedy: 'reverse',
        added: by('Rainbows', commit('adds 3'), 'Store glitter'),
        branches: [],
      },
    ],
    plan: ['reverse 003_glitter.cjs'],
    code: 0,
    after: ['001_unicorns.cjs', '002_meadows.cjs'],
    asFresh: true,
  },
  'knex/rename': {
    findings: commit => [
      {
        migration: '002_meadows.cjs',
        cause: 'renamed',
        remedy: 'relabel',
        renamedTo: '002_create_meadows.cjs',
        similarity: 100,
        added: { commit: commit('adds 2') },
        deleted: by('Sparkles', commit('renames 2'), 'Say what the second one does'),
      },
    ],
    plan: ['relabel 002_meadows.cjs', 'apply 004_races.cjs'],
    code: 0,
    after: ['001_unicorns.cjs', '002_create_meadows.cjs', '004_races.cjs'],
    asFresh: true,
  },
  'django/renumbering': {
    findings: commit => [
      {
        migration: `${U}.0010_colour`,
        cause: 'renamed',
        remedy: 'relabel',
        renamedTo: `${U}.0011_colour`,
        similarity: 100,
        deleted: { commit: commit('renumbers') },
      },
    ],
    plan: [`relabel ${U}.0010_colour`],
    code: 0,
    after: [`${U}.0009_unicorn`, `${U}.0010_size`, `${U}.0011_colour`],
    asFresh: true,
  },
  'django/squash': {
    findings: commit =>
      ['0003_speed', '0002_meadow', '0001_unicorn'].map(name => ({
        migration: `${U}.${name}`,
        cause: 'squashed',
        remedy: 'ignore',
        renamedTo: `${U}.0001_squashed_0003_speed`,
        deleted: { commit: commit('squashes') },
      })),
    plan: [`apply ${U}.0004_colour`],
    code: 0,
    after: ['0001_squashed_0003_speed', '0001_unicorn', '0002_meadow', '0003_speed', '0004_colour'].map(
      name => `${U}.${name}`,
    ),
    asFresh: true,
  },
  'django/irreversible': {
    findings: commit => [
      { migration: `${U}.0002_shout`, cause: 'deleted-here', deleted: { commit: commit('deletes 2') } },
    ],
    plan: /runs Python code and has no reverse_code/,
    code: 3,
    after: [`${U}.0001_unicorn`, `${U}.0002_shout`],
    asFresh: false,
  },
  'dbmate/irreversible': {
    findings: commit => [{ migration: '0002', cause: 'deleted-here', deleted: { commit: commit('deletes 2') } }],
    plan: /its down section is empty/,
    code: 3,
    after: ['0001', '0002'],
    asFresh: false,
  },
  'django/two-chained-orphans': {
    findings: commit => [
      {
        migration: `${U}.0004_shine`,
        cause: 'deleted-here',
        remedy: 'reverse',
        added: by('Rainbows', commit('adds 4'), 'Let glitter shine'),
      },
      {
        migration: `${U}.0003_glitter`,
        cause: 'deleted-here',
        remedy: 'reverse',
        added: by('Sparkles', commit('adds 3'), 'Store glitter'),
        deleted: { commit: commit('deletes both') },
      },
    ],
    plan: [`reverse ${U}.0004_shine`, `reverse ${U}.0003_glitter`, `apply ${U}.0003_race`],
    code: 0,
    after: [`${U}.0001_unicorn`, `${U}.0002_meadow`, `${U}.0003_race`],
    asFresh: true,
  },
  'alembic/two-chained-orphans': {
    findings: commit => [
      {
        migration: '5eed00000006',
        cause: 'deleted-here',
        remedy: 'reverse',
        added: by('Rainbows', commit('adds 6'), 'Let glitter shine'),
      },
      {
        migration: '5eed00000003',
        cause: 'deleted-here',
        remedy: 'reverse',
        deleted: { commit: commit('deletes both') },
      },
    ],
    plan: ['reverse 5eed00000006', 'reverse 5eed00000003', 'apply 5eed00000004'],
    code: 0,
    after: ['5eed00000001', '5eed00000002', '5eed00000004'],
    asFresh: true,
  },
  'dbmate/orphan-under-live-migrations': {
    findings: commit => [
      { migration: '0003', cause: 'deleted-here', remedy: 'reverse', deleted: { commit: commit('deletes 3') } },
    ],
    plan: /^0004, which this branch keeps, names what it made/,
    code: 3,
    after: ['0001', '0002', '0003', '0004', '0005'],
    asFresh: false,
  },
};

const placeOf = (fixture: Fixture): CliPlace => ({ cwd: fixture.story.root, env: fixture.env });

const snapshot = (fixture: Fixture): Snapshot =>
  Object.fromEntries(Object.entries(fixture.story.snapshot()).filter(([path]) => !/\.db$|__pycache__/.test(path)));

interface Migration {
  readonly id: string;
  readonly state: string;
}

/** What the branch's own history table holds now, without other apps' rows; sorted. */
async function appliedNow(fixture: Fixture): Promise<readonly string[]> {
  const { document } = await tidemarkJson(placeOf(fixture), 'status');
  const all: readonly Migration[] = document.projects[0].migrations;
  return all
    .filter(({ state }) => state !== 'pending')
    .map(({ id }) => id)
    .sort();
}

const stepName = (step: { kind: string; migration?: string; migrations?: readonly string[] }): string =>
  `${step.kind} ${step.migration ?? step.migrations?.join(', ')}`;

async function play(fixture: Fixture, expected: Expected): Promise<void> {
  const commit = (name: string): string => fixture.commits[name] ?? `no commit is called ${name}`;
  const place = placeOf(fixture);
  const before = snapshot(fixture);
  const { document } = await tidemarkJson(place, 'status');
  const findings = document.projects[0].findings.filter(({ kind }: { kind: string }) => kind === 'orphaned');
  expect(findings).toMatchObject(expected.findings(commit));

  const planned = await tidemarkJson(place, 'plan');
  const [{ plan, refusals }] = planned.document.plans;
  if (expected.plan instanceof RegExp) {
    expect(plan).toBe(null);
    expect(refusals).toMatchObject([{ reason: expect.stringMatching(expected.plan) }]);
  } else {
    expect(refusals).toEqual([]);
    expect(plan.steps.map(stepName)).toEqual(expected.plan);
  }

  const end = await tidemark(place, 'reconcile', '--yes');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: expected.code });
  expect(await appliedNow(fixture)).toEqual([...expected.after].sort());
  expect(snapshot(fixture)).toEqual(before);
  if (expected.asFresh) await isAsFresh(fixture);
}

async function isAsFresh(fixture: Fixture): Promise<void> {
  const table = fixture.projects[0]?.historyTable ?? '';
  const fresh = await fixture.fresh();
  const difference = compareSchemas(await fresh.schema(table), await fixture.database().schema(table));
  expect(difference).toEqual({ added: [], removed: [], changed: [] });
  const status = await fixture.status();
  expect(status, status.said).toMatchObject({ clean: true });
}

describeWith('the built command line', builtCli(), () => {
  for (const [name, expected] of Object.entries(SITUATIONS)) {
    situation(
      name,
      fixture => play(fixture, expected),
      expected.code === 0 ? 'is explained and reconciled' : 'is refused',
    );
  }

  situation('dbmate/orphan-under-live-migrations', rewinds, 'is rewound: back below it, and forward again');
  situation('dbmate/orphan-under-live-migrations', staysInPlace, 'is reversed in place where the user says so');
  situation('django/monorepo-with-two-frameworks', bothProjects, 'reconciles both projects, each on its own database');
  situation('django/monorepo-with-two-frameworks', oneProject, 'leaves the other project alone when one is named');
});

function situation(name: string, body: (fixture: Fixture) => Promise<void>, says: string): void {
  describe(name, async () => {
    const { engines } = readStory(name);
    describeWith('with its frameworks', await fixtureTools(name), runners => {
      for (const [label, engine] of fixtureEngines()) {
        if (engine.here && !engines.includes(engine.it.engine)) continue;
        describeWith(label, engine, on => {
          it(says, async () => {
            await using fixture = await buildFixture(name, on, runners);
            await body(fixture);
          });
        });
      }
    });
  });
}

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
  const end = await tidemark(place, 'reconcile', '--strategy', 'rewind', '--yes');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect(await appliedNow(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  await isAsFresh(fixture);
}

async function staysInPlace(fixture: Fixture): Promise<void> {
  const place = placeOf(fixture);
  const prizes = await fixture.database().query('SELECT * FROM prizes');
  const end = await tidemark(place, 'reconcile', '0003', '--strategy', 'in-place', '--yes');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect(await appliedNow(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  expect(await fixture.database().query('SELECT * FROM prizes')).toEqual(prizes);
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
  const end = await tidemark(place, 'reconcile', '--yes');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  const after = await tidemarkJson(place, 'status');
  expect(after.document.projects.map((project: { findings: readonly object[] }) => project.findings)).toEqual([[], []]);
  for (const { root } of fixture.projects) expect(await fixture.status(root)).toMatchObject({ clean: true });
}

async function oneProject(fixture: Fixture): Promise<void> {
  const place = placeOf(fixture);
  const end = await tidemark(place, 'reconcile', '--yes', '--project', 'site');
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
