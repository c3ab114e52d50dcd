/** Places where Tidemark cannot work: each is said in words, with the right exit code, and nothing is changed. */

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliPlace, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { mariadbHere, postgresHere } from '../kit/servers.ts';
import { newStory, type Story } from '../kit/story.ts';
import { CHANGES, changesNothing, expectsWords, freePort, placeOf, sparkles, sql, versions } from './shop.ts';

const at = (story: Story, cwd = story.root): CliPlace => ({ cwd, env: story.env });

/** A repository with one migration, and no database yet. */
async function bareShop(): Promise<Story> {
  const story = await newStory();
  await story.commit('Begin', {
    files: { 'db/migrations/1_unicorns.sql': sql('CREATE TABLE unicorns (id INTEGER);', 'DROP TABLE unicorns;') },
  });
  return story;
}

/** Runs a command that must change nothing in a story's repository. */
async function untouched(story: Story, ...args: readonly string[]) {
  const before = story.snapshot();
  const end = await tidemark(at(story), ...args);
  expect(story.snapshot()).toEqual(before);
  return end;
}

describeWith('the built command line', builtCli(), () => {
  it.each(['status', 'plan', 'reconcile', 'runs', 'init'])('%s outside a repository', async command => {
    await using story = await newStory();
    const end = await tidemark(at(story, story.outside), command);
    expectsWords(end, 2, /is not inside a git repository\.$/, /tidemark -C <repository> status/);
  });

  it('a bare repository', async () => {
    await using story = await newStory();
    await story.git('init', '--quiet', '--bare', '../bare');
    const end = await tidemark(at(story, join(story.outside, 'bare')), 'status');
    expectsWords(end, 2, /is a bare repository/, /git worktree add/);
  });

  it('inside the .git folder', async () => {
    await using story = await bareShop();
    const end = await tidemark(at(story, join(story.root, '.git')), 'status');
    expect(end.code, end.stderr).toBe(2);
    expect(end.stderr).not.toContain('bug in Tidemark');
  });

  it('no commits yet', async () => {
    await using story = await newStory();
    story.write('db/migrations/1_unicorns.sql', sql('CREATE TABLE unicorns (id INTEGER);', 'DROP TABLE unicorns;'));
    story.write('.env', 'DATABASE_URL=sqlite:shop.db\n');
    expectsWords(await untouched(story, 'status'), 5, /shop\.db does not exist\.$/, /--database/);
    const empty = await newStory();
    await using _ = empty;
    expectsWords(await untouched(empty, 'status'), 2, /^No migrations were found/, /./);
  });

  it('no commits yet, and a database that knows a migration', async () => {
    await using story = await newStory();
    await using fixture = await sparkles();
    story.write('db/migrations/1_unicorns.sql', sql('CREATE TABLE unicorns (id INTEGER);', 'DROP TABLE unicorns;'));
    story.write('tidemark.config.json', '{"projects":[{"framework":"dbmate","historyTable":"shop_changes"}]}');
    const { document } = await tidemarkJson(at(story), 'status', '--database', fixture.database().url);
    expect(document.repository).toMatchObject({ head: null, branch: 'main' });
    expect(document.projects[0].findings).toContainEqual(
      expect.objectContaining({ migration: '0001', cause: 'unknown' }),
    );
    const end = await untouched(story, 'reconcile', '--yes', '--database', fixture.database().url);
    expect(end.code, end.stdout + end.stderr).toBe(3);
  });

  it('no framework', async () => {
    await using story = await newStory();
    await story.commit('Begin', { files: { 'README.md': 'Hello.\n' } });
    expectsWords(await untouched(story, 'status'), 2, /^No migrations were found in /, /./);
  });

  it('no database named', async () => {
    await using story = await bareShop();
    const end = await untouched(story, 'status');
    expectsWords(end, 2, /^Nothing says which database dbmate uses\.$/, /--database/);
  });

  it('several databases possible', async () => {
    await using story = await bareShop();
    story.write('two/db/migrations/1_meadows.sql', sql('CREATE TABLE meadows (id INTEGER);', 'DROP TABLE meadows;'));
    const end = await untouched(story, 'status', '--database', 'sqlite:shop.db');
    expectsWords(end, 2, /--database names one database, but there are 2 projects/, /./);
  });

  it('several databases in one configuration', async () => {
    await using story = await bareShop();
    story.write(
      'py/alembic.ini',
      '[alembic]\nscript_location = db\ndatabases = one, two\n[one]\nsqlalchemy.url = sqlite:///one.db\n[two]\nsqlalchemy.url = sqlite:///two.db\n',
    );
    story.write('py/db/env.py', 'names = config.get_main_option("databases", "")\n');
    story.write('py/db/versions/a.py', 'revision = "aaaa"\ndown_revision = None\n');
    const end = await untouched(story, 'status', '--framework', 'alembic');
    expectsWords(end, 2, /names several databases/, /--database/);
  });

  it.each([
    ['gopher://host/name', /gopher/],
    ['postgres:', /postgres/],
    ['', /./],
  ])('the address %j', async (address, what) => {
    await using story = await bareShop();
    expectsWords(await untouched(story, 'status', '--database', address), 2, what, /--database/);
  });

  it('a database file that is not there, which is not made', async () => {
    await using story = await bareShop();
    const end = await untouched(story, 'status', '--database', 'sqlite:nowhere/shop.db');
    expectsWords(end, 5, /nowhere\/shop\.db/, /--database/);
  });

  it('a database file that is none', async () => {
    await using story = await bareShop();
    story.write('shop.db', 'This is a letter, not a database. '.repeat(100));
    const end = await untouched(story, 'status', '--database', 'sqlite:shop.db');
    expectsWords(end, 5, /shop\.db/, /./);
  });

  it('a server that is down', async () => {
    await using story = await bareShop();
    const port = await freePort();
    for (const scheme of ['postgres', 'mysql']) {
      const url = `${scheme}://app:quite-secret@127.0.0.1:${port}/shop`;
      const end = await untouched(story, 'status', '--database', url);
      expectsWords(end, 5, /cannot be reached\.$/, /start the server/);
      expect(end.stderr).not.toContain('quite-secret');
    }
  });

  it('a history table that is missing', async () => {
    await using story = await bareShop();
    await using fixture = await sparkles();
    const { document } = await tidemarkJson(at(story), 'status', '--database', fixture.database().url);
    expect(document.projects[0].findings).toContainEqual(
      expect.objectContaining({ kind: 'history-table-missing', table: 'schema_migrations' }),
    );
    const before = fixture.story.snapshot();
    const end = await tidemark(at(story), 'reconcile', '--yes', '--database', fixture.database().url);
    expect(end.code, end.stdout + end.stderr).not.toBe(70);
    if (end.code !== 0) expect(fixture.story.snapshot()).toEqual(before);
  });

  it('a migration file that cannot be parsed', async () => {
    await using fixture = await sparkles();
    fixture.story.write(`${CHANGES}/0006_poem.sql`, 'Roses are red;\n');
    const { document, code } = await tidemarkJson(placeOf(fixture), 'status');
    expect(code).toBe(0);
    expect(document.projects[0].findings).toContainEqual(
      expect.objectContaining({ kind: 'unreadable-file', path: `${CHANGES}/0006_poem.sql` }),
    );
    const { stdout } = await tidemark(placeOf(fixture), 'status');
    expect(stdout).toContain('0006_poem.sql cannot be read as a migration: it has no "-- migrate:up" line');
    // The orphan can be reversed all the same.
    expect((await reconcileAgreed(placeOf(fixture))).code).toBe(0);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  });

  it('an orphan whose file cannot be parsed', async () => {
    await using fixture = await sparkles();
    const { story } = fixture;
    story.write(`${CHANGES}/0006_poem.sql`, 'Roses are red;\n');
    await story.commit('A poem');
    await fixture.database().query("INSERT INTO shop_changes (version) VALUES ('0006')");
    story.remove(`${CHANGES}/0006_poem.sql`);
    await story.commit('No poem');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '0006', '--yes'));
    expect(end.code, end.stderr).toBe(3);
    expect(end.stdout).toContain('0006 is left as it is: its file cannot be read');
  });

  it('settings that cannot be used, all complaints at once', async () => {
    await using fixture = await sparkles();
    fixture.story.write(
      'tidemark.config.json',
      '{"projects":[{"framework":"abacus"}],"timeLimitSeconds":"soon","what":1}',
    );
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'status'));
    expectsWords(end, 2, /tidemark\.config\.json cannot be used/, /tidemark\.config\.json/);
    expect(end.stderr.split('\n').length).toBeGreaterThan(4);
  });

  for (const [label, here, scheme] of [
    ['PostgreSQL', postgresHere(), 'postgres'],
    ['MariaDB', mariadbHere(), 'mysql'],
  ] as const) {
    describeWith(label, here, server => {
      it('a wrong password, which is not repeated', async () => {
        await using story = await bareShop();
        const { host, port, user } = await server.address();
        const url = `${scheme}://${user}:surely-wrong@${host}:${port}/mysql`;
        const end = await untouched(story, 'status', '--database', url);
        expectsWords(end, 5, new RegExp(`does not let ${user} in\\.$`), /right password/);
        expect(end.stderr).not.toContain('surely-wrong');
        const { document } = await tidemarkJson(at(story), 'status', '--database', url);
        expect(document.problem.code).toBe('wrong-password');
        expect(JSON.stringify(document)).not.toContain('surely-wrong');
      });

      it('a database that does not exist', async () => {
        await using story = await bareShop();
        const end = await untouched(story, 'status', '--database', await server.url('nobody_made_this'));
        expectsWords(end, 5, /nobody_made_this does not exist\.$/, /--database/);
      });
    });
  }

  it('one project of several whose database is down: the other is shown', async () => {
    await using fixture = await sparkles();
    const { story } = fixture;
    story.write('two/db/migrations/1_meadows.sql', sql('CREATE TABLE meadows (id INTEGER);', 'DROP TABLE meadows;'));
    story.write('two/.env', `DATABASE_URL=postgres://app@127.0.0.1:${await freePort()}/shop\n`);
    const { document, code } = await tidemarkJson(placeOf(fixture), 'status');
    expect(code).toBe(5);
    expect(document.projects).toMatchObject([{ root: 'services/shop', counts: { orphaned: 1 } }]);
    expect(document.failed).toMatchObject([{ project: 'dbmate:two', code: 'database-unreachable' }]);
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--yes'));
    expect(end.code).toBe(5);
  });
});
