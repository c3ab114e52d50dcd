/** Every framework's hazards are known, and each is shown by a live test that is there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FRAMEWORKS } from '../../src/frameworks/registry.ts';
import { HAZARDS, NOT_RUN } from '../frameworks-live/hazards.ts';

const LIVE = join(import.meta.dirname, '../frameworks-live');

/** Titles of the tests in a file, as they are written. */
const titlesIn = (file: string): readonly string[] =>
  [...readFileSync(join(LIVE, `${file}.test.ts`), 'utf8').matchAll(/\bit\(\s*(['"`])(.*?)\1,/gs)].flatMap(
    ([, , title]) => (title === undefined ? [] : title),
  );

it.each(FRAMEWORKS.map(({ name }) => name))('%s has one that is shown, or cannot be run here', name => {
  const isShown = HAZARDS.some(({ framework }) => framework === name);
  expect(isShown !== name in NOT_RUN, 'name it in test/frameworks-live/hazards.ts').toBe(true);
});

it.each(HAZARDS)('$framework $wrong: $says', ({ framework, shown: [file, title] }) => {
  expect(FRAMEWORKS.map(({ name }) => name)).toContain(framework);
  expect(titlesIn(file).filter(each => title.test(each))).not.toEqual([]);
});
