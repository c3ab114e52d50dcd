/** Text that is not plain, through the built packages that draw it. */
import { expect, it } from 'vitest';
import { placeOf, sparkles } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { startTerminal } from '../kit/terminal.ts';

describeWith('the terminal UI', builtCli(), () => {
  it('shows text of every width and language as it is, cut where the screen ends', async () => {
    await using fixture = await sparkles();
    await fixture.story.branch('看板-日本語-عربي-👩‍🚀-é');
    await using terminal = startTerminal(placeOf(fixture), [], { columns: 60 });
    const screen = await terminal.until('1 orphaned');
    expect(screen[0]).toContain('看板-日');
    expect(screen).toHaveLength(24);
    terminal.press('q');
    await terminal.ended;
  });
});
