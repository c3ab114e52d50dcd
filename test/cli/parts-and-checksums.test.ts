/** Migrations of several files, and rows that keep a checksum: sqlx's, applied and reversed by Tidemark alone. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliEnd, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { newStory, type Story } from '../kit/story.ts';
import { sqliteDatabase } from '../kit/toolchains/recipe.ts';

const UP = 'migrations/0002_songs.up.sql';
const DOWN = 'migrations/0002_songs.down.sql';
const SONGS = { [UP]: 'CREATE TABLE songs (id INTEGER);\n', [DOWN]: 'DROP TABLE songs;\n' };
const TUNES = { [UP]: 'CREATE TABLE tunes (id INTEGER);\n', [DOWN]: 'DROP TABLE tunes;\n' };

const run = (story: Story, ...args: readonly string[]): Promise<CliEnd> =>
  tidemark({ cwd: story.root, env: story.env }, ...args);

const apply = async (story: Story) => expect(await run(story, 'reconcile', '--yes')).toMatchObject({ code: 0 });

const agreed = async (story: Story, ...args: readonly string[]) => {
  const end = await reconcileAgreed({ cwd: story.root, env: story.env }, ...args);
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
};

const query = (story: Story, sql: string) => sqliteDatabase(join(story.root, 'app.db')).query(sql);

const tables = async (story: Story): Promise<readonly unknown[]> =>
  (await query(story, "SELECT name FROM sqlite_schema WHERE name IN ('songs', 'tunes') ORDER BY name")).map(
    ({ name }) => name,
  );

// biome-ignore lint/suspicious/noExplicitAny: documents are checked by what tests expect of them
async function document(story: Story, ...args: readonly string[]): Promise<any> {
  return (await tidemarkJson({ cwd: story.root, env: story.env }, ...args)).document;
}

const findings = async (story: Story) => (await document(story, 'status')).projects[0].findings;

/** A crate with one migration, and its database. With `seen` false nothing is recorded of what lay on disk. */
async function shop(seen = true): Promise<Story> {
  const story = await newStory();
  await story.commit('Begin', {
    files: {
      '.gitignore': '*.db\n',
      '.env': 'DATABASE_URL=sqlite:app.db\n',
      'Cargo.toml': '[dependencies]\nsqlx = "0.9"\n',
      'migrations/0001_users.up.sql': 'CREATE TABLE users (id INTEGER);\n',
      'migrations/0001_users.down.sql': 'DROP TABLE users;\n',
    },
  });
  if (!seen) await story.git('config', 'tidemark.provenance', 'false');
  await query(story, 'SELECT 1');
  await apply(story);
  return story;
}

function take(story: Story, files: Readonly<Record<string, string>>): void {
  for (const path of Object.keys(files)) story.remove(path);
}

describeWith('the built command line', builtCli(), () => {
  describe('a migration of two files', () => {
    it('is shown and reversed with both as the commit before its deletion has them', async () => {
      await using story = await shop(false);
      await story.commit('Sing', { files: SONGS });
      await apply(story);
      take(story, SONGS);
      await story.commit('Be quiet');
      const shown = await document(story, 'show', '2');
      expect(shown).toMatchObject({ text: SONGS[UP], parts: [{ path: DOWN, text: SONGS[DOWN] }] });
      expect((await run(story, 'show', '2')).stdout).toContain(`\n${DOWN}\n  DROP TABLE songs;\n`);
      const { plans } = await document(story, 'plan');
      expect(plans[0].plan.steps).toMatchObject([
        {
          kind: 'reverse',
          migration: '2',
          path: UP,
          parts: [{ path: DOWN }],
          losses: { tables: [{ table: 'songs' }] },
        },
      ]);
      await agreed(story);
      expect(await tables(story)).toEqual([]);
    });

    it('takes a down file that went before from where it lay beside the same text', async () => {
      await using story = await shop(false);
      await story.commit('Sing', { files: SONGS });
      await apply(story);
      story.remove(DOWN);
      await story.commit('Never look back');
      expect(await findings(story)).toEqual([]);
      expect((await run(story, 'plan')).stdout).toContain('Nothing to do.');
      story.remove(UP);
      await story.commit('Be quiet');
      await agreed(story);
      expect(await tables(story)).toEqual([]);
    });

    it('never runs a down file that only others have, unless their commit is named', async () => {
      await using story = await shop(false);
      await story.commit('Sing', { files: { [UP]: SONGS[UP] ?? '' } });
      await apply(story);
      const evil = { [DOWN]: 'DROP TABLE users;\nDROP TABLE songs;\n' };
      await story.branch('fork');
      const commit = await story.commit('Helpful', { author: 'Nobody', files: evil });
      await story.switch('main');
      story.remove(UP);
      await story.commit('Be quiet');
      await story.git('update-ref', 'refs/remotes/fork/helpful', commit);
      await story.git('branch', '-D', 'fork');
      await story.git('reflog', 'expire', '--expire=now', '--all');
      const plan = await run(story, 'plan');
      expect(plan.stdout + plan.stderr).toMatch(
        /0002_songs\.down\.sql, which belongs to it, is only in commits that were never checked out/,
      );
      await run(story, 'reconcile', '--yes');
      expect(await tables(story)).toEqual(['songs']);
      const named = await document(story, 'plan', '2', '--from', commit);
      expect(named.plans[0]).toMatchObject({ refusals: [], plan: { steps: [{ doing: { script: evil[DOWN] } }] } });
    });

    it('comes back whole, also when no commit ever had it', async () => {
      await using story = await shop();
      for (const [path, text] of Object.entries(SONGS)) story.write(path, text);
      await apply(story);
      expect(await findings(story)).toEqual([]);
      take(story, SONGS);
      const shown = await document(story, 'show', '2');
      expect(shown).toMatchObject({ text: SONGS[UP], parts: [{ path: DOWN, text: SONGS[DOWN] }] });
      const { paths, path } = await document(story, 'adopt', '2');
      expect([path, paths]).toEqual([UP, [UP, DOWN]]);
      for (const [each, text] of Object.entries(SONGS)) expect(readFileSync(join(story.root, each), 'utf8')).toBe(text);
      story.remove(UP);
      expect((await run(story, 'adopt', '2')).stdout).toContain(`2 is back as ${UP}, untracked.`);
      story.remove(UP);
      story.write(DOWN, 'DROP TABLE other;\n');
      const refused = await run(story, 'adopt', '2');
      expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining(DOWN) });
      expect(existsSync(join(story.root, UP))).toBe(false);
      story.remove(DOWN);
      await agreed(story);
      expect(await tables(story)).toEqual([]);
    });

    it('is reversed with the down file that lies in another worktree only', async () => {
      await using story = await shop(false);
      for (const [path, text] of Object.entries(SONGS)) story.write(path, text);
      await apply(story);
      const second = join(story.outside, 'second');
      await story.git('worktree', 'add', '--quiet', '--detach', second);
      for (const [path, text] of Object.entries(SONGS))
        story.write(join('../', second.split('/').at(-1) ?? '', path), text);
      take(story, SONGS);
      const [orphan] = await findings(story);
      expect(orphan).toMatchObject({ migration: '2', source: { commit: null, working: second } });
      await agreed(story, '2');
      expect(await tables(story)).toEqual([]);
    });
  });

  describe('the checksum in the row', () => {
    it('tells which version was applied, though another came last', async () => {
      await using story = await shop(false);
      const commit = await story.commit('Sing', { files: SONGS });
      await apply(story);
      await story.commit('Call them tunes', { files: TUNES });
      take(story, TUNES);
      await story.commit('Be quiet');
      const [orphan] = await findings(story);
      expect(orphan).toMatchObject({
        checksum: 'fits',
        source: { commit, path: UP },
        choices: [],
        remedy: 'reverse',
        versions: 2,
      });
      const plan = await run(story, 'plan');
      expect(plan.stdout).toContain('the one whose checksum is in its row is used');
      await agreed(story);
      expect(await tables(story)).toEqual([]);
    });

    it('keeps a version of another checksum from being reversed, unless it is named', async () => {
      await using story = await shop(false);
      await story.commit('Sing', { files: SONGS });
      await apply(story);
      take(story, SONGS);
      await story.commit('Be quiet');
      await query(story, "UPDATE _sqlx_migrations SET checksum = x'00ff' WHERE version = 2");
      const [orphan] = await findings(story);
      expect(orphan).toMatchObject({ checksum: 'differs', source: null, choices: [{ path: UP }], remedy: 'ask' });
      const status = await run(story, 'status');
      expect(status.stdout).toMatch(/checksum +the one in its row is that of another text than any that is known/);
      expect(status.stdout).toContain(`tidemark plan 2 --from ${orphan.choices[0].commit.slice(0, 10)}`);
      const plan = await run(story, 'plan');
      expect(plan.stdout).toMatch(/git has one version of it .*, and the checksum in its row is that of another text/);
      await run(story, 'reconcile', '--yes');
      expect(await tables(story)).toEqual(['songs']);
      await agreed(story, '2', '--from', orphan.choices[0].commit);
      expect(await tables(story)).toEqual([]);
    });

    it('shows an edit for certain, though nothing was ever recorded, and gives the old text to reverse', async () => {
      await using story = await shop(false);
      const first = await story.commit('Sing', { files: SONGS });
      await apply(story);
      const commit = await story.commit('Call them tunes', { author: 'Rainbows', files: TUNES });
      const [edited, ...others] = await findings(story);
      expect(others).toEqual([]);
      expect(edited).toMatchObject({
        kind: 'edited',
        by: 'checksum',
        certain: true,
        kept: null,
        edit: 'contents',
        source: { commit: first, path: UP },
        changed: { commit, author: 'Rainbows' },
        remedies: ['reverse', 'ignore'],
      });
      const words = await run(story, 'status');
      expect(words.stdout).toContain('2 was edited after it was applied.');
      expect(words.stdout).toContain('the checksum in its row is that of another text');
      await agreed(story, '2', '--remedy', 'reverse');
      expect(await tables(story)).toEqual(['tunes']);
      expect(await findings(story)).toEqual([]);
    });

    it('takes line endings for no edit, and mere formatting for one that asks for nothing', async () => {
      await using story = await shop(false);
      await story.commit('Sing', { files: SONGS });
      await apply(story);
      story.write(UP, (SONGS[UP] ?? '').replaceAll('\n', '\r\n'));
      expect(await findings(story)).toEqual([]);
      story.write(UP, `-- Songs.\n${SONGS[UP]}`);
      const [edited] = await findings(story);
      expect(edited).toMatchObject({
        by: 'checksum',
        certain: true,
        edit: 'formatting',
        changed: null,
        remedy: 'ignore',
      });
    });

    it('says so where the text that was applied is nowhere, until the user says that the present one was', async () => {
      await using story = await shop();
      await story.commit('Sing', { files: SONGS });
      await apply(story);
      await query(story, "UPDATE _sqlx_migrations SET checksum = x'00ff' WHERE version = 2");
      const [edited] = await findings(story);
      expect(edited).toMatchObject({ by: 'checksum', source: null, remedy: 'ask', remedies: ['ignore'] });
      expect((await run(story, 'status')).stdout).toMatch(/was +in no version that git or Tidemark has/);
      const plan = await run(story, 'plan', '2', '--remedy', 'reverse');
      expect(plan.stdout).toMatch(/the checksum in its row is that of another text than any/);
      expect(await run(story, 'ignore', '2')).toMatchObject({ code: 0 });
      expect(await findings(story)).toEqual([]);
    });

    it('shows what another commit has edited before one switches there', async () => {
      await using story = await shop(false);
      await story.commit('Sing', { files: SONGS });
      await apply(story);
      await story.branch('other');
      await story.commit('Call them tunes', { files: TUNES });
      await story.switch('main');
      expect(await findings(story)).toEqual([]);
      const { plans } = await document(story, 'plan', '--to', 'other');
      expect(plans[0].plan).toBeNull();
      expect(plans[0].warnings).toEqual([expect.stringMatching(/^2 was edited since it was applied/)]);
    });
  });
});
