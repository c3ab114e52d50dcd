/**
 * Writes the table of keys in README.md from the one key table of the terminal UI. `node test/kit/generate-keys.ts` writes, `--check`
 * only says whether the table is fresh (exit 1 when it is not).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BINDINGS, type Binding } from '../../src/tui/keys.ts';
import { PLACE_TITLES, written } from '../../src/tui/screens/help-lines.ts';
import type { Place } from '../../src/tui/state/state.ts';

/** Path of the file that has the table. */
export const README = join(import.meta.dirname, '../../README.md');

const [BEGIN, END] = ['<!-- keys:begin -->\n', '<!-- keys:end -->'];

/** One row for the keys that work at the same places, in the order of the footer and the help. */
export function keysTable(): string {
  const places = Object.keys(PLACE_TITLES) as Place[];
  const titles = ({ where }: Binding): string => {
    const missing = places.filter(place => !where.includes(place));
    if (missing.length === 0) return 'Everywhere';
    if (missing.length === 1) return `Everywhere but: ${missing.map(place => PLACE_TITLES[place])}`;
    return places
      .filter(place => where.includes(place))
      .map(place => PLACE_TITLES[place])
      .join(', ');
  };
  const rows = [...Map.groupBy(BINDINGS, titles)].map(([where, own]) => {
    const keys = own.map(({ keys: names, says }) => `${names.map(name => `\`${written(name)}\``).join(' ')} ${says}`);
    return `| ${where} | ${keys.join(' · ')} |`;
  });
  return ['| where | keys |', '|---|---|', ...rows, ''].join('\n');
}

/** The text with a fresh table between its marks. Throws when it has no such marks. */
export function withKeys(text: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`README.md has no ${BEGIN.trim()} and ${END}`);
  return text.slice(0, from + BEGIN.length) + keysTable() + text.slice(to);
}

if (import.meta.main) {
  const text = readFileSync(README, 'utf8');
  const fresh = withKeys(text);
  if (!process.argv.includes('--check')) writeFileSync(README, fresh);
  else if (fresh !== text) {
    console.error('The keys in README.md are stale. Run: node test/kit/generate-keys.ts');
    process.exitCode = 1;
  }
}
