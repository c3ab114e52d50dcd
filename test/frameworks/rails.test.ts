/** Rails: the promises of every framework, and what only Rails has (versions as numbers, database.yml, migrations without a way back). */
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/domain/migration.ts';
import type { Framework } from '../../src/frameworks/contract.ts';
import { dbmate } from '../../src/frameworks/dbmate/index.ts';
import { rails } from '../../src/frameworks/rails/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';
import type { Tree } from './conformance-facts.ts';

const framework: Framework = rails;

const APPLICATION = `require_relative "boot"
require "rails/all"

module Shop
  class Application < Rails::Application
    config.load_defaults 6.1
    # config.active_record.schema_migrations_table_name = "not_this"
    config.active_record.schema_migrations_table_name = 'versions'
    config.active_record.table_name_prefix = "shop_"
  end
end
`;
const YAML = `default: &default
  adapter: postgresql
  encoding: unicode
  username: <%= ENV["DB_USER"] || "app" %>
  password: 'p:ss' # really

development:
  primary:
    <<: *default
    database: <%= ENV.fetch("DB_NAME") { "shop" } %>
    host: db.example
    port: 5433
    migrations_paths: ["db/changes", "db/more"]
  animals:
    <<: *default
    database: animals
    migrations_paths: db/animals_migrate
test:
  <<: *default
  database: shop_test
`;
const migration = (name: string, body: string): string => `# frozen_string_literal: true
require_relative "../../lib/prices"

class ${name} < ActiveRecord::Migration[6.1]
${body}
end
`;
const BOOKS = migration(
  'CreateBooks',
  '  def change\n    create_table :books do |t|\n      t.string :title\n      t.timestamps\n    end\n  end',
);
const PAGES = migration('AddPages', '  def change\n    add_column :books, :pages, :integer\n  end');
const OLD = migration('DropOld', '  def up\n    drop_table :old\n  end\n\n  def down\n    create_table :old\n  end');

const TREE: Tree = {
  'web/config/application.rb': APPLICATION,
  'web/config/database.yml': YAML,
  'web/db/changes/001_create_books.rb': BOOKS,
  'web/db/changes/2023/20240102030405_add_pages.shop_engine.rb': PAGES,
  'web/db/more/20240102030406_drop_old.rb': OLD,
};
const row = (version: string): Row => ({ version });
const ARGUMENTS = ['{scratch}/tidemark_rails.rb', 'down'];

describeFramework(rails, {
  project: {
    tree: TREE,
    root: 'web',
    historyTable: { schema: null, name: 'shop_versions' },
    addresses: [{ text: 'postgres://app:p%3Ass@db.example:5433/shop', base: 'web' }],
  },
  notProjects: {
    'it is an engine’s application for its tests': { 'test/dummy/config/application.rb': APPLICATION },
    'it is a gem with a file of that name': { 'config/application.rb': 'module Shop; end\n' },
    'it is dbmate': { 'db/migrations/20240101000000_x.sql': '-- migrate:up\n' },
    'it has Ruby migrations without Rails': {
      'db/migrate/001_x.rb': BOOKS,
      Rakefile: 'require "standalone_migrations"\n',
    },
  },
  severalProjects: {
    'two applications': {
      tree: { 'a/config/application.rb': APPLICATION, 'b/config/application.rb': APPLICATION },
      roots: ['a', 'b'],
    },
  },
  files: [
    {
      path: 'web/db/changes/001_create_books.rb',
      text: BOOKS,
      id: '1',
      requires: [],
      replaces: [],
      namespace: null,
      number: null,
    },
    {
      path: 'web/db/changes/2023/20240102030405_add_pages.shop_engine.rb',
      text: PAGES,
      id: '20240102030405',
      requires: [],
      replaces: [],
      namespace: null,
      number: null,
    },
    {
      path: 'web/db/more/20240102030406_drop_old.rb',
      text: OLD,
      id: '20240102030406',
      requires: [],
      replaces: [],
      namespace: null,
      number: null,
    },
  ],
  notFiles: {
    'web/db/changes/helpers.rb': 'x = 1\n',
    'web/db/changes/20240101_x.sql': 'SELECT 1\n',
    'web/db/animals_migrate/20240102030405_add_cats.rb': PAGES,
    'web/db/schema.rb': '',
  },
  unreadable: [
    { path: 'web/db/more/3_AddThings.rb', text: PAGES, reason: /lower case/ },
    { path: 'web/db/more/4_empty.rb', text: '# nothing\n', reason: /no class/ },
  ],
  alsoKnown: [{ id: '20240102030407', requires: [] }],
  histories: [
    {
      name: 'rows in no order, one of them with zeros before it',
      rows: [row('20240102030406'), row('20240102030405'), row('001')],
      autoColumn: null,
      ids: ['1', '20240102030405', '20240102030406'],
      appliedAt: [null, null, null],
      forgettable: ['20240102030405'],
      relabel: { from: '20240102030405', to: '20240102030407' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the one file, where it lay',
      path: 'web/db/changes/2023/20240102030405_add_pages.shop_engine.rb',
      engine: 'sqlite',
      onDisk: ['web/db/changes/001_create_books.rb', 'web/db/more/20240102030406_drop_old.rb'],
      gives: {
        how: 'command',
        arguments: [...ARGUMENTS, '20240102030405'],
        checkout: {
          kind: 'overlay',
          files: [{ path: 'web/db/changes/2023/20240102030405_add_pages.shop_engine.rb', text: PAGES }],
        },
        atomic: true,
      },
    },
    {
      name: 'a number with zeros before it, on an engine without transactions round schema changes',
      path: 'web/db/changes/001_create_books.rb',
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'command', arguments: [...ARGUMENTS, '1'], atomic: false, whole: false },
    },
    {
      name: 'one without a transaction',
      path: 'web/db/changes/001_create_books.rb',
      text: migration('X', '  disable_ddl_transaction!\n\n  def change\n    add_index :a, :b\n  end'),
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'command', atomic: false, whole: false },
    },
    {
      name: 'up without down',
      path: 'web/db/changes/001_create_books.rb',
      text: migration('X', '  def up\n    execute <<~SQL\n      def down\n    SQL\n  end'),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('it has no down') },
    },
    {
      name: 'a down that raises',
      path: 'web/db/changes/001_create_books.rb',
      text: migration(
        'X',
        '  def self.up\n    drop_table :a\n  end\n\n  def self.down\n    raise ActiveRecord::IrreversibleMigration\n  end',
      ),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('only raises') },
    },
    {
      name: 'an empty down',
      path: 'web/db/changes/001_create_books.rb',
      text: migration('X', '  def up\n    drop_table :a\n  end\n\n  def down\n    # nothing\n  end'),
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('does nothing') },
    },
  ],
  forwards: [
    {
      path: 'web/db/changes/001_create_books.rb',
      engine: 'sqlite',
      gives: { how: 'command', arguments: ['{scratch}/tidemark_rails.rb', 'migrate'] },
    },
  ],
  losses: [
    {
      name: 'what a change makes',
      path: 'web/db/changes/001_create_books.rb',
      text: migration(
        'X',
        `  def change
    create_table "books", force: :cascade do |t|
      t.string :title
    end
    create_join_table :books, :authors
    add_column(:shops, :name, :string)
    add_reference :shops, :owner, polymorphic: true
    add_timestamps :shops
    add_index :shops, :name
    change_table :shelves do |t|
      t.integer :height, :width
      t.references :room
      t.index :height
    end
    drop_table :old do |t|
      t.string :x
    end
  end`,
      ),
      tables: ['books', 'authors_books'],
      columns: [
        'shops.name',
        'shops.owner_id',
        'shops.owner_type',
        'shops.created_at',
        'shops.updated_at',
        'shelves.height',
        'shelves.width',
        'shelves.room_id',
      ],
      unsure: null,
    },
    {
      name: 'what a down drops',
      path: 'web/db/changes/001_create_books.rb',
      text: migration(
        'X',
        `  def up
    drop_table :never
  end

  def down
    drop_table :a, :b
    remove_column :c, :x, :string
    remove_columns :c, :y, :z
    remove_reference :c, :owner
    change_table :d do |t|
      t.remove :w
    end
    create_table :back do |t|
      t.string :x
    end
  end`,
      ),
      tables: ['a', 'b'],
      columns: ['c.x', 'c.y', 'c.z', 'c.owner_id', 'd.w'],
      unsure: null,
    },
    {
      name: 'SQL and code',
      path: 'web/db/changes/001_create_books.rb',
      text: migration(
        'X',
        '  def up; end\n\n  def down\n    execute "DROP TABLE a"\n    change_column :b, :c, :text\n    Book.delete_all\n  end',
      ),
      tables: [],
      columns: [],
      unsure: /SQL of its own.*changes a column.*Ruby code/,
    },
  ],
  imports: [{ path: 'web/db/changes/001_create_books.rb', text: BOOKS, gives: ['web/lib/prices.rb'] }],
  hazard: { orphans: ['20240102030405'], says: /"db:rollback" reverses 20240102030406 instead/ },
});

describe('Rails, beside others', () => {
  it('is told from dbmate, which has a table of the same name', () => {
    const tree: Tree = {
      ...TREE,
      'jobs/Makefile': 'up:\n\tdbmate up\n',
      'jobs/db/migrations/20240101000000_x.sql': '-- migrate:up\nSELECT 1;\n-- migrate:down\n',
    };
    expect(framework.detect(sourceTree(framework, tree)).map(({ root }) => root)).toEqual(['web']);
    expect((dbmate as Framework).detect(sourceTree(dbmate, tree)).map(({ root }) => root)).not.toContain('web');
  });

  it('stops at the missing file where that is the newest', () => {
    const [project] = framework.detect(sourceTree(framework, TREE));
    if (project === undefined) throw new Error('no project');
    const applied = framework.applied(project, [row('1'), row('2')], new Map());
    expect(
      framework.hazard(
        project,
        applied.slice(-1).map(({ id }) => id),
        applied,
      ),
    ).toMatch(/stops at "db:rollback"/);
  });
});

describe('an application', () => {
  const detected = (tree: Tree) => {
    const source = sourceTree(framework, { 'config/application.rb': APPLICATION, ...tree });
    const [project] = framework.detect(source);
    return { project, addresses: project && framework.connection(project, source).map(({ text }) => text) };
  };

  it.each([
    ['  adapter: sqlite3\n  database: storage/shop.sqlite3\n', ['sqlite:storage/shop.sqlite3']],
    [
      '  adapter: mysql2\n  database: shop\n  username: app\n  socket: /run/mysqld/mysqld.sock\n',
      ['mysql://app@/shop?socket=%2Frun%2Fmysqld%2Fmysqld.sock'],
    ],
    ['  url: postgresql://app@db/shop\n', ['postgresql://app@db/shop']],
    ['  adapter: postgresql\n  database: <%= Rails.application.credentials.db %>\n', []],
    ['  adapter: postgresql\n  database: shop\n  password: <%= ENV["DB_PASSWORD"] %>\n', []],
    ['  adapter: sqlite3\n  database: ":memory:"\n', []],
  ])('may say %j', (yaml, gives) => {
    expect(detected({ 'config/database.yml': `development:\n${yaml}` }).addresses).toEqual(gives);
  });

  it('may keep its migrations elsewhere', () => {
    const said = (line: string) =>
      detected({ 'config/application.rb': APPLICATION.replace('config.load_defaults 6.1', line) }).project?.settings[
        'folders'
      ];
    expect(said('config.paths["db/migrate"] = ["db/one", "db/two"]')).toEqual(['db/one', 'db/two']);
    expect(said("config.paths['db/migrate'] << 'engines/x/db/migrate'")).toEqual([
      'db/migrate',
      'engines/x/db/migrate',
    ]);
    expect(said('# config.paths["db/migrate"] = "db/no"')).toEqual(['db/migrate']);
  });
});
