/** The terminal UI on terminals of every kind: small, large, resized, without colours, with ASCII only, read aloud, or none at all. */
import { expect, it } from 'vitest';
import { placeOf, sparkles, versions } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { BIN, builtCli, eventually, tidemark } from '../kit/cli.ts';
import { fixtureTools } from '../kit/fixture.ts';
import { KEY, startTerminal } from '../kit/terminal.ts';
import { COLOUR, frameIsWhole, harmless, open, PLANNED, tour, waiting } from './tell.ts';

const knex = await fixtureTools('knex/sparkles-and-rainbows');

describeWith('the terminal UI', builtCli(), () => {
  it('fits the smallest terminal it opens on', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture, [], { columns: 40, rows: 10 });
    await terminal.until('/repo on ');
    frameIsWhole(terminal);
    terminal.press('p');
    await terminal.until(/Plan [0-9a-f]{12}/);
    frameIsWhole(terminal);
    terminal.press(KEY.enter);
    await terminal.until(/It destroys data: to run it, type\n {2}shop\.db$/m);
    frameIsWhole(terminal);
    terminal.press('shop.db');
    await terminal.until(/^ {2}shop\.db\n {2}shop\.db ?$/m);
    // What is lost can be read down to its end, also where there is one line for it.
    for (const fact of [
      /─\n {2}database /,
      /─\n {2}step 1 /,
      /─\n {2}destroys {2}table glitter_sorts/,
      /─\n {2}backup /,
    ]) {
      while (!fact.test(terminal.screen().join('\n'))) {
        const before = terminal.screen().join('\n');
        terminal.press(KEY.down);
        await terminal.until(screen => screen.join('\n') !== before);
      }
    }
    terminal.press(KEY.enter);
    await terminal.until('0 orphaned');
    frameIsWhole(terminal);
  });

  it('is resized on every screen, also to nothing and back, and shows the same as before', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture);
    await tour(terminal, async name => {
      const before = terminal.screen();
      frameIsWhole(terminal);
      terminal.resize(30, 8);
      await terminal.until(screen => screen[0] === 'Too small: 30x8' && screen.slice(1).every(line => line === ''));
      terminal.resize(200, 50);
      await terminal.until(screen => /^ \S/.test(screen[49] ?? '') && (screen[0] ?? '').includes('/repo on'));
      frameIsWhole(terminal);
      terminal.resize(80, 24);
      await terminal
        .until(screen => screen.join('\n') === before.join('\n'))
        .catch(error => {
          throw new Error(`${name} was:\n${before.join('\n')}`, { cause: error });
        });
    });
  });

  describeWith('with a run under way', knex, runners => {
    it('is resized while a command runs, and goes on', async () => {
      const { fixture, began, goOn } = await waiting(runners);
      await using _ = fixture;
      await using terminal = open(fixture, ['reconcile']);
      await terminal.until(PLANNED);
      terminal.press(KEY.enter);
      await terminal.until('It destroys data');
      terminal.press(`site.db${KEY.enter}`);
      await eventually('the reversal began', began);
      await terminal.until('Taking the songs down.');
      frameIsWhole(terminal);
      for (const [columns, rows] of [
        [200, 50],
        [41, 11],
        [80, 24],
      ] as const) {
        terminal.resize(30, 8);
        await terminal.until(screen => screen[0] === 'Too small: 30x8' && screen[1] === '');
        terminal.resize(columns, rows);
        await terminal.until(screen => /Ctrl-C/.test(screen[rows - 1] ?? '') && screen.join().includes('running'));
        frameIsWhole(terminal);
      }
      goOn();
      await terminal.until('Proved:');
      frameIsWhole(terminal);
    });
  });

  it.each([
    ['--no-color', ['--no-color'], { COLORTERM: 'truecolor' }],
    ['NO_COLOR', [], { NO_COLOR: '1', FORCE_COLOR: '3', COLORTERM: 'truecolor' }],
  ])('draws without a colour for %s, and the cursor is still seen', async (_what, args, env) => {
    await using fixture = await harmless();
    await using terminal = open(fixture, args, { env });
    await tour(terminal, name => {
      if (/overview|plan|story text/.test(name)) expect(terminal.screen().join('\n')).toMatch(/^▸ /m);
    });
    terminal.press('p');
    await terminal.until(PLANNED);
    terminal.press(KEY.enter);
    await terminal.until('▸ no');
    terminal.press('y');
    await terminal.until('Proved:');
    terminal.press(KEY.interrupt);
    expect(await terminal.ended).toBe(130);
    expect(COLOUR.exec(terminal.written())).toBe(null);
  });

  it('uses the 16 colours of the terminal only, however many it has', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture, [], { env: { COLORTERM: 'truecolor', FORCE_COLOR: '3' } });
    await tour(terminal, () => undefined);
    expect(terminal.written()).toMatch(COLOUR);
    expect(terminal.written()).not.toMatch(/\u001b\[[0-9;]*[34]8[;:]/);
  });

  it.each([
    ['LC_ALL=C', { LC_ALL: 'C' }, true],
    ['TIDEMARK_ASCII=1', { TIDEMARK_ASCII: '1' }, false],
    ['no locale at all', { LC_ALL: '', LC_CTYPE: '', LANG: '' }, false],
  ])('writes nothing but ASCII with %s', async (_what, env, everywhere) => {
    await using fixture = await harmless();
    await fixture.story.commit('Ünicorns 🦄 and ユニコーン', { author: 'Zoë \u202e' });
    await using terminal = open(fixture, [], { env });
    if (everywhere) await tour(terminal, () => frameIsWhole(terminal));
    else await terminal.until('1 orphaned');
    terminal.press('p');
    await terminal.until(PLANNED);
    terminal.press(KEY.enter);
    await terminal.until('> no');
    terminal.press('y');
    await terminal.until('Proved:');
    terminal.press(KEY.interrupt);
    expect(await terminal.ended).toBe(130);
    expect(terminal.screen().join('\n')).toContain('Proved:');
    expect(/.{0,40}[^\u0000-\u007f].{0,40}/.exec(terminal.written())?.[0]).toBe(undefined);
  });

  it.each([80, 200])('is read aloud line by line on %i columns, without drawings', async columns => {
    await using fixture = await harmless();
    await using terminal = open(fixture, [], { columns, env: { INK_SCREEN_READER: 'true' } });
    await terminal.until(/^selected, orphaned, needs attention: 0003, no file here$/m);
    // One thing after the other: lists, what is said about the chosen line, and the keys, each on lines of their own.
    expect(terminal.screen().join('\n')).toMatch(
      /^applied: 0005\n0003 is applied, and main has no file for it\.\nwhy .*\nadded [\s\S]*^deleted [\s\S]*^remedy +reverse [\s\S]*^p plan .*\? help$/m,
    );
    terminal.press('k');
    await terminal.until(/^selected, applied: 0002$/m);
    terminal.press(`j${KEY.enter}`);
    await terminal.until(/^text, [0-9a-f]{10} added\n1 +-- migrate:up$/m);
    expect(terminal.screen().join('\n')).toMatch(/^selected, [0-9a-f]{10} added, the applied version, Sparkles, /m);
    terminal.press('q');
    await terminal.until('p plan');
    terminal.press('p');
    await terminal.until(/^selected, orphan: 0003, remedy: reverse\nstep 1: reverse 0003 as of [0-9a-f]{10}$/m);
    terminal.press('x');
    await terminal.until(/^selected, reverse: run its own reversal/m);
    terminal.press(`jj${KEY.enter}`);
    await terminal.until(/^selected, orphan: 0003, remedy: adopt$/m);
    terminal.press(`xkk${KEY.enter}`);
    await terminal.until(/remedy: reverse\n[\s\S]*Enter run/);
    terminal.press(KEY.enter);
    await terminal.until(/^selected: no; the other answer: yes, run it$/m);
    terminal.press('y');
    await terminal.until(/^Proved: /m);
    terminal.press(KEY.interrupt);
    expect(await terminal.ended).toBe(130);
    expect(/.*[▸●○╺╸\u2500-\u257f→·].*/.exec(terminal.written())).toBe(null);
  });

  it('opens on a terminal of a build server too', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture, [], { env: { CI: 'true' } });
    await terminal.until('1 orphaned');
    expect(terminal.alternate()).toBe(true);
    terminal.press('q');
    expect(await terminal.ended).toBe(0);
    expect(terminal.alternate()).toBe(false);
  });

  /** No alternate screen, no cursor moved, nothing that only a terminal would take. */
  const PLAIN = /^[^\u001b]*$/;

  it.each([
    ['TERM=dumb', [], { TERM: 'dumb' }, null],
    ['--json', ['--json'], {}, null],
    ['--quiet', ['--quiet', '--no-color'], {}, null],
    ['stdin that is no terminal', ['--no-color'], {}, '</dev/null'],
    ['stdout that is no terminal', [], {}, '| cat'],
  ] as const)('prints the status and leaves with %s', async (_what, args, env, shell) => {
    await using fixture = await sparkles();
    const plumbing = `"$0" "$@" ${shell ?? ''}`;
    await using terminal = startTerminal(placeOf(fixture), args, {
      env,
      command: ['/bin/sh', '-c', plumbing, process.execPath, BIN],
    });
    expect(await terminal.ended).toBe(0);
    expect(terminal.written()).toMatch(PLAIN);
    if (args[0] === '--json')
      expect(JSON.parse(terminal.written())).toMatchObject({ projects: [{ counts: { orphaned: 1 } }] });
    else expect(terminal.written()).toContain('0003');
  });

  it('says what reconcile needs where there is no terminal, and changes nothing', async () => {
    await using fixture = await sparkles();
    const end = await tidemark(placeOf(fixture), 'reconcile');
    expect(end.code, end.stderr).toBe(3);
    expect(end.stdout + end.stderr).toMatch(PLAIN);
    expect(await versions(fixture)).toContain('0003');
  });
});
