/** What each situation of `fixtures-repos/` but the Sparkles story must look like, and where it must end. */

/** What a situation must look like. Commits are named as in its `story.json`. */
export interface Expected {
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

/** Label of the Django app in the fixtures. */
export const U = 'unicorn_stable';
const by = (author: string, commit: string, subject: string) => ({ author, commit, subject });

/** By `<framework>/<situation>`. */
export const SITUATIONS: Readonly<Record<string, Expected>> = {
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
  'django/renumbering-over-pending': {
    findings: () => [
      { migration: `${U}.0010_colour`, cause: 'renamed', renamedTo: `${U}.0011_colour`, similarity: 100 },
    ],
    plan: /builds on unicorn_stable\.0010_size, which is not applied/,
    code: 3,
    after: [`${U}.0009_unicorn`, `${U}.0010_colour`],
    asFresh: false,
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
  'django/squash-finished': {
    findings: commit =>
      ['0003_speed', '0002_meadow', '0001_unicorn'].map(name => ({
        migration: `${U}.${name}`,
        cause: 'squashed',
        remedy: 'ignore',
        remedies: ['ignore', 'forget'],
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
