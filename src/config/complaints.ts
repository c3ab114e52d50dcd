/** What is wrong with settings, as sentences that name the place and never a value: a value may be a password. */
import type * as z from 'zod/mini';
import { customSchema, projectSchema, settingsSchema } from './settings-schema.ts';

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  int: 'a whole number',
  number: 'a number',
};

/** The sentences for what the schema found. `value` is what was checked; `prefix` is where it stands in its file. */
export function complaintsAbout(issues: readonly Issue[], value: unknown, prefix: string): readonly string[] {
  return issues.flatMap(issue => {
    const at = (path: readonly PropertyKey[]): string => placeOf(path, prefix);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(key => `${at([...issue.path, key])}: is not a setting; ${hint(key, knownAt(issue.path))}`);
    }
    const given = issue.path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)?.[key], value);
    return `${at(issue.path)}: ${fault(issue, given)}.`;
  });
}

/** `projects[0].root` for its path; the whole of the settings has no name of its own. */
export function placeOf(path: readonly PropertyKey[], prefix: string): string {
  const place = path.reduce<string>(
    (before, key) => (typeof key === 'number' ? `${before}[${key}]` : `${before}.${String(key)}`),
    prefix,
  );
  return place.replace(/^\./, '') || 'the settings';
}

function fault(issue: Issue, given: unknown): string {
  if (given === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return 'is not valid';
  }
}

function knownAt(path: readonly PropertyKey[]): readonly string[] {
  const schema = path.length === 0 ? settingsSchema : path.at(-1) === 'custom' ? customSchema : projectSchema;
  return Object.keys(schema.shape).filter(key => key !== '$schema');
}

function hint(key: string, known: readonly string[]): string {
  const nearest = known
    .map(name => ({ name, distance: editsBetween(key.toLowerCase(), name.toLowerCase()) }))
    .reduce((best, next) => (next.distance < best.distance ? next : best));
  const near = nearest.distance <= Math.max(2, Math.floor(nearest.name.length / 3));
  return near ? `did you mean "${nearest.name}"?` : `there are ${known.join(', ')}.`;
}

/** Letters to insert, remove or replace to make one word of the other (Levenshtein). */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [done, letter] of Array.from(one).entries()) {
    const next = [done + 1];
    for (let at = 1; at <= other.length; at += 1) {
      const replaced = (row[at - 1] ?? 0) + (letter === other[at - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
