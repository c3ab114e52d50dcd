/** A repository that means harm: looking at it executes nothing, follows no link out of it, and shows no file that is not its own. */
import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark } from '../kit/cli.ts';
import { buildFixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { CHANGES, sparkles } from './shop.ts';

const knex = await fixtureTools('knex/sparkles-and-rainbows');

describeWith('the built command line', builtCli(), () => {
  it('follows no migration that is a link, and runs nothing that .env and settings of git name', async () => {
    await using fixture = await sparkles();
    const { story } = fixture;
    const mark = join(story.outside, 'something-ran');
    const secret = join(story.outside, 'secret.sql');
    writeFileSync(secret, '-- migrate:up\nSELECT 42 AS secret_of_mine;\n-- migrate:down\n');
    symlinkSync('/etc/passwd', join(story.root, CHANGES, '0008_passwd.sql'));
    symlinkSync(secret, join(story.root, CHANGES, '0009_secret.sql'));
    const file = fixture.database().file ?? '';
    const trap = `touch ${mark}`;
    story.write('services/shop/.env', `X=$(${trap})\nY=\`${trap}\`\nDATABASE_URL=sqlite:${file}\nZ=$(${trap})\n`);
    await story.commit('Look at me');
    for (const [key, value] of [
      ['alias.status', `!${trap}`],
      ['core.fsmonitor', trap],
      ['core.pager', trap],
      ['core.editor', trap],
      ['diff.external', trap],
      ['filter.evil.clean', trap],
      ['filter.evil.smudge', trap],
    ] as const)
      await story.git('config', key, value);
    story.write('.git/info/attributes', '* diff=evil\n');
    const env = {
      ...Object.fromEntries(Object.entries(fixture.env).filter(([name]) => name !== 'DATABASE_URL')),
      PAGER: trap,
    };
    const place = { cwd: story.root, env };
    for (const words of [
      ['status', '-v'],
      ['plan'],
      ['log', '0003'],
      ['show', '0003'],
      ['show', '0008'],
      ['show', '0009'],
      ['doctor'],
    ]) {
      const end = await tidemark(place, ...words);
      expect(end.stdout + end.stderr, words.join(' ')).not.toMatch(/root:|secret_of_mine|bug in Tidemark/);
    }
    const plan = await tidemark(place, 'plan');
    expect(plan, plan.stderr).toMatchObject({ code: 0 });
    expect(plan.stdout).toContain('reverse 0003');
    expect(plan.stdout).not.toMatch(/apply .*000[89]/);
    expect(existsSync(mark)).toBe(false);
  });

  it('runs no settings file that is a program, and no program that settings name, to report', async () => {
    await using fixture = await sparkles();
    const { story } = fixture;
    const mark = join(story.outside, 'something-ran');
    const js = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '');\nmodule.exports = { client: 'sqlite3', dialect: 'sqlite', connection: 'x.db' };\n`;
    const py = `import os\nos.system('touch ${mark}')\nDATABASES = {}\n`;
    const files = [
      'knexfile.js',
      '.sequelizerc',
      'ormconfig.js',
      'drizzle.config.ts',
      'mikro-orm.config.js',
      'database.json',
    ];
    for (const name of files) story.write(`traps/${name}`, js);
    for (const name of ['manage.py', 'settings.py', 'migrations/env.py']) story.write(`traps/${name}`, py);
    story.write('traps/alembic.ini', '[alembic]\nscript_location = migrations\n');
    story.write('traps/migrations/0001_trap.js', js);
    story.write('traps/phinx.php', `<?php touch('${mark}'); return ['paths' => ['migrations' => 'migrations']];\n`);
    story.write('traps/package.json', '{"dependencies":{"knex":"*","sequelize":"*","typeorm":"*","drizzle-orm":"*"}}');
    await story.commit('Configure me');
    const place = { cwd: story.root, env: fixture.env };
    for (const words of [['status', '-v'], ['plan'], ['doctor']]) {
      const end = await tidemark(place, ...words);
      const told = end.stdout + end.stderr;
      expect(told, words.join(' ')).not.toContain('bug in Tidemark');
      if (words[0] === 'status') expect(told).toContain('traps');
    }
    expect(existsSync(mark)).toBe(false);
  });

  describeWith('with Knex', knex, runners => {
    it('is told which filters a checkout would start, before any is started', async () => {
      await using fixture = await buildFixture('knex/sparkles-and-rainbows', SQLITE, runners);
      const { story } = fixture;
      const mark = join(story.outside, 'filtered');
      for (const [key, value] of [
        ['filter.shout.smudge', `touch ${mark}; cat`],
        ['filter.shout.clean', 'cat'],
        ['filter.never-asked.smudge', 'rm -rf /'],
        ['filter.lfs.process', 'git-lfs filter-process'],
      ] as const)
        await story.git('config', key, value);
      story.write('apps/.gitattributes', '*.md filter=shout\n*.bin filter=lfs\n');
      await story.commit('Shout');
      const place = { cwd: story.root, env: fixture.env };
      const { stdout } = await tidemark(place, 'plan');
      expect(stdout).toMatch(
        /Careful: Checking out .* starts a filter of your git settings: touch \S+; cat \(filter\.shout/,
      );
      expect(stdout).toContain('The filter lfs is switched off in checkouts');
      expect(stdout).not.toContain('never-asked');
      expect(existsSync(mark)).toBe(false);
    });
  });
});
