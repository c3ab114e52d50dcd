/** Names and texts that were made to mislead: nothing of them may steer a terminal, and everything is still found, shown and reversed. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliEnd, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { CHANGES, lose, placeOf, sparkles, sql, versions } from './shop.ts';

/** Colours, a window title, the line written over, a C1 control, text turned round, an invisible mark. */
const TRICKS = '\u001b[31mred\u001b]0;title\u0007\rover\u009b2Jgone\u202efdp.exe\u200b';
const HOSTILE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

/** Nothing on either stream may steer a terminal. */
function isHarmless(end: CliEnd): void {
  for (const text of [end.stdout, end.stderr]) expect(HOSTILE.exec(text), JSON.stringify(text)).toBe(null);
  expect(end.stderr).not.toContain('bug in Tidemark');
}

/** Adds, applies by hand and deletes the sixth migration under a file name of any bytes. */
async function loseBytes({ story, database }: Fixture, name: Buffer): Promise<void> {
  const path = Buffer.concat([Buffer.from(`${CHANGES}/`), name]);
  story.write(path, sql('CREATE TABLE songs (id INTEGER PRIMARY KEY);', 'DROP TABLE songs;'));
  await story.commit('Add songs');
  await database().query('CREATE TABLE songs (id INTEGER PRIMARY KEY)');
  await database().query("INSERT INTO shop_changes (version) VALUES ('0006')");
  rmSync(Buffer.concat([Buffer.from(`${story.root}/`), path]));
  await story.commit('Delete songs');
}

const NAMES: readonly (readonly [string, Buffer])[] = [
  ['spaces', Buffer.from('0006 two  words .sql')],
  ['quotes and backslashes', Buffer.from(`0006_it's "so" \\n.sql`)],
  ['bytes that are no UTF-8', Buffer.from('0006_caf\xe9\xff.sql', 'latin1')],
  ['terminal escapes', Buffer.from(`0006_${TRICKS.replace('/', '')}.sql`)],
  ['magic of git pathspecs', Buffer.from('0006_:(glob)*[a-z]?.sql')],
  ['other scripts', Buffer.from('0006_únicornio_ユニコーン.sql')],
];

describeWith('the built command line', builtCli(), () => {
  it.each(NAMES)('a file name with %s', async (_what, name) => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    await loseBytes(fixture, name);
    const { document } = await tidemarkJson(place, 'status');
    expect(document.projects[0].findings).toMatchObject([
      { migration: '0006', cause: 'deleted-here', remedy: 'reverse', deleted: { subject: 'Delete songs' } },
      { migration: '0003' },
    ]);
    for (const args of [['status'], ['status', '-v'], ['show', '0006'], ['log', '0006'], ['plan'], ['doctor']])
      isHarmless(await tidemark(place, ...args));

    const adopted = await tidemark(place, 'adopt', '0006');
    expect(adopted, adopted.stderr).toMatchObject({ code: 0 });
    isHarmless(adopted);
    const folder = Buffer.from(join(fixture.story.root, CHANGES));
    const there = readdirSync(folder, { encoding: 'buffer' }).filter(each => each.toString().startsWith('0006'));
    expect(there).toEqual([name]);
    rmSync(Buffer.concat([folder, Buffer.from('/'), name]));

    const end = await reconcileAgreed(place);
    expect(end, end.stderr).toMatchObject({ code: 0 });
    isHarmless(end);
    isHarmless(await tidemark(place, 'runs'));
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  });

  it('a file name with a newline, which dbmate itself does not take', async () => {
    await using fixture = await sparkles();
    await loseBytes(fixture, Buffer.from('0006_two\nlines.sql'));
    fixture.story.write(`${CHANGES}/0007_three\nlines.sql`, sql('SELECT 1;', 'SELECT 1;'));
    const { document } = await tidemarkJson(placeOf(fixture), 'status');
    expect(document.projects[0].counts).toMatchObject({ pending: 0 });
    expect(document.projects[0].findings).toMatchObject([
      { migration: '0006', cause: 'unknown' },
      { migration: '0003' },
    ]);
    for (const args of [['status'], ['plan']]) isHarmless(await tidemark(placeOf(fixture), ...args));
    isHarmless(await reconcileAgreed(placeOf(fixture), '0003'));
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0006']);
  });

  it('a pending file whose name has escapes', async () => {
    await using fixture = await sparkles();
    fixture.story.write(`${CHANGES}/0006_${TRICKS}.sql`, sql('CREATE TABLE songs (id INTEGER);', 'DROP TABLE songs;'));
    fixture.story.write(`${CHANGES}/0007_${TRICKS}.sql`, 'no migration\n');
    for (const args of [['status', '-v'], ['show', '0006'], ['plan'], ['reconcile', '--yes']])
      isHarmless(await tidemark(placeOf(fixture), ...args));
  });

  it('a commit subject, an author and a text with escapes', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    await lose(fixture, {
      name: '0006_songs.sql',
      text: sql(`CREATE TABLE songs (id INTEGER); -- ${TRICKS}`, `-- ${TRICKS}\nDROP TABLE songs;`),
      subject: `Delete ${TRICKS} songs`,
      author: `Rain${TRICKS}bows`,
    });
    const { document } = await tidemarkJson(place, 'status');
    expect(document.projects[0].findings[0].deleted.subject).toBe(`Delete ${TRICKS} songs`);
    const commands = [
      ['status'],
      ['status', '--json'],
      ['show', '0006'],
      ['show', '0006', '--json'],
      ['log', '0006'],
      ['plan'],
    ];
    for (const args of commands) isHarmless(await tidemark(place, ...args));
    isHarmless(await reconcileAgreed(place, '--verbose'));
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  });

  it('a branch and a tag whose names turn the text round', async () => {
    await using fixture = await sparkles();
    const { story, commits } = fixture;
    await story.git('branch', 'hidden\u202egnp', commits['adds 3'] ?? '');
    await story.tag('also\u200bhidden', commits['adds 3']);
    await story.branch('here\u202etoo');
    for (const args of [['status'], ['show', '0003'], ['status', '--json']])
      isHarmless(await tidemark(placeOf(fixture), ...args));
  });

  it('an id with escapes, in the history table and on the command line', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    await fixture.database().query(`INSERT INTO shop_changes (version) VALUES ('${TRICKS}')`);
    const { document } = await tidemarkJson(place, 'status');
    expect(document.projects[0].findings).toContainEqual(
      expect.objectContaining({ migration: TRICKS, cause: 'unknown', remedy: 'ask' }),
    );
    for (const args of [
      ['status'],
      ['show', TRICKS],
      ['log', TRICKS],
      ['plan'],
      ['plan', `no${TRICKS}`],
      [TRICKS],
      [`--${TRICKS}`],
    ])
      isHarmless(await tidemark(place, ...args));
    const end = await tidemark(place, 'forget', TRICKS, '--yes');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    isHarmless(end);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0003', '0004', '0005']);
  });

  it('a repository in a folder with spaces, quotes and escapes', async () => {
    await using fixture = await sparkles();
    const copy = await fixture.story.clone(`it's a "folder" \u001b[31m`);
    const end = await tidemark({ cwd: copy.root, env: fixture.env }, 'status', '--database', fixture.database().url);
    expect(end, end.stderr).toMatchObject({ code: 0 });
    isHarmless(end);
    expect(end.stdout).toContain('0003 is applied, and main has no file for it.');
  });
});
