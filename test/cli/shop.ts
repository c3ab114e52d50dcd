/** The shop of the command-line tests: dbmate-style files on SQLite, applied by Tidemark's own runner, so that no other tool is needed. */
import { connect, createServer } from 'node:net';
import { expect } from 'vitest';
import type { CliEnd, CliPlace } from '../kit/cli.ts';
import { buildFixture, type Fixture } from '../kit/fixture.ts';

/** Folder of the shop's migrations. */
export const CHANGES = 'services/shop/changes';

/** Sparkles and Rainbows: 1 to 5 applied, 3 deleted by Sparkles. */
export const sparkles = (): Promise<Fixture> => buildFixture('dbmate/sparkles-and-rainbows');

export const placeOf = (fixture: Fixture): CliPlace => ({ cwd: fixture.story.root, env: fixture.env });

/** A migration's text. */
export const sql = (up: string, down: string): string => `-- migrate:up\n${up}\n\n-- migrate:down\n${down}\n`;

/** How an orphan comes to be. */
export interface Lost {
  /** File name, in the shop's folder. */
  readonly name: string;
  readonly text: string;
  readonly subject?: string;
  readonly author?: string;
}

/** Adds a migration, applies it, and deletes it in git: one more orphan. Returns the deleting commit. */
export async function lose({ story, apply }: Fixture, lost: Lost): Promise<string> {
  const who = lost.author === undefined ? {} : { author: lost.author };
  story.write(`${CHANGES}/${lost.name}`, lost.text);
  await story.commit(`Add ${lost.name}`, who);
  await apply();
  story.remove(`${CHANGES}/${lost.name}`);
  return story.commit(lost.subject ?? `Delete ${lost.name}`, who);
}

/** Versions in the shop's history table. */
export async function versions(fixture: Fixture): Promise<readonly string[]> {
  const rows = await fixture.database().query('SELECT version FROM shop_changes ORDER BY version');
  return rows.map(({ version }) => String(version));
}

/** Runs something that must fail and must change nothing `but` one file: not the repository, not the database file, not a file beside it. */
export async function changesNothing(fixture: Fixture, run: () => Promise<CliEnd>, but?: string): Promise<CliEnd> {
  const snapshot = () => Object.fromEntries(Object.entries(fixture.story.snapshot()).filter(([path]) => path !== but));
  const before = snapshot();
  const end = await run();
  expect(snapshot()).toEqual(before);
  return end;
}

/** A refusal in words: what happened as one sentence, then how to go on. Never a stack. */
export function expectsWords(end: CliEnd, code: number, what: RegExp, next: RegExp): void {
  expect(end, end.stdout + end.stderr).toMatchObject({ code, stdout: '' });
  const lines = end.stderr.trimEnd().split('\n');
  expect(lines[0]).toMatch(what);
  expect(lines[0]).toMatch(/[.:)]$/);
  expect(lines.at(-1)).toMatch(/^ {2}(next|or {2}) {2}\S/);
  expect(lines.find(line => line.startsWith('  next  '))).toMatch(next);
  expect(end.stderr).not.toMatch(/^\s+at .*\.(js|ts)|bug in Tidemark/m);
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const place = server.address();
  await new Promise(resolve => server.close(resolve));
  if (place === null || typeof place === 'string') throw new Error('there is no port');
  await new Promise<void>((resolve, reject) => {
    const probe = connect(place.port, '127.0.0.1', () => reject(new Error('somebody listens there')));
    probe.on('error', () => resolve());
  });
  return place.port;
}
