/** Orders over migrations: dependents, the order of reversal, names in texts; and that thousands of them take no time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Declaration, MigrationId } from '../../src/domain/migration.ts';
import { dependentsAmong, firstDependents, namesAny, reversalOrder } from '../../src/domain/reversal-order.ts';
import { computed } from '../kit/processor-time.ts';
import { declaration, ids } from './build.ts';

/** `{ b: ['a'] }`: b depends on a. */
const graph = (edges: Readonly<Record<string, readonly string[]>>): ReadonlyMap<MigrationId, Declaration> =>
  new Map(Object.entries(edges).map(([id, requires]) => [declaration(id).id, declaration(id, requires)]));

describe('dependentsAmong', () => {
  it.each([
    { name: 'nothing declared', edges: {}, roots: ['a'], expected: [] },
    { name: 'direct and indirect ones', edges: { b: ['a'], c: ['b'], d: [] }, roots: ['a'], expected: ['b', 'c'] },
    { name: 'without the roots', edges: { b: ['a'], c: ['b'] }, roots: ['a', 'b'], expected: ['c'] },
    { name: 'only through those given', edges: { x: ['a'], d: ['x'] }, roots: ['a'], expected: [] },
    { name: 'a circle once', edges: { a: ['c'], b: ['a'], c: ['b'] }, roots: ['a'], expected: ['b', 'c'] },
    { name: 'one that depends on itself', edges: { a: ['a'], b: ['a'] }, roots: ['a'], expected: ['b'] },
  ])('finds $name', ({ edges, roots, expected }) => {
    expect(dependentsAmong(ids('a', 'b', 'c', 'd'), ids(...roots), graph(edges))).toEqual(expected);
  });

  it('names one that is listed twice once', () => {
    expect(dependentsAmong(ids('a', 'b', 'b'), ids('a'), graph({ b: ['a'] }))).toEqual(['b']);
  });
});

describe('firstDependents', () => {
  it('gives for each migration the first source that stands on it, through applied ones only', () => {
    const declared = graph({ b: ['a'], c: ['b'], d: ['a', 'gone'], e: ['gone'] });
    const found = firstDependents(ids('d', 'c'), new Set(ids('a', 'b', 'c', 'd')), declared);
    expect(Object.fromEntries(found)).toEqual({ a: 'd', b: 'c' });
  });

  it('does not name a source for itself in a circle', () => {
    const found = firstDependents(ids('a'), new Set(ids('a', 'b')), graph({ a: ['b'], b: ['a'] }));
    expect(Object.fromEntries(found)).toEqual({ b: 'a' });
  });
});

describe('reversalOrder', () => {
  const applied = ids('a', 'b', 'c', 'd', 'e');
  it.each([
    { name: 'newest first without a graph', wanted: ['a', 'c', 'e'], edges: {}, expected: ['e', 'c', 'a'] },
    {
      name: 'dependents first, even when they were applied earlier',
      wanted: ['a', 'b'],
      edges: { a: ['b'] },
      expected: ['a', 'b'],
    },
    {
      name: 'dependents first, through ones that stay',
      wanted: ['a', 'c'],
      edges: { a: ['b'], b: ['c'] },
      expected: ['a', 'c'],
    },
    {
      name: 'the newest of a circle first',
      wanted: ['a', 'b', 'c'],
      edges: { a: ['b'], b: ['c'], c: ['a'] },
      expected: ['c', 'b', 'a'],
    },
    {
      name: 'what depends on a circle before it, what it depends on after it, whatever their age',
      wanted: ['a', 'b', 'c', 'e'],
      edges: { b: ['c', 'e'], c: ['b'], a: ['b'] },
      expected: ['a', 'c', 'b', 'e'],
    },
    { name: 'one that is not applied last', wanted: ['z', 'a'], edges: {}, expected: ['a', 'z'] },
    { name: 'each once', wanted: ['a', 'a', 'b'], edges: {}, expected: ['b', 'a'] },
    { name: 'nothing', wanted: [], edges: { b: ['a'] }, expected: [] },
  ])('orders $name', ({ wanted, edges, expected }) => {
    expect(reversalOrder(ids(...wanted), applied, graph(edges as Record<string, string[]>))).toEqual(expected);
  });

  it('goes by the last row of one that has two', () => {
    expect(reversalOrder(ids('a', 'b'), ids('a', 'b', 'a'), graph({}))).toEqual(['a', 'b']);
  });

  it('is the order of application backwards, for any history whose graph agrees with it', () => {
    const history = fc.integer({ min: 1, max: 12 }).chain(size =>
      fc.record({
        edges: fc.array(fc.array(fc.nat({ max: size - 1 }), { maxLength: 3 }), { minLength: size, maxLength: size }),
        wanted: fc.subarray(Array.from({ length: size }, (_, index) => index)),
      }),
    );
    fc.assert(
      fc.property(history, ({ edges, wanted }) => {
        const names = edges.map((_, index) => `m${index}`);
        const declared = graph(
          Object.fromEntries(edges.map((to, index) => [`m${index}`, to.filter(at => at < index).map(at => `m${at}`)])),
        );
        const order = reversalOrder(ids(...wanted.map(at => `m${at}`)), ids(...names), declared);
        expect(order).toEqual(wanted.toReversed().map(at => `m${at}`));
      }),
    );
  });
});

describe('ten thousand migrations', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `m${index}`);
  it.each([
    { name: 'in one chain', requires: (index: number) => (index === 0 ? [] : [`m${index - 1}`]) },
    { name: 'all on the first', requires: (index: number) => (index === 0 ? [] : ['m0']) },
    { name: 'in one circle', requires: (index: number) => [`m${(index + 9_999) % 10_000}`] },
    { name: 'without a graph', requires: () => [] },
  ])('are ordered within a second of processor time: $name', ({ requires }) => {
    const declared = graph(Object.fromEntries(many.map((id, index) => [id, requires(index)])));
    const { value, processorMs } = computed(() => ({
      order: reversalOrder(ids(...many), ids(...many), declared),
      dependents: dependentsAmong(ids(...many), ids(...many.slice(0, 5_000)), declared),
    }));
    expect(processorMs).toBeLessThan(1_000);
    expect(value.order).toHaveLength(10_000);
    expect(value.order[0]).toBe('m9999');
    expect(value.dependents.length).toBeLessThanOrEqual(5_000);
  });
});

describe('namesAny', () => {
  it.each([
    { text: 'ALTER TABLE Tasks ADD colour', names: ['tasks'], expected: true },
    { text: 'ALTER TABLE subtasks ADD colour', names: ['tasks'], expected: false },
    { text: 'ALTER TABLE tasks_old ADD colour', names: ['tasks'], expected: false },
    { text: 'ALTER TABLE "tasks"', names: ['tasks'], expected: true },
    { text: 'create table größe (a int)', names: ['größe'], expected: true },
    { text: 'ALTER TABLE "order items" ADD a int', names: ['order items'], expected: true },
    { text: 'ALTER TABLE `my-table` ADD a int', names: ['my-table'], expected: true },
    { text: 'ALTER TABLE tasks', names: ['', 'other'], expected: false },
    { text: '', names: ['tasks'], expected: false },
    { text: 'anything', names: [], expected: false },
  ])('$names in "$text": $expected', ({ text, names, expected }) => {
    expect(namesAny(text, names)).toBe(expected);
  });
});
