/** Ways back and ways by hand in the terminal UI: a run undone from its result and from the list of runs, and a reversal written in an editor. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sparkles, versions } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { buildFixture, type Fixture } from '../kit/fixture.ts';
import { KEY } from '../kit/terminal.ts';
import { open, PLANNED } from './tell.ts';

/** An editor that puts a text in the place of what it is given to edit. */
function editor({ story }: Fixture, name: string, text: string): string {
  const file = join(story.outside, name);
  writeFileSync(file, `#!/bin/sh\ncat >"$1" <<'END'\n${text}END\n`, { mode: 0o755 });
  return file;
}

describeWith('the terminal UI', builtCli(), () => {
  it('undoes a run from its result, and that from the list of runs, and says why an older one cannot be', async () => {
    await using fixture = await sparkles();
    const before = await versions(fixture);
    const rows = await fixture.database().query('SELECT * FROM glitter_sorts ORDER BY id');
    await using terminal = open(fixture, ['reconcile']);
    await terminal.until(PLANNED);
    terminal.press(KEY.enter);
    await terminal.until('It destroys data');
    terminal.press(`shop.db${KEY.enter}`);
    await terminal.until(/0 orphaned[\s\S]*^Proved: /m);
    terminal.press('u');
    await terminal.until(/^▸ undo +undoes run [\s\S]*step by step: all that it destroyed is parked/m);
    expect(terminal.screen().join('\n')).toMatch(/step 1 +apply 0003 again[\s\S]*── tidemark undo \S+ --confirm /);
    terminal.press('x');
    await terminal.until('The plan undoes a run: there is nothing to choose.');
    terminal.press(KEY.enter);
    await terminal.until('▸ no');
    terminal.press('y');
    await terminal.until(/Proved: history rows and schema of \S+\s+are\s+as\s+they\s+were/);
    expect(await versions(fixture)).toEqual(before);
    expect(await fixture.database().query('SELECT * FROM glitter_sorts ORDER BY id')).toEqual(rows);
    terminal.press('q');
    await terminal.until('1 orphaned');
    terminal.press('R');
    await terminal.until(/^▸ finished[\s\S]*^ {2}finished/m);
    terminal.press('ju');
    await terminal.until(/is undone already/);
    terminal.press('ku');
    await terminal.until(/^▸ undo +undoes run [\s\S]*step 1 +reverse 0003/m);
    terminal.press(KEY.enter);
    await terminal.until('It destroys data');
    terminal.press(`shop.db${KEY.enter}`);
    await terminal.until(/Proved: history rows and schema/);
    expect(await versions(fixture)).toEqual(before.filter(version => version !== '0003'));
  });

  it('opens a draft in the editor for what has no way back, takes what was written, rehearses and runs it', async () => {
    await using fixture = await buildFixture('dbmate/irreversible');
    const whisper = editor(fixture, 'whisper', 'UPDATE unicorns SET name = LOWER(name);\n');
    const first = open(fixture, ['reconcile'], { env: { VISUAL: 'true', TIDEMARK_REHEARSE: 'full' } });
    await using _ = first;
    await first.until(/refused /);
    first.press('e');
    await first.until('is a draft still');
    first.press('q');
    await first.until('p plan');
    first.press('q');
    expect(await first.ended).toBe(0);
    await using terminal = open(fixture, ['reconcile'], { env: { VISUAL: whisper, TIDEMARK_REHEARSE: 'full' } });
    await terminal.until(/refused /);
    terminal.press('e');
    await terminal.until(/step 1 +reverse 0002 by SQL written by hand[\s\S]*rehearsed +2 steps ran to the end/);
    terminal.press('j');
    await terminal.until('  UPDATE unicorns SET name = LOWER(name);');
    terminal.press(KEY.enter);
    await terminal.until('It destroys data');
    const name = /type\n\s+(\S+)/.exec(terminal.screen().join('\n'))?.[1] ?? '';
    terminal.press(`${name}${KEY.enter}`);
    await terminal.until(/^Proved: /m);
    expect(await versions(fixture)).not.toContain('0002');
    const names = (await fixture.database().query('SELECT name FROM unicorns')).map(row => String(row['name']));
    expect(names).toEqual(names.map(each => each.toLowerCase()));
  });
});
