/** Names of Flyway's files, and versions: prefix, version, separator, description, suffix (resolver/sqlmigration of flyway-core). */
import type { Project } from '../../domain/migration.ts';
import { baseOf } from '../repository-paths.ts';

/** What a file's name says. `undo` files and settings of single scripts belong to a migration and are none. */
export interface FlywayName {
  readonly kind: 'versioned' | 'repeatable' | 'undo';
  /** Version as the table stores it; null for repeatables. */
  readonly version: string | null;
  /** As the table stores it. */
  readonly description: string;
  /** `.sql`, `.java`: what the name ends with. */
  readonly suffix: string;
}

const VERSION = /^\d+(?:[._]\d+)*$/;

/** Longest description that the table holds; longer ones are cut (FlywayImpl, `AbbreviationUtils.abbreviateDescription`). */
const LONGEST = 200;

const textOf = (project: Project, name: string, otherwise: string): string => {
  const value = project.settings[name];
  return typeof value === 'string' ? value : otherwise;
};

const suffixesOf = ({ settings: { suffixes } }: Project): readonly string[] =>
  Array.isArray(suffixes) ? suffixes : [];

/** Reads a file's name, wherever it lies; null when it is no file of Flyway's. */
export function nameOf(project: Project, path: string): FlywayName | null {
  const name = baseOf(path);
  const code = /\.(?:java|kt)$/.exec(name)?.[0];
  const own = suffixesOf(project).find(each => each !== '' && name.toLowerCase().endsWith(each.toLowerCase()));
  const suffix = code ?? own;
  if (suffix === undefined) return null;
  const stem = name.slice(0, -suffix.length);
  const prefixes = {
    versioned: code === undefined ? textOf(project, 'prefix', 'V') : 'V',
    undo: code === undefined ? textOf(project, 'undoPrefix', 'U') : 'U',
    repeatable: code === undefined ? textOf(project, 'repeatablePrefix', 'R') : 'R',
  };
  const separator = code === undefined ? textOf(project, 'separator', '__') : '__';
  for (const kind of ['versioned', 'undo', 'repeatable'] as const) {
    if (!stem.startsWith(prefixes[kind])) continue;
    const rest = stem.slice(prefixes[kind].length);
    const at = rest.indexOf(separator);
    const [head, tail] = at === -1 ? [rest, ''] : [rest.slice(0, at), rest.slice(at + separator.length)];
    const description = shortened(tail.replaceAll('_', ' '));
    if (kind === 'repeatable') {
      if (head === '' && description !== '') return { kind, version: null, description, suffix };
    } else if (VERSION.test(head)) return { kind, version: head.replaceAll('_', '.'), description, suffix };
  }
  return null;
}

const shortened = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 3)}...`);

/** A version as Flyway compares it: leading zeros and trailing parts of zero do not count. null for what is no version. */
export function versionKey(version: string): string | null {
  if (!/^\d+(?:\.\d+)*$/.test(version)) return null;
  const parts = version.split('.').map(part => part.replace(/^0+(?=\d)/, ''));
  while (parts.length > 1 && parts.at(-1) === '0') parts.pop();
  return parts.join('.');
}

/** Orders versions part by part as numbers, of any length. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [(versionKey(a) ?? '').split('.'), (versionKey(b) ?? '').split('.')];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const [one = '0', other = '0'] = [left[at], right[at]];
    const difference = one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
