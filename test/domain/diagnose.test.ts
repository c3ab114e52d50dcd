/** What is wrong besides orphans: a table of small cases. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/domain/diagnose.ts';
import type { ProjectFacts } from '../../src/domain/diagnosis.ts';
import { needsAttention, remedyOf } from '../../src/domain/finding.ts';
import { computed } from '../kit/processor-time.ts';
import { evidence, file, orphan, project, row, sighting } from './build.ts';

const found = (facts: ProjectFacts) => diagnose(facts).findings.filter(finding => finding.kind !== 'pending');
const states = (facts: ProjectFacts) =>
  Object.fromEntries(diagnose(facts).migrations.map(({ id, state }) => [id, state]));

describe('states', () => {
  it('are applied in the order of the table, then pending in the order of the files', () => {
    const { migrations, counts } = diagnose(project({ applied: ['2', '1'], files: ['1', '2', '3', '4'] }));
    expect(migrations.map(({ id, state }) => `${id} ${state}`)).toEqual([
      '2 applied',
      '1 applied',
      '3 pending',
      '4 pending',
    ]);
    expect(counts).toEqual({ applied: 2, pending: 2, orphaned: 0 });
  });

  it('leave foreign rows out', () => {
    const facts = project({
      applied: ['auth.0001_initial', 'tasks.0001_initial'],
      files: ['tasks.0001_initial'],
      order: 'graph',
    });
    const { migrations, foreign, counts } = diagnose(facts);
    expect(migrations.map(({ id }) => id)).toEqual(['tasks.0001_initial']);
    expect(foreign).toEqual(['auth.0001_initial']);
    expect(counts.orphaned).toBe(0);
  });

  it('take every row for foreign when the repository never had a file of an app', () => {
    expect(diagnose(project({ applied: ['auth.0001_initial'], files: [], order: 'graph' })).foreign).toEqual([
      'auth.0001_initial',
    ]);
  });

  it('show the path an orphan had', () => {
    const facts = project({
      applied: ['1'],
      evidence: [
        evidence('1', {
          sightings: [
            sighting('1', 'deleted', 'h2', { path: 'old/1.sql' }),
            sighting('1', 'added', 'h1', { path: 'old/1.sql' }),
          ],
        }),
      ],
    });
    expect(diagnose(facts).migrations[0]?.path).toBe('old/1.sql');
  });
});

describe('rows and files that are there twice', () => {
  it('are one migration, and failed when one of its rows is', () => {
    const facts = project({ applied: ['1', row('1', { state: 'failed' }), '9', '9'], files: ['1'] });
    expect(states(facts)).toEqual({ 1: 'failed', 9: 'orphaned' });
    expect(diagnose(facts).counts).toEqual({ applied: 2, pending: 0, orphaned: 1 });
    expect(found(facts).map(({ kind }) => kind)).toEqual(['orphaned', 'failed']);
  });

  it('are said of files, and the first is taken', () => {
    const facts = project({ files: [file('1', { path: 'a.sql' }), file('1', { path: 'b.sql' })] });
    expect(diagnose(facts).counts.pending).toBe(1);
    expect(found(facts)).toEqual([
      { kind: 'unreadable-file', migration: null, path: 'b.sql', reason: 'its id, 1, is that of a.sql too' },
    ]);
  });
});

describe('pending', () => {
  it('is out of order where something newer is applied', () => {
    expect(diagnose(project({ applied: ['1', '3'], files: ['1', '2', '3', '4'] })).findings).toEqual([
      { kind: 'out-of-order', migration: '2', path: 'migrations/2', after: '3' },
      { kind: 'pending', migration: '4', path: 'migrations/4' },
    ]);
  });

  it('is never out of order in a graph, nor behind an orphan', () => {
    expect(found(project({ order: 'graph', applied: ['3'], files: ['1', '3'] })).map(({ kind }) => kind)).toEqual([
      'several-heads',
    ]);
    expect(found(project({ applied: ['9'], files: ['1'] })).map(({ kind }) => kind)).toEqual(['orphaned']);
  });

  const parts = ['a.1', 'a.2'];
  const squash = file('a.s', { replaces: parts });
  it.each([
    { name: 'the squash alone when nothing is applied', applied: [], files: ['a.1', 'a.2', squash], pending: ['a.s'] },
    {
      name: 'the parts that are left when some are applied',
      applied: ['a.1'],
      files: ['a.1', 'a.2', squash],
      pending: ['a.2'],
    },
    { name: 'nothing when all parts are applied', applied: parts, files: ['a.1', 'a.2', squash], pending: [] },
    {
      name: 'nothing when the squash is applied too',
      applied: [...parts, 'a.s'],
      files: ['a.1', 'a.2', squash],
      pending: [],
    },
    {
      name: 'the squash when its parts are gone and nothing is applied',
      applied: [],
      files: [squash],
      pending: ['a.s'],
    },
    { name: 'nothing when its parts are gone and applied', applied: parts, files: [squash], pending: [] },
    {
      name: 'what comes after a squash',
      applied: parts,
      files: [squash, file('a.3', { requires: ['a.s'] })],
      pending: ['a.3'],
    },
  ])('of a squash is $name', ({ applied, files, pending }) => {
    const { migrations } = diagnose(project({ order: 'graph', applied, files }));
    expect(migrations.filter(({ state }) => state === 'pending').map(({ id }) => id)).toEqual(pending);
  });
});

describe('findings', () => {
  const graph = { order: 'graph' as const };
  it.each<{ name: string; facts: ProjectFacts; expected: readonly object[] }>([
    { name: 'nothing', facts: project({ applied: ['1'], files: ['1'] }), expected: [] },
    {
      name: 'no history table',
      facts: project({ applied: null, files: [], historyTable: { schema: 'app', name: 'log' } }),
      expected: [{ kind: 'history-table-missing', migration: null, table: 'app.log' }],
    },
    {
      name: 'a history table in no schema',
      facts: project({ applied: null }),
      expected: [{ kind: 'history-table-missing', migration: null, table: 'history' }],
    },
    {
      name: 'a failed one',
      facts: project({ applied: [row('1', { state: 'failed' })], files: ['1'] }),
      expected: [{ kind: 'failed', migration: '1' }],
    },
    {
      name: 'a file that cannot be read',
      facts: project({ unreadable: [{ path: 'x.sql', reason: 'it is empty' }] }),
      expected: [{ kind: 'unreadable-file', migration: null, path: 'x.sql', reason: 'it is empty' }],
    },
    {
      name: 'a number taken twice',
      facts: project({
        ...graph,
        numbers: true,
        files: ['a.10_x', file('a.10_y', { requires: ['a.10_x'] }), 'b.10_z'],
      }),
      expected: [{ kind: 'duplicate-number', migration: 'a.10_x', number: '10', others: ['a.10_y'] }],
    },
    {
      name: 'a squash with the number of its first part',
      facts: project({ ...graph, numbers: true, files: ['a.1_x', file('a.1_x_squashed', { replaces: ['a.1_x'] })] }),
      expected: [],
    },
    {
      name: 'several heads',
      facts: project({ ...graph, files: ['1', file('2', { requires: ['1'] }), file('3', { requires: ['1'] })] }),
      expected: [{ kind: 'several-heads', migration: '2', others: ['3'] }],
    },
    {
      name: 'heads that are merged',
      facts: project({ ...graph, files: ['1', '2', file('3', { requires: ['1', '2'] })] }),
      expected: [],
    },
    {
      name: 'one head in each app, whatever depends on it from another',
      facts: project({ ...graph, files: ['a.1', file('b.1', { requires: ['a.1'] })] }),
      expected: [],
    },
    {
      name: 'a squash beside its parts and what builds on a part',
      facts: project({
        ...graph,
        files: [
          'a.1',
          file('a.2', { requires: ['a.1'] }),
          file('a.s', { replaces: ['a.1', 'a.2'] }),
          file('a.3', { requires: ['a.2'] }),
        ],
      }),
      expected: [],
    },
    {
      name: 'a squash beside its parts, and another head',
      facts: project({
        ...graph,
        files: ['a.1', file('a.2', { requires: ['a.1'] }), file('a.s', { replaces: ['a.1', 'a.2'] }), 'a.x'],
      }),
      expected: [{ kind: 'several-heads', migration: 'a.s', others: ['a.x'] }],
    },
    {
      name: 'a dependency that is gone',
      facts: project({ ...graph, files: [file('a.2', { requires: ['a.1'] })] }),
      expected: [{ kind: 'missing-dependency', migration: 'a.2', requires: 'a.1' }],
    },
    {
      name: 'a dependency that is an orphan',
      facts: project({ ...graph, applied: ['a.1', 'a.2'], files: [file('a.2', { requires: ['a.1'] })] }),
      expected: [
        expect.objectContaining({ kind: 'orphaned', migration: 'a.1' }),
        { kind: 'missing-dependency', migration: 'a.2', requires: 'a.1' },
      ],
    },
    {
      name: 'a dependency on another’s app',
      facts: project({ ...graph, files: [file('a.2', { requires: ['auth.1'] })] }),
      expected: [],
    },
    {
      name: 'a dependency on a part of a squash',
      facts: project({
        ...graph,
        files: [file('a.s', { replaces: ['a.1', 'a.2'] }), file('a.3', { requires: ['a.2'] })],
      }),
      expected: [],
    },
    {
      name: 'a squash of which only some parts are applied and one is nowhere',
      facts: project({ ...graph, applied: ['a.1'], files: ['a.1', file('a.s', { replaces: ['a.1', 'a.2'] })] }),
      expected: [{ kind: 'missing-dependency', migration: 'a.s', requires: 'a.2' }],
    },
    {
      name: 'a circle, once',
      facts: project({
        ...graph,
        files: [
          file('1', { requires: ['2'] }),
          file('2', { requires: ['3'] }),
          file('3', { requires: ['1'] }),
          file('4', { requires: ['1'] }),
        ],
      }),
      expected: [{ kind: 'cycle', migration: '1', others: ['2', '3'] }],
    },
    {
      name: 'one that depends on itself',
      facts: project({ ...graph, files: [file('1', { requires: ['1'] }), file('2', { requires: ['1'] })] }),
      expected: [{ kind: 'cycle', migration: '1', others: [] }],
    },
  ])('tell of $name', ({ facts, expected }) => {
    expect(found(facts)).toEqual(expected);
  });
});

describe('a file that cannot be read', () => {
  const seen = evidence('1', { sightings: [sighting('1', 'added', 'h1', { path: 'a/1.py' })] });
  it('makes no orphan of its row', () => {
    const facts = project({
      applied: ['1'],
      unreadable: [{ path: 'a/1.py', reason: 'it has a conflict in it' }],
      evidence: [seen],
    });
    expect(found(facts).map(({ kind }) => kind)).toEqual(['unreadable-file']);
    expect(diagnose(facts).migrations).toMatchObject([{ id: '1', state: 'applied', path: 'a/1.py' }]);
  });

  it('hides no other orphan', () => {
    const facts = project({
      applied: ['1', '2'],
      unreadable: [{ path: 'a/1.py', reason: 'it is empty' }],
      evidence: [seen],
    });
    expect(found(facts)).toMatchObject([{ kind: 'orphaned', migration: '2' }, { kind: 'unreadable-file' }]);
  });
});

it('lists orphans first, newest applied first', () => {
  const { findings } = diagnose(project({ applied: ['1', '2', '3'], files: ['2', '4'] }));
  expect(findings.map(finding => finding.migration)).toEqual(['3', '1', '4']);
});

describe('what findings ask for', () => {
  it.each([
    [orphan('1'), 'reverse', true],
    [orphan('1', { ignored: true, remedy: 'ignore' }), 'ignore', false],
    [orphan('1', { cause: 'squashed', remedy: 'ignore' }), 'ignore', false],
    [orphan('1', { cause: 'other-worktree', remedy: 'ignore' }), 'ignore', true],
  ])('%j', (finding, remedy, attention) => {
    expect(remedyOf(finding)).toBe(remedy);
    expect(needsAttention(finding)).toBe(attention);
  });

  it('is to apply what is pending, and nothing for the rest', () => {
    const { findings } = diagnose(project({ applied: [row('2', { state: 'failed' })], files: ['1', '2', '3'] }));
    expect(findings.map(finding => [finding.kind, remedyOf(finding), needsAttention(finding)])).toEqual([
      ['failed', null, true],
      ['out-of-order', 'apply', true],
      ['pending', 'apply', true],
    ]);
  });
});

describe('ten thousand migrations', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `a.${index}`);
  const chain = many.map((id, index) => file(id, { requires: index === 0 ? [] : [`a.${index - 1}`] }));
  const text = 'create table a (id int);\n';
  const lost = many.map(id => evidence(id, { sightings: [sighting(id, 'deleted', `h${id}`, { blob: id })] }));
  const fresh = Array.from({ length: 10 }, (_, index) => file(`a.new${index}`, { blob: `new${index}` }));
  it.each<[string, () => ProjectFacts, number]>([
    ['all applied, in one chain', () => project({ order: 'graph', applied: many, files: chain }), 0],
    ['all pending', () => project({ order: 'graph', files: chain }), 10_000],
    ['all heads', () => project({ order: 'graph', applied: many, files: many }), 1],
    [
      'in one circle',
      () =>
        project({ order: 'graph', applied: many, files: [file('a.0', { requires: ['a.9999'] }), ...chain.slice(1)] }),
      1,
    ],
    [
      'all squashed into one',
      () => project({ order: 'graph', applied: many, files: [file('a.s', { replaces: many })] }),
      10_000,
    ],
    [
      'all orphaned, beside ten new files',
      () =>
        project({
          order: 'graph',
          applied: many,
          files: fresh,
          evidence: lost,
          texts: Object.fromEntries([
            ...many.map((id, at) => [id, `${text}-- ${at}\ninsert ${at};`]),
            ...fresh.map((one, at) => [one.blob, `${text}drop ${at};`]),
          ]),
        }),
      10_011,
    ],
  ])('are diagnosed within a second of processor time: %s', (_name, make, expected) => {
    const facts = make();
    const { value, processorMs } = computed(() => diagnose(facts));
    expect(processorMs).toBeLessThan(1_000);
    expect(value.findings).toHaveLength(expected);
  });
});
