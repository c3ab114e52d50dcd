/** Stories of the terminal UI's tests: the shop with nothing to lose, with failures, and with a reversal that waits; and keys that walk through the screens. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { lose, placeOf, sparkles, sql } from '../cli/shop.ts';
import { buildFixture, type Fixture } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import type { FrameworkRunner } from '../kit/fixture-run.ts';
import { KEY, type Shows, startTerminal, type Terminal, type TerminalOptions } from '../kit/terminal.ts';

/** A plan is on the screen, and is not being made. */
export const PLANNED = /^(?![\s\S]*planning again)[\s\S]*Plan [0-9a-f]{12}/;
/** An escape sequence with a colour in it: SGR 30 to 37, 38, 39, 40 to 49, 90 to 107. */
export const COLOUR = /\u001b\[[0-9;:]*?\b(3[0-9]|4[0-9]|9[0-7]|10[0-7])[0-9;:]*m/;

/** Starts the built command on a terminal, in the fixture's repository. */
export const open = (fixture: Fixture, args: readonly string[] = [], options: TerminalOptions = {}): Terminal =>
  startTerminal(placeOf(fixture), args, options);

/** Sparkles and Rainbows with an orphan whose table and column are empty: no data is lost. */
export async function harmless(): Promise<Fixture> {
  const fixture = await sparkles();
  await fixture.database().query('DELETE FROM glitter_sorts');
  await fixture.database().query('UPDATE unicorns SET glitter = NULL');
  return fixture;
}

/** The harmless story with a second, newer orphan; once the first is reversed, the reversal of 3 fails, because its table is gone. */
export async function failing(): Promise<Fixture> {
  const fixture = await harmless();
  await lose(fixture, {
    name: '0006_songs.sql',
    text: sql('CREATE TABLE songs (id INTEGER PRIMARY KEY);', 'DROP TABLE songs;'),
  });
  await fixture.database().query('DROP TABLE glitter_sorts');
  return fixture;
}

/** What makes the reversal of `failing` work again. */
export const mend = (fixture: Fixture) =>
  fixture.database().query('CREATE TABLE glitter_sorts (id INTEGER PRIMARY KEY, colour VARCHAR(20) NOT NULL)');

/** A reversal that goes on once it is told to. */
export interface Waiting {
  readonly began: () => boolean;
  readonly goOn: () => void;
}

/** Knex's story with a newer orphan whose reversal says something, and waits until a test lets it go on. */
export async function waiting(
  runners: ReadonlyMap<string, FrameworkRunner>,
  says = 'Taking the songs down.',
): Promise<{ readonly fixture: Fixture } & Waiting> {
  const fixture = await buildFixture('knex/sparkles-and-rainbows', SQLITE, runners);
  const { story } = fixture;
  const path = 'apps/site/db/changes/006_songs.cjs';
  story.write(path, WAITS.replace('SAYS', JSON.stringify(says)));
  await story.commit('Sing');
  await fixture.database().query('CREATE TABLE songs (id INTEGER PRIMARY KEY)');
  await fixture
    .database()
    .query("INSERT INTO site_changes (name, batch, migration_time) VALUES ('006_songs.cjs', 9, '2024-03-02 10:00:00')");
  story.remove(path);
  await story.commit('Do not sing');
  return {
    fixture,
    began: () => existsSync(join(story.outside, 'began')),
    goOn: () => story.write('../go-on', ''),
  };
}

/** The home of a story lies beside its repository. No path of it is in the text: commit ids repeat. */
const WAITS = `const fs = require('node:fs');
const place = require('node:path').dirname(process.env.HOME);

exports.up = async knex => {
  await knex.schema.createTable('songs', table => table.increments('id'));
};

exports.down = async knex => {
  console.log(SAYS);
  fs.writeFileSync(place + '/began', '');
  while (!fs.existsSync(place + '/go-on')) await new Promise(wake => setTimeout(wake, 20));
  await knex.schema.dropTable('songs');
};
`;

/** A shell that writes down where it was opened, what lies in a folder there, its environment and how the terminal is set, and ends at Enter. */
export function shellThatTells(place: string, folder: string): { readonly path: string; readonly told: () => string } {
  const [path, told] = [join(place, 'shell'), join(place, 'shell-told')];
  const script = `{ pwd; ls ${folder}; env; stty -a; } >"${told}"\necho 'in the shell'\nread answer`;
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { path, told: () => readFileSync(told, 'utf8') };
}

/** The frame of every screen is where it belongs: where we are in the first line, keys in the last, and no line ran over. */
export function frameIsWhole(terminal: Terminal, root: RegExp | string = '/repo on '): void {
  const screen = terminal.screen();
  const all = screen.join('\n');
  expect(terminal.overflowing(), all).toEqual([]);
  expect(screen[0], all).toMatch(root);
  expect(screen.at(-1), all).toMatch(/^ \S+ \S/);
  const widths = terminal.cells().map(row => row.reduce((sum, cell) => sum + cell.width, 0));
  expect(new Set(widths), all).toEqual(new Set([widths[0]]));
}

/** One screen of the tour: its name, the keys that lead to it from the one before, and what it shows once it is there. */
type Stop = readonly [name: string, keys: string, shows: Shows];

/** Every screen that can be seen before anything is changed, in a row. It ends on the overview. */
const TOUR: readonly Stop[] = [
  ['overview', '', '1 orphaned'],
  ['filter', '/0003', /^ \/0003/m],
  ['filtered', KEY.enter, /^ \/0003 +\(Esc shows all\)/m],
  ['story text', KEY.enter, /text, [0-9a-f]{10}/],
  ['story diff', 'Gd', /diff, from [0-9a-f]{10}/],
  ['help', '?', /^Life story\n/m],
  ['back to the story', 'q', /diff, from/],
  ['filtered again', 'q', /^ \/0003 +\(Esc shows all\)/m],
  ['all again', KEY.escape, '0001_unicorns.sql'],
  ['plan', 'p', PLANNED],
  ['remedies', 'x', 'bring its file back'],
  ['plan again', 'q', 'tidemark reconcile --confirm'],
  ['confirm', KEY.enter, /Run plan/],
  ['back', `${KEY.escape}`, 'tidemark reconcile --confirm'],
  ['overview again', 'q', 'rows in shop.db'],
  ['runs', 'R', 'no run in this repository'],
  ['the end', 'q', 'rows in shop.db'],
];

/** Walks the tour; `at` is called on every screen. */
export async function tour(terminal: Terminal, at: (name: string) => void | Promise<void>): Promise<void> {
  for (const [name, keys, shows] of TOUR) {
    terminal.press(keys);
    await terminal.until(shows);
    await at(name);
  }
}
