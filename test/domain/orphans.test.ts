/** Why an applied migration has no file: every cause, the version that was applied, the remedies. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/domain/diagnose.ts';
import type { ProjectFacts } from '../../src/domain/diagnosis.ts';
import type { OrphanFinding } from '../../src/domain/finding.ts';
import { migrationId } from '../../src/domain/migration.ts';
import { evidence, file, project, sighting, tip } from './build.ts';

/** The orphan of the facts: `2` unless said otherwise. */
function explained(facts: ProjectFacts, id = '2'): OrphanFinding {
  const finding = diagnose(facts).findings.find(entry => entry.kind === 'orphaned' && entry.migration === id);
  if (finding?.kind !== 'orphaned') throw new Error(`${id} is no orphan here`);
  return finding;
}

const added = (commit: string, more = {}) => sighting('2', 'added', commit, more);
const edited = (commit: string, blob: string, before = '2 v1') => sighting('2', 'edited', commit, { blob, before });
const deleted = (commit: string, more = {}) => sighting('2', 'deleted', commit, more);
const seen = (more: Parameters<typeof evidence>[1], rest: Parameters<typeof project>[0] = {}) =>
  explained(project({ applied: ['1', '2'], files: ['1'], evidence: [evidence('2', more)], ...rest }));
const USUAL = ['reverse', 'adopt', 'forget', 'ignore'];

describe('causes', () => {
  it('deleted here: by whom, and the commit before it as the source', () => {
    expect(seen({ sightings: [deleted('h2'), added('h1')] })).toMatchObject({
      cause: 'deleted-here',
      added: { commit: { oid: 'h1' } },
      deleted: { commit: { oid: 'h2' }, path: 'migrations/2' },
      source: { commit: 'h2^', path: 'migrations/2', blob: '2 v1' },
      trusted: true,
      remedy: 'reverse',
      remedies: USUAL,
    });
  });

  it('other branch: its tip is the source, local before remote before tag', () => {
    const tips = [tip('2', 'refs/tags/a'), tip('2', 'refs/remotes/origin/x'), tip('2', 'refs/heads/z')];
    expect(seen({ sightings: [added('x1')], tips })).toMatchObject({
      cause: 'other-branch',
      source: { commit: 'tip of refs/heads/z' },
      branches: ['refs/heads/z', 'refs/remotes/origin/x', 'refs/tags/a'],
      deleted: null,
      remedy: 'reverse',
    });
  });

  it('other branch: deleted there as well', () => {
    expect(seen({ sightings: [deleted('x2'), added('x1')] })).toMatchObject({
      cause: 'other-branch',
      deleted: { commit: { oid: 'x2' } },
      source: { commit: 'x2^' },
    });
  });

  it('unreachable: added and never deleted, on no ref', () => {
    expect(seen({ sightings: [edited('x2', '2 v2'), added('x1')] })).toMatchObject({
      cause: 'unreachable',
      source: { commit: 'x2', blob: '2 v2' },
      remedy: 'reverse',
    });
  });

  it('unknown: no trace', () => {
    expect(seen({})).toMatchObject({
      cause: 'unknown',
      source: null,
      trusted: false,
      remedy: 'ask',
      remedies: ['forget', 'ignore'],
    });
    expect(explained(project({ applied: ['2'], files: ['1'] })).cause).toBe('unknown');
  });

  it('other worktree: left alone first', () => {
    expect(seen({ sightings: [added('x1')], tips: [tip('2', 'refs/heads/b')], worktrees: ['/w'] })).toMatchObject({
      cause: 'other-worktree',
      worktrees: ['/w'],
      remedy: 'ignore',
      remedies: ['ignore', 'reverse', 'adopt', 'forget'],
    });
  });

  it('newer: the upstream has it; deleted on the own line is deleted all the same', () => {
    const upstream = { tips: [tip('2', 'refs/remotes/origin/main')], newerOn: 'refs/remotes/origin/main' };
    expect(seen({ sightings: [added('x1')], ...upstream })).toMatchObject({
      cause: 'newer',
      remedy: 'ask',
      remedies: USUAL,
    });
    expect(seen({ sightings: [deleted('h2'), added('h1')], ...upstream }).cause).toBe('deleted-here');
  });

  it('only the working tree lacks it: asked, with the version of HEAD', () => {
    const tips = [tip('2', 'refs/heads/main', { blob: '2 v3' })];
    const sightings = [sighting('2', 'added', 'h3', { blob: '2 v3' }), deleted('h2'), added('h1')];
    expect(seen({ sightings, tips })).toMatchObject({
      cause: 'deleted-here',
      deleted: null,
      source: { commit: 'h3', blob: '2 v3' },
      choices: [],
      remedy: 'ask',
      remedies: USUAL,
    });
  });

  it('ignored: whatever the cause', () => {
    const facts = project({
      applied: ['2'],
      files: ['1'],
      evidence: [evidence('2', { sightings: [deleted('h2'), added('h1')] })],
      ignored: ['2'],
    });
    expect(explained(facts)).toMatchObject({ cause: 'deleted-here', ignored: true, remedy: 'ignore', remedies: USUAL });
  });

  it('foreign: no orphan at all', () => {
    expect(diagnose(project({ order: 'graph', applied: ['auth.1', 'a.1'], files: ['a.1'] })).findings).toEqual([]);
  });
});

describe('deletions in merges', () => {
  const merge = { merge: true };
  it('count when the merge removed the file itself', () => {
    expect(seen({ sightings: [deleted('h3', merge), added('h1')] })).toMatchObject({
      cause: 'deleted-here',
      deleted: { commit: { oid: 'h3' } },
    });
  });

  it('do not count when a parent had removed it', () => {
    const sightings = [deleted('h3', merge), deleted('h2'), added('h1')];
    expect(seen({ sightings, explainedMerges: new Set(['h3']) })).toMatchObject({
      deleted: { commit: { oid: 'h2' } },
      source: { commit: 'h2^' },
    });
  });

  it('mean deleted here, even when a parallel line edited it after the deletion', () => {
    const sightings = [deleted('h4', { ...merge, blob: '2 v2' }), edited('h3', '2 v2'), deleted('h2'), added('h1')];
    expect(seen({ sightings, explainedMerges: new Set(['h4']) })).toMatchObject({
      cause: 'deleted-here',
      deleted: { commit: { oid: 'h2' } },
    });
  });

  it('do not count on other branches', () => {
    expect(seen({ sightings: [deleted('x3', merge), added('x1')] })).toMatchObject({
      cause: 'unreachable',
      deleted: null,
      source: { commit: 'x1' },
    });
  });
});

describe('several versions under one id', () => {
  const [one, two] = [tip('2', 'refs/heads/one', { blob: '2 v1' }), tip('2', 'refs/heads/two', { blob: '2 v2' })];
  const sightings = [edited('x2', '2 v2'), added('x1')];
  it('are asked about', () => {
    expect(seen({ sightings, tips: [two, one] })).toMatchObject({
      source: null,
      choices: [
        { where: 'refs/heads/one', blob: '2 v1' },
        { where: 'refs/heads/two', blob: '2 v2' },
      ],
      versions: 2,
      remedy: 'ask',
      remedies: USUAL,
    });
  });

  it('are decided by where HEAD has stood', () => {
    expect(seen({ sightings, tips: [one, two], stoodOn: new Set(['2 v2']) })).toMatchObject({
      source: { commit: 'tip of refs/heads/two' },
      choices: [],
      remedy: 'reverse',
    });
  });

  it('are asked about when HEAD has stood on both', () => {
    expect(seen({ sightings, tips: [one, two], stoodOn: new Set(['2 v1', '2 v2']) }).choices).toHaveLength(2);
  });

  it('are one when refs hold the same', () => {
    expect(seen({ sightings, tips: [one, tip('2', 'refs/heads/three')] })).toMatchObject({
      source: { commit: 'tip of refs/heads/one' },
      choices: [],
    });
  });

  it('are one when HEAD’s own line went past the other', () => {
    const own = [deleted('h3', { blob: '2 v2' }), edited('h2', '2 v2'), added('h1')];
    expect(seen({ sightings: own, tips: [one] })).toMatchObject({
      source: { commit: 'h3^', blob: '2 v2' },
      choices: [],
      versions: 2,
    });
  });

  it('are asked about when another branch went on from what HEAD’s line deleted', () => {
    const own = [edited('x4', '2 v3'), deleted('h3'), added('h1')];
    expect(
      seen({ sightings: own, tips: [tip('2', 'refs/heads/b', { blob: '2 v3' })] }).choices.map(choice => choice.where),
    ).toEqual(['deleted by h3', 'refs/heads/b']);
  });
});

describe('renamed', () => {
  const gone = { sightings: [deleted('h3', { blob: '2 v2' }), edited('h2', '2 v2'), added('h1')] };
  const text = 'create table a (id int);\nalter table a add b int;\nx;\ny;\nz;';
  it('the same bytes under a pending id: relabel', () => {
    expect(seen(gone, { files: ['1', file('3', { blob: '2 v2' })] })).toMatchObject({
      cause: 'renamed',
      renamedTo: '3',
      similarity: 100,
      remedy: 'relabel',
      remedies: ['relabel', ...USUAL],
    });
  });

  it('a pending twin is preferred to an applied one', () => {
    const files = [file('1', { blob: '2 v2' }), file('3', { blob: '2 v2' })];
    expect(seen(gone, { files }).renamedTo).toBe('3');
  });

  it('the same bytes under an applied id: asked, forget first', () => {
    expect(seen(gone, { files: [file('1', { blob: '2 v2' })] })).toMatchObject({
      cause: 'renamed',
      renamedTo: '1',
      remedy: 'ask',
      remedies: ['forget', 'ignore', 'reverse', 'adopt'],
    });
  });

  it('not when only a version before the applied one has those bytes', () => {
    expect(seen(gone, { files: ['1', file('3', { blob: '2 v1' })] })).toMatchObject({
      cause: 'deleted-here',
      renamedTo: null,
      remedy: 'reverse',
    });
  });

  it('asked, when only one of several possible versions has those bytes', () => {
    const tips = [tip('2', 'refs/heads/one'), tip('2', 'refs/heads/two', { blob: '2 v2' })];
    expect(
      seen({ sightings: [edited('x2', '2 v2'), added('x1')], tips }, { files: [file('3', { blob: '2 v2' })] }),
    ).toMatchObject({ cause: 'renamed', source: null, remedy: 'ask' });
  });

  it('renumbered, with another dependencies line: relabel', () => {
    const django = (after: string) =>
      `class Migration(migrations.Migration):\n    dependencies = [('a', '${after}')]\n    operations = [x()]\n`;
    const facts = project({
      order: 'graph',
      applied: ['a.0001_x', 'a.0002_y'],
      files: [
        'a.0001_x',
        file('a.0002_w', { requires: ['a.0001_x'] }),
        file('a.0003_y', { requires: ['a.0002_w'], blob: 'new' }),
      ],
      evidence: [evidence('a.0002_y', { sightings: [sighting('a.0002_y', 'deleted', 'h2', { blob: 'old' })] })],
      texts: { old: django('0001_x'), new: django('0002_w') },
    });
    expect(explained(facts, 'a.0002_y')).toMatchObject({
      cause: 'renamed',
      renamedTo: 'a.0003_y',
      similarity: 100,
      remedy: 'relabel',
    });
  });

  it('the likest of several: asked', () => {
    const files = [file('3', { blob: 'b3' }), file('4', { blob: 'b4' })];
    const texts = { '2 v2': text, b3: text.replace('z', 'w').replace('y', 'v'), b4: text.replace('z', 'w') };
    expect(seen(gone, { files, texts })).toMatchObject({
      cause: 'renamed',
      renamedTo: '4',
      similarity: 80,
      remedy: 'ask',
      remedies: ['relabel', ...USUAL],
    });
  });

  it.each([
    { name: 'too little alike', files: [file('3', { blob: 'b3' })], texts: { '2 v2': text, b3: 'drop table a;' } },
    { name: 'alike, but applied', files: [file('1', { blob: 'b1' })], texts: { '2 v2': text, b1: text } },
    { name: 'no text known', files: [file('3', { blob: 'b3' })], texts: { b3: text } },
    { name: 'no file with bytes', files: [file('3', { blob: '' })], texts: { '2 v2': '', '': '' } },
  ])('not: $name', ({ files, texts }) => {
    expect(seen(gone, { files, texts: texts as Record<string, string> }).cause).toBe('deleted-here');
  });

  it('never into another app', () => {
    const facts = project({
      order: 'graph',
      applied: ['a.2'],
      files: [file('b.2', { blob: 'same' })],
      evidence: [evidence('a.2', { sightings: [sighting('a.2', 'deleted', 'h2', { blob: 'same' })] })],
    });
    expect(explained(facts, 'a.2').cause).toBe('deleted-here');
  });
});

describe('squashed', () => {
  const gone = (id: string) => evidence(id, { sightings: [sighting(id, 'deleted', 'h2')] });
  const squash = file('a.s', { replaces: ['a.1', 'a.2'] });
  it.each([
    { name: 'the squash applied', applied: ['a.1', 'a.2', 'a.s'] },
    { name: 'not yet noted', applied: ['a.1', 'a.2'] },
    { name: 'some parts applied', applied: ['a.1'] },
    { name: 'the squash applied, some parts not', applied: ['a.1', 'a.s'] },
  ])('is left alone, and neither forgotten nor reversed: $name', ({ applied }) => {
    const facts = project({ order: 'graph', applied, files: [squash], evidence: [gone('a.1'), gone('a.2')] });
    expect(explained(facts, 'a.1')).toMatchObject({
      cause: 'squashed',
      renamedTo: 'a.s',
      remedy: 'ignore',
      remedies: ['ignore'],
    });
  });

  it.each([
    { name: 'with a row of its own the parts are leftovers', applied: ['a.1', 'a.2', 'a.s'], remedy: 'ignore' },
    { name: 'without one it would be applied over them', applied: ['a.1', 'a.2'], remedy: 'ask' },
  ])('is told by an earlier version of the file that no longer says so: $name', ({ applied, remedy }) => {
    const files = [{ ...file('a.s'), replacedBefore: [migrationId('a.1'), migrationId('a.2')] }];
    const facts = project({ order: 'graph', applied, files, evidence: [gone('a.1'), gone('a.2')] });
    expect(explained(facts, 'a.1')).toMatchObject({
      cause: 'squashed',
      renamedTo: 'a.s',
      remedy,
      remedies: ['ignore', 'forget'],
    });
  });

  it('wins over a twin', () => {
    const facts = project({
      order: 'graph',
      applied: ['a.1'],
      files: [squash, file('a.9', { blob: 'a.1 v1' })],
      evidence: [gone('a.1')],
    });
    expect(explained(facts, 'a.1').cause).toBe('squashed');
  });
});
