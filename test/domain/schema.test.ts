/** How schemas differ. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSchemas, type Schema, type SchemaObject, sameSchema } from '../../src/domain/schema.ts';

const object = (kind: SchemaObject['kind'], name: string, says = ''): SchemaObject => ({ kind, name, says });
const table = object('table', 'tasks');
const colour = object('column', 'tasks.colour', 'text');

describe('compareSchemas', () => {
  it.each<{ name: string; before: Schema; after: Schema; expected: object }>([
    { name: 'nothing', before: [table], after: [table], expected: { added: [], removed: [], changed: [] } },
    {
      name: 'something new',
      before: [table],
      after: [table, colour],
      expected: { added: [colour], removed: [], changed: [] },
    },
    {
      name: 'something gone',
      before: [table, colour],
      after: [table],
      expected: { added: [], removed: [colour], changed: [] },
    },
    {
      name: 'another definition',
      before: [colour],
      after: [object('column', 'tasks.colour', 'int')],
      expected: {
        added: [],
        removed: [],
        changed: [{ before: colour, after: object('column', 'tasks.colour', 'int') }],
      },
    },
    {
      name: 'a name of another kind',
      before: [object('table', 'a')],
      after: [object('view', 'a')],
      expected: { added: [object('view', 'a')], removed: [object('table', 'a')], changed: [] },
    },
    {
      name: 'names with blanks',
      before: [object('index', 'a b')],
      after: [object('index', 'a')],
      expected: { added: [object('index', 'a')], removed: [object('index', 'a b')], changed: [] },
    },
    {
      name: 'another order',
      before: [table, colour],
      after: [colour, table],
      expected: { added: [], removed: [], changed: [] },
    },
  ])('tells of $name', ({ before, after, expected }) => {
    const difference = compareSchemas(before, after);
    expect(difference).toEqual(expected);
    expect(sameSchema(difference)).toBe(Object.values(expected).every(list => list.length === 0));
  });

  it('is the same backwards, with the sides changed', () => {
    const some = fc.uniqueArray(
      fc.record({
        kind: fc.constantFrom('table' as const, 'view' as const),
        name: fc.constantFrom('a', 'b', 'c'),
        says: fc.constantFrom('x', 'y'),
      }),
      { selector: ({ kind, name }) => `${kind} ${name}` },
    );
    fc.assert(
      fc.property(some, some, (one, other) => {
        const [there, back] = [compareSchemas(one, other), compareSchemas(other, one)];
        expect(back.added).toEqual(there.removed);
        expect(back.removed).toEqual(there.added);
        expect(back.changed).toHaveLength(there.changed.length);
      }),
    );
  });
});
