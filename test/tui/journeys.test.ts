/** Whole journeys by keys: from the first paint to the proof, another remedy, a run that fails and is taken up, and changes underneath. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHANGES, sparkles, versions } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { KEY } from '../kit/terminal.ts';
import { failing, harmless, mend, open, PLANNED, shellThatTells } from './tell.ts';

const ALL = ['0001', '0002', '0003', '0004', '0005'];
const WITHOUT_3 = ALL.filter(version => version !== '0003');

describeWith('journeys in the terminal UI', builtCli(), () => {
  it('Sparkles and Rainbows takes four keys where nothing is lost', async () => {
    await using fixture = await harmless();
    await using terminal = open(fixture);
    await terminal.until('1 orphaned');
    for (const [key, shows] of [
      ['p', PLANNED],
      [KEY.enter, '▸ no'],
      [KEY.tab, '▸ yes, run it'],
      [KEY.enter, /^Proved: /m],
    ] as const) {
      terminal.press(key);
      await terminal.until(shows);
    }
    expect(await versions(fixture)).toEqual(WITHOUT_3);
    expect(terminal.screen().join('\n')).toMatch(/0003 +\(gone\)/);
    terminal.press('qq');
    expect(await terminal.ended).toBe(0);
  });

  it('keeps the safe answer: Enter and Esc on the question, a wrong name, and Esc everywhere change nothing', async () => {
    await using fixture = await sparkles();
    const before = fixture.story.snapshot();
    await using terminal = open(fixture, ['reconcile']);
    await terminal.until(PLANNED);
    terminal.press(KEY.enter);
    await terminal.until('It destroys data');
    terminal.press(KEY.enter);
    await terminal.until('Type the name first: shop.db.');
    terminal.press(`shop.dbx${KEY.enter}`);
    await terminal.until('That is not the name: shop.db.');
    terminal.press(`${KEY.backspace}${KEY.backspace}`);
    await terminal.until(/^ {2}shop\.d ?$/m);
    terminal.press(KEY.escape);
    await terminal.until('Enter run');
    terminal.press('x');
    await terminal.until('keep it out of this plan');
    terminal.press(KEY.escape);
    await terminal.until('Enter run');
    terminal.press(KEY.escape);
    await terminal.until('p plan');
    terminal.press(KEY.enter);
    await terminal.until(/── text, /);
    terminal.press(KEY.escape);
    await terminal.until('p plan');
    // Never out of the terminal UI.
    terminal.press('f');
    await terminal.until('only findings');
    terminal.press(KEY.escape);
    await terminal.until('0001_unicorns');
    terminal.press('?');
    await terminal.until(/^Overview$/m);
    terminal.press(KEY.escape);
    await terminal.until('p plan');
    terminal.press('q');
    expect(await terminal.ended).toBe(0);
    expect(await versions(fixture)).toEqual(ALL);
    expect(fixture.story.snapshot()).toEqual(before);
  });

  it('takes keys that come in one write, and asks nothing before the plan is there', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture);
    await terminal.until('1 orphaned');
    terminal.press('pj\r');
    await terminal.until(screen => PLANNED.test(screen.join('\n')) && !screen.join().includes('still being made'));
    terminal.press('g\r');
    await terminal.until('It destroys data');
    expect(await versions(fixture)).toEqual(ALL);
  });

  it('takes what is pasted as text where text is typed, and as nothing elsewhere', async () => {
    await using fixture = await harmless();
    const paste = (text: string) => `\u001b[200~${text}\u001b[201~`;
    await using terminal = open(fixture);
    await terminal.until('1 orphaned');
    terminal.press(paste('p\r\ty\rq'));
    terminal.press('/');
    await terminal.until(/^ \/ ?$/m);
    terminal.press(paste('0004\r\n'));
    await terminal.until(/^ \/0004/m);
    await terminal.until(screen => !screen.join().includes('0001_unicorns'));
    terminal.press(KEY.escape);
    await terminal.until('0001_unicorns');
    terminal.press('p');
    await terminal.until(PLANNED);
    terminal.press(KEY.enter);
    await terminal.until('▸ no');
    terminal.press(paste('y\r'));
    terminal.press(paste('y'));
    terminal.press('?');
    await terminal.until(/^Question$/m);
    terminal.press('q');
    await terminal.until('▸ no');
    expect(await versions(fixture)).toEqual(ALL);
  });

  it.each([
    ['relabel', 'j', /relabel cannot be chosen: nothing on this branch looks like it/],
    ['forget', 'jjj', /step 1 +forget 0003/],
    ['adopt', 'jj', /0003 {2}→ {2}adopt/],
    ['ignore', 'jjjj', /0003 {2}→ {2}ignore/],
    ['leave', 'jjjjj', /0003 {2}→ {2}leave/],
  ])('%s is chosen from the plan, and the plan follows at once', async (choice, keys, shows) => {
    await using fixture = await sparkles();
    await using terminal = open(fixture, ['reconcile']);
    await terminal.until(PLANNED);
    terminal.press('x');
    await terminal.until('keep it out of this plan');
    terminal.press(`${keys}${KEY.enter}`);
    await terminal.until(shows);
    const path = join(fixture.story.root, CHANGES, '0003_glitter.sql');
    if (choice === 'relabel') return;
    if (choice === 'leave') {
      await terminal.until('Nothing to do');
      terminal.press(KEY.enter);
      await terminal.until('There is nothing to run');
      return;
    }
    await terminal.until(screen => !screen.join().includes('planning again'));
    terminal.press(KEY.enter);
    await terminal.until('▸ no');
    terminal.press('y');
    await terminal.until(choice === 'forget' ? /^Proved: /m : 'Done as asked.');
    terminal.press('q');
    await terminal.until(choice === 'adopt' ? '0 orphaned' : /0003/);
    expect(existsSync(path)).toBe(choice === 'adopt');
    expect(await versions(fixture)).toEqual(choice === 'forget' ? WITHOUT_3 : ALL);
    if (choice === 'forget') expect(await fixture.database().query('SELECT * FROM glitter_sorts')).toHaveLength(3);
  });

  it('reverse is chosen again after another, and the way is turned between in place and rewind', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture, ['reconcile', '0003', '--remedy', 'forget']);
    await terminal.until(/step 1 +forget 0003/);
    terminal.press('x');
    await terminal.until('▸ forget');
    terminal.press(`kkkk${KEY.enter}`);
    await terminal.until(/step 1 +reverse 0003 as of [0-9a-f]{10}/);
    terminal.press('s');
    await terminal.until(/rewinding what lies above \(as asked\)/);
    expect(terminal.screen().join('\n')).toMatch(/step 1 +reverse 0005/);
    terminal.press('s');
    await terminal.until(/in place \(as asked\)/);
    terminal.press('s');
    await terminal.until(screen => /in place {2}/.test(screen.join('\n')) && !screen.join().includes('as asked'));
  });

  it('a failed run says what was done and what was not, lends a shell, and is resumed', async () => {
    await using fixture = await failing();
    const shell = shellThatTells(fixture.story.outside, 'changes');
    await using terminal = open(fixture, ['reconcile'], { env: { SHELL: shell.path } });
    await terminal.until(PLANNED);
    terminal.press(KEY.enter);
    await terminal.until(/Run plan/);
    terminal.press('y');
    await terminal.until('Stopped after 1 of 2 steps');
    const screen = terminal.screen().join('\n');
    expect(screen).toMatch(/tidemark resume \S+/);
    expect(screen).toMatch(/0006 +\(gone\)/);
    expect(screen).toMatch(/failed +reverse 0003 as of [0-9a-f]{10}/);
    expect(await versions(fixture)).toEqual(ALL);
    terminal.press('s');
    await terminal.until('in the shell');
    expect(terminal.alternate()).toBe(false);
    const lines = shell.told();
    expect(lines).toMatch(/^\S+\/tidemark\/wt\/\S+\/services\/shop\n/);
    expect(lines).toContain('0003_glitter.sql');
    expect(lines).toMatch(/ icanon[\s\S]* echo /);
    terminal.press('done\r');
    await terminal.until('Stopped after 1 of 2 steps');
    expect(terminal.alternate()).toBe(true);
    expect(existsSync(lines.split('\n')[0] ?? '')).toBe(false);
    await mend(fixture);
    terminal.press('r');
    await terminal.until(/^Proved: /m);
    expect(await versions(fixture)).toEqual(WITHOUT_3);
    terminal.press(KEY.interrupt);
    expect(await terminal.ended).toBe(130);
  });

  it('a failed run is aborted, and the database is as before it', async () => {
    await using fixture = await failing();
    const schema = await fixture.database().schema('shop_changes');
    await using terminal = open(fixture, ['reconcile']);
    await terminal.until(PLANNED);
    terminal.press(KEY.enter);
    await terminal.until(/Run plan/);
    terminal.press('y');
    await terminal.until('Stopped after 1 of 2 steps');
    terminal.press('q');
    await terminal.until('p plan');
    terminal.press('R');
    await terminal.until(/^▸ unfinished/m);
    terminal.press('a');
    await terminal.until(/Abort run \S+\?[\s\S]*It destroys data: to put it back, type\n {2}shop\.db/);
    terminal.press(`shop.db${KEY.enter}`);
    await terminal.until(/is aborted\. The database is as it was before the\s+run\./);
    expect(await versions(fixture)).toEqual([...ALL, '0006']);
    expect(await fixture.database().schema('shop_changes')).toEqual(schema);
    terminal.press('q');
    await terminal.until('2 orphaned');
  });

  it('is not opened for another branch: that is asked by line', async () => {
    await using fixture = await harmless();
    await fixture.story.git('branch', 'early', 'HEAD~1');
    await using terminal = open(fixture, ['reconcile', '--to', 'early']);
    await terminal.until(/Run plan [0-9a-f]{12} on .*type the name of the database, shop\.db: /s);
    expect(terminal.alternate()).toBe(false);
    terminal.press(`n${KEY.enter}`);
    expect(await terminal.ended).toBe(3);
    expect(await versions(fixture)).toEqual(ALL);
  });
});
