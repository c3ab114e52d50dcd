/** Sequelize: the promises of every framework, and what it reads from configurations, migrations and rows without running them. */
import { describe, expect, it } from 'vitest';
import type { Project } from '../../src/domain/migration.ts';
import { sequelize } from '../../src/frameworks/sequelize/index.ts';
import { addressOf, parseConfig } from '../../src/frameworks/sequelize/parse-config.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = `'use strict';
/** @type {import('sequelize-cli').Migration} */
module.exports = {
  async up(queryInterface, Sequelize) { await queryInterface.createTable('users', { id: Sequelize.INTEGER }); },
  async down(queryInterface) { await queryInterface.dropTable('users'); },
};
`;
const NAME = `import type { QueryInterface } from 'sequelize';
import { table } from '../lib/tables';

export default {
  up: async (q: QueryInterface) => { await q.addColumn(table, 'name', 'TEXT'); },
  down: (q: QueryInterface): Promise<void> => q.removeColumn('users', 'name'),
};
`;
const ONE_WAY = "module.exports = { up: q => q.dropTable('down') };\n";
const EMPTY =
  'module.exports = {\n  up: async q => q.dropTable("a"),\n  async down(queryInterface, Sequelize) {\n    /** Add reverting commands here. */\n  },\n};\n';
const THROWS = 'exports.up = q => q.x();\nexports.down = async () => { throw new Error("one way"); };\n';

const OPTIONS = `const path = require('path');
module.exports = { config: path.resolve(__dirname, 'settings', 'db.js'), 'migrations-path': path.resolve('db', 'changes') };
`;
const CONFIG = `const base = { dialect: 'postgres', migrationStorageTableName: 'ShopChanges', migrationStorageTableSchema: 'audit' };
module.exports = {
  development: { ...base, username: 'app', password: process.env.SHOP_PASSWORD || 'it/s', database: 'shop', host: '127.0.0.1', port: 5433 },
  production: { ...base, use_env_variable: 'DATABASE_URL' },
};
`;

const file = (path: string, text: string) => ({
  path,
  text,
  id: path.slice(path.lastIndexOf('/') + 1),
  requires: [],
  replaces: [],
  namespace: null,
  number: null,
});

const FILES = [
  file('apps/shop/db/changes/20240101-users.js', USERS),
  file('apps/shop/db/changes/20240102-name.ts', NAME),
  file('apps/shop/db/changes/20240103-one-way.cjs', ONE_WAY),
  file('apps/shop/db/changes/20240104-empty.js', EMPTY),
  file('apps/shop/db/changes/20240105-throws.cts', THROWS),
];

const down = (
  name: string,
  body: string,
  gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null },
  head = '',
) => ({
  name,
  path: 'apps/shop/db/changes/20240109-x.js',
  text: `${head}\nmodule.exports = { async up(q) { await q.dropTable('not_this'); },\n async down(queryInterface, Sequelize) {\n${body}\n} };\n`,
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

describeFramework(sequelize, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'apps/shop/.sequelizerc': OPTIONS,
      'apps/shop/settings/db.js': CONFIG,
      'apps/shop/package.json': '{ "name": "shop", "dependencies": { "sequelize": "^6.0.0" } }',
      'package.json': '{ "private": true, "type": "module" }',
    },
    root: 'apps/shop',
    historyTable: { schema: 'audit', name: 'ShopChanges' },
    addresses: [{ text: 'postgres://app:it%2Fs@127.0.0.1:5433/shop', base: 'apps/shop' }],
  },
  notProjects: {
    'a dependency without any configuration': { 'package.json': '{ "dependencies": { "sequelize": "^6.0.0" } }' },
    'the usual configuration of something else': {
      'package.json': '{ "dependencies": { "config": "^3.0.0" } }',
      'config/config.json': '{ "development": { "dialect": "postgres" } }',
    },
    'options of a package': { 'node_modules/x/.sequelizerc': OPTIONS },
    'a history that is kept in a file': {
      'package.json': '{ "devDependencies": { "sequelize-cli": "^6.0.0" } }',
      'config/config.json': '{ "development": { "migrationStorage": "json" } }',
    },
  },
  severalProjects: {
    'each way to be configured': {
      tree: {
        'a/.sequelizerc': '',
        'b/package.json': '{ "devDependencies": { "sequelize-cli": "^6.0.0" } }',
        'b/config/config.json': '{}',
        'c/package.json':
          '{ "scripts": { "db": "sequelize --migrations-path=src/changes db:migrate" }, "dependencies": { "sequelize": "6" } }',
      },
      roots: ['a', 'b', 'c'],
    },
  },
  files: FILES,
  notFiles: {
    'apps/shop/db/changes/20240101-users.mjs': USERS,
    'apps/shop/db/changes/20240101-users.d.ts': USERS,
    'apps/shop/db/changes/20240101-users.sql': USERS,
    'apps/shop/db/changes/old/20240101-users.js': USERS,
    'apps/shop/db/changes/.js': USERS,
    'apps/shop/migrations/20240101-users.js': USERS,
    'db/changes/20240101-users.js': USERS,
  },
  unreadable: [],
  alsoKnown: [
    { id: '20240110-z.js', requires: [] },
    { id: '20240111-y.ts', requires: [] },
  ],
  histories: [
    {
      name: 'names alone, which stand in no order',
      rows: [{ name: '20240103-one-way.cjs' }, { name: '20240101-users.js' }, { name: '20240102-name.ts' }],
      autoColumn: null,
      ids: ['20240101-users.js', '20240102-name.ts', '20240103-one-way.cjs'],
      appliedAt: [null, null, null],
      forgettable: ['20240101-users.js', '20240103-one-way.cjs'],
      relabel: { from: '20240102-name.ts', to: '20240110-z.js' },
    },
    {
      name: 'with times',
      rows: [
        {
          name: '20240101-users.js',
          createdAt: '2024-03-02 10:00:00.000 +00:00',
          updatedAt: '2024-03-02 10:00:00.000 +00:00',
        },
        { name: '20240102-name.ts', createdAt: '2024-03-01 10:00:00.5+00', updatedAt: '2024-03-01 10:00:00.5+00' },
      ],
      autoColumn: null,
      ids: ['20240102-name.ts', '20240101-users.js'],
      appliedAt: ['2024-03-01T10:00:00.500Z', '2024-03-02T10:00:00.000Z'],
      forgettable: ['20240101-users.js'],
      relabel: { from: '20240101-users.js', to: '20240110-z.js' },
    },
    {
      name: 'names of compiled files',
      rows: [{ name: '20240101-users.ts' }, { name: '20240102-name.js' }],
      autoColumn: null,
      ids: ['20240101-users.js', '20240102-name.ts'],
      appliedAt: [null, null],
      forgettable: ['20240102-name.ts'],
      relabel: { from: '20240102-name.ts', to: '20240111-y.ts' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'by the whole stored name, with the missing file laid over HEAD',
      path: 'apps/shop/db/changes/20240102-name.ts',
      engine: 'postgres',
      onDisk: ['apps/shop/db/changes/20240101-users.js'],
      gives: {
        how: 'command',
        arguments: [
          '--options-path',
          '{scratch}/options.cjs',
          '--env',
          'tidemark',
          'db:migrate:undo',
          '--name=20240102-name.ts',
        ],
        checkout: {
          kind: 'overlay',
          files: [{ path: 'apps/shop/db/changes/20240102-name.ts', blob: 'b'.repeat(40) }],
        },
        atomic: false,
        whole: false,
      },
    },
    {
      name: 'a file whose folder is none of today, through a file that hands on',
      path: 'apps/shop/migrations/20240102-name.ts',
      text: NAME,
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'command',
        checkout: {
          files: [
            { path: 'apps/shop/migrations/20240102-name.ts', blob: 'b'.repeat(40) },
            {
              path: 'apps/shop/db/changes/20240102-name.ts',
              text: 'module.exports = require("../../migrations/20240102-name.ts");\n',
            },
          ],
        },
      },
    },
    {
      name: 'not without a down function',
      path: 'apps/shop/db/changes/20240103-one-way.cjs',
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('no down function') },
    },
    {
      name: 'not by the empty down function of the generator',
      path: 'apps/shop/db/changes/20240104-empty.js',
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its down function is empty' },
    },
    {
      name: 'not by one that throws',
      path: 'apps/shop/db/changes/20240105-throws.cts',
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('throws') },
    },
  ],
  forwards: [
    {
      path: 'apps/shop/db/changes/20240101-users.js',
      engine: 'mysql',
      gives: {
        how: 'command',
        arguments: ['--options-path', '{scratch}/options.cjs', '--env', 'tidemark', 'db:migrate'],
      },
    },
  ],
  losses: [
    down(
      'tables',
      "await queryInterface.dropTable('a'); await queryInterface.dropTable({ tableName: 'b', schema: 's' }); await queryInterface.dropTable(C);",
      { tables: ['a', 's.b', 'c'] },
      "const C = 'c';",
    ),
    down(
      'columns, inside a transaction',
      "return queryInterface.sequelize.transaction(t => Promise.all([queryInterface.removeColumn('a', 'x', { transaction: t }), queryInterface.removeIndex('a', ['q'])]));",
      { columns: ['a.x'] },
    ),
    down('plain SQL', "await queryInterface.sequelize.query('DROP TABLE a; ALTER TABLE b DROP COLUMN c');", {
      tables: ['a'],
      columns: ['b.c'],
    }),
    down(
      'nothing in comments',
      "// queryInterface.dropTable('a')\n/* dropTable('b') */ await queryInterface.addColumn('a', 'b', Sequelize.STRING);",
      {},
    ),
    down(
      'names that are not in the text',
      'for (const t of tables) await queryInterface.dropTable(t); await queryInterface.sequelize.query(sql);',
      {
        unsure: /names are not in its text.*SQL that is not in its text/,
      },
    ),
    down('changed rows', "await queryInterface.bulkDelete('a', {}); await queryInterface.changeColumn('b', 'c', {});", {
      unsure: /bulkDelete\(\).*changeColumn\(\)/,
    }),
    down('types and tables all at once', 'await queryInterface.dropAllTables(); await undo(queryInterface);', {
      unsure: /dropAllTables\(\).*undo\(\)/,
    }),
  ],
  imports: [
    {
      path: 'apps/shop/db/changes/20240102-name.ts',
      text: NAME,
      gives: ['apps/shop/db/lib/tables.js', 'apps/shop/db/lib/tables.ts'],
    },
  ],
  hazard: { orphans: ['20240101-users.js'], says: /reverses 20240103-one-way\.cjs now, not 20240101-users\.js/ },
});

const projectOf = (tree: Record<string, string>): Project => {
  const [project] = sequelize.detect(sourceTree(sequelize, tree));
  if (project === undefined) throw new Error('no project');
  return project;
};

describe('configurations', () => {
  it('are found by the flags of a script', () => {
    const project = projectOf({
      'package.json': JSON.stringify({
        dependencies: { sequelize: '6' },
        scripts: { db: 'NODE_ENV=x sequelize-cli db:migrate --config "db/own.json" --migrations-path db/changes' },
      }),
      'db/own.json':
        '{ "development": { "migrationStorageTableName": "t", "dialect": "sqlite", "storage": "app.db" } }',
    });
    expect(project.historyTable).toEqual({ schema: null, name: 't' });
    expect(sequelize.identify(project, 'db/changes/1-a.js')).toBe('1-a.js');
    expect(sequelize.identify(project, 'migrations/1-a.js')).toBeNull();
  });

  it('on SQLite make columns dear', () => {
    const text = "module.exports = { down: q => q.removeColumn('a', 'b') };";
    const project = projectOf({ '.sequelizerc': '', 'config/config.json': '{ "dialect": "sqlite" }' });
    expect(sequelize.losses(project, { path: 'migrations/1-a.js', text }).unsure).toMatch(/without its indexes/);
  });

  it('warn of an undo that cannot find its file', () => {
    const project = projectOf({ '.sequelizerc': '' });
    const rows = [{ name: '1-a.js' }, { name: '2-b.js' }];
    const applied = sequelize.applied(project, rows, new Map());
    const [, last] = applied;
    expect(sequelize.hazard(project, last === undefined ? [] : [last.id], applied)).toMatch(/Unable to find/);
  });

  const addresses: Record<string, [string, string | null]> = {
    'a SQLite file': ["{ dialect: 'sqlite', storage: './dev.sqlite3' }", './dev.sqlite3'],
    'a variable of .env': ["{ dialect: 'postgres', use_env_variable: 'SHOP_URL' }", 'postgres://from-env/shop'],
    'a variable that is not set': ["{ dialect: 'postgres', use_env_variable: 'OTHER_URL' }", null],
    'a URL': ["{ url: process.env.SHOP_URL, dialect: 'postgres' }", 'postgres://from-env/shop'],
    'parts of MariaDB': ["{ dialect: 'mariadb', username: 'root', database: 'a b' }", 'mysql://root@localhost/a%20b'],
    memory: ["{ dialect: 'sqlite', storage: ':memory:' }", null],
    'an engine Tidemark does not speak to': ["{ dialect: 'mssql', database: 'a' }", null],
  };
  for (const [name, [text, address]] of Object.entries(addresses)) {
    it(`name a database: ${name}`, () => {
      const settings = parseConfig(`module.exports = { development: ${text} }`, 'development', false);
      expect(addressOf(settings, { SHOP_URL: 'postgres://from-env/shop' })?.text ?? null).toBe(address);
    });
  }
});
