/** What only Tidemark's own record has is shown in the terminal UI too: an edit is looked at and put right, a lost text is read. */
import { expect, it } from 'vitest';
import { CHANGES, placeOf, sparkles, sql, versions } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark } from '../kit/cli.ts';
import { KEY } from '../kit/terminal.ts';
import { open, PLANNED } from './tell.ts';

const NAME = `${CHANGES}/0006_songs.sql`;
const songs = (column: string) =>
  sql(`CREATE TABLE songs (id INTEGER PRIMARY KEY, ${column} TEXT);`, 'DROP TABLE songs;');

/** 0006 is applied from a file that was committed, or never is, with a look at the database before and after. */
async function seen(how: 'committed' | 'untracked') {
  const fixture = await sparkles();
  await tidemark(placeOf(fixture), 'status');
  fixture.story.write(NAME, songs('title'));
  if (how === 'committed') await fixture.story.commit('Sing');
  await fixture.apply();
  await tidemark(placeOf(fixture), 'status');
  return fixture;
}

describeWith('the record of what was applied, in the terminal UI', builtCli(), () => {
  it('has the text of a file that git never saw', async () => {
    await using fixture = await seen('untracked');
    fixture.story.remove(NAME);
    await using terminal = open(fixture);
    await terminal.until('2 orphaned');
    terminal.press(`G${KEY.enter}`);
    await terminal.until(/kept copy +applied/);
    await terminal.until(/CREATE TABLE songs \(id INTEGER PRIMARY KEY, title TEXT\);/);
  });

  it('tells an edit, which is reversed and applied anew when that is chosen, and left otherwise', async () => {
    await using fixture = await seen('committed');
    fixture.story.write(NAME, songs('melody'));
    await fixture.story.commit('Sing another tune');
    await using terminal = open(fixture);
    await terminal.until('1 orphaned');
    terminal.press('p');
    await terminal.until(PLANNED);
    await terminal.until(/edited +0006 {2}→ {2}leave/);
    terminal.press(`jxkkkkk${KEY.enter}`);
    await terminal.until(/edited +0006 {2}→ {2}reverse/);
    const screen = await terminal.until(PLANNED);
    expect(screen.join('\n')).toMatch(/step \d +reverse 0006[\s\S]*step \d +apply 0006/);
    expect(await versions(fixture)).toContain('0006');
  });
});
