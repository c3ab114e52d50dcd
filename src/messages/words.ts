/** Small words: counts, ages, names of commits and refs, as people say them. */
import { targetName } from '../domain/production.ts';
import type { CommitInfo } from '../domain/sighting.ts';
import { clean } from './clean.ts';

/** `1 commit`, `2 commits`; thousands with commas (by hand: the first call of `toLocaleString` takes 18 ms). */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${String(number).replace(/\B(?=(\d{3})+$)/g, ',')} ${number === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** Enough of a commit id to paste. */
export const shortOid = (oid: string): string => oid.slice(0, 10);

const PERIODS: readonly (readonly [number, string])[] = [
  [31_557_600, 'year'],
  [2_629_800, 'month'],
  [604_800, 'week'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
];

/** `3 days ago`; `now` in milliseconds since 1970. Moments in the future are `just now`. */
export function age(date: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(date)) / 1000);
  const [length, name] = PERIODS.find(([length]) => seconds >= length) ?? [0, ''];
  return length === 0 || Number.isNaN(seconds) ? 'just now' : `${count(Math.floor(seconds / length), name)} ago`;
}

/** `main`, `origin/main`, `tag v1`. */
export const refName = (ref: string): string =>
  clean(ref.replace(/^refs\/(heads|remotes)\//, '').replace(/^refs\/tags\//, 'tag '));

/** `3f2a1bc by Sparkles, 2 days ago: Drop the colours idea`. */
export const commitLine = (commit: CommitInfo, now: number): string =>
  `${shortOid(commit.oid)} by ${clean(commit.author)}, ${age(commit.date, now)}: ${clean(commit.subject)}`;

/**
 * The commands to go on with, as lines to print: `next  …`, and `or    …` for each further line of `next`. Every command stands alone
 * on its line, so that it can be pasted.
 */
export const nextLines = (next: string | null, width = 6): readonly string[] =>
  next === null
    ? []
    : next.split('\n').map((command, index) => `${(index === 0 ? 'next' : 'or').padEnd(width)}${clean(command)}`);

/** Bytes as people count them. */
export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? count(bytes, 'byte') : `${value.toFixed(1)} ${units[unit]}`;
}

/** The last part of a database's address: what people call the database, and what is typed to confirm. */
export const databaseName = (display: string): string => clean(targetName(display));
