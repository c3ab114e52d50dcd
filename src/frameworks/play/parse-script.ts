/** Evolution scripts as Play reads them (`ResourceEvolutionsReader`, `Script` and `Evolution` of play-jdbc-evolutions 3.0.7). */
import { createHash } from 'node:crypto';
import type { Project } from '../../domain/migration.ts';

/** Both ways of one evolution, as the table stores them. */
export interface Evolution {
  readonly up: string;
  readonly down: string;
}

const UPS = /^(?:#|--).*!Ups.*$/;
const DOWNS = /^(?:#|--).*!Downs.*$/;

/** Reads a file. Sections of one kind are joined; what stands before the first marker is dropped. */
export function parseEvolution(text: string): Evolution {
  const sections = { up: [] as string[], down: [] as string[] };
  let lines: string[] | null = null;
  const all = { up: [] as string[][], down: [] as string[][] };
  for (const raw of text.split('\n')) {
    const line = javaTrim(raw);
    const marked = UPS.test(line) ? all.up : DOWNS.test(line) ? all.down : null;
    if (marked !== null) {
      lines = [];
      marked.push(lines);
    } else lines?.push(line);
  }
  for (const way of ['up', 'down'] as const) sections[way].push(...all[way].map(section => section.join('\n')));
  return { up: javaTrim(sections.up.join('\n')), down: javaTrim(sections.down.join('\n')) };
}

/** Java's `trim`: all up to and including the space goes, and no other space of Unicode. */
function javaTrim(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && text.charCodeAt(from) <= 32) from += 1;
  while (to > from && text.charCodeAt(to - 1) <= 32) to -= 1;
  return text.slice(from, to);
}

/** What Play knows an evolution by. */
export const hashOf = ({ up, down }: Evolution): string =>
  createHash('sha1')
    .update(javaTrim(down) + javaTrim(up), 'utf8')
    .digest('hex');

/** A file that reads as these two scripts: what a row says was applied, as a file. */
export const textOf = ({ up, down }: Evolution): string => `-- !Ups\n${up}\n\n-- !Downs\n${down}\n`;

/** A script as statements for one run, semicolons that are no ends as they are meant; or why it cannot be run, as a clause. */
export function runnable(project: Project, script: string): { readonly sql: string } | { readonly reason: string } {
  const filled = substituted(project, script);
  if ('reason' in filled) return filled;
  const statements = filled.sql.split(/(?<!;);(?!;)/).map(each => javaTrim(each).replaceAll(';;', ';'));
  // A comment at the end of a statement must not swallow the semicolon.
  return { sql: statements.flatMap(each => (each === '' ? [] : `${each}\n;\n`)).join('') };
}

function substituted(project: Project, script: string): { readonly sql: string } | { readonly reason: string } {
  const { substitutions, prefix, suffix } = project.settings;
  const [begin, end] = [String(prefix ?? '$evolutions{{{'), String(suffix ?? '}}}')];
  const values =
    typeof substitutions === 'object' && !Array.isArray(substitutions) ? (substitutions as Record<string, string>) : {};
  const pieces: string[] = [];
  let at = 0;
  for (let found = script.indexOf(begin); found !== -1; found = script.indexOf(begin, at)) {
    const stop = script.indexOf(end, found + begin.length);
    const name = script.slice(found + begin.length, stop === -1 ? found + begin.length + 40 : stop);
    // One with an exclamation mark before it is an escaped one.
    if (stop === -1 || script[found - 1] === '!' || !Object.hasOwn(values, name))
      return {
        reason: `it has the variable ${begin}${name.slice(0, 80)}${end}, whose value the repository does not say`,
      };
    pieces.push(script.slice(at, found), values[name] ?? '');
    at = stop + end.length;
  }
  return { sql: pieces.join('') + script.slice(at) };
}
