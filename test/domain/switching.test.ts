/** What a switch is decided by, as tables: names that are near, addresses that are one, versions at hand, and the words for another branch. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordingFor } from '../../src/domain/command-text.ts';
import { decide } from '../../src/domain/decide.ts';
import { explainOrphans } from '../../src/domain/orphans.ts';
import { samePlace, type Whereabouts } from '../../src/domain/same-database.ts';
import { namesNear } from '../../src/domain/switching.ts';
import { decision, evidence, ids, orphan, project, row, sighting, tip, wish } from './build.ts';

describe('names near one that nobody knows', () => {
  it.each([
    ['mian', ['main', 'topic'], ['main']],
    ['top', ['main', 'topic', 'origin/topic'], ['topic', 'origin/topic']],
    ['featrue/login', ['feature/login', 'feature/logout', 'main'], ['feature/login']],
    ['login', ['feature/login', 'main'], ['feature/login']],
    ['MAIN', ['main'], ['main']],
    ['', ['main'], []],
    ['zzzz', ['main', 'topic'], []],
    ['x', ['a1x', 'b2x', 'c3x', 'd4x', 'e5x', 'f6x'], ['a1x', 'b2x', 'c3x', 'd4x', 'e5x']],
  ])('%j', (typed, names, near) => {
    expect(namesNear(typed, names)).toEqual(near);
  });

  it('finds every name that lost a letter', () => {
    const names = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(names, fc.nat(11), (name, at) => {
        const typed = name.slice(0, at % name.length) + name.slice((at % name.length) + 1);
        expect(namesNear(typed, ['other-thing-altogether', name])).toContain(name);
      }),
    );
  });
});

const at = (text: string): Whereabouts => {
  if (text.startsWith('/')) return { engine: 'sqlite', database: text, host: null, port: null, socket: null };
  const url = new URL(text);
  const socket = url.searchParams.get('socket');
  return {
    engine: url.protocol === 'mysql:' ? 'mysql' : 'postgres',
    database: url.pathname.slice(1),
    host: url.hostname === '' ? null : url.hostname,
    port: url.port === '' ? null : Number(url.port),
    socket,
  };
};

describe('two addresses', () => {
  it.each([
    ['/a/shop.db', '/a/shop.db', 'same'],
    ['/a/shop.db', '/b/shop.db', 'other'],
    ['/a/shop.db', 'postgres://localhost/shop', 'other'],
    ['postgres://localhost/shop', 'postgres://127.0.0.1:5432/shop', 'same'],
    ['postgres://localhost/shop', 'postgres://localhost:5433/shop', 'other'],
    ['postgres://localhost/shop', 'postgres://localhost/shop_two', 'other'],
    ['postgres://db/shop', 'postgres://db/shop', 'same'],
    ['postgres://db/shop', 'postgres://DB/shop', 'same'],
    ['postgres://db/shop', 'postgres://localhost/shop', 'unknown'],
    ['postgres://db/shop', 'postgres://db:6432/shop', 'unknown'],
    ['postgres://db/shop', 'mysql://db/shop', 'other'],
    ['postgres://localhost/shop?socket=/run/pg', 'postgres://localhost/shop', 'unknown'],
    ['postgres://localhost/shop?socket=/run/pg', 'postgres://localhost/shop?socket=/run/pg', 'same'],
    ['mysql://localhost/Shop', 'mysql://localhost/shop', 'unknown'],
    ['postgres://localhost/Shop', 'postgres://localhost/shop', 'other'],
  ] as const)('%s and %s', (one, other, sameness) => {
    expect(samePlace(at(one), at(other))).toBe(sameness);
    expect(samePlace(at(other), at(one))).toBe(sameness);
  });
});

describe('a version at hand', () => {
  const source = { commit: 'head', path: 'migrations/2', blob: 'on disk', working: '/repo' };
  const explain = (more: Parameters<typeof evidence>[1]) => {
    const found = explainOrphans([row('2')], project({ applied: ['2'], evidence: [evidence('2', more)] }));
    return found[0];
  };
  it('is what is reversed, whatever other versions git has', () => {
    const sightings = [
      sighting('2', 'edited', 'c3', { blob: 'v3', before: 'v2' }),
      sighting('2', 'added', 'c2', { blob: 'v2' }),
    ];
    const tips = [tip('2', 'refs/heads/a', { blob: 'v2' }), tip('2', 'refs/remotes/origin/b', { blob: 'v3' })];
    expect(explain({ sightings, tips })).toMatchObject({ remedy: 'ask', source: null });
    expect(explain({ sightings, tips, atHand: { source, trusted: true } })).toMatchObject({
      cause: 'other-branch',
      remedy: 'reverse',
      source,
      trusted: true,
      choices: [],
    });
  });
  it('is enough where git never saw one, and nothing to bring back from git', () => {
    expect(explain({})).toMatchObject({ cause: 'unknown' });
    expect(explain({ atHand: { source, trusted: true } })).toMatchObject({
      cause: 'uncommitted',
      remedy: 'reverse',
      remedies: ['reverse', 'forget', 'ignore'],
    });
  });
});

describe('decisions before switching', () => {
  it.each([
    [orphan('2', { cause: 'unknown', source: null, remedy: 'ask' }), /tidemark show 2 --deep/],
    [
      orphan('2', { cause: 'newer', remedy: 'ask' }),
      /^tidemark plan --to 'main@\{upstream\}'\ntidemark reconcile 2 --remedy reverse --to main$/,
    ],
    [
      orphan('2', { cause: 'renamed', remedy: 'ask', renamedTo: ids('9')[0] ?? null, similarity: 90 }),
      /^tidemark reconcile 2 --remedy relabel --to main\ntidemark reconcile 2 --remedy reverse --to main$/,
    ],
  ])('say how to go on from here', (finding, next) => {
    const given = { ...decision({ applied: ['2'], orphans: [finding] }), to: 'main' };
    const { refusals } = decide(given, wish({}));
    expect(refusals).toMatchObject([{ migration: '2', next: expect.stringMatching(next) }]);
    for (const { reason, next: way } of refusals) {
      expect(reason).not.toContain('this branch');
      expect(way).not.toMatch(/tidemark (relabel|forget|adopt) /);
    }
  });

  it('keep the words for the working tree', () => {
    expect(wordingFor(undefined).take('relabel', '2')).toBe('tidemark relabel 2');
    expect(wordingFor('a b').plan('2', '3')).toBe("tidemark plan 2 3 --to 'a b'");
  });

  it('apply only what was agreed', () => {
    const given = decision({ applied: ['1'], files: ['1', '2', '3'] });
    expect(decide(given, { ...wish(), applyOnly: ids('3') }).apply).toEqual(ids('3'));
    expect(decide(given, wish({})).apply).toEqual(ids('2', '3'));
  });
});
