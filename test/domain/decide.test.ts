/** What is decided, case by case; what must hold of every decision is in decide-properties.test.ts. */
import { describe, expect, it } from 'vitest';
import { quoted } from '../../src/domain/command-text.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Decision, DecisionFacts } from '../../src/domain/decision.ts';
import type { OrphanFinding, SourceChoice } from '../../src/domain/finding.ts';
import { migrationId } from '../../src/domain/migration.ts';
import { computed } from '../kit/processor-time.ts';
import { decision, declaration, file, ids, orphan, row, wish } from './build.ts';

const done = (made: Decision) => ({
  reverse: made.reverse.map(({ id, because }) => (because === 'orphaned' ? id : `${id} ${because}`)),
  ...(made.relabel.length > 0 ? { relabel: made.relabel.map(({ from, to }) => `${from} > ${to}`) } : {}),
  ...(made.forget.length > 0 ? { forget: made.forget } : {}),
  apply: made.apply,
  refused: made.refusals.map(refusal => refusal.migration),
});
const refusals = (facts: DecisionFacts, wished = wish()) =>
  decide(facts, wished).refusals.map(({ migration, reason, next }) => `${migration}: ${reason} | ${next}`);

const renamed = (id: string, to: string, more: Partial<OrphanFinding> = {}): OrphanFinding =>
  orphan(id, {
    cause: 'renamed',
    renamedTo: migrationId(to),
    similarity: 100,
    remedy: 'relabel',
    remedies: ['relabel', 'reverse', 'adopt', 'forget', 'ignore'],
    ...more,
  });
const unknown = (id: string) =>
  orphan(id, { cause: 'unknown', source: null, remedy: 'ask', remedies: ['forget', 'ignore'] });
const ignored = (finding: OrphanFinding): OrphanFinding => ({ ...finding, ignored: true, remedy: 'ignore' });
const choice = (where: string): SourceChoice => ({ where, commit: `commit of ${where}`, path: 'p', blob: where });

describe('the story: 1-2-3-4-5 in the table, 1-2-4-5 on disk', () => {
  const files = ['1', '2', '4', '5', '6'];
  const facts = decision({ applied: ['1', '2', '3', '4', '5'], files, orphans: [orphan('3')] });
  it('reverses 3 in place and applies what is pending', () => {
    const made = decide(facts, wish());
    expect(done(made)).toEqual({ reverse: ['3'], apply: ['6'], refused: [] });
    expect(made).toMatchObject({ strategy: 'in-place', after: ['1', '2', '4', '5', '6'], warnings: [] });
  });

  it('goes back below it and forward again where that is wished', () => {
    const made = decide(facts, wish({ strategy: 'rewind' }));
    expect(done(made)).toEqual({
      reverse: ['5 above-orphan', '4 above-orphan', '3'],
      apply: ['4', '5', '6'],
      refused: [],
    });
    expect(made).toMatchObject({ strategy: 'rewind', after: ['1', '2', '4', '5', '6'] });
  });

  it('applies nothing pending where that is not wished, or only one is named', () => {
    expect(decide(facts, wish({ apply: false })).apply).toEqual([]);
    expect(decide(facts, wish({ only: ['3'] })).apply).toEqual([]);
    expect(decide(facts, wish({ only: ['3'], strategy: 'rewind', apply: false })).apply).toEqual(['4', '5']);
  });

  it('acts on nothing when nothing that is an orphan is named', () => {
    expect(done(decide(facts, wish({ only: ['4'] })))).toEqual({ reverse: [], apply: [], refused: [] });
  });
});

it('reverses several newest first, whatever the order of the findings', () => {
  const facts = decision({ applied: ['1', '3', '2'], orphans: [orphan('1'), orphan('2'), orphan('3')] });
  expect(done(decide(facts, wish())).reverse).toEqual(['2', '3', '1']);
});

describe('remedies chosen by hand', () => {
  const facts = (finding: OrphanFinding, files: readonly string[] = ['1']) =>
    decision({ applied: ['1', '2'], files, orphans: [finding] });
  const squashed = orphan('2', {
    cause: 'squashed',
    renamedTo: migrationId('s'),
    remedy: 'ignore',
    remedies: ['ignore'],
  });
  it.each([
    {
      name: 'forget',
      finding: orphan('2'),
      by: 'forget',
      expected: { reverse: [], forget: ['2'], apply: [], refused: [] },
    },
    { name: 'ignore', finding: orphan('2'), by: 'ignore', expected: { reverse: [], apply: [], refused: [] } },
    { name: 'adopt', finding: orphan('2'), by: 'adopt', expected: { reverse: [], apply: [], refused: [] } },
    {
      name: 'reverse what was renamed',
      finding: renamed('2', '3'),
      by: 'reverse',
      files: ['1', '3'],
      expected: { reverse: ['2'], apply: ['3'], refused: [] },
    },
    {
      name: 'relabel',
      finding: renamed('2', '3', { similarity: 85, remedy: 'ask' }),
      by: 'relabel',
      files: ['1', '3'],
      expected: { reverse: [], relabel: ['2 > 3'], apply: [], refused: [] },
    },
    {
      name: 'relabel without a target',
      finding: orphan('2'),
      by: 'relabel',
      expected: { reverse: [], apply: [], refused: ['2'] },
    },
    {
      name: 'relabel to an applied one',
      finding: renamed('2', '1'),
      by: 'relabel',
      expected: { reverse: [], apply: [], refused: ['2'] },
    },
    {
      name: 'reverse without a source',
      finding: unknown('2'),
      by: 'reverse',
      expected: { reverse: [], apply: [], refused: ['2'] },
    },
    {
      name: 'forget without a source',
      finding: unknown('2'),
      by: 'forget',
      expected: { reverse: [], forget: ['2'], apply: [], refused: [] },
    },
    {
      name: 'reverse a squashed one',
      finding: squashed,
      by: 'reverse',
      expected: { reverse: [], apply: [], refused: ['2'] },
    },
    {
      name: 'forget a squashed one',
      finding: squashed,
      by: 'forget',
      expected: { reverse: [], apply: [], refused: ['2'] },
    },
    {
      name: 'relabel a squashed one',
      finding: squashed,
      by: 'relabel',
      expected: { reverse: [], apply: [], refused: ['2'] },
    },
    {
      name: 'apply an orphan',
      finding: orphan('2'),
      by: 'apply',
      expected: { reverse: [], apply: [], refused: ['2'] },
    },
  ])('$name', ({ finding, by, files, expected }) => {
    const made = decide(facts(finding, files), wish({ remedies: { 2: by } }));
    expect(done(made)).toEqual(expected);
  });
});

describe('naming a migration', () => {
  it.each<{ name: string; finding: OrphanFinding; expected: object }>([
    {
      name: 'reverses what another worktree has',
      finding: orphan('2', { cause: 'other-worktree', remedy: 'ignore' }),
      expected: { reverse: ['2'] },
    },
    {
      name: 'reverses what is newer',
      finding: orphan('2', { cause: 'newer', remedy: 'ask' }),
      expected: { reverse: ['2'] },
    },
    {
      name: 'reverses what only the working tree lacks',
      finding: orphan('2', { deleted: null, remedy: 'ask' }),
      expected: { reverse: ['2'] },
    },
    { name: 'reverses what is ignored', finding: ignored(orphan('2')), expected: { reverse: ['2'] } },
    {
      name: 'relabels what is ignored and renamed',
      finding: ignored(renamed('2', '3')),
      expected: { relabel: ['2 > 3'] },
    },
    {
      name: 'asks about what is ignored and maybe renamed',
      finding: ignored(renamed('2', '3', { similarity: 85 })),
      expected: { refused: ['2'] },
    },
    { name: 'asks about what is ignored and unknown', finding: ignored(unknown('2')), expected: { refused: ['2'] } },
    {
      name: 'leaves a squashed one',
      finding: orphan('2', { cause: 'squashed', remedy: 'ignore', remedies: ['ignore'] }),
      expected: { reverse: [], refused: [] },
    },
  ])('$name', ({ finding, expected }) => {
    const facts = decision({ applied: ['1', '2'], files: ['1', '3'], orphans: [finding] });
    expect(done(decide(facts, wish({ only: ['2'] })))).toMatchObject(expected);
  });
});

describe('refusals say why and what is next', () => {
  it.each<{ name: string; finding: OrphanFinding; says: string; only?: string[] }>([
    {
      name: 'unknown',
      finding: unknown('2'),
      says: '2: neither git nor the working tree has a trace of its file | tidemark show 2 --deep',
    },
    {
      name: 'newer',
      finding: orphan('2', { cause: 'newer', remedy: 'ask' }),
      says: '2: this branch is behind its upstream, which has the file: pulling may be all it needs | git pull',
    },
    {
      name: 'newer, several versions',
      finding: orphan('2', { cause: 'newer', remedy: 'ask', source: null, choices: [choice('a'), choice('b')] }),
      says: '2: this branch is behind its upstream, which has the file: pulling may be all it needs | git pull',
    },
    {
      name: 'several versions',
      finding: orphan('2', { remedy: 'ask', source: null, choices: [choice('a'), choice('b')] }),
      says: '2: git has 2 different versions of it (a, b), and nothing tells which one was applied | tidemark plan 2 --from commit of a',
    },
    {
      name: 'maybe renamed',
      finding: renamed('2', '3', { similarity: 85, remedy: 'ask' }),
      says: '2: it may live on as 3 (85 % alike), or be another migration | tidemark relabel 2\ntidemark reconcile 2 --remedy reverse',
    },
    {
      name: 'renamed and applied',
      finding: renamed('2', '1', { remedy: 'ask' }),
      says: '2: it lives on as 1, which is applied too | tidemark forget 2',
    },
    {
      name: 'one of its versions renamed',
      finding: renamed('2', '3', { remedy: 'ask', source: null, choices: [choice('a'), choice('b')] }),
      says: '2: one of its versions lives on as 3, and nothing tells which version was applied | tidemark relabel 2\ntidemark reconcile 2 --remedy reverse',
    },
    {
      name: 'only the working tree lacks it',
      finding: orphan('2', { deleted: null, remedy: 'ask' }),
      says: '2: only the working tree lacks its file: the commit that is checked out still has it | tidemark adopt 2\ntidemark plan 2',
    },
  ])('$name', ({ finding, says, only }) => {
    expect(
      refusals(
        decision({ applied: ['1', '2'], files: ['1', '3'], orphans: [finding] }),
        wish(only === undefined ? {} : { only }),
      ),
    ).toEqual([says]);
  });

  it('of a migration that cannot be reversed', () => {
    const facts = decision({
      applied: ['1', '2'],
      orphans: [orphan('2')],
      impossible: { 2: 'it runs code without a way back' },
    });
    expect(refusals(facts)).toEqual(['2: it runs code without a way back | do 2 by hand']);
  });

  it('quote ids for the shell', () => {
    expect(refusals(decision({ applied: ["it's a;b"], orphans: [unknown("it's a;b")] }))[0]).toContain(
      `tidemark show 'it'\\''s a;b' --deep`,
    );
  });

  it('keep what is pending from being applied, with a warning, and leave the rest standing', () => {
    const made = decide(
      decision({ applied: ['1', '2', '3'], files: ['1', '4'], orphans: [unknown('2'), orphan('3')] }),
      wish(),
    );
    expect(done(made)).toEqual({ reverse: ['3'], apply: [], refused: ['2'] });
    expect(made.warnings).toEqual(['What is pending (1) is not applied while a finding is undecided.']);
  });
});

describe('what depends on an orphan', () => {
  const base = { applied: ['1', '2', '3', '4'], order: 'graph' as const };
  it('goes with it when it is an orphan too, even when only the first was named', () => {
    const facts = decision({
      ...base,
      orphans: [orphan('2'), orphan('3'), orphan('4')],
      declared: [declaration('3', ['2']), declaration('4', ['3'])],
    });
    expect(done(decide(facts, wish({ only: ['2'] }))).reverse).toEqual([
      '4 depends-on-orphan',
      '3 depends-on-orphan',
      '2',
    ]);
    expect(done(decide(facts, wish())).reverse).toEqual(['4', '3', '2']);
  });

  it('keeps it when it stays on disk, applied directly or through an orphan; the first such is named', () => {
    const facts = decision({
      ...base,
      files: [file('4', { requires: ['3'] })],
      orphans: [orphan('2'), orphan('3')],
      declared: [declaration('3', ['2'])],
    });
    expect(refusals(facts)).toEqual([
      '3: 4, which this branch has, declares that it depends on it | tidemark adopt 3',
      '2: 4, which this branch has, declares that it depends on it | tidemark adopt 2',
    ]);
    expect(refusals(facts, wish({ strategy: 'rewind' }))).toHaveLength(2);
  });

  it('does not keep it when it is pending only', () => {
    const facts = decision({ ...base, files: [file('5', { requires: ['2'] })], orphans: [orphan('2')], declared: [] });
    expect(done(decide(facts, wish({ apply: false }))).reverse).toEqual(['2']);
  });

  it.each<{ name: string; above: OrphanFinding; says: string }>([
    {
      name: 'is ignored',
      above: ignored(orphan('3')),
      says: '2: 3, which depends on it, is left alone by your own wish | tidemark plan 2 3',
    },
    {
      name: 'is asked about',
      above: orphan('3', { cause: 'newer', remedy: 'ask' }),
      says: '2: 3, which depends on it, is not to be reversed | tidemark plan 2 3',
    },
    {
      name: 'lives on under another id',
      above: renamed('3', '9'),
      says: '2: 3, which depends on it, is not to be reversed | tidemark show 3',
    },
    {
      name: 'has no source',
      above: unknown('3'),
      says: '2: 3 depends on it and cannot be reversed itself | tidemark show 3',
    },
  ])('keeps it when it $name', ({ above, says }) => {
    const facts = decision({
      ...base,
      files: ['1', '9'],
      orphans: [orphan('2'), above],
      declared: [declaration('3', ['2'])],
    });
    expect(refusals(facts)).toContain(says);
    expect(decide(facts, wish()).reverse).toEqual([]);
  });

  it('keeps it when a remedy by hand keeps that one', () => {
    const facts = decision({ ...base, orphans: [orphan('2'), orphan('3')], declared: [declaration('3', ['2'])] });
    const made = decide(facts, wish({ remedies: { 3: 'forget' } }));
    expect(done(made)).toEqual({ reverse: [], forget: ['3'], apply: [], refused: ['2'] });
  });

  it('may be a circle', () => {
    const facts = decision({
      ...base,
      orphans: [orphan('2'), orphan('3')],
      declared: [declaration('2', ['3']), declaration('3', ['2'])],
    });
    expect(done(decide(facts, wish())).reverse).toEqual(['3', '2']);
  });
});

describe('kept migrations that name what an orphan made', () => {
  const facts = decision({
    applied: ['1', '2', '3'],
    files: ['1', '3'],
    orphans: [orphan('2')],
    mentions: { 3: ['2'] },
  });
  it('are asked about', () => {
    expect(refusals(facts)).toEqual([
      '2: 3, which this branch keeps, names what it made: reversing it alone may break that | tidemark plan 2 --strategy rewind\ntidemark plan 2 --strategy in-place',
    ]);
  });

  it('are warned of when in place is wished', () => {
    expect(decide(facts, wish({ strategy: 'in-place' }))).toMatchObject({
      reverse: [{ id: '2' }],
      warnings: ['3, which stays applied, names what 2 made.'],
    });
  });

  it('are reversed and applied again by a rewind', () => {
    expect(done(decide(facts, wish({ strategy: 'rewind' })))).toEqual({
      reverse: ['3 above-orphan', '2'],
      apply: ['3'],
      refused: [],
    });
  });
});

describe('a rewind', () => {
  const rewind = wish({ strategy: 'rewind' });
  it('is none when nothing lies above', () => {
    expect(decide(decision({ applied: ['1', '2'], files: ['1'], orphans: [orphan('2')] }), rewind).strategy).toBe(
      'in-place',
    );
  });

  it('puts back what it reversed beside a finding that is undecided', () => {
    const made = decide(
      decision({ applied: ['0', '2', '3'], files: ['3', '4'], orphans: [unknown('0'), orphan('2')] }),
      rewind,
    );
    expect(done(made)).toEqual({ reverse: ['3 above-orphan', '2'], apply: ['3'], refused: ['0'] });
  });

  it.each([
    { name: 'an ignored orphan', above: ignored(orphan('3')) },
    { name: 'an unknown one', above: unknown('3') },
    { name: 'one that lives on under another id', above: renamed('3', '9') },
    { name: 'one to be adopted', above: orphan('3'), remedies: { 3: 'adopt' } },
  ])('does not take $name down, which it could not put back', ({ above, remedies }) => {
    const facts = decision({ applied: ['2', '3', '4'], files: ['4', '9'], orphans: [orphan('2'), above] });
    const made = decide(
      facts,
      wish({ strategy: 'rewind', apply: false, ...(remedies === undefined ? {} : { remedies }) }),
    );
    expect(made.reverse).toEqual([]);
    expect(made.refusals).toContainEqual({
      migration: '2',
      reason: 'a rewind would have to reverse 3 on the way, and that cannot be done',
      next: 'tidemark plan 2 --strategy in-place',
    });
  });

  it('is refused for each orphan it was for when one above cannot be reversed', () => {
    const facts = decision({
      applied: ['1', '2', '3'],
      files: ['3'],
      orphans: [orphan('1'), orphan('2')],
      impossible: { 3: 'no' },
    });
    expect(done(decide(facts, rewind))).toEqual({ reverse: [], apply: [], refused: ['2', '1'] });
  });

  it('is refused where the table does not tell what was applied when', () => {
    const given = { applied: ['1', '2', row('3', { row: null })], files: ['1', '3'], orphans: [orphan('2')] };
    expect(done(decide(decision({ ...given, order: 'graph' }), rewind)).refused).toEqual(['2']);
    // Versions are applied in their order, whether each has a row or only the newest.
    expect(done(decide(decision(given), rewind))).toEqual({
      reverse: ['3 above-orphan', '2'],
      apply: ['3'],
      refused: [],
    });
  });

  it('stays in its app, but for what depends on it, and leaves foreign rows', () => {
    const facts = decision({
      order: 'graph',
      applied: ['a.1', 'a.2', 'b.1', 'a.3', 'b.2', 'auth.1'],
      files: ['a.1', 'b.1', 'a.3', file('b.2', { requires: ['a.3'] })],
      orphans: [orphan('a.2')],
      foreign: ['auth.1'],
    });
    expect(done(decide(facts, rewind))).toEqual({
      reverse: ['b.2 above-orphan', 'a.3 above-orphan', 'a.2'],
      apply: ['a.3', 'b.2'],
      refused: [],
    });
  });
});

describe('relabels', () => {
  it('are refused when two orphans want one name, until one is named', () => {
    const facts = decision({ applied: ['1', '2'], files: ['3', '4'], orphans: [renamed('1', '3'), renamed('2', '3')] });
    expect(done(decide(facts, wish()))).toEqual({ reverse: [], apply: [], refused: ['2', '1'] });
    expect(refusals(facts)[0]).toBe(
      '2: 2 and 1 both look like 3, and only one row can live on as it | tidemark relabel 2',
    );
    expect(done(decide(facts, wish({ only: ['1'] })))).toMatchObject({ relabel: ['1 > 3'], refused: [] });
  });

  it('are refused when the new name builds on something pending', () => {
    const files = [file('b'), file('c', { requires: ['b'] })];
    const facts = decision({ order: 'graph', applied: ['a'], files, orphans: [renamed('a', 'c')] });
    expect(refusals(facts)).toEqual([
      'a: c, the name it lives on under, builds on b, which is not applied: its row would say that it is | tidemark plan a --remedy reverse',
    ]);
  });

  it('stand when the new name builds on another new name, and fall with it', () => {
    const files = [file('x'), file('c', { requires: ['x'] }), file('d', { requires: ['c'] })];
    const orphans = [renamed('a', 'c'), renamed('b', 'd')];
    const applied = ['x', 'a', 'b'];
    expect(decide(decision({ order: 'graph', applied, files, orphans }), wish()).relabel).toHaveLength(2);
    expect(
      done(decide(decision({ order: 'graph', applied: ['a', 'b'], files, orphans }), wish())).refused.toSorted(),
    ).toEqual(['a', 'b']);
  });

  it('take the new name out of what is applied', () => {
    const made = decide(
      decision({ applied: ['1', '2'], files: ['1', '3', '4'], orphans: [renamed('2', '3')] }),
      wish(),
    );
    expect(done(made)).toEqual({ reverse: [], relabel: ['2 > 3'], apply: ['4'], refused: [] });
    expect(made.after).toEqual(['1', '3', '4']);
  });
});

describe('an orphaned squash whose parts are in the table', () => {
  const squash = declaration('s', [], ['1', '2']);
  it('is not reversed under parts that stay: only its row may go', () => {
    const facts = decision({
      order: 'graph',
      applied: ['1', '2', 's'],
      files: ['1', file('2', { requires: ['1'] })],
      orphans: [orphan('s')],
      declared: [squash],
    });
    expect(refusals(facts)).toEqual([
      's: it is a squash of 1 and 1 more, which stay applied: reversing it would undo what they made | tidemark forget s',
    ]);
    expect(done(decide(facts, wish({ remedies: { s: 'forget' } })))).toMatchObject({
      reverse: [],
      forget: ['s'],
      refused: [],
    });
  });

  it('is a note that goes with parts that go, which are reversed once', () => {
    const facts = decision({
      order: 'graph',
      applied: ['1', '2', 's'],
      orphans: [orphan('1'), orphan('2'), orphan('s')],
      declared: [declaration('1'), declaration('2', ['1']), squash],
    });
    expect(done(decide(facts, wish()))).toEqual({ reverse: ['2', '1'], forget: ['s'], apply: [], refused: [] });
    expect(done(decide(facts, wish({ only: ['2'] })))).toEqual({
      reverse: ['2'],
      forget: ['s'],
      apply: [],
      refused: [],
    });
    expect(done(decide(facts, wish({ only: ['s'] })))).toEqual({ reverse: [], apply: [], refused: ['s'] });
  });

  it('keeps its parts when a squash of it on disk keeps it', () => {
    const squashed = orphan('s', {
      cause: 'squashed',
      renamedTo: migrationId('t'),
      remedy: 'ignore',
      remedies: ['ignore'],
    });
    const facts = decision({
      order: 'graph',
      applied: ['1', '2', 's'],
      files: [file('t', { replaces: ['s', '3'] })],
      orphans: [orphan('1'), orphan('2'), squashed],
      declared: [declaration('1'), declaration('2', ['1']), squash],
    });
    expect(done(decide(facts, wish())).reverse).toEqual([]);
    expect(decide(facts, wish()).refusals.map(refusal => refusal.migration)).toEqual(['2', '1']);
  });

  it('is reversed as any other when its parts have no rows', () => {
    const facts = decision({ order: 'graph', applied: ['s'], orphans: [orphan('s')], declared: [squash] });
    expect(done(decide(facts, wish())).reverse).toEqual(['s']);
  });
});

it('applies nothing pending while two files have one id, and says so', () => {
  const facts = decision({ applied: [], files: [file('1', { path: 'a.sql' }), file('1', { path: 'b.sql' }), '2'] });
  expect(decide(facts, wish())).toMatchObject({
    apply: [],
    warnings: ['What is pending is not applied: a.sql and b.sql have the same id.'],
  });
});

it('counts a migration with two rows once', () => {
  const facts = decision({ applied: ['1', '2', '2', '1'], files: ['1'], orphans: [orphan('2')] });
  expect(decide(facts, wish())).toMatchObject({ reverse: [{ id: '2' }], after: ['1'] });
});

it('does not take one id for another that it contains', () => {
  const facts = decision({ applied: ['1', '11', '111'], files: ['11'], orphans: [orphan('1'), orphan('111')] });
  expect(done(decide(facts, wish({ only: ['1'] })))).toEqual({ reverse: ['1'], apply: [], refused: [] });
});

it('warns of reversing one that failed when it was applied', () => {
  const facts = decision({ applied: [row('1', { state: 'failed' })], orphans: [orphan('1')] });
  expect(decide(facts, wish()).warnings).toEqual([
    '1 failed when it was applied: only a part of what its reversal takes away may be there.',
  ]);
});

describe('quoted', () => {
  it.each([
    ['tasks.0001_initial', 'tasks.0001_initial'],
    ['db/changelog.xml::1::me@here', 'db/changelog.xml::1::me@here'],
    ['2024 add', "'2024 add'"],
    ["it's", `'it'\\''s'`],
    ['$(reboot)', "'$(reboot)'"],
    ['a\nb', "'a\nb'"],
    ['a\n', "'a\n'"],
    ['~root', "'~root'"],
    ['A=b', "'A=b'"],
    ['-rf', "'-rf'"],
    ['größe', "'größe'"],
    ['', "''"],
  ])('%j becomes %s', (id, expected) => {
    expect(quoted(id)).toBe(expected);
  });
});

describe('ten thousand orphans', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `a.${index}`);
  const orphans = many.map(id => orphan(id));
  const chain = many.map((id, index) => declaration(id, index === 0 ? [] : [`a.${index - 1}`]));
  it.each<[string, () => DecisionFacts, Parameters<typeof wish>[0], number]>([
    ['in one chain', () => decision({ applied: many, orphans, declared: chain }), {}, 10_000],
    [
      'in one chain, below one that is kept',
      () =>
        decision({
          applied: [...many, 'a.k'],
          files: [file('a.k', { requires: ['a.9999'] })],
          orphans,
          declared: chain,
        }),
      {},
      0,
    ],
    ['without a graph, all named', () => decision({ applied: many, orphans }), { only: many }, 10_000],
    [
      'below kept ones, rewound',
      () =>
        decision({
          applied: [...many, ...ids(...many.map(id => `${id}k`))].map(String),
          files: many.map(id => `${id}k`),
          orphans,
        }),
      { strategy: 'rewind' },
      20_000,
    ],
    ['all mentioned', () => decision({ applied: many, orphans, mentions: { 'a.k': many } }), {}, 0],
    [
      'with one row for a squash of all',
      () =>
        decision({
          order: 'graph',
          applied: [...many, 'a.s'],
          orphans: [...orphans, orphan('a.s')],
          declared: [...chain, declaration('a.s', [], many)],
        }),
      {},
      10_000,
    ],
  ])('are decided within a second of processor time: %s', (_name, make, wished, expected) => {
    const facts = make();
    const { value: made, processorMs } = computed(() => decide(facts, wish(wished)));
    expect(processorMs).toBeLessThan(1_000);
    expect(made.reverse).toHaveLength(expected);
  });
});
