/** What a rehearsed step is found to have done, against what its text announced; and what a proof calls drift. */
import { describe, expect, it } from 'vitest';
import { migrationId } from '../../src/domain/migration.ts';
import { namesItself } from '../../src/domain/own-name.ts';
import type { CountedLosses, Step } from '../../src/domain/plan.ts';
import { driftBetween } from '../../src/domain/proof.ts';
import { effectOf } from '../../src/domain/rehearsal.ts';
import type { Schema } from '../../src/domain/schema.ts';

const reverse = (losses: Partial<CountedLosses>): Step => ({
  kind: 'reverse',
  migration: migrationId('3'),
  path: '3.sql',
  commit: 'a'.repeat(40),
  blob: 'b'.repeat(40),
  because: 'orphaned',
  losses: { tables: [], columns: [], unsure: null, ...losses },
  doing: { how: 'sql', script: '', inTransaction: true, rows: [] },
});

const table = (name: string, ...columns: readonly string[]): Schema => [
  ...columns.map(column => ({ kind: 'column', name: `${name}.${column}`, says: 'int' }) as const),
  { kind: 'table', name, says: 'table' },
];

const BEFORE: Schema = [...table('shops', 'id', 'name'), ...table('sales.songs', 'id'), ...table('prizes', 'id')];

describe('what a rehearsed step did', () => {
  it.each([
    [
      'a table its text announces, in another case and without its schema',
      { tables: [{ table: 'SONGS', rows: 1 }] },
      ['sales.songs'],
      [],
    ],
    ['a table it does not announce', {}, ['prizes'], ['table prizes']],
  ])('%s', (_what, losses, gone, unannounced) => {
    const after = BEFORE.filter(({ name }) => !gone.some(each => name === each || name.startsWith(`${each}.`)));
    const effect = effectOf(reverse(losses), BEFORE, after);
    expect(effect).toMatchObject({ tables: gone, columns: [], unannounced });
  });

  it('a column', () => {
    const after = BEFORE.filter(({ name }) => name !== 'shops.name');
    const said = { columns: [{ table: 'shops', column: 'NAME', values: 2 }] };
    expect(effectOf(reverse({}), BEFORE, after).unannounced).toEqual(['column shops.name']);
    expect(effectOf(reverse(said), BEFORE, after)).toMatchObject({
      unannounced: [],
      columns: [{ table: 'shops', column: 'name' }],
    });
  });

  it('a renamed table or column is not lost', () => {
    const rename = (from: string, to: string): Schema =>
      BEFORE.map(object => ({ ...object, name: object.name.replace(from, to) }));
    expect(effectOf(reverse({}), BEFORE, rename('shops', 'stores'))).toMatchObject({
      tables: [],
      columns: [],
      unannounced: [],
    });
    expect(effectOf(reverse({}), BEFORE, rename('shops.name', 'shops.title'))).toMatchObject({
      columns: [],
      unannounced: [],
    });
  });
});

describe('drift', () => {
  it('is told from what was there before, and from what an orphan made', () => {
    const found = [...BEFORE, ...table('glitter', 'id'), ...table('by_hand', 'id')].filter(
      ({ name }) => name !== 'shops.name',
    );
    const before = [...BEFORE, ...table('by_hand', 'id')];
    const glitter = { migration: migrationId('3'), tables: ['Glitter'], columns: [] };
    const drift = driftBetween(BEFORE, found, before, [glitter]);
    expect(drift.map(({ drift, name, before, explainedBy }) => [drift, name, before, explainedBy])).toEqual([
      ['missing', 'shops.name', false, null],
      ['extra', 'glitter.id', false, '3'],
      ['extra', 'glitter', false, '3'],
      ['extra', 'by_hand.id', true, null],
      ['extra', 'by_hand', true, null],
    ]);
  });
});

describe('a script that reaches its database from a copy', () => {
  it.each([
    ['mysql', 'DROP TABLE shop.songs', true],
    ['mysql', 'DROP TABLE `Shop` . `songs`', true],
    ['mysql', 'use other; DROP TABLE songs', true],
    ['mysql', 'DROP TABLE workshop.songs', false],
    ['mysql', "INSERT INTO songs VALUES ('use it')", false],
    ['mysql', 'DROP TABLE songs', false],
    ['sqlite', "ATTACH 'app.db' AS other", true],
    ['sqlite', 'DROP TABLE songs', false],
    ['postgres', 'DROP TABLE shop.songs', false],
  ] as const)('%s: %s', (engine, script, reaches) => {
    expect(namesItself(script, engine, 'shop')).toBe(reaches);
  });
});
