/** MikroORM: the promises of every framework, and what it reads from configurations, migrations and rows without running them. */
import { describe, expect, it } from 'vitest';
import type { Project } from '../../src/domain/migration.ts';
import { mikroOrm } from '../../src/frameworks/mikro-orm/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = `import { Migration } from '@mikro-orm/migrations';
import { names } from '../lib/names.js';

export class Migration20240301000001_users extends Migration {

  override async up(): Promise<void> {
    this.addSql(\`create table "users" ("id" serial primary key);\`);
  }

  override async down(): Promise<void> {
    this.addSql(\`drop table if exists "users" cascade;\`);
  }

}
`;
const ONE_WAY =
  "'use strict';\nclass X extends Migration {\n  async up() { this.addSql('drop table down'); }\n}\nexports.X = X;\n";
const EMPTY = 'export class X extends Migration { async up() { this.addSql("x"); } async down(): Promise<void> { } }\n';
const THROWS = 'export class X extends Migration { async up() {} async down() { throw new Error("no"); } }\n';
const APART = USERS.replace(
  '  override async up()',
  '  override isTransactional() { return false; }\n\n  override async up()',
);

const CONFIG = `import { defineConfig } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
export default defineConfig({
  host: '127.0.0.1', port: 5433, user: 'app', password: process.env.SHOP_PASSWORD ?? 'it/s', dbName: 'shop',
  extensions: [Migrator],
  migrations: { tableName: 'audit.changes', path: './dist/db/changes', pathTs: './src/db/changes' },
});
`;

const file = (path: string, text: string) => ({
  path,
  text,
  id: path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, ''),
  requires: [],
  replaces: [],
  namespace: null,
  number: null,
});

const FOLDER = 'apps/shop/src/db/changes';
const FILES = [
  file(`${FOLDER}/Migration20240301000001_users.ts`, USERS),
  file(`${FOLDER}/Migration20240301000002.js`, ONE_WAY),
  file(`${FOLDER}/Migration20240301000003_empty.ts`, EMPTY),
  file(`${FOLDER}/Migration20240301000004_throws.ts`, THROWS),
];

const down = (
  name: string,
  body: string,
  gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null },
) => ({
  name,
  path: `${FOLDER}/Migration1.ts`,
  text: `export class X extends Migration { async up() { this.addSql('drop table not_this'); }\n override async down(): Promise<void> {\n${body}\n} }\n`,
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

const row = (id: number, name: string, at: string | number) => ({ id, name, executed_at: at });

describeFramework(mikroOrm, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'apps/shop/src/orm.ts': CONFIG,
      'apps/shop/package.json': JSON.stringify({
        'mikro-orm': { configPaths: ['./dist/orm.js', './src/orm.ts'] },
        dependencies: { '@mikro-orm/migrations': '^7.0.0', knex: '^3.0.0' },
      }),
      'package.json': '{ "private": true }',
    },
    root: 'apps/shop',
    historyTable: { schema: 'audit', name: 'changes' },
    addresses: [{ text: 'postgres://app:it%2Fs@127.0.0.1:5433/shop', base: 'apps/shop' }],
  },
  notProjects: {
    'a dependency without a configuration': { 'package.json': '{ "dependencies": { "@mikro-orm/core": "^7.0.0" } }' },
    'a configuration of a package': { 'node_modules/x/mikro-orm.config.ts': CONFIG },
    MongoDB: {
      'mikro-orm.config.ts': "import { defineConfig } from '@mikro-orm/mongodb';\nexport default defineConfig({});",
    },
  },
  severalProjects: {
    'apps of a monorepo': {
      tree: { 'a/src/mikro-orm.config.ts': CONFIG, 'a/package.json': '{}', 'b/mikro-orm.config.js': CONFIG },
      roots: ['a', 'b'],
    },
  },
  files: FILES,
  notFiles: {
    [`${FOLDER}/Migration1.d.ts`]: USERS,
    [`${FOLDER}/index.ts`]: USERS,
    [`${FOLDER}/old/Migration1.ts`]: USERS,
    'apps/shop/migrations/Migration1.ts': USERS,
  },
  unreadable: [],
  alsoKnown: [{ id: 'Migration20240301000010_later', requires: [] }],
  histories: [
    {
      name: 'SQLite of version 7, milliseconds, and names of version 4',
      rows: [
        row(3, 'Migration20240301000001_users', 1709287200000),
        row(1, 'Migration20240301000002.js', 1709287200000),
        row(2, 'Migration20240301000004_throws.ts', 1709287201000),
      ],
      autoColumn: 'id',
      ids: ['Migration20240301000002', 'Migration20240301000004_throws', 'Migration20240301000001_users'],
      appliedAt: ['2024-03-01T10:00:00.000Z', '2024-03-01T10:00:01.000Z', '2024-03-01T10:00:00.000Z'],
      forgettable: ['Migration20240301000001_users', 'Migration20240301000002'],
      relabel: { from: 'Migration20240301000004_throws', to: 'Migration20240301000010_later' },
    },
    {
      name: 'PostgreSQL',
      rows: [row(1, 'Migration20240301000001_users', '2024-03-01 10:00:00.5+00')],
      autoColumn: 'id',
      ids: ['Migration20240301000001_users'],
      appliedAt: ['2024-03-01T10:00:00.500Z'],
      forgettable: ['Migration20240301000001_users'],
      relabel: { from: 'Migration20240301000001_users', to: 'Migration20240301000010_later' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'exactly the one, with its row in one transaction',
      path: `${FOLDER}/Migration20240301000001_users.ts`,
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'command',
        arguments: [
          '{scratch}/mikro-orm.cjs',
          'down',
          'Migration20240301000001_users',
          `{worktree}/${FOLDER}/Migration20240301000001_users.ts`,
        ],
        checkout: {
          kind: 'overlay',
          files: [{ path: `${FOLDER}/Migration20240301000001_users.ts`, blob: 'b'.repeat(40) }],
        },
        atomic: true,
      },
    },
    {
      name: 'on MySQL, where schema and row can part',
      path: `${FOLDER}/Migration20240301000001_users.ts`,
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'command', atomic: false },
    },
    {
      name: 'one that wants no transaction',
      path: `${FOLDER}/Migration20240301000001_users.ts`,
      text: APART,
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'command', atomic: false, whole: false },
    },
    {
      name: 'not without a down method',
      path: `${FOLDER}/Migration20240301000002.js`,
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its class has no down method' },
    },
    {
      name: 'not by an empty down method',
      path: `${FOLDER}/Migration20240301000003_empty.ts`,
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its down method is empty' },
    },
    {
      name: 'not by one that throws',
      path: `${FOLDER}/Migration20240301000004_throws.ts`,
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('throws') },
    },
  ],
  forwards: [
    {
      path: `${FOLDER}/Migration20240301000001_users.ts`,
      engine: 'mysql',
      gives: { how: 'command', arguments: ['{scratch}/mikro-orm.cjs', 'up'] },
    },
  ],
  losses: [
    down(
      'generated SQL',
      'this.addSql(`alter table "a" drop column "b";`);\nthis.addSql(`drop table if exists "c" cascade;`);',
      {
        tables: ['c'],
        columns: ['a.b'],
      },
    ),
    down(
      'what has to be run',
      'this.addSql(`drop table ${name}`); await this.getEntityManager().nativeDelete(User, {}); await undo();',
      {
        unsure: /SQL that is not in its text.*nativeDelete\(\).*undo\(\)/,
      },
    ),
  ],
  imports: [
    { path: `${FOLDER}/Migration20240301000001_users.ts`, text: USERS, gives: ['apps/shop/src/db/lib/names.ts'] },
  ],
  hazard: {
    orphans: ['Migration20240301000002'],
    says: /reverses Migration20240301000001_users now, not Migration20240301000002/,
  },
});

const projectOf = (tree: Record<string, string>): Project => {
  const [project] = mikroOrm.detect(sourceTree(mikroOrm, tree));
  if (project === undefined) throw new Error('no project');
  return project;
};

describe('configurations', () => {
  it('that name a built folder are taken to its sources', () => {
    const text =
      "export default defineConfig({ driver: SqliteDriver, dbName: 'a.db', migrations: { path: 'dist/changes' } });";
    const project = projectOf({ 'mikro-orm.config.ts': text });
    expect(mikroOrm.identify(project, 'src/changes/Migration1.ts')).toBe('Migration1');
    expect(project.settings).toMatchObject({ mapped: 'src/changes', engine: 'sqlite' });
  });

  it('that say nothing have their migrations beside them, or in src', () => {
    const tree = { 'src/mikro-orm.config.ts': "export default { dbName: 'x' };" };
    expect(projectOf(tree).settings['migrations']).toBe('src/migrations');
    expect(projectOf({ 'mikro-orm.config.ts': "export default { dbName: 'x' };" }).settings['migrations']).toBe(
      'migrations',
    );
  });

  it('may be several, of which the default one counts', () => {
    const text =
      "export default [defineConfig({ contextName: 'other', dbName: 'a' }), defineConfig({ dbName: 'b', migrations: { tableName: 't' } })];";
    expect(projectOf({ 'mikro-orm.config.js': text }).historyTable).toEqual({ schema: null, name: 't' });
  });

  it('name a SQLite file, or a URL of .env', () => {
    const hints = (text: string) => {
      const tree = { 'mikro-orm.config.ts': text, '.env': 'SHOP_URL=postgres://u@h/d' };
      return mikroOrm.connection(projectOf(tree), sourceTree(mikroOrm, tree)).map(hint => hint.text);
    };
    const from = (name: string) => `import { defineConfig } from '@mikro-orm/${name}';\nexport default defineConfig(`;
    expect(hints(`${from('sqlite')}{ dbName: 'app.db' })`)).toEqual(['app.db']);
    expect(hints(`${from('postgresql')}{ clientUrl: process.env.SHOP_URL })`)).toEqual(['postgres://u@h/d']);
    expect(hints(`${from('sqlite')}{ dbName: ':memory:' })`)).toEqual([]);
  });
});
