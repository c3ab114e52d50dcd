/** What provenance decides: the version of an orphan that was applied, and what an edit after the application means and leads to. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/domain/decide.ts';
import { diagnose } from '../../src/domain/diagnose.ts';
import type { EditedFile, OrphanEvidence } from '../../src/domain/diagnosis.ts';
import type { EditedFinding, OrphanFinding } from '../../src/domain/finding.ts';
import { migrationId } from '../../src/domain/migration.ts';
import { versionKey } from '../../src/domain/versions.ts';
import { decision, evidence, file, kept, project, row, sighting, tip, wish } from './build.ts';

function orphanWith(more: Partial<Omit<OrphanEvidence, 'id'>>): OrphanFinding {
  const facts = project({ applied: ['1', '2'], files: ['1'], evidence: [evidence('2', more)] });
  const found = diagnose(facts).findings.find(({ kind }) => kind === 'orphaned');
  if (found?.kind !== 'orphaned') throw new Error('there is no orphan');
  return found;
}

const deletion = [sighting('2', 'deleted', 'h3', { blob: '2 v2' }), sighting('2', 'edited', 'h2', { blob: '2 v2' })];
const history = [...deletion, sighting('2', 'added', 'h1')];
const twoBranches = [tip('2', 'refs/heads/a'), tip('2', 'refs/remotes/origin/b', { blob: '2 v2' })];

describe('an orphan that git never had, or has lost', () => {
  it('is reversed from the kept copy, which was the user’s own', () => {
    expect(orphanWith({ kept: kept('2', { file: 'untracked' }) })).toMatchObject({
      cause: 'uncommitted',
      source: { commit: null, path: 'migrations/2', blob: '2 v1' },
      trusted: true,
      choices: [],
      remedy: 'reverse',
      remedies: ['reverse', 'adopt', 'forget', 'ignore'],
    });
  });

  it('also from a copy that merely was there at the first look: it is all there is', () => {
    expect(orphanWith({ kept: kept('2', { evidence: 'first-look' }) })).toMatchObject({
      cause: 'uncommitted',
      source: { commit: null },
      kept: { evidence: 'first-look' },
    });
  });

  it('has no source when the text was not kept', () => {
    expect(orphanWith({ kept: kept('2', { kept: false }) })).toMatchObject({
      cause: 'uncommitted',
      source: null,
      remedy: 'ask',
      remedies: ['forget', 'ignore'],
    });
  });

  it('is no orphan while its file is there and cannot be read', () => {
    const facts = project({
      applied: ['2'],
      files: ['1'],
      unreadable: [{ path: 'migrations/2', reason: 'half a line' }],
      evidence: [evidence('2', { kept: kept('2') })],
    });
    expect(diagnose(facts).findings.map(({ kind }) => kind)).toEqual(['pending', 'unreadable-file']);
  });
});

describe('the version that was applied', () => {
  const sightings = [sighting('2', 'added', 'x1'), sighting('2', 'added', 'x2', { blob: '2 v2' })];

  it.each<[string, Partial<Omit<OrphanEvidence, 'id'>>, object]>([
    ['the last one on the own line, when nothing was seen', { sightings: history }, { commit: 'h3^', blob: '2 v2' }],
    [
      'the one that was seen, though the file was edited since',
      { sightings: history, kept: kept('2') },
      { commit: 'h1', blob: '2 v1' },
    ],
    [
      'the one that was seen, with the commit nearest to HEAD that has it',
      { sightings: history, kept: kept('2', { blob: '2 v2' }) },
      { commit: 'h3^', blob: '2 v2' },
    ],
    [
      'the kept copy, when git has only others',
      { sightings: history, kept: kept('2', { blob: '2 v0' }) },
      { commit: null, blob: '2 v0' },
    ],
    [
      'that of git, when the look was too late',
      { sightings: history, kept: kept('2', { blob: '2 v0', evidence: 'first-look' }) },
      { commit: 'h3^', blob: '2 v2' },
    ],
    [
      'that of one branch among several, when it was seen',
      { sightings, tips: twoBranches, kept: kept('2', { blob: '2 v2' }) },
      { blob: '2 v2', commit: 'tip of refs/remotes/origin/b' },
    ],
  ])('is %s', (_says, more, source) => {
    expect(orphanWith(more)).toMatchObject({ source, choices: [], trusted: true });
  });

  it('is asked for between branches, when nothing was seen', () => {
    expect(orphanWith({ sightings, tips: twoBranches })).toMatchObject({ source: null, remedy: 'ask' });
  });

  it('is what alone was ever on disk, when the look was too late', () => {
    const late = kept('2', { blob: '2 v2', evidence: 'unsure' });
    expect(orphanWith({ sightings, tips: twoBranches, kept: late })).toMatchObject({ source: { blob: '2 v2' } });
    const both = { sightings, tips: twoBranches, kept: late, stoodOn: new Set(['2 v1']) };
    expect(orphanWith(both)).toMatchObject({ source: null, remedy: 'ask' });
  });

  it('is none of git’s, when what was applied is known and not to be had', () => {
    const lost = orphanWith({ sightings: history, kept: kept('2', { blob: '2 v0', kept: false }) });
    expect(lost).toMatchObject({ source: null, remedy: 'ask', choices: [{ blob: '2 v2' }] });
  });

  it('is asked for when its author worked on it, and the table keeps no time', () => {
    const later = [kept('2', { evidence: 'later', file: 'untracked', blob: '2 v2' })];
    const inWork = kept('2', { file: 'untracked', later });
    expect(orphanWith({ kept: inWork }).choices.map(({ blob, commit }) => [blob, commit])).toEqual([
      ['2 v1', null],
      ['2 v2', null],
    ]);
    for (const sure of [
      { ...inWork, appliedAt: 'x' },
      { ...inWork, evidence: 'said' },
      { ...inWork, file: 'as-in-head' },
    ] as const)
      expect(orphanWith({ kept: sure })).toMatchObject({ source: { blob: '2 v1' }, choices: [] });
  });
});

/** Blobs of versions at the usual path, as a checksum tells them apart. */
const held = (fit: readonly string[], differ: readonly string[]) => {
  const keys = (blobs: readonly string[]) => new Set(blobs.map(blob => versionKey({ path: 'migrations/2', blob })));
  return { checksum: { fit: keys(fit), differ: keys(differ) } };
};

describe('the version whose checksum is in the row', () => {
  const sightings = history;
  const copy = kept('2', { blob: '2 v0', evidence: 'first-look' });

  it.each<[string, Partial<Omit<OrphanEvidence, 'id'>>, object]>([
    ['before the last one', { sightings, ...held(['2 v1'], ['2 v2']) }, { commit: 'h1', blob: '2 v1' }],
    [
      'before the one that was seen',
      { sightings, kept: kept('2'), ...held(['2 v2'], ['2 v1']) },
      { commit: 'h3^', blob: '2 v2' },
    ],
    [
      'before where one stood',
      { sightings, tips: twoBranches, stoodOn: new Set(['2 v2']), ...held(['2 v1'], ['2 v2']) },
      { blob: '2 v1' },
    ],
    ['between branches', { sightings: [], tips: twoBranches, ...held(['2 v2'], ['2 v1']) }, { blob: '2 v2' }],
    [
      'a kept copy, when git has only others',
      { sightings, kept: copy, ...held(['2 v0'], ['2 v1', '2 v2']) },
      { commit: null, blob: '2 v0' },
    ],
    [
      'a later kept copy',
      { sightings: [], kept: { ...copy, later: [kept('2', { evidence: 'later' })] }, ...held(['2 v1'], ['2 v0']) },
      { commit: null, blob: '2 v1' },
    ],
    [
      'one that only a deletion shows',
      { sightings: [sighting('2', 'deleted', 'h3')], ...held(['2 v1'], []) },
      { commit: 'h3^', blob: '2 v1' },
    ],
    [
      'rather on the own line than elsewhere',
      { sightings: [sighting('2', 'edited', 'x9'), ...history], ...held(['2 v1'], ['2 v2']) },
      { commit: 'h1', blob: '2 v1' },
    ],
    [
      'before what lies at hand',
      {
        sightings,
        atHand: { source: { commit: null, path: 'migrations/2', blob: '2 v3', working: '/w' }, trusted: true },
        ...held(['2 v1'], ['2 v3']),
      },
      { commit: 'h1', blob: '2 v1' },
    ],
  ])('%s', (_says, more, source) => {
    expect(orphanWith(more)).toMatchObject({ source, choices: [], checksum: 'fits' });
  });

  it('is said where it is what lies at hand, and where nothing can be told nothing is', () => {
    const atHand = { source: { commit: null, path: 'migrations/2', blob: '2 v3', working: '/w' }, trusted: true };
    expect(orphanWith({ atHand, ...held(['2 v3'], []) })).toMatchObject({ source: atHand.source, checksum: 'fits' });
    expect(orphanWith({ atHand, ...held([], []) })).not.toHaveProperty('checksum');
    expect(orphanWith({ sightings, ...held([], []) })).toMatchObject({ source: { blob: '2 v2' } });
  });

  it('is not told by another name of the same bytes', () => {
    const elsewhere = { checksum: { fit: new Set(['2 v1 migrations/old']), differ: new Set(['2 v1 migrations/2']) } };
    expect(orphanWith({ sightings: [sighting('2', 'added', 'h1')], ...elsewhere })).toMatchObject({ source: null });
  });

  it('is asked for when every known version has another one, also where one was seen on disk', () => {
    const found = orphanWith({ sightings, kept: kept('2', { blob: '2 v0' }), ...held([], ['2 v0', '2 v1', '2 v2']) });
    expect(found).toMatchObject({ source: null, checksum: 'differs', remedy: 'ask', trusted: false });
    expect(found.choices.map(({ blob }) => blob)).toEqual(['2 v2', '2 v0']);
    const facts = decision({ applied: ['1', '2'], files: ['1'], orphans: [found] });
    const [refusal] = decide(facts, wish()).refusals;
    expect(refusal?.reason).toContain('the checksum in its row is that of another text');
    expect(refusal?.next).toContain('tidemark plan 2 --from h3^');
    expect(decide(facts, wish({ remedies: { 2: 'reverse' } }))).toMatchObject({ reverse: [], refusals: [refusal] });
  });

  it('leaves the choice between those that cannot be told, and rules out those that differ', () => {
    const three = [...twoBranches, tip('2', 'refs/tags/c', { blob: '2 v3' })];
    const found = orphanWith({ sightings: [], tips: three, ...held([], ['2 v1']) });
    expect(found.choices.map(({ blob }) => blob)).toEqual(['2 v2', '2 v3']);
    expect(found).not.toHaveProperty('checksum');
    expect(orphanWith({ sightings, kept: kept('2'), ...held([], ['2 v1']) })).toMatchObject({
      source: { blob: '2 v2' },
    });
  });

  it('is run unasked only where the user had it, whatever the checksum says', () => {
    const foreign = [sighting('2', 'added', 'x1')];
    const remote = [tip('2', 'refs/remotes/origin/pull/7')];
    expect(orphanWith({ sightings: foreign, tips: remote, ...held(['2 v1'], []) })).toMatchObject({ trusted: false });
    expect(orphanWith({ sightings, ...held(['2 v1'], []) })).toMatchObject({ trusted: true });
  });
});

/** The finding about `2`, whose file is edited. */
function edited(more: Partial<EditedFile> = {}, ignored: readonly string[] = []): EditedFinding {
  const given: EditedFile = {
    by: 'seen',
    kept: kept('2'),
    path: 'migrations/2',
    blob: '2 v2',
    changed: null,
    source: { commit: 'h1', path: 'migrations/2', blob: '2 v1' },
    trusted: true,
    edit: 'contents',
    ...more,
  };
  const facts = project({
    applied: [row('1'), row('2')],
    files: ['1', '2'],
    ignored,
    edited: new Map([[migrationId('2'), given]]),
  });
  const diagnosis = diagnose(facts);
  const [only] = diagnosis.findings;
  if (only?.kind !== 'edited') throw new Error('nothing was edited');
  expect(diagnosis.migrations.map(({ state }) => state)).toEqual(['applied', 'edited']);
  return only;
}

describe('an edit after the application', () => {
  const inWork = { file: 'untracked' } as const;
  it.each<[string, Partial<EditedFile>, Partial<EditedFinding>]>([
    ['of a committed file', {}, { certain: false, remedy: 'ask' }],
    ['of a row that carries its time', { kept: kept('2', { appliedAt: 'x' }) }, { certain: true, remedy: 'ask' }],
    ['of a file in work', { kept: kept('2', inWork) }, { certain: false, remedy: 'ignore' }],
    [
      'of a file in work, of a row that carries its time',
      { kept: kept('2', { ...inWork, appliedAt: 'x' }) },
      { certain: true, remedy: 'ask' },
    ],
    ['by the checksum in its row', { by: 'checksum', kept: null }, { certain: true, kept: null, remedy: 'ask' }],
    [
      'by the checksum, of a file in work',
      { by: 'checksum', kept: kept('2', inWork) },
      { certain: true, remedy: 'ask' },
    ],
    ['of its formatting, by the checksum', { by: 'checksum', kept: null, edit: 'formatting' }, { remedy: 'ignore' }],
    ['of its formatting', { edit: 'formatting', kept: kept('2', { appliedAt: 'x' }) }, { remedy: 'ignore' }],
  ])('%s', (_says, more, expected) => {
    const found = edited(more);
    expect(found).toMatchObject({ ...expected, source: { commit: 'h1', blob: '2 v1' } });
    // Reversal is never what is offered first, as the one thing to do.
    expect(found.remedies).toEqual(found.remedy === 'ask' ? ['reverse', 'ignore'] : ['ignore', 'reverse']);
  });

  it('cannot be reversed where the text that was applied is nowhere', () => {
    const lost = edited({ by: 'checksum', kept: null, source: null, trusted: false });
    expect(lost).toMatchObject({ source: null, certain: true, remedy: 'ask', remedies: ['ignore'] });
    const facts = decision({ applied: ['1', '2'], files: ['1', '2'], edited: [lost], impossible: { 2: 'nowhere' } });
    expect(decide(facts, wish()).warnings).toEqual([expect.stringContaining('The text that was applied is nowhere.')]);
    expect(decide(facts, wish({ only: ['2'] })).refusals).toMatchObject([{ next: 'tidemark ignore 2' }]);
    expect(decide(facts, wish({ only: ['2'], remedies: { 2: 'reverse' } }))).toMatchObject({
      reverse: [],
      refusals: [{ reason: 'nowhere' }],
    });
  });

  it('is left alone where the user said so', () => {
    expect(edited({}, ['2'])).toMatchObject({ ignored: true, remedy: 'ignore' });
  });

  const facts = (more: Partial<Parameters<typeof decision>[0]> = {}) =>
    decision({ applied: ['1', '2'], files: ['1', '2', '3'], edited: [edited()], ...more });

  it('changes no plan that does not name it, but is mentioned', () => {
    const made = decide(facts(), wish());
    expect(made).toMatchObject({ reverse: [], apply: ['3'], refusals: [] });
    expect(made.warnings).toEqual([
      '2 was edited since it was applied, and is left as it is. To reverse the old text and apply the new: tidemark plan 2 --remedy reverse',
    ]);
    expect(decide(facts({ edited: [edited({ edit: 'formatting' })] }), wish()).warnings).toEqual([]);
  });

  it('is refused by name alone, reversed and applied again by name and remedy', () => {
    const named = decide(facts(), wish({ only: ['2'] }));
    expect(named).toMatchObject({ reverse: [], apply: [] });
    expect(named.refusals.map(({ next }) => next)).toEqual(['tidemark plan 2 --remedy reverse\ntidemark ignore 2']);
    const asked = decide(facts(), wish({ only: ['2'], remedies: { 2: 'reverse' } }));
    expect(asked).toMatchObject({
      reverse: [{ id: '2', because: 'edited' }],
      apply: ['2'],
      after: ['1', '2'],
      refusals: [],
      warnings: [],
    });
    for (const remedy of ['forget', 'relabel', 'adopt'])
      expect(decide(facts(), wish({ only: ['2'], remedies: { 2: remedy } }))).toMatchObject({
        reverse: [],
        forget: [],
        refusals: [{ migration: '2' }],
      });
  });

  it('is not reversed where its old text cannot be, or something stands on it', () => {
    const asked = wish({ only: ['2'], remedies: { 2: 'reverse' } });
    expect(decide(facts({ impossible: { 2: 'no way' } }), asked)).toMatchObject({
      reverse: [],
      refusals: [{ migration: '2', reason: 'no way' }],
    });
    const above = facts({ applied: ['1', '2', '3'], mentions: { 3: ['2'] } });
    expect(decide(above, asked)).toMatchObject({ reverse: [], refusals: [{ migration: '2' }] });
    const rewind = decide(above, wish({ only: ['2'], remedies: { 2: 'reverse' }, strategy: 'rewind' }));
    expect(rewind).toMatchObject({
      reverse: [
        { id: '3', because: 'above-orphan' },
        { id: '2', because: 'edited' },
      ],
      apply: ['2', '3'],
      refusals: [],
    });
    const graph = facts({
      order: 'graph',
      applied: ['1', '2', '3'],
      files: ['1', '2', file('3', { requires: ['2'] })],
    });
    expect(decide(graph, asked).refusals).toMatchObject([{ migration: '2', next: 'tidemark show 2' }]);
  });
});
