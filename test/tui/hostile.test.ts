/** Names and texts made to mislead or to break the drawing: nothing of them reaches the terminal raw, and every screen keeps its frame. */
import { expect, it } from 'vitest';
import { CHANGES, lose, sparkles, sql } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli } from '../kit/cli.ts';
import { type Fixture, fixtureTools } from '../kit/fixture.ts';
import { KEY, type Terminal } from '../kit/terminal.ts';
import { frameIsWhole, open, PLANNED, waiting } from './tell.ts';

const knex = await fixtureTools('knex/sparkles-and-rainbows');

/** By what they are; each is used as an id, a file name, a subject, an author and a line of SQL. */
const TEXTS: Readonly<Record<string, string>> = {
  wide: 'ユニコーンと虹の物語がとても長い名前になる場合の表示幅を確かめる一角獣の話',
  emoji: '🦄🌈👩‍👩‍👧‍👦🏳️‍🌈👍🏽❤️1️⃣🇩🇪🇯🇵☺️⌚️',
  combining: `Z${'\u0301\u0323'.repeat(20)}oe\u0308 క్షి ক্ষ नि ก็ำ 각 \u1160\u3164\u00ad`,
  rightToLeft: 'שלום \u202egnp.exe\u202c \u2066مرحبا\u2069 \u200f\u061c',
  csi: '\u001b[31mred\u001b[2J\u001b[H\u001b[?1049l\u001b[10;10Hx\u001b[6n\u001bc',
  osc: '\u001b]0;title\u0007\u001b]52;c;cm0gLXJm\u0007\u001b]8;;http://e.example\u001b\\link\u001b]8;;\u001b\\',
  c1: '\u009b2Jgone\u009d0;title\u009c\u0090q\u009c\u0085',
  breaks: 'one\rover\ttab\u000b\u000c\u0008\u0008\u0007\u007f\u2028two\u2029',
  long: 'endless '.repeat(1250),
  empty: '',
  unbroken: 'x'.repeat(10_000),
  tags: '\u{e0041}\u{e0042}\u{1d173}\u{fffc}\ufff9\ufeff\u180e\u2061',
};

/** What the UI itself writes to steer the terminal: colours, the cursor, erasing, and the modes of a full screen. */
const STEERING = /\u001b\[(?:[0-9;]*[ABCDEGHJKm]|\?(?:7|25|1049|2004|2026)[hl])/g;
const HOSTILE =
  /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffc\u{e0000}-\u{e007f}]/u;

const OVERLAP = 200;
const looked = new WeakMap<Terminal, number>();

function isHarmless(terminal: Terminal): void {
  // Long screens are many bytes: what was looked at once is not looked at again.
  const from = looked.get(terminal) ?? 0;
  looked.set(terminal, terminal.written().length - OVERLAP);
  const rest = terminal
    .written()
    .slice(Math.max(0, from))
    .replace(STEERING, '')
    .replace(/\u001b[^A-Za-z]*$/, '');
  const at = HOSTILE.exec(rest)?.index ?? -1;
  expect(at === -1 ? '' : JSON.stringify(rest.slice(Math.max(0, at - 80), at + 20))).toBe('');
}

/** Both sides of the overview stand in columns: the link between them begins in the same column of every row. */
function columnsStand(terminal: Terminal): void {
  const columns = terminal.cells().map(row => {
    let column = 0;
    for (const cell of row) {
      if (/[━╺]/.test(cell.text)) return cell.text === '╺' ? column - 1 : column;
      column += cell.width;
    }
    return null;
  });
  const links = columns.filter(column => column !== null);
  expect(links.length).toBeGreaterThan(2);
  expect(new Set(links), terminal.screen().join('\n')).toEqual(new Set([links[0]]));
}

function isWhole(terminal: Terminal): void {
  frameIsWhole(terminal, /^ \/.*repo on |^ \/.*…/);
  isHarmless(terminal);
}

/** Presses a key and waits until it was taken, whether it changes anything or not: the help comes and goes after it. */
async function pressed(terminal: Terminal, key: string): Promise<void> {
  terminal.press(`${key}?`);
  await terminal.until(/PgDn a page down {2}\? back/);
  terminal.press('q');
  await terminal.until(screen => !screen.join().includes('PgDn a page down  ? back'));
}

/** A migration of each text: in the history table only, lost in git, and pending. */
async function build(): Promise<Fixture> {
  const fixture = await sparkles();
  const { story, database } = fixture;
  let number = 10;
  for (const text of Object.values(TEXTS)) {
    await database().query(`INSERT INTO shop_changes (version) VALUES ('${text}')`);
    number += 1;
    const name = `00${number}_${text.replaceAll('/', '').slice(0, 60)}.sql`;
    story.write(`${CHANGES}/00${number + 50}_pending_${name}`, sql(`SELECT 1; -- ${text}`, `SELECT 2; -- ${text}`));
  }
  await story.commit('Pending ones');
  const all = Object.values(TEXTS).join(' ');
  await lose(fixture, {
    name: `0009_${all.replaceAll('/', '').slice(0, 70)}.sql`,
    text: sql(
      `CREATE TABLE last (i INTEGER); -- ${all}`,
      `-- ${all}\nDROP TABLE last;\n${Object.values(TEXTS)
        .map(text => `-- ${text}`)
        .join('\n')}`,
    ),
    subject: `Delete ${all}`,
    author: all.slice(0, 300).replaceAll(/[<>\n]/g, ''),
  });
  return fixture;
}

describeWith('the terminal UI with hostile names and texts', builtCli(), () => {
  it.each([
    [80, 24],
    [200, 50],
  ])('keeps its frame on every screen of %i by %i', async (columns, rows) => {
    await using fixture = await build();
    await using terminal = open(fixture, [], { columns, rows });
    await terminal.until('orphaned');
    isWhole(terminal);
    columnsStand(terminal);
    // Down the list and along what is said about each, to the text of every version.
    terminal.press('g');
    for (let row = 0; row < 20; row += 1) {
      await pressed(terminal, 'j');
      columnsStand(terminal);
      isWhole(terminal);
    }
    terminal.press('/0009');
    await terminal.until(/^ \/0009/m);
    terminal.press(`${KEY.enter}${KEY.enter}`);
    await terminal.until(/── text, [0-9a-f]{10}/);
    isWhole(terminal);
    for (const key of ['J', '\u000e', 'd', 'G', 'd', 't', 'g']) {
      await pressed(terminal, key);
      isWhole(terminal);
    }
    terminal.press('?');
    await terminal.until(/^Life story$/m);
    isWhole(terminal);
    terminal.press('qq');
    await terminal.until(/\(Esc shows all\)/);
    terminal.press('p');
    await terminal.until(PLANNED);
    for (let item = 0; item < 20; item += 1) {
      isWhole(terminal);
      await pressed(terminal, 'j');
    }
    await pressed(terminal, 'g');
    terminal.press('x');
    await terminal.until('keep it out of this plan');
    isWhole(terminal);
    terminal.press('q');
    await terminal.until('tidemark reconcile --confirm');
    terminal.press(KEY.enter);
    await terminal.until('It destroys data');
    isWhole(terminal);
    terminal.press(`shop.db${KEY.enter}`);
    await terminal.until(/^(Proved:|Stopped)/m);
    isWhole(terminal);
    terminal.press('q');
    await terminal.until('files on');
    terminal.press('R');
    await terminal.until(/^▸ finished/m);
    isWhole(terminal);
    terminal.press(KEY.interrupt);
    await terminal.ended;
    isHarmless(terminal);
  });

  it('shows a folder, a branch, and a commit of raw bytes', async () => {
    await using fixture = await sparkles();
    const { story } = fixture;
    const raw = Buffer.concat([
      Buffer.from('Delete '),
      Buffer.from([0x9b, 0x32, 0x4a, 0xff, 0x1b, 0x5b, 0x48, 0x80]),
      Buffer.from(' it'),
    ]);
    await lose(fixture, { name: '0006_raw.sql', text: sql('SELECT 1;', 'SELECT 2;'), subject: 'RAW', author: 'Raw' });
    const commit = (await story.gitBytes(['cat-file', 'commit', 'HEAD'])).toString('latin1');
    const rewritten = commit
      .replace('RAW', raw.toString('latin1'))
      .replace('author Raw', `author ${raw.toString('latin1')}`);
    const oid = await story.gitBytes(
      ['hash-object', '-t', 'commit', '-w', '--stdin'],
      Buffer.from(rewritten, 'latin1'),
    );
    await story.git('update-ref', 'refs/heads/main', oid.toString().trim());
    const copy = await story.clone(`it's \u001b[31m\u009b2J \u202e 🏳️‍🌈ユニコーン ${'x'.repeat(60)}`);
    await copy.branch(`feature/\u009b2J\u202e🦄🏽-${'y'.repeat(100)}`);
    await using terminal = open({ ...fixture, story: copy }, ['--database', fixture.database().url]);
    await terminal.until('2 orphaned');
    frameIsWhole(terminal, /^ \/.*…$/);
    isHarmless(terminal);
    terminal.press('G');
    await terminal.until(/deleted {2}[0-9a-f]{10} by Delete \ufffd2J\ufffd\\x1b\[H\ufffd it, /);
    terminal.press('p');
    await terminal.until(PLANNED);
    frameIsWhole(terminal, /^ \/.*…$/);
    isHarmless(terminal);
  });

  it('shows what a database says of a reversal that fails', async () => {
    await using fixture = await sparkles();
    const all = Object.values(TEXTS).join(' ');
    await lose(fixture, { name: '0006_fails.sql', text: sql('SELECT 1;', `DROP TABLE "none ${all}";`) });
    await using terminal = open(fixture, ['reconcile']);
    await terminal.until(PLANNED);
    isWhole(terminal);
    terminal.press(KEY.enter);
    await terminal.until('Run plan');
    isWhole(terminal);
    terminal.press(`shop.db${KEY.enter}`);
    await terminal.until(/^Stopped after 0 of 2 steps/m);
    isWhole(terminal);
    for (let page = 0; page < 5; page += 1) {
      await pressed(terminal, ' ');
      isWhole(terminal);
    }
    terminal.press('q');
    await terminal.until('files on main');
    terminal.press('R');
    await terminal.until(/^▸ unfinished/m);
    isWhole(terminal);
    terminal.press(KEY.interrupt);
    expect(await terminal.ended).toBe(4);
    isHarmless(terminal);
  });

  describeWith('with a command that writes', knex, runners => {
    it('shows what the command writes while it runs', async () => {
      const says = `${Object.values(TEXTS).join(' ')}\nand then \u001b[10;10H\u001b[?1049l this`;
      const { fixture, goOn } = await waiting(runners, says);
      await using _ = fixture;
      await using terminal = open(fixture, ['reconcile']);
      await terminal.until(PLANNED);
      terminal.press(KEY.enter);
      await terminal.until('It destroys data');
      terminal.press(`site.db${KEY.enter}`);
      await terminal.until('and then \\x1b[10;10H\\x1b[?1049l this');
      isWhole(terminal);
      expect(terminal.alternate()).toBe(true);
      goOn();
      await terminal.until('Proved:');
      isWhole(terminal);
    });
  });
});
