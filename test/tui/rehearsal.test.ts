/** The rehearsal of the plan on the screen: what it shows, what it forbids, that it is made once, and that nothing of it stays. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lose, placeOf, sparkles, sql, versions } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, eventually, tidemarkJson } from '../kit/cli.ts';
import { type Fixture, fixtureTools } from '../kit/fixture.ts';
import { KEY } from '../kit/terminal.ts';
import { open, waiting } from './tell.ts';

const knex = await fixtureTools('knex/sparkles-and-rainbows');

const FULL = { env: { TIDEMARK_REHEARSE: 'full' } };

/** Copies that are recorded. */
function copies({ env }: Fixture): readonly string[] {
  const home = join(env['XDG_STATE_HOME'] ?? '', 'tidemark/scratch');
  return existsSync(home) ? readdirSync(home) : [];
}

describeWith('the terminal UI', builtCli(), () => {
  it('shows a reversal that fails with data before anybody can agree, rehearses another choice anew, and runs what was rehearsed', async () => {
    await using fixture = await sparkles();
    const up =
      "CREATE TABLE songs (id INTEGER PRIMARY KEY, title VARCHAR(20));\nINSERT INTO songs VALUES (1, 'a'), (2, 'a');";
    const down = 'CREATE UNIQUE INDEX once ON songs (title);\nDROP TABLE songs;';
    await lose(fixture, { name: '0006_songs.sql', text: sql(up, down) });
    const before = await versions(fixture);
    await using terminal = open(fixture, ['reconcile'], FULL);
    await terminal.until(/^ {2}rehearsed +step 1 failed: .*UNIQUE/m);
    terminal.press(KEY.enter);
    await terminal.until('Step 1 failed in the rehearsal, so it is not run');
    terminal.press('jjjj');
    await terminal.until(/failed at step 1 of 2:[\s\S]*next +on the line of its migration, x chooses/);
    terminal.press('gjx');
    await terminal.until('keep it out of this plan');
    terminal.press(`jjjjj${KEY.enter}`);
    await terminal.until(/0006 {2}→ {2}leave[\s\S]*rehearsed +1 step ran to the end on a copy with all rows/);
    terminal.press(KEY.enter);
    await terminal.until(/It destroys data/);
    const asked = terminal.screen().join('\n');
    expect(asked).toMatch(/destroys +table glitter_sorts with 3 rows/);
    expect(asked).toMatch(/rehearsed +- column unicorns\.glitter, - table glitter_sorts/);
    expect(await versions(fixture)).toEqual(before);
    const rehearsed = terminal.written().length;
    terminal.press(`shop.db${KEY.enter}`);
    await terminal.until(/^Proved: /m);
    expect(terminal.written().slice(rehearsed)).not.toMatch(/rehears/);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0006']);
    expect(copies(fixture)).toEqual([]);
  });

  it('counts the rows that a reversal takes from tables that stay, and asks for the name because of them', async () => {
    await using fixture = await sparkles();
    const rows = (await fixture.database().query('SELECT * FROM prizes')).length;
    const text = sql('CREATE TABLE songs (id INTEGER PRIMARY KEY);', 'DROP TABLE songs;\nDELETE FROM prizes;');
    await lose(fixture, { name: '0006_songs.sql', text });
    await using terminal = open(fixture, ['reconcile', '0006'], FULL);
    await terminal.until(/^ {2}rehearsed /m);
    terminal.press('jj');
    await terminal.until(new RegExp(`destroys +table songs with 0 rows\\n +${rows} rows? of prizes`));
    terminal.press(KEY.enter);
    await terminal.until(new RegExp(`${rows} rows? of prizes[\\s\\S]*It destroys data`));
    expect(await fixture.database().query('SELECT * FROM prizes')).toHaveLength(rows);
  });

  describeWith('while a command of Knex is rehearsed', knex, runners => {
    it('takes keys, and is stopped by leaving the plan and by Ctrl-C, and leaves nothing', async () => {
      const { fixture, began } = await waiting(runners);
      await using _ = fixture;
      const { database } = fixture;
      const refs = fixture.story.snapshot();
      await using terminal = open(fixture, [], FULL);
      await terminal.until('2 orphaned');
      terminal.press('p');
      await terminal.until(/rehearsal +under way, \d+ s: step 1 of 2, on a copy/);
      await eventually('the reversal began', began);
      expect(copies(fixture)).toHaveLength(1);
      terminal.press('jj');
      await terminal.until(/^▸ step 1/m);
      terminal.press(KEY.enter);
      await terminal.until('It destroys data');
      terminal.press(`site.db${KEY.enter}`);
      await terminal.until('The plan is still being rehearsed');
      terminal.press(KEY.escape);
      await terminal.until('Enter run');
      terminal.press(KEY.escape);
      await terminal.until('p plan');
      await eventually('the copy is gone', () => copies(fixture).length === 0);
      rmSync(join(fixture.story.outside, 'began'));
      terminal.press('p');
      await eventually('the reversal began again', began);
      terminal.press(KEY.interrupt);
      expect(await terminal.ended).toBe(130);
      expect(copies(fixture)).toEqual([]);
      expect(fixture.story.snapshot()).toEqual(refs);
      expect((await tidemarkJson(placeOf(fixture), 'runs')).document.runs).toEqual([]);
      const rows = await database().query('SELECT name FROM site_changes');
      expect(rows).toHaveLength(6);
    });
  });
});
