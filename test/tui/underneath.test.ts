/** The database and the repository change while the terminal UI is open: it notices, and never runs a plan of what is no more. */
import { expect, it } from 'vitest';
import { CHANGES, sparkles, sql, versions } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { KEY } from '../kit/terminal.ts';
import { harmless, open, PLANNED } from './tell.ts';

// Most of the time is spent waiting for the terminal UI to look again.
describeWith('what changes under the terminal UI', builtCli(), () => {
  it.concurrent('a row that somebody else added is noticed by itself, and the plan is made again', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture, ['reconcile']);
    const [, before] = /Plan ([0-9a-f]{12})/.exec((await terminal.until(PLANNED)).join('\n')) ?? [];
    await fixture.database().query("INSERT INTO shop_changes (version) VALUES ('0099')");
    await terminal.until(/orphan +0099/);
    await terminal.until(screen => PLANNED.test(screen.join('\n')) && !screen.join().includes(`Plan ${before}`));
    expect(terminal.screen().join('\n')).toContain('2 orphaned');
  });

  it.concurrent('a plan that is confirmed before that is refused, said so, and planned again', async () => {
    await using fixture = await harmless();
    await using terminal = open(fixture, ['reconcile']);
    await terminal.until(PLANNED);
    terminal.press(KEY.enter);
    await terminal.until('▸ no');
    await fixture.database().query("INSERT INTO shop_changes (version) VALUES ('0099')");
    terminal.press('y');
    await terminal.until(/is not the plan|has changed|changed meanwhile/);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0003', '0004', '0005', '0099']);
    terminal.press('q');
    await terminal.until('2 orphaned');
    terminal.press('p');
    await terminal.until(/orphan +0099/);
  });

  it.concurrent('a branch that was switched and a file that was added are noticed by themselves', async () => {
    await using fixture = await sparkles();
    const { story } = fixture;
    await using terminal = open(fixture);
    await terminal.until('/repo on main');
    await story.git('switch', '--quiet', '-c', 'feature/songs');
    await terminal.until('/repo on feature/songs');
    story.write(`${CHANGES}/0006_songs.sql`, sql('SELECT 1;', 'SELECT 1;'));
    terminal.press('r');
    await terminal.until('1 pending');
  });
});
