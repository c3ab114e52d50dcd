/** Patterns of the settings: usual ones are taken, and none that could run on and on, whatever the names. */
import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { LONGEST_NAME, namePattern } from '../../src/domain/name-pattern.ts';

it.each([
  String.raw`^(?<id>\d{4}-[a-z]+)\.do\.sql$`,
  String.raw`^0*(?<id>\d+)\.sql$`,
  String.raw`(?<id>\d+)_.*\.(up|down)\.sql`,
  String.raw`^(\w+)-(?<id>\d+)_(.*)\.(\w+)$`,
  String.raw`^(?<id>\d{4}(?:-\d{2}){2}T\d+)[-_](\w+)(\.\w+)?\.sql$`,
  String.raw`^V(?<id>[\d.]+)__[^()*|+?]+\.sql$`,
  String.raw`^(?<id>[(*)+\]]+)\k<id>\p{L}{2,}\u{41}\)+$`,
])('takes %s', written => {
  expect(namePattern(written)).toEqual({ pattern: new RegExp(written, 'u') });
});

it.each([
  ['a repeated group that holds a repetition', '^(?<id>(a+)+)$'],
  ['the same, seen through another group', '^(?<id>((?:a{1,2}))*)$'],
  ['a repeated choice', '^(?<id>(a|aa)*)$'],
  ['a repeated group that may be empty', '^(?<id>(a?a?)*)$'],
  ['a repetition looked ahead to', '^(?=(a+)+$)(?<id>a)'],
  ['many that may be left out', `^(?<id>${'a?'.repeat(40)}${'a'.repeat(40)})$`],
  ['many of any length', '^(?<id>a*)a*a*a*a*a*$'],
  ['a long bound in a bound', '^(?<id>(?:a{0,200}){9})$'],
  ['a choice of which one may begin anywhere', '^(?<id>1)|a*a*a*a*$'],
])('refuses %s', (_what, written) => {
  expect(namePattern(written)).toEqual({ fault: expect.stringContaining('could keep Tidemark busy for ever') });
});

it('has an end for the worst of those that it takes', () => {
  const read = namePattern('^(?<id>.*).*.*4$');
  if (!('pattern' in read)) throw new Error(read.fault);
  const start = performance.now();
  expect(read.pattern.exec('1'.repeat(LONGEST_NAME))).toBeNull();
  expect(performance.now() - start).toBeLessThan(5_000);
});
