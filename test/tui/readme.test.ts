/** The README's table of keys is the one key table, and its pictures show what a screen shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BINDINGS } from '../../src/tui/keys.ts';
import { written } from '../../src/tui/screens/help-lines.ts';
import { keysTable, README, withKeys } from '../kit/generate-keys.ts';

const readme = readFileSync(README, 'utf8');

it('has the keys that its generator writes now', () => {
  expect(withKeys(readme)).toBe(readme);
});

it('has every key with what it says', () => {
  for (const { keys, says } of BINDINGS)
    expect(keysTable()).toContain(`${keys.map(key => `\`${written(key)}\``).join(' ')} ${says}`);
});

it('complains when the place for them is gone', () => {
  expect(() => withKeys('no marks')).toThrow('README.md has no');
});

it.each(['overview', 'plan'])('shows the %s in a picture without a path of a machine', name => {
  expect(readme).toContain(`(test/pictures/${name}.svg)`);
  const picture = readFileSync(join(README, `../test/pictures/${name}.svg`), 'utf8');
  expect(picture).toContain('~/unicorns');
  expect(picture.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/\/(home|root|tmp|work|Users)\b|https?:/);
});
