/** TypeORM: the promises of every framework, and what it reads from data sources, migrations and rows without running them. */
import { describe, expect, it } from 'vitest';
import type { Project } from '../../src/domain/migration.ts';
import { typeorm } from '../../src/frameworks/typeorm/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = `import { MigrationInterface, QueryRunner } from "typeorm";

export class Users1700000000001 implements MigrationInterface {
    public async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(\`CREATE TABLE "users" ("id" integer)\`);
    }
    public async down(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query(\`DROP TABLE "users"\`);
    }
}
`;
const NAMED = `import type { MigrationInterface, QueryRunner } from 'typeorm';
import { names } from '../lib/names';
export default class AddName implements MigrationInterface {
  public readonly name: string = 'Names1700000000002';
  transaction = false;
  async up(q: QueryRunner) { await q.query('ALTER TABLE users ADD name text'); }
  down = async (q: QueryRunner): Promise<void> => { await q.dropColumn('users', 'name'); };
}
`;
const COMPILED = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.OneWay1700000000003 = void 0;
class OneWay1700000000003 {
    constructor() {
        this.name = 'OneWay1700000000003';
    }
    async up(queryRunner) { await queryRunner.query("DROP TABLE a"); }
}
exports.OneWay1700000000003 = OneWay1700000000003;
`;
const EMPTY = `module.exports = class Empty1700000000004 {
  async up(queryRunner) { await queryRunner.query('DROP TABLE a'); }
  async down(queryRunner) {}
};
`;
const SOURCE = `import { join } from 'path';
import { DataSource, type DataSourceOptions } from 'typeorm';
export const options: DataSourceOptions = {
  type: 'postgres', host: '127.0.0.1', port: 5433, username: 'app', password: process.env.SHOP_PASSWORD ?? 'it/s', database: 'shop',
  schema: 'audit',
  migrations: [join(__dirname, 'changes', '*{.ts,.js}')],
  migrationsTableName: 'shop_changes',
};
export default new DataSource(options);
`;

const file = (path: string, text: string, id: string) => ({
  path,
  text,
  id,
  requires: [],
  replaces: [],
  namespace: null,
  number: null,
});

const FOLDER = 'apps/shop/src/db/changes';
const FILES = [
  file(`${FOLDER}/1700000000001-Users.ts`, USERS, 'Users1700000000001'),
  file(`${FOLDER}/names.ts`, NAMED, 'Names1700000000002'),
  file(`${FOLDER}/1700000000003-OneWay.js`, COMPILED, 'OneWay1700000000003'),
  file(`${FOLDER}/1700000000004-Empty.js`, EMPTY, 'Empty1700000000004'),
];

const down = (
  name: string,
  body: string,
  gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null },
) => ({
  name,
  path: `${FOLDER}/x.ts`,
  text: `export class X1700000000009 { async up(q) { await q.dropTable('not_this'); }\n async down(queryRunner: QueryRunner): Promise<void> {\n${body}\n} }\n`,
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

const row = (id: number, name: string, timestamp: string | number = name.slice(-13)) => ({ id, timestamp, name });

describeFramework(typeorm, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'apps/shop/src/db/shop-data-source.ts': SOURCE,
      'apps/shop/package.json': '{ "name": "shop", "dependencies": { "typeorm": "^1.0.0" } }',
      'package.json': '{ "private": true }',
    },
    root: 'apps/shop',
    historyTable: { schema: 'audit', name: 'shop_changes' },
    addresses: [{ text: 'postgres://app:it%2Fs@127.0.0.1:5433/shop', base: 'apps/shop' }],
  },
  notProjects: {
    'a dependency without a data source': { 'package.json': '{ "dependencies": { "typeorm": "^1.0.0" } }' },
    'a data source without migrations': {
      'src/data-source.ts':
        "import { DataSource } from 'typeorm';\nexport default new DataSource({ type: 'postgres' });\n",
    },
    'a data source of something else': {
      'src/data-source.ts': 'export class DataSource { migrations = []; }\nnew DataSource();\n',
    },
    'a data source of a package': { 'node_modules/x/data-source.js': SOURCE },
  },
  severalProjects: {
    'apps of a monorepo, named by their scripts or as usual': {
      tree: {
        'a/package.json': '{ "scripts": { "m": "typeorm-ts-node-esm migration:run -d ./db/connect.ts" } }',
        'a/db/connect.ts': SOURCE,
        'b/package.json': '{ "scripts": { "m": "typeorm migration:run --dataSource=dist/orm.js" } }',
        'b/src/orm.ts': SOURCE,
        'c/package.json': '{}',
        'c/src/typeorm.config.ts': SOURCE,
      },
      roots: ['a', 'b', 'c'],
    },
  },
  files: FILES,
  notFiles: {
    [`${FOLDER}/index.ts`]: "export * from './names';\n",
    [`${FOLDER}/x.d.ts`]: USERS,
    [`${FOLDER}/old/1700000000001-Users.ts`]: USERS,
    [`${FOLDER}/two.ts`]: `${USERS}${USERS}`,
    'apps/shop/src/user.ts': USERS,
    'src/db/changes/1700000000001-Users.ts': USERS,
  },
  unreadable: [
    { path: `${FOLDER}/index.ts`, text: "export * from './names';\n", reason: /no class with an "up" method/ },
    { path: `${FOLDER}/two.ts`, text: `${USERS}${USERS}`, reason: /holds 2 migrations/ },
    {
      path: `${FOLDER}/x.ts`,
      text: 'export class Users { up() {} down() {} }',
      reason: /does not end in a time stamp/,
    },
  ],
  alsoKnown: [{ id: 'Later1700000000010', requires: [] }],
  histories: [
    {
      name: 'PostgreSQL, 64-bit numbers as texts',
      rows: [row(3, 'Users1700000000001'), row(1, 'OneWay1700000000003'), row(2, 'Names1700000000002')],
      autoColumn: 'id',
      ids: ['OneWay1700000000003', 'Names1700000000002', 'Users1700000000001'],
      appliedAt: [null, null, null],
      forgettable: ['OneWay1700000000003', 'Users1700000000001'],
      relabel: { from: 'Names1700000000002', to: 'Later1700000000010' },
    },
    {
      name: 'SQLite, numbers',
      rows: [row(1, 'Users1700000000001', 1700000000001), row(2, 'Names1700000000002', 1700000000002)],
      autoColumn: 'id',
      ids: ['Users1700000000001', 'Names1700000000002'],
      appliedAt: [null, null],
      forgettable: ['Users1700000000001'],
      relabel: { from: 'Names1700000000002', to: 'Later1700000000010' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'exactly the one, with its row in one transaction',
      path: `${FOLDER}/1700000000001-Users.ts`,
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'command',
        arguments: [
          '{scratch}/typeorm.cjs',
          'down',
          'Users1700000000001',
          `{worktree}/${FOLDER}/1700000000001-Users.ts`,
          'together',
        ],
        checkout: { kind: 'overlay', files: [{ path: `${FOLDER}/1700000000001-Users.ts`, blob: 'b'.repeat(40) }] },
        atomic: true,
      },
    },
    {
      name: 'on MySQL, where schema and row can part',
      path: `${FOLDER}/1700000000001-Users.ts`,
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'command', atomic: false },
    },
    {
      name: 'one that wants no transaction',
      path: `${FOLDER}/names.ts`,
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'command',
        arguments: expect.arrayContaining(['Names1700000000002', 'apart']),
        atomic: false,
        whole: false,
      },
    },
    {
      name: 'not without a down method',
      path: `${FOLDER}/1700000000003-OneWay.js`,
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its class has no down method' },
    },
    {
      name: 'not by an empty down method',
      path: `${FOLDER}/1700000000004-Empty.js`,
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its down method is empty' },
    },
    {
      name: 'not by one that throws',
      path: `${FOLDER}/1700000000001-Users.ts`,
      text: 'class Users1700000000001 { up() { } down() { throw new Error("no"); } }',
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('throws') },
    },
  ],
  forwards: [
    {
      path: FILES[0]?.path ?? '',
      engine: 'mysql',
      gives: { how: 'command', arguments: ['{scratch}/typeorm.cjs', 'up'] },
    },
  ],
  losses: [
    down(
      'generated SQL',
      'await queryRunner.query(`ALTER TABLE "a" DROP COLUMN "b"`); await queryRunner.query(`DROP TABLE "c"`);',
      {
        tables: ['c'],
        columns: ['a.b'],
      },
    ),
    down(
      'calls of the query runner',
      "await queryRunner.dropColumns('a', ['x', 'y']); await queryRunner.dropTable('t', true); await queryRunner.dropIndex('a', 'i');",
      { tables: ['t'], columns: ['a.x', 'a.y'] },
    ),
    down(
      'objects in place of names',
      'await queryRunner.dropTable(table); await queryRunner.dropColumn("a", column);',
      {
        unsure: /names are not in its text.*not in its text/,
      },
    ),
    down(
      'changed rows',
      'await queryRunner.manager.delete(User, {}); await queryRunner.changeColumn("a", "b", c); await undo();',
      {
        unsure: /delete\(\).*changeColumn\(\).*undo\(\)/,
      },
    ),
  ],
  imports: [
    {
      path: `${FOLDER}/names.ts`,
      text: NAMED,
      gives: ['apps/shop/src/db/lib/names.ts', 'apps/shop/src/db/lib/names.js'],
    },
  ],
  hazard: {
    orphans: ['OneWay1700000000003'],
    says: /migration:revert" reverses Users1700000000001 now, not OneWay1700000000003/,
  },
});

const projectOf = (tree: Record<string, string>): Project => {
  const [project] = typeorm.detect(sourceTree(typeorm, tree));
  if (project === undefined) throw new Error('no project');
  return project;
};

describe('data sources', () => {
  const source = (migrations: string) =>
    `import { DataSource } from 'typeorm';\nexport const db = new DataSource({ type: 'better-sqlite3', database: 'x.db', migrations: ${migrations} });\n`;
  const forms: Record<string, [string, string]> = {
    'globs from the folder that the command runs in': ["['src/changes/**/*.ts']", 'src/changes/deep/a.ts'],
    'globs of what a build makes': ["['dist/changes/*.js']", 'src/changes/a.ts'],
    'globs of what a build makes of the sources as they lie': ["['./dist/src/changes/*{.js,.ts}']", 'src/changes/a.ts'],
    'globs beside the built data source': ["[__dirname + '/changes/*.js']", 'src/changes/a.ts'],
    'modules of today': ["[import.meta.dirname + '/changes/*.ts']", 'src/changes/a.ts'],
  };
  for (const [name, [migrations, path]] of Object.entries(forms)) {
    it(`say where migrations are: ${name}`, () => {
      const project = projectOf({ 'src/data-source.ts': source(migrations), 'package.json': '{}' });
      expect(typeorm.identify(project, path, USERS)).toBe('Users1700000000001');
      expect(typeorm.identify(project, 'test/a.ts', USERS)).toBeNull();
    });
  }

  it('name classes that are imported', () => {
    const text = `import { DataSource } from 'typeorm';\nimport { Users1700000000001 } from './migrations/1700000000001-users';\nexport const db = new DataSource({ type: 'postgres', migrations: [Users1700000000001] });\n`;
    const project = projectOf({ 'src/data-source.ts': text });
    expect(typeorm.identify(project, 'src/migrations/1700000000001-users.ts', USERS)).toBe('Users1700000000001');
  });

  it('ask for no transactions', () => {
    const text = source("['m/*.ts'], migrationsTransactionMode: 'none'");
    expect(projectOf({ 'data-source.ts': text }).settings['transactions']).toBe('no');
  });
});

describe('rows of other tools in a table of the same name', () => {
  it.each([
    ['Laravel', { id: 1, migration: '2024_01_01_000000_users', batch: 1 }],
    ['db-migrate', { id: 1, name: '/20240101000001-users', run_on: '2024-01-01 00:00:00' }],
  ])('are not read: %s', (_, other) => {
    const project = projectOf({ 'data-source.ts': SOURCE });
    expect(typeorm.applied(project, [other])).toEqual([]);
  });
});
