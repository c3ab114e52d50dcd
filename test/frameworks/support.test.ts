/** The README's table of frameworks is what they declare and what the live tests found. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FRAMEWORKS } from '../../src/frameworks/registry.ts';
import { README } from '../kit/generate-keys.ts';
import { recordedResult, withSupport } from '../kit/generate-support.ts';

const readme = readFileSync(README, 'utf8');

it('has the frameworks that its generator writes now', () => {
  expect(withSupport(readme)).toBe(readme);
});

it('names no engine as run that a framework does not declare', () => {
  for (const { name, engines } of FRAMEWORKS) {
    for (const engine of recordedResult(name)?.engines ?? []) expect(engines, name).toContain(engine);
  }
});

it('complains when the place for them is gone', () => {
  expect(() => withSupport('no marks')).toThrow('README.md has no');
});
