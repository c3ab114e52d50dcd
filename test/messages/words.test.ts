/** Numbers in words. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { count } from '../../src/messages/words.ts';

it('counts one, many, none, and what has a plural of its own', () => {
  expect(count(1, 'commit')).toBe('1 commit');
  expect(count(0, 'commit')).toBe('0 commits');
  expect(count(2, 'finding is', 'findings are')).toBe('2 findings are');
});

it('parts thousands as English does', () => {
  expect(count(1234567, 'row')).toBe('1,234,567 rows');
  fc.assert(
    fc.property(fc.maxSafeInteger(), number => {
      expect(count(number, 'row', 'rows').split(' ')[0]).toBe((number === 0 ? 0 : number).toLocaleString('en-US'));
    }),
  );
});
