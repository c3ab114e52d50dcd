/** A tool that the settings declare: its SQL is run by Tidemark, its program never runs to report, and is not believed when it did nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import { type Story, tellStory } from '../kit/story.ts';
import { sqliteDatabase, type TestDatabase } from '../kit/toolchains/recipe.ts';

const section = (name: string): string =>
  `-- do:\nCREATE TABLE ${name} (id INTEGER PRIMARY KEY);\n-- undo:\nDROP TABLE ${name};\n`;

/** 1 and 2 are applied, 2 is deleted in git, 3 is pending. `RAN` is what the program leaves behind when it runs. */
async function tell(story: Story, own: object, more: object = {}): Promise<TestDatabase> {
  const custom = { files: '^0*(?<id>\\d+)\\.sql$', idColumn: 'n', upMarker: '-- do:', downMarker: '-- undo:', ...own };
  const project = { framework: 'custom', historyTable: 'our changes', migrations: ['sql'], custom, ...more };
  const database = sqliteDatabase(join(story.outside, 'app.db'));
  story.write('tidemark.config.json', JSON.stringify({ projects: [project] }));
  story.write('.env', `DATABASE_URL=sqlite:${join(story.outside, 'app.db')}\n`);
  story.writeExecutable('tool.sh', `#!/bin/sh\necho "$@" >> "${join(story.outside, 'RAN')}"\n`);
  story.write('sql/01.sql', section('one'));
  story.write('sql/02.sql', section('two'));
  await story.commit('Begin');
  for (const sql of [
    'CREATE TABLE "our changes" (n INTEGER PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP)',
    'CREATE TABLE one (id INTEGER PRIMARY KEY)',
    'CREATE TABLE two (id INTEGER PRIMARY KEY)',
    'INSERT INTO "our changes" (n) VALUES (1), (2)',
  ])
    await database.query(sql);
  story.remove('sql/02.sql');
  story.write('sql/03.sql', section('three'));
  await story.commit('Two was no good');
  return database;
}

const place = (story: Story) => ({ cwd: story.root, env: story.env });

const namesIn = async (database: TestDatabase) => ({
  rows: (await database.query('SELECT n FROM "our changes" ORDER BY n')).map(({ n }) => n),
  tables: (await database.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")).map(
    ({ name }) => name,
  ),
});

describeWith('the built command line', builtCli(), () => {
  it('reverses and applies by the sections that the settings name', () =>
    tellStory(async story => {
      const database = await tell(story, {});
      const { document } = await tidemarkJson(place(story), 'status');
      expect(document.projects).toMatchObject([
        {
          framework: 'custom',
          counts: { applied: 2, pending: 1, orphaned: 1 },
          findings: [{ migration: '2', cause: 'deleted-here' }, { migration: '3' }],
        },
      ]);
      const end = await tidemark(place(story), 'reconcile', '--yes');
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await namesIn(database)).toEqual({ rows: [1, 3], tables: ['one', 'our changes', 'three'] });
    }));

  it('runs nothing to report, and does not believe a program that did nothing', () =>
    tellStory(async story => {
      const commands = { reverse: ['undo', '{id}'], forward: ['do'] };
      const database = await tell(story, commands, { program: ['./tool.sh'] });
      const before = await namesIn(database);
      for (const words of [['status'], ['show', '2'], ['log', '2'], ['plan'], ['doctor']]) {
        await tidemark(place(story), ...words);
        expect(existsSync(join(story.outside, 'RAN')), words.join(' ')).toBe(false);
      }
      const end = await tidemark(place(story), 'reconcile', '--yes');
      expect(end).toMatchObject({ code: 4 });
      expect(end.stdout).toMatch(/2 is still in the history table/);
      expect(existsSync(join(story.outside, 'RAN'))).toBe(true);
      expect(await namesIn(database)).toEqual(before);
    }));
});
