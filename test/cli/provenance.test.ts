/** What was on disk when a row came: edits after that, ambiguous versions, the user's word, looking at the record and clearing it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { both, describeWith } from '../kit/available.ts';
import { builtCli, type CliEnd, consentTo, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { CHANGES, changesNothing, placeOf, sparkles, sql, versions } from './shop.ts';

const tools = await fixtureTools('dbmate/sparkles-and-rainbows');
const SIXTH = `${CHANGES}/0006_songs.sql`;
const SONGS = sql('CREATE TABLE songs (id INTEGER);', 'DROP TABLE songs;');
const TUNES = sql('CREATE TABLE tunes (id INTEGER);', 'DROP TABLE tunes;');

/** The shop with nothing left to do, looked at; its database has 1, 2, 4 and 5. */
async function settled(): Promise<Fixture> {
  const fixture = await sparkles();
  expect(await run(fixture, 'reconcile', ...(await consentTo(placeOf(fixture))))).toMatchObject({ code: 0 });
  return fixture;
}

/** As `settled`, with the sixth applied and seen: committed, or only lying there. */
async function withSixth(how: 'committed' | 'untracked'): Promise<Fixture> {
  const fixture = await settled();
  fixture.story.write(SIXTH, SONGS);
  if (how === 'committed') await fixture.story.commit('Sing');
  await fixture.apply();
  expect(await findings(fixture)).toEqual([]);
  return fixture;
}

const run = (fixture: Fixture, ...args: readonly string[]): Promise<CliEnd> => tidemark(placeOf(fixture), ...args);

async function status(fixture: Fixture) {
  const { document, stderr } = await tidemarkJson(placeOf(fixture), 'status');
  expect(stderr).toBe('');
  return document.projects[0];
}

// biome-ignore lint/suspicious/noExplicitAny: documents are checked by what tests expect of them
const findings = async (fixture: Fixture): Promise<readonly any[]> => (await status(fixture)).findings;

const tables = async (fixture: Fixture): Promise<readonly unknown[]> =>
  (await fixture.database().query("SELECT name FROM sqlite_master WHERE name IN ('songs', 'tunes') ORDER BY name")).map(
    ({ name }) => name,
  );

describeWith('the built command line', builtCli(), () => {
  describe('a migration that was edited after it was applied', () => {
    it('is found when another commit changed it, and said whose', async () => {
      await using fixture = await withSixth('committed');
      const commit = await fixture.story.commit('Call them tunes', { author: 'Rainbows', files: { [SIXTH]: TUNES } });
      const project = await status(fixture);
      expect(project.findings).toMatchObject([
        {
          kind: 'edited',
          migration: '0006',
          path: SIXTH,
          certain: false,
          edit: 'contents',
          changed: { commit, author: 'Rainbows', subject: 'Call them tunes' },
          kept: { evidence: 'appeared', file: 'as-in-head' },
          remedy: 'ask',
          remedies: ['reverse', 'ignore'],
        },
      ]);
      expect(project.findings[0].source.commit).toMatch(/^[0-9a-f]{40}$/);
      expect(project.migrations.at(-1)).toMatchObject({ id: '0006', state: 'edited', path: SIXTH });
      expect(project.counts).toEqual({ applied: 5, pending: 0, orphaned: 0 });
      const { stdout } = await run(fixture, 'status');
      expect(stdout).toContain('0006 has another text than when its row was first seen.');
      expect(stdout).toMatch(/changed\s+\w+ by Rainbows, .*: Call them tunes/);
      expect(stdout).toMatch(/next +tidemark plan 0006 --remedy reverse\n +or +tidemark ignore 0006\n/);
      expect(await run(fixture, 'status', '--exit-code')).toMatchObject({ code: 1 });
    });

    it('is left alone by every plan that does not name it, which says so', async () => {
      await using fixture = await withSixth('committed');
      await fixture.story.commit('Call them tunes', { files: { [SIXTH]: TUNES } });
      const plan = await run(fixture, 'plan');
      expect(plan.stdout).toContain('Nothing to do.');
      expect(plan.stdout).toContain('0006 was edited since it was applied, and is left as it is.');
      await changesNothing(fixture, () => run(fixture, 'reconcile', '--yes'));
      const named = await run(fixture, 'plan', '0006');
      expect(named.stdout).toMatch(/0006 is left as it is: its file was edited since it was applied/);
      expect(named.stdout).toContain('tidemark plan 0006 --remedy reverse');
      for (const remedy of ['forget', 'relabel'])
        expect((await run(fixture, 'plan', '0006', '--remedy', remedy)).stdout).toContain('its file is on this branch');
      expect(await tables(fixture)).toEqual(['songs']);
    });

    it('has its old text reversed and its new one applied when that is asked for', async () => {
      await using fixture = await withSixth('committed');
      await fixture.story.commit('Call them tunes', { files: { [SIXTH]: TUNES } });
      const { document } = await tidemarkJson(placeOf(fixture), 'plan', '0006', '--remedy', 'reverse');
      expect(document.plans[0].plan.steps).toMatchObject([
        {
          kind: 'reverse',
          migration: '0006',
          because: 'edited',
          doing: { script: expect.stringContaining('DROP TABLE songs') },
        },
        { kind: 'apply', migrations: ['0006'], doing: { script: expect.stringContaining('CREATE TABLE tunes') } },
      ]);
      const said = await run(fixture, 'plan', '0006', '--remedy', 'reverse');
      const confirm = /tidemark (reconcile 0006 --remedy reverse --confirm \w+)/.exec(said.stderr)?.[1] ?? '';
      const end = await run(fixture, ...confirm.split(' '));
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await tables(fixture)).toEqual(['tunes']);
      expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0006']);
      // The table keeps no time, so only the run itself knows that the new text was applied.
      expect(await findings(fixture)).toEqual([]);
    });

    it('is not reversed under one that builds on it, but rewound', async () => {
      await using fixture = await withSixth('committed');
      const seventh = sql('CREATE INDEX by_song ON songs (id);', 'DROP INDEX by_song;');
      await fixture.story.commit('Index', { files: { [`${CHANGES}/0007_index.sql`]: seventh } });
      await fixture.apply();
      await status(fixture);
      const longer = sql('CREATE TABLE songs (id INTEGER, title TEXT);', 'DROP TABLE songs;');
      await fixture.story.commit('With titles', { files: { [SIXTH]: longer } });
      const refused = await run(fixture, 'plan', '0006', '--remedy', 'reverse');
      expect(refused.stdout).toContain('tidemark plan 0006 --remedy reverse --strategy rewind');
      const end = await run(
        fixture,
        'reconcile',
        '0006',
        '--remedy',
        'reverse',
        '--strategy',
        'rewind',
        ...(await consentTo(placeOf(fixture), '0006', '--remedy', 'reverse', '--strategy', 'rewind')),
      );
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await fixture.database().query('SELECT title FROM songs')).toEqual([]);
      expect(await findings(fixture)).toEqual([]);
    });

    it('is known by the text that git has lost, too', async () => {
      await using fixture = await withSixth('committed');
      fixture.story.write(SIXTH, TUNES);
      await fixture.story.amend('Sing otherwise');
      await fixture.story.git('reflog', 'expire', '--expire=now', '--expire-unreachable=now', '--all');
      await fixture.story.git('gc', '--quiet', '--prune=now');
      expect(await findings(fixture)).toMatchObject([{ kind: 'edited', source: { commit: null } }]);
      const end = await run(
        fixture,
        'reconcile',
        '0006',
        '--remedy',
        'reverse',
        ...(await consentTo(placeOf(fixture), '0006', '--remedy', 'reverse')),
      );
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(end.stdout).toContain('reverse 0006 from the copy that Tidemark kept');
      expect(await tables(fixture)).toEqual(['tunes']);
    });

    it('was not edited when the user says that its new text was applied', async () => {
      await using fixture = await withSixth('committed');
      await fixture.story.commit('Call them tunes', { files: { [SIXTH]: TUNES } });
      const said = await run(fixture, 'ignore', '0006');
      expect(said, said.stderr).toMatchObject({ code: 0 });
      expect(said.stdout).toBe('The text that 0006 has now counts as the one that was applied.\n');
      expect(await findings(fixture)).toEqual([]);
      await fixture.story.commit('Back to songs', { files: { [SIXTH]: SONGS } });
      expect(await findings(fixture)).toMatchObject([{ kind: 'edited', kept: { evidence: 'said' } }]);
      await fixture.story.git('revert', '--no-edit', 'HEAD');
      expect(await findings(fixture)).toEqual([]);
    });

    it.each([
      ['a comment and blanks', SONGS.replace('CREATE TABLE', '-- All of them.\n\nCREATE   TABLE')],
      ['blanks at ends of lines', SONGS.replaceAll(';', ';  ')],
    ])('weighs nothing when only %s came', async (_says, text) => {
      await using fixture = await withSixth('committed');
      await fixture.story.commit('Tidy', { files: { [SIXTH]: text } });
      expect(await findings(fixture)).toMatchObject([
        { kind: 'edited', edit: 'formatting', remedy: 'ignore', remedies: ['ignore', 'reverse'] },
      ]);
      const { stdout } = await run(fixture, 'status');
      expect(stdout).toContain('The database is where the branch expects it.');
      expect((await run(fixture, 'plan')).stdout).not.toContain('Careful');
      expect(await run(fixture, 'status', '--exit-code')).toMatchObject({ code: 0 });
    });

    it('is none when only line endings differ, whoever wrote them', async () => {
      await using fixture = await withSixth('committed');
      fixture.story.write(SIXTH, SONGS.replaceAll('\n', '\r\n'));
      expect(await findings(fixture)).toEqual([]);
      await fixture.story.commit('CRLF');
      expect(await findings(fixture)).toEqual([]);
    });

    it('weighs nothing while its author works on it: it may have been applied again', async () => {
      await using fixture = await withSixth('untracked');
      fixture.story.write(SIXTH, TUNES);
      expect(await findings(fixture)).toMatchObject([
        { kind: 'edited', certain: false, remedy: 'ignore', changed: null },
      ]);
      expect((await run(fixture, 'status')).stdout).toContain('The database is where the branch expects it.');
      // Which of the two was applied nobody can tell once the file is gone.
      rmSync(join(fixture.story.root, SIXTH));
      const [orphan] = await findings(fixture);
      expect(orphan).toMatchObject({ kind: 'orphaned', cause: 'uncommitted', source: null, remedy: 'ask' });
      expect(orphan.choices.map(({ commit }: { commit: unknown }) => commit)).toEqual([null, null]);
      const plan = await run(fixture, 'plan');
      const from = /tidemark (plan 0006 --from \w+)/.exec(plan.stdout)?.[1] ?? '';
      expect((await run(fixture, ...from.split(' '))).stdout).toContain('DROP TABLE songs;');
      const adopted = await run(fixture, 'adopt', '0006', '--from', orphan.choices[1].blob.slice(0, 10));
      expect(adopted, adopted.stderr).toMatchObject({ code: 0 });
      expect(readFileSync(join(fixture.story.root, SIXTH), 'utf8')).toBe(TUNES);
    });
  });

  describe('another branch has another version', () => {
    /** Two branches, each with its own sixth; back on main. */
    async function branches({ story }: Fixture): Promise<void> {
      for (const [name, text] of [
        ['songs', SONGS],
        ['tunes', TUNES],
      ] as const) {
        await story.switch('main');
        await story.branch(name);
        await story.commit(`Add ${name}`, { files: { [SIXTH]: text } });
      }
      await story.switch('main');
    }

    it('and is no edit when the row was first seen long after it was applied', async () => {
      await using fixture = await sparkles();
      await branches(fixture);
      await fixture.story.switch('tunes');
      await fixture.apply();
      await fixture.story.switch('songs');
      // The first look ever, with a version on disk that was not the applied one.
      expect((await findings(fixture)).map(({ kind }) => kind)).toEqual(['orphaned']);
      await fixture.story.switch('tunes');
      expect((await findings(fixture)).map(({ kind }) => kind)).toEqual(['orphaned']);
      await fixture.story.switch('main');
      const orphan = (await findings(fixture)).find(({ migration }) => migration === '0006');
      expect(orphan).toMatchObject({ kept: { evidence: 'first-look' } });
    });

    it('and is no edit when both were checked out between two looks', async () => {
      await using fixture = await settled();
      await branches(fixture);
      const now = () => `${Math.floor(Date.now() / 1000)} +0000`;
      const go = (name: string) =>
        execFileSync('git', ['switch', '--quiet', name], {
          cwd: fixture.story.root,
          env: { ...fixture.env, GIT_COMMITTER_DATE: now(), GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a' },
        });
      go('tunes');
      await fixture.apply();
      go('songs');
      expect(await findings(fixture)).toEqual([]);
      go('tunes');
      expect(await findings(fixture)).toEqual([]);
      const { document } = await tidemarkJson(placeOf(fixture), 'log', '0006');
      expect(document.provenance).toMatchObject([{ evidence: 'unsure' }]);
    });

    it('and is an edit when the row was seen to come', async () => {
      await using fixture = await settled();
      await branches(fixture);
      await fixture.story.switch('songs');
      await fixture.apply();
      expect(await findings(fixture)).toEqual([]);
      await fixture.story.switch('tunes');
      expect(await findings(fixture)).toMatchObject([
        { kind: 'edited', migration: '0006', changed: { subject: 'Add tunes' }, remedy: 'ask' },
      ]);
      await fixture.story.switch('songs');
      expect(await findings(fixture)).toEqual([]);
    });

    it('and the one that was on disk when the row came is reversed', async () => {
      await using fixture = await settled();
      await branches(fixture);
      await fixture.story.switch('songs');
      await fixture.apply();
      await status(fixture);
      await fixture.story.switch('tunes');
      await fixture.story.switch('main');
      const [orphan] = await findings(fixture);
      expect(orphan).toMatchObject({ kind: 'orphaned', choices: [], remedy: 'reverse', trusted: true });
      const plan = await run(fixture, 'plan');
      expect(plan.stdout).toContain('DROP TABLE songs;');
      expect(plan.stdout).toContain(
        'Git has seen 2 versions of 0006; the one that was on disk when it was applied is used',
      );
      expect(await run(fixture, 'log', '--clear', '--yes')).toMatchObject({ code: 0 });
      const [asked] = await findings(fixture);
      expect(asked).toMatchObject({ kind: 'orphaned', source: null, remedy: 'ask' });
      expect(asked.choices).toHaveLength(2);
    });
  });

  describe('the record', () => {
    it('is shown, newest first, and told with a migration’s life', async () => {
      await using fixture = await withSixth('untracked');
      const { document } = await tidemarkJson(placeOf(fixture), 'log');
      expect(document).toMatchObject({ format: 1, state: 'good', databases: [{ project: 'dbmate:services/shop' }] });
      const [database] = document.databases;
      expect(database.records[0]).toMatchObject({
        migration: '0006',
        evidence: 'appeared',
        file: 'untracked',
        path: SIXTH,
        branch: 'main',
        kept: true,
        goneAt: null,
      });
      expect(database.records.filter(({ migration }: { migration: string }) => migration === '0003')).toMatchObject([
        { evidence: 'first-look', file: 'none', goneAt: expect.any(String) },
      ]);
      const { stdout } = await run(fixture, 'log');
      expect(stdout.split('\n')[1]).toMatch(
        /^ {2}0006 {2}just now on main, in .*0006_songs\.sql, which was not committed$/,
      );
      const life = await run(fixture, 'log', '0006');
      expect(life.stdout).toContain('Git has never seen a file of it.');
      expect(life.stdout).toMatch(/on disk +applied +just now on main/);
    });

    it('is cleared when that is confirmed, and leaves nothing behind', async () => {
      await using fixture = await withSixth('untracked');
      const refused = await changesNothing(fixture, () => run(fixture, 'log', '--clear'));
      expect(refused).toMatchObject({ code: 3, stdout: '' });
      expect(refused.stderr).toMatch(
        /^A question needs an answer.*Forget \d+ records of 1 database, and the texts kept/,
      );
      expect(refused.stderr).toContain('  next  tidemark log --clear --yes');
      expect((await tidemarkJson(placeOf(fixture), 'log')).document.databases).toHaveLength(1);
      const cleared = await run(fixture, 'log', '--clear', '--yes');
      expect(cleared).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+ records cleared\.\n$/) });
      const folder = join(fixture.story.root, '.git/tidemark');
      expect(readdirSync(folder).sort()).toEqual(['cache', 'parked', 'runs']);
      expect(readdirSync(join(folder, 'cache')).filter(name => name.startsWith('provenance'))).toEqual([]);
      expect((await run(fixture, 'log')).stdout).toContain('Nothing is recorded yet');
      expect((await run(fixture, 'log', '--clear', '--yes')).stdout).toBe('There was nothing to clear.\n');
      expect((await run(fixture, 'log', '0006', '--clear')).code).toBe(2);
    });

    it('keeps no text that is too large, and says so', async () => {
      await using fixture = await settled();
      fixture.story.write(SIXTH, `${SONGS}${'-- long\n'.repeat(200_000)}`);
      await fixture.apply();
      await status(fixture);
      rmSync(join(fixture.story.root, SIXTH));
      expect(await findings(fixture)).toMatchObject([
        { cause: 'uncommitted', source: null, kept: { kept: false }, remedy: 'ask', remedies: ['forget', 'ignore'] },
      ]);
      expect((await run(fixture, 'plan')).stdout).toContain('its text is not kept any more, or was too large');
      expect((await run(fixture, 'log')).stdout).toContain('text not kept');
    });

    it('is shared by linked worktrees', async () => {
      await using fixture = await withSixth('untracked');
      const linked = join(fixture.story.outside, 'linked');
      await fixture.story.git('worktree', 'add', '--quiet', '-b', 'other', linked);
      const place = { cwd: linked, env: fixture.env };
      const database = join(fixture.story.root, 'services/shop/shop.db');
      const { document } = await tidemarkJson(place, 'status', '--database', `sqlite:${database}`);
      expect(document.projects[0].findings).toMatchObject([{ migration: '0006', source: { commit: null } }]);
    });

    it('is not begun where git’s settings say so', async () => {
      await using fixture = await sparkles();
      await fixture.story.git('config', 'tidemark.provenance', 'false');
      await status(fixture);
      expect(existsSync(join(fixture.story.root, '.git/tidemark/provenance'))).toBe(false);
      expect((await run(fixture, 'doctor')).stdout).toContain('tidemark.provenance is false');
    });

    it('costs no call of git while nothing is new', async () => {
      await using fixture = await withSixth('untracked');
      const { documents, ...place } = await counting(fixture);
      await tidemarkJson(place, 'status');
      const calls = async () => {
        const before = documents().length;
        await tidemarkJson(place, 'status');
        return documents()
          .slice(before - 1, -1)
          .sort();
      };
      const recording = await calls();
      await fixture.story.git('config', 'tidemark.provenance', 'false');
      expect(recording).toEqual(await calls());
    });

    /** The shop with a git on PATH that writes down each call. */
    async function counting(fixture: Fixture) {
      const folder = join(fixture.story.outside, 'counting');
      const calls = join(folder, 'calls');
      const real = execFileSync('which', ['git'], { encoding: 'utf8', env: fixture.env }).trim();
      fixture.story.writeExecutable(
        '../counting/git',
        `#!/bin/sh\nprintf '%s\\n' "$*" >> '${calls}'\nexec '${real}' "$@"\n`,
      );
      writeFileSync(calls, '');
      const env = { ...fixture.env, PATH: `${folder}:${fixture.env['PATH']}` };
      return { cwd: fixture.story.root, env, documents: () => readFileSync(calls, 'utf8').split('\n') };
    }

    const canMount = (folder: string): boolean => spawnSync('mount', ['--bind', folder, folder]).status === 0;
    it('cannot be written in a read-only git directory, which only doctor mentions', async context => {
      await using fixture = await sparkles();
      const gitDir = join(fixture.story.root, '.git');
      if (!canMount(gitDir)) return context.skip('this user may not make a folder read-only for root');
      try {
        execFileSync('mount', ['-o', 'remount,ro,bind', gitDir]);
        expect(await run(fixture, 'status')).toMatchObject({ code: 0, stderr: '' });
        expect(existsSync(join(gitDir, 'tidemark'))).toBe(false);
        const doctor = await run(fixture, 'doctor');
        expect(doctor.stdout).toMatch(/note +provenance +the git directory cannot be written to/);
        expect((await run(fixture, 'log')).stdout).toContain('Nothing is recorded yet');
      } finally {
        execFileSync('umount', ['--lazy', gitDir]);
      }
      expect((await run(fixture, 'status')).code).toBe(0);
      expect(existsSync(join(gitDir, 'tidemark/provenance'))).toBe(true);
    });

    for (const [label, engine] of fixtureEngines()) {
      if (label === 'SQLite') continue;
      describeWith(label, both(engine, tools), ([on, runners]) => {
        it('holds no password, no user and no address', async () => {
          await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', on, runners);
          await status(fixture);
          const store = join(fixture.story.root, '.git/tidemark/provenance');
          const git = ['--git-dir', store];
          const objects = execFileSync('git', [...git, 'cat-file', '--batch-all-objects', '--batch'], {
            encoding: 'latin1',
          });
          expect(objects).toContain('"database":"');
          const url = new URL(fixture.env['DATABASE_URL'] ?? '');
          const cached = readdirSync(join(store, '../cache')).map(name =>
            readFileSync(join(store, '../cache', name), 'latin1'),
          );
          expect(url.password).not.toBe('');
          for (const secret of [url.password, url.host, `${url.username}@`, `"${url.username}"`])
            for (const text of [objects, ...cached]) expect(text).not.toContain(secret);
        });
      });
    }
  });
});
