/** However the terminal UI ends, the terminal is as it was: after q, Ctrl-C, signals, a problem at the start, and between Ctrl-Z and fg. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { placeOf, sparkles, versions } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { BIN, builtCli, type CliPlace, eventually, tidemark, tidemarkJson } from '../kit/cli.ts';
import { type Fixture, fixtureTools } from '../kit/fixture.ts';
import { KEY, startTerminal, type Terminal } from '../kit/terminal.ts';
import { open, PLANNED, waiting } from './tell.ts';

const knex = await fixtureTools('knex/sparkles-and-rainbows');

/** `stty -g`: every setting of the terminal in one line. */
const SETTINGS = /[0-9a-f]+(?::[0-9a-f]+){10,}(?=\r?$)/gm;

/** A shell that starts the command on the terminal, and says before and after how the terminal is set. */
function underShell(place: CliPlace, ...args: readonly string[]): Terminal {
  // Until the terminal is raw, Ctrl-C is a signal for the shell too, which would end with the command.
  const script = 'trap : INT; stty -g; "$0" "$@"; code=$?; stty -g; echo "ended with $code"; stty -a; read answer';
  return startTerminal(place, args, { command: ['/bin/sh', '-c', script, process.execPath, BIN] });
}

/** The terminal is set as before, and no mode of a full screen is left on. */
async function isRestored(terminal: Terminal, code: number): Promise<void> {
  const screen = await terminal.until(/ended with \d+\n[\s\S]* echoke/);
  expect(screen.join('\n')).toContain(`ended with ${code}\n`);
  const [before, after, ...more] = terminal.written().match(SETTINGS) ?? [];
  expect(more).toEqual([]);
  expect(after).toBe(before);
  expect(screen.join(' ')).toMatch(/ icanon .* echo /);
  noModes(terminal);
}

function noModes(terminal: Terminal): void {
  const last = (mode: number) =>
    [...terminal.written().matchAll(new RegExp(`\u001b\\[\\?${mode}([hl])`, 'g'))].at(-1)?.[1];
  expect(terminal.alternate()).toBe(false);
  expect({ cursor: last(25), paste: last(2004), held: last(2026), wrap: last(7) }).toEqual({
    cursor: 'h',
    paste: 'l',
    held: 'l',
    wrap: 'h',
  });
}

/** The program that a shell is running. */
const childOf = ({ pid }: Terminal): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').at(-1));

const ENDS: readonly (readonly [string, number, (terminal: Terminal) => void])[] = [
  ['q', 0, terminal => terminal.press('q')],
  ['Ctrl-C', 130, terminal => terminal.press(KEY.interrupt)],
  ['SIGINT', 130, terminal => process.kill(childOf(terminal), 'SIGINT')],
  ['SIGTERM', 143, terminal => process.kill(childOf(terminal), 'SIGTERM')],
  ['SIGHUP', 143, terminal => process.kill(childOf(terminal), 'SIGHUP')],
];

describeWith('the terminal UI gives the terminal back', builtCli(), () => {
  it.each(ENDS)('after %s', async (_what, code, end) => {
    await using fixture = await sparkles();
    await using terminal = underShell(placeOf(fixture));
    await terminal.until('1 orphaned');
    expect(terminal.alternate()).toBe(true);
    end(terminal);
    await isRestored(terminal, code);
  });

  it.each([
    ['Ctrl-C', KEY.interrupt, 130],
    ['q', 'q', 0],
  ])('after %s while the first reading goes on', async (_what, key, code) => {
    await using fixture = await sparkles();
    await using terminal = underShell(placeOf(fixture));
    // The first paint is there before anything was read.
    await terminal.until(() => terminal.written().includes('Reading git'));
    terminal.press(key);
    await isRestored(terminal, code);
  });

  it('when there is nothing to show: the problem stands on the normal screen', async () => {
    await using fixture = await sparkles();
    await using terminal = underShell({ cwd: fixture.story.outside, env: fixture.env });
    await isRestored(terminal, 2);
    expect(terminal.screen().join('\n')).toMatch(/is not inside a git repository\./);
    expect(terminal.screen().join('\n')).not.toContain('bug in Tidemark');
  });

  it('not after SIGKILL, but the shell goes on, and `reset` is what is left', async () => {
    await using fixture = await sparkles();
    await using terminal = underShell(placeOf(fixture));
    await terminal.until('1 orphaned');
    process.kill(childOf(terminal), 'SIGKILL');
    await terminal.until('ended with 137');
  });

  it('between Ctrl-Z and fg, under a shell with job control', async () => {
    await using fixture = await sparkles();
    const env = { ...fixture.env, PS1: 'shell> ', NODE: process.execPath, BIN };
    await using terminal = startTerminal({ ...placeOf(fixture), env }, [], {
      command: ['/bin/bash', '--norc', '--noprofile', '--noediting', '-i'],
    });
    await terminal.until('shell> ');
    terminal.press('"$NODE" "$BIN"\r');
    const before = await terminal.until('1 orphaned');
    terminal.press(KEY.suspend);
    await terminal.until(/Stopped[\s\S]*shell> $/m);
    noModes(terminal);
    terminal.press('stty -a\r');
    await terminal.until(/ icanon [\s\S]* echo /);
    terminal.press('fg\r');
    expect(await terminal.until(screen => screen.join('\n') === before.join('\n'))).toEqual(before);
    expect(terminal.alternate()).toBe(true);
    terminal.press('p');
    await terminal.until(PLANNED);
    terminal.press(KEY.suspend);
    await terminal.until(/Stopped[\s\S]*shell> $/m);
    terminal.resize(100, 30);
    terminal.press('fg\r');
    await terminal.until(screen => PLANNED.test(screen.join('\n')) && /Enter run/.test(screen[29] ?? ''));
    terminal.press('qq');
    await terminal.until(/shell> $/m);
    noModes(terminal);
    terminal.press('jobs; echo "code $?"; stty -a\r');
    await terminal.until(/code 0\n[\s\S]* icanon [\s\S]* echo /);
    terminal.press('exit\r');
    expect(await terminal.ended).toBe(0);
  });
});

/** The journal of the one run. */
const journals = ({ story }: Fixture): readonly string[] => readdirSync(join(story.root, '.git/tidemark/runs'));

describeWith('the terminal UI with a run under way', builtCli(), () => {
  describeWith('of a command that waits', knex, runners => {
    async function running([program, ...words]: readonly string[] = []) {
      const told = await waiting(runners);
      const command = program === undefined ? {} : { command: [program, ...words] as const };
      const terminal = open(told.fixture, ['reconcile'], command);
      await terminal.until(PLANNED);
      terminal.press(KEY.enter);
      await terminal.until('It destroys data');
      terminal.press(`site.db${KEY.enter}`);
      await eventually('the reversal began', told.began);
      await terminal.until('Taking the songs down.');
      return { ...told, terminal };
    }

    it('says why it cannot be suspended, and goes on', async () => {
      const { fixture, goOn, terminal } = await running();
      await using _ = fixture;
      await using __ = terminal;
      terminal.press(KEY.suspend);
      await terminal.until('Not while a run is under way; Ctrl-C stops it.');
      expect(terminal.alternate()).toBe(true);
      goOn();
      await terminal.until('Proved:');
    });

    it.each(['SIGTERM', 'SIGHUP'] as const)('stops at the next safe point for %s, and is resumed', async signal => {
      const { fixture, goOn, terminal } = await running();
      await using _ = fixture;
      await using __ = terminal;
      terminal.kill(signal);
      await terminal.until('Stopping after this step');
      goOn();
      expect(await terminal.ended).toBe(130);
      noModes(terminal);
      const { document } = await tidemarkJson(placeOf(fixture), 'runs');
      expect(document.runs).toMatchObject([{ status: 'open', underWay: false }]);
      expect(terminal.screen().join('\n')).toContain(`tidemark resume ${document.runs[0].run}`);
      expect(journals(fixture).join()).toContain(document.runs[0].run);
      const resumed = await tidemark(placeOf(fixture), 'resume');
      expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 });
      const rows = await fixture.database().query('SELECT name FROM site_changes ORDER BY name');
      expect(rows.map(({ name }) => name)).not.toContain('006_songs.cjs');
      expect(rows.map(({ name }) => name)).not.toContain('003_glitter.cjs');
    });

    it.each([
      ['', []],
      [', also where no SIGHUP tells', ['setsid', '--wait', process.execPath, BIN]],
    ] as const)('finishes its step and stops when its terminal is closed%s', async (_what, command) => {
      const { fixture, goOn, terminal } = await running(command);
      await using _ = fixture;
      const pid = command.length === 0 ? terminal.pid : childOf(terminal);
      terminal.close();
      goOn();
      await eventually('it has ended', () => !existsSync(`/proc/${pid}`));
      const { document } = await tidemarkJson(placeOf(fixture), 'runs');
      expect(document.runs).toMatchObject([{ status: 'open', underWay: false }]);
      expect(document.runs[0].steps[0].state).toBe('done');
      const resumed = await tidemark(placeOf(fixture), 'resume');
      expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 });
    });
  });

  it('changes nothing when it is left at the question', async () => {
    await using fixture = await sparkles();
    await using terminal = underShell(placeOf(fixture), 'reconcile');
    await terminal.until(PLANNED);
    terminal.press(KEY.enter);
    await terminal.until('It destroys data');
    terminal.press('shop.db');
    terminal.press(KEY.interrupt);
    await isRestored(terminal, 130);
    expect(await versions(fixture)).toContain('0003');
  });
});
