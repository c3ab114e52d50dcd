/** One repository with many frameworks side by side: each is told by what is its own, and a table that is not its own is never read. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FRAMEWORKS } from '../../src/frameworks/registry.ts';
import { sourceTree } from '../frameworks/conformance-bench.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import { type Story, tellStory } from '../kit/story.ts';
import { sqliteDatabase, type TestDatabase } from '../kit/toolchains/recipe.ts';

const CREATE = 'CREATE TABLE a (id INTEGER PRIMARY KEY);\n';

/** What lies side by side, by the framework that it belongs to; `nobody` is what looks like one that is not here. */
const SIDE_BY_SIDE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dbmate: { 'dbmate/db/migrations/1_a.sql': `-- migrate:up\n${CREATE}-- migrate:down\nDROP TABLE a;\n` },
  goose: { 'goose/db/migrations/1_a.sql': `-- +goose Up\n${CREATE}-- +goose Down\nDROP TABLE a;\n` },
  'golang-migrate': {
    'migrate/db/migrations/1_a.up.sql': CREATE,
    'migrate/db/migrations/1_a.down.sql': 'DROP TABLE a;\n',
  },
  flyway: {
    'flyway/flyway.conf': 'flyway.locations=filesystem:sql\nflyway.url=jdbc:sqlite:app.db\n',
    'flyway/sql/V1__a.sql': CREATE,
  },
  django: {
    'django/manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    'django/shop/settings.py': "INSTALLED_APPS = ['tasks']\nDATABASES = {'default': {}}\n",
    'django/tasks/__init__.py': '',
    'django/tasks/migrations/__init__.py': '',
    'django/tasks/migrations/0001_initial.py':
      'from django.db import migrations\n\nclass Migration(migrations.Migration):\n    dependencies = []\n    operations = []\n',
  },
  alembic: {
    'alembic/alembic.ini': '[alembic]\nscript_location = %(here)s/versions_of_us\n',
    'alembic/versions_of_us/env.py': 'from alembic import context\n',
    'alembic/versions_of_us/versions/a1_first.py': "revision = 'a1'\ndown_revision = None\n",
  },
  knex: {
    'knex/package.json': '{"dependencies":{"knex":"3.3.0"}}',
    'knex/knexfile.js': "module.exports = { client: 'better-sqlite3' };\n",
    'knex/migrations/20240101_a.js': 'exports.up = knex => knex;\nexports.down = knex => knex;\n',
  },
  rails: {
    'rails/Gemfile': "gem 'rails'\n",
    'rails/config/application.rb':
      'require "rails"\nmodule Shop\n  class Application < Rails::Application\n  end\nend\n',
    'rails/db/migrate/20240101000000_create_a.rb': 'class CreateA < ActiveRecord::Migration[6.1]\nend\n',
  },
  refinery: {
    'refinery/Cargo.toml': '[dependencies]\nrefinery = "0.9"\n',
    'refinery/migrations/V1__a.sql': CREATE,
  },
  sqlx: {
    'sqlx/Cargo.toml': '[dependencies]\nsqlx = "0.8"\n',
    'sqlx/migrations/1_a.up.sql': CREATE,
    'sqlx/migrations/1_a.down.sql': 'DROP TABLE a;\n',
  },
  diesel: {
    'diesel/Cargo.toml': '[dependencies]\ndiesel = "2"\n',
    'diesel/migrations/2024-01-01-000000_a/up.sql': CREATE,
    'diesel/migrations/2024-01-01-000000_a/down.sql': 'DROP TABLE a;\n',
  },
  laravel: {
    'laravel/artisan': '#!/usr/bin/env php\n<?php\n$app = require __DIR__."/bootstrap/app.php";\n',
    'laravel/composer.json': '{"require":{"laravel/framework":"^11"}}',
    'laravel/database/migrations/2024_01_01_000000_create_a.php':
      '<?php\nuse Illuminate\\Database\\Migrations\\Migration;\nreturn new class extends Migration {\n  public function up() {}\n  public function down() {}\n};\n',
  },
  typeorm: {
    'typeorm/package.json':
      '{"dependencies":{"typeorm":"1.1.1"},"scripts":{"m":"typeorm migration:run -d data-source.js"}}',
    'typeorm/data-source.js':
      "const { DataSource } = require('typeorm');\nmodule.exports = new DataSource({ type: 'better-sqlite3', database: 'app.db', migrations: ['migrations/*.js'] });\n",
    'typeorm/migrations/1700000000001-A.js':
      'module.exports = class A1700000000001 {\n  async up(q) { await q.query("SELECT 1"); }\n  async down(q) { await q.query("SELECT 1"); }\n};\n',
  },
  // Ecto, whose table is called as that of Rails, dbmate and golang-migrate.
  nobody: {
    'ecto/mix.exs': 'defmodule Shop.MixProject do\n  defp deps, do: [{:ecto_sql, "~> 3.0"}]\nend\n',
    'ecto/priv/repo/migrations/20240101000000_create_a.exs': 'defmodule A do\n  use Ecto.Migration\nend\n',
  },
};

const ALL = Object.assign({}, ...Object.values(SIDE_BY_SIDE)) as Readonly<Record<string, string>>;

describe('many frameworks side by side', () => {
  for (const framework of FRAMEWORKS) {
    it(`${framework.title} claims what is its own, and nothing else`, () => {
      const paths = framework.detect(sourceTree(framework, ALL)).flatMap(project => {
        const matched = Object.keys(ALL).filter(path => framework.identify(project, path, ALL[path] ?? null) !== null);
        return matched.length === 0 ? [`${project.root} without a file`] : matched;
      });
      const own = Object.keys(SIDE_BY_SIDE[framework.name] ?? {});
      expect(paths.filter(path => !own.includes(path))).toEqual([]);
      if (own.length > 0) expect(paths.filter(path => own.includes(path)).length).toBeGreaterThan(0);
    });
  }
});

/** A repository with the files of some frameworks, and one database for all of them. */
async function tellOf(story: Story, ...names: readonly string[]): Promise<TestDatabase> {
  for (const own of names) {
    for (const [path, text] of Object.entries(SIDE_BY_SIDE[own] ?? {})) story.write(path, text);
  }
  story.write('.gitignore', '*.db\n');
  story.write('.env', `DATABASE_URL=sqlite:${join(story.outside, 'app.db')}\n`);
  await story.commit('Begin');
  return sqliteDatabase(join(story.outside, 'app.db'));
}

const place = (story: Story) => ({ cwd: story.root, env: story.env });

describeWith('the built command line', builtCli(), () => {
  it('reads schema_migrations as the tool whose columns it has', () =>
    tellStory(async story => {
      const database = await tellOf(story, 'dbmate', 'golang-migrate');
      await database.query('CREATE TABLE schema_migrations (version uint64, dirty bool)');
      await database.query('INSERT INTO schema_migrations VALUES (7, 0)');
      await database.query('CREATE TABLE a (id INTEGER PRIMARY KEY)');
      const { document } = await tidemarkJson(place(story), 'status');
      expect(document.projects).toMatchObject([{ framework: 'golang-migrate', counts: { applied: 2, orphaned: 1 } }]);
      const told = await tidemark(place(story), 'status');
      expect(told.stdout + told.stderr).toMatch(
        /schema_migrations .*is not a table of dbmate: it has the columns version and dirty/,
      );

      const asked = await tidemark(place(story), 'status', '--framework', 'dbmate');
      expect(asked).toMatchObject({ code: 2, stdout: '' });
      expect(asked.stderr).toMatch(/is not a table of dbmate/);
      expect(asked.stderr).toMatch(/^ {2}next /m);
      const other = await tidemark(place(story), 'status', '--framework', 'golang-migrate');
      expect(other).toMatchObject({ code: 0, stderr: '' });
    }));

  it('the other way round too, and an empty table is told by its columns as well', () =>
    tellStory(async story => {
      const database = await tellOf(story, 'dbmate', 'golang-migrate');
      await database.query('CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)');
      const { document } = await tidemarkJson(place(story), 'status');
      expect(document.projects).toMatchObject([{ framework: 'dbmate', counts: { pending: 1 } }]);
    }));

  it('asks which of Rails and dbmate a table is that is the same for both, and reads Ecto’s as none of theirs', () =>
    tellStory(async story => {
      const database = await tellOf(story, 'dbmate', 'golang-migrate', 'rails', 'nobody');
      await database.query('CREATE TABLE schema_migrations (version varchar PRIMARY KEY)');
      await database.query("INSERT INTO schema_migrations VALUES ('20240101000000')");
      const asked = await tidemark(place(story), 'status');
      expect(asked.stdout + asked.stderr).toMatch(/schema_migrations .*Rails and dbmate/);
      expect(asked.stdout + asked.stderr).toContain('--framework rails');
      expect((await tidemark(place(story), 'plan')).stdout).not.toMatch(/reverse|apply/);
      const told = await tidemarkJson(place(story), 'status', '--framework', 'rails');
      expect(told.document.projects).toMatchObject([{ counts: { applied: 1, pending: 0, orphaned: 0 } }]);

      await database.query('DROP TABLE schema_migrations');
      await database.query('CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp)');
      await database.query("INSERT INTO schema_migrations VALUES (20240101000000, '2024-01-01')");
      const none = await tidemark(place(story), 'status');
      for (const title of ['dbmate', 'golang-migrate', 'Rails'])
        expect(none.stdout + none.stderr).toMatch(new RegExp(`schema_migrations .*is not a table of ${title}`));
      expect((await tidemark(place(story), 'reconcile', '--yes')).code).not.toBe(0);
      expect(await database.query("SELECT name FROM sqlite_schema WHERE type = 'table'")).toHaveLength(1);
    }));

  it('reads migrations as Laravel’s or as TypeORM’s, by its columns', () =>
    tellStory(async story => {
      const database = await tellOf(story, 'laravel', 'typeorm');
      await database.query('CREATE TABLE migrations (id INTEGER PRIMARY KEY, migration varchar, batch int)');
      await database.query("INSERT INTO migrations VALUES (1, '2024_01_01_000000_create_a', 1)");
      const laravel = await tidemarkJson(place(story), 'status');
      expect(laravel.document.projects).toMatchObject([{ framework: 'laravel', counts: { applied: 1, pending: 0 } }]);

      await database.query('DROP TABLE migrations');
      await database.query('CREATE TABLE migrations (id INTEGER PRIMARY KEY, timestamp bigint, name varchar)');
      await database.query("INSERT INTO migrations VALUES (1, 1700000000001, 'A1700000000001')");
      const typeorm = await tidemarkJson(place(story), 'status');
      expect(typeorm.document.projects).toMatchObject([{ framework: 'typeorm', counts: { applied: 1, pending: 0 } }]);
    }));

  it('asks which of two frameworks a table belongs to that could be of both', () =>
    tellStory(async story => {
      for (const [path, text] of Object.entries(SIDE_BY_SIDE['alembic'] ?? {})) story.write(path, text);
      story.write('flask/migrations/alembic.ini', '[alembic]\n');
      story.write('flask/migrations/env.py', 'from flask import current_app\nfrom alembic import context\n');
      story.write('flask/migrations/versions/b1_first.py', "revision = 'b1'\ndown_revision = None\n");
      story.write('flask/app.py', 'from flask_migrate import Migrate\n');
      story.write('.env', `DATABASE_URL=sqlite:${join(story.outside, 'app.db')}\n`);
      await story.commit('Begin');
      const database = sqliteDatabase(join(story.outside, 'app.db'));
      await database.query('CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)');
      await database.query("INSERT INTO alembic_version VALUES ('a1')");
      const end = await tidemark(place(story), 'status');
      expect(end.stdout + end.stderr).toMatch(/alembic_version .*Alembic and Flask-Migrate/);
      expect(end.stdout + end.stderr).toContain('--framework alembic');
      const plan = await tidemark(place(story), 'plan');
      expect(plan.stdout).not.toMatch(/reverse/);
      const asked = await tidemarkJson(place(story), 'status', '--framework', 'alembic');
      expect(asked.document.projects).toMatchObject([{ counts: { applied: 1, orphaned: 0 } }]);
    }));
});
