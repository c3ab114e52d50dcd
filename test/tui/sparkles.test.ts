/** The story Tidemark exists for, played on a real pseudo-terminal: from the first paint to the proof, by keys. */
import { expect, it } from 'vitest';
import { placeOf, sparkles, versions } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { KEY, startTerminal } from '../kit/terminal.ts';

describeWith('Sparkles and Rainbows in the terminal UI', builtCli(), () => {
  it('is put right with three keys and the name of the database, as data is lost; rehearsed before, and proved after', async () => {
    await using fixture = await sparkles();
    await fixture.database().query('CREATE TABLE by_hand (id INTEGER)');
    const before = await versions(fixture);
    const terminal = startTerminal(placeOf(fixture), [], { env: { TIDEMARK_REHEARSE: 'auto', TIDEMARK_PROOF: 'on' } });
    await using _ = terminal;
    await terminal.until('1 orphaned');
    terminal.press('p');
    await terminal.until(/Plan [0-9a-f]{12}/);
    terminal.press(KEY.enter);
    await terminal.until(/rehearsed[\s\S]*It destroys data/);
    terminal.press('shop.db');
    terminal.press(KEY.enter);
    await terminal.until('Proved:');
    await terminal.until(/drift {2}table by_hand is there, and no migration makes it \(as it was/);
    expect(await versions(fixture)).toEqual(before.filter(version => version !== '0003'));
    terminal.press('q');
    await terminal.until('0 orphaned');
    terminal.press('q');
    expect(await terminal.ended).toBe(0);
    expect(terminal.alternate()).toBe(false);
    expect(terminal.screen().join('\n')).toMatch(
      /Proved:[\s\S]*table by_hand is there[\s\S]*\nundo {4}tidemark undo \S+$/m,
    );
  });
});
