/**
 * `npm run pictures`: draws the pictures of the README, from what the built terminal UI really shows of the real demo in a real
 * pseudo-terminal. They lie in `test/pictures`, beside the script that makes them. Run `npm run build` first.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDemo } from '../../src/operations/demo.ts';
import { wire } from '../../src/wiring.ts';
import { svgOf } from './svg.ts';
import { KEY, startTerminal } from './terminal.ts';

const PICTURES = join(import.meta.dirname, '../pictures');

const home = realpathSync(mkdtempSync(join(tmpdir(), 'tidemark-pictures-')));
try {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TZ: 'UTC', GIT_CONFIG_NOSYSTEM: '1' };
  const folder = join(home, 'unicorns');
  mkdirSync(folder);
  await makeDemo(wire(env), folder);
  await using terminal = startTerminal({ cwd: folder, env }, [], { columns: 100, rows: 24 });
  const draw = (name: string, title: string) => {
    const seen = terminal.screen().join('\n');
    if (seen.includes(home)) throw new Error(`a path of this machine is on the screen:\n${seen}`);
    mkdirSync(PICTURES, { recursive: true });
    writeFileSync(join(PICTURES, `${name}.svg`), svgOf(terminal.cells(), title));
  };
  await terminal.until('1 orphaned');
  draw('overview', 'The overview: migrations of git beside rows of the database, and the one that git no longer has');
  terminal.press('p');
  await terminal.until(/Plan [0-9a-f]{12}/);
  terminal.press(KEY.down);
  await terminal.until(/rehearsed[\s\S]*DROP TABLE/);
  draw('plan', 'The plan: the step that reverses it, its SQL, and what it destroys');
  terminal.press('qq');
  await terminal.ended;
} finally {
  rmSync(home, { recursive: true, force: true });
}
