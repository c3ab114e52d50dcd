/** Kysely: the promises of every framework, and what it reads from configurations, migrations and rows without running them. */
import { describe, expect, it } from 'vitest';
import type { Project } from '../../src/domain/migration.ts';
import { kysely } from '../../src/frameworks/kysely/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = `import type { Kysely } from 'kysely'
import { names } from '../lib/names.ts'
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.createTable('users').addColumn('id', 'serial').execute()
}
export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('users').execute()
}
`;
const ONE_WAY = "import { sql } from 'kysely';\nexport const up = db => sql`DROP TABLE down`.execute(db);\n";
const EMPTY =
  'export async function up(db: Kysely<any>) { await x(db) }\nexport async function down(db: Kysely<any>) {\n}\n';
const THROWS = 'export const up = db => {};\nexport const down = async () => { throw new Error("one way"); };\n';

const CONFIG = `import { defineConfig } from 'kysely-ctl';
import { Pool } from 'pg';
export default defineConfig({
  dialect: 'pg',
  dialectConfig: { pool: new Pool({ host: '127.0.0.1', port: 5433, user: 'app', password: process.env.P ?? 'it/s', database: 'shop' }) },
  migrations: { migrationFolder: '../db/changes', migrationTableName: 'changes', migrationTableSchema: 'audit', allowJS: true },
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

const FOLDER = 'apps/shop/db/changes';
const FILES = [
  file(`${FOLDER}/1709251200001_users.ts`, USERS),
  file(`${FOLDER}/1709251200002_one.way.js`, ONE_WAY),
  file(`${FOLDER}/1709251200003_empty.mts`, EMPTY),
  file(`${FOLDER}/1709251200004_throws.cjs`, THROWS),
];

const down = (
  name: string,
  body: string,
  gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null },
) => ({
  name,
  path: `${FOLDER}/x.ts`,
  text: `export async function up(db) { await db.schema.dropTable('not_this').execute(); }\nexport async function down(db: Kysely<any>): Promise<void> {\n${body}\n}\n`,
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

const row = (name: string, timestamp: string) => ({ name, timestamp });

describeFramework(kysely, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'apps/shop/.config/kysely.config.ts': CONFIG,
      'apps/shop/package.json': '{ "name": "shop", "type": "module" }',
      'package.json': '{ "private": true }',
    },
    root: 'apps/shop',
    historyTable: { schema: 'audit', name: 'changes' },
    addresses: [{ text: 'postgres://app:it%2Fs@127.0.0.1:5433/shop', base: 'apps/shop' }],
  },
  notProjects: {
    'a dependency without a configuration': { 'package.json': '{ "dependencies": { "kysely": "^0.29.0" } }' },
    'a configuration of a package': { 'node_modules/x/kysely.config.ts': CONFIG },
    'a page about it': { 'docs/kysely.config.md': CONFIG },
  },
  severalProjects: {
    'apps of a monorepo, one with two configurations': {
      tree: { 'a/kysely.config.ts': CONFIG, 'a/.config/kysely.config.js': CONFIG, 'b/kysely.config.mjs': CONFIG },
      roots: ['a', 'b'],
    },
  },
  files: FILES,
  notFiles: {
    [`${FOLDER}/1_x.d.ts`]: USERS,
    [`${FOLDER}/1_x.sql`]: USERS,
    [`${FOLDER}/old/1_x.ts`]: USERS,
    'apps/shop/migrations/1_x.ts': USERS,
  },
  unreadable: [],
  alsoKnown: [{ id: '1709251200010_later', requires: [] }],
  histories: [
    {
      name: 'by time, then by name',
      rows: [
        row('1709251200004_throws', '2024-03-01T10:00:00.002Z'),
        row('1709251200002_one.way', '2024-03-01T10:00:00.001Z'),
        row('1709251200001_users', '2024-03-01T10:00:00.001Z'),
      ],
      autoColumn: null,
      ids: ['1709251200001_users', '1709251200002_one.way', '1709251200004_throws'],
      appliedAt: ['2024-03-01T10:00:00.001Z', '2024-03-01T10:00:00.001Z', '2024-03-01T10:00:00.002Z'],
      forgettable: ['1709251200001_users', '1709251200004_throws'],
      relabel: { from: '1709251200002_one.way', to: '1709251200010_later' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'exactly the one, with its row in one transaction',
      path: `${FOLDER}/1709251200001_users.ts`,
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'command',
        arguments: [
          '{scratch}/kysely.cjs',
          'down',
          '1709251200001_users',
          `{worktree}/${FOLDER}/1709251200001_users.ts`,
          'changes',
          'audit',
          'together',
        ],
        checkout: { kind: 'overlay', files: [{ path: `${FOLDER}/1709251200001_users.ts`, blob: 'b'.repeat(40) }] },
        atomic: true,
      },
    },
    {
      name: 'on SQLite, where Kysely opens no transaction',
      path: `${FOLDER}/1709251200001_users.ts`,
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'command', arguments: expect.arrayContaining(['apart']), atomic: false, whole: false },
    },
    {
      name: 'not without a down function, which its command takes for undone',
      path: `${FOLDER}/1709251200002_one.way.js`,
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('no down function') },
    },
    {
      name: 'not by an empty down function',
      path: `${FOLDER}/1709251200003_empty.mts`,
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its down function is empty' },
    },
    {
      name: 'not by one that throws',
      path: `${FOLDER}/1709251200004_throws.cjs`,
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('throws') },
    },
  ],
  forwards: [
    {
      path: `${FOLDER}/1709251200001_users.ts`,
      engine: 'mysql',
      gives: { how: 'command', arguments: ['{scratch}/kysely.cjs', 'up'] },
    },
  ],
  losses: [
    down(
      'calls of the schema builder',
      "await db.schema.alterTable('a').dropColumn('x').dropColumn('y').execute(); await db.schema.dropTable('b').ifExists().execute();\nawait db.schema.withSchema('s').dropTable('c').execute(); await db.schema.dropIndex('i').execute();",
      { tables: ['b', 's.c'], columns: ['a.x', 'a.y'] },
    ),
    down(
      'SQL',
      "await sql`DROP TABLE a`.execute(db); await sql<void>`ALTER TABLE b DROP COLUMN c`.execute(db); await sql.raw('DROP TABLE d').execute(db);",
      {
        tables: ['a', 'd'],
        columns: ['b.c'],
      },
    ),
    down(
      'names that are not in the text',
      'await sql`DROP TABLE ${sql.table(t)}`.execute(db); await db.schema.dropTable(t).execute();',
      {
        unsure: /SQL that is not in its text.*names are not in its text/,
      },
    ),
    down(
      'changed rows',
      "await db.deleteFrom('a').execute(); await db.schema.alterTable('b').alterColumn('c', c => c.setDataType('integer')).execute(); await undo(db);",
      {
        unsure: /deleteFrom\(\).*alterColumn\(\).*undo\(\)/,
      },
    ),
  ],
  imports: [{ path: `${FOLDER}/1709251200001_users.ts`, text: USERS, gives: ['apps/shop/db/lib/names.ts'] }],
  hazard: { orphans: ['1709251200001_users'], says: /refuses to run now.*1709251200001_users is missing/ },
});

const projectOf = (tree: Record<string, string>): Project => {
  const [project] = kysely.detect(sourceTree(kysely, tree));
  if (project === undefined) throw new Error('no project');
  return project;
};

describe('configurations', () => {
  it('take TypeScript alone where they do not say otherwise, from a folder of its own', () => {
    const project = projectOf({ '.config/kysely.config.ts': "export default { dialect: 'mysql2' }" });
    expect(kysely.identify(project, 'migrations/1_a.ts')).toBe('1_a');
    expect(kysely.identify(project, 'migrations/1_a.js')).toBeNull();
    expect(project).toMatchObject({ root: '.', settings: { engine: 'mysql' } });
  });

  it('may have a provider of the project', () => {
    const text =
      "export default defineConfig({ kysely: db, migrations: { provider: new FileMigrationProvider({ fs, path, migrationFolder: path.join(import.meta.dirname, 'src', 'changes') }) } })";
    const project = projectOf({ 'kysely.config.ts': text });
    expect(kysely.identify(project, 'src/changes/1_a.mjs')).toBe('1_a');
  });

  const addresses: Record<string, [string, string | null]> = {
    'a SQLite file': ["dialect: new SqliteDialect({ database: new SQLite('./app.db') })", './app.db'],
    memory: ["dialect: 'better-sqlite3', dialectConfig: { database: new Database(':memory:') }", null],
    'a pool with a URL of .env': [
      'dialect: new PostgresDialect({ pool: new Pool({ connectionString: process.env.SHOP_URL }) })',
      'postgres://u@h/d',
    ],
    'a pool of MySQL': [
      "dialect: 'mysql2', dialectConfig: { pool: createPool({ user: 'root', database: 'a b' }) }",
      'mysql://root@localhost/a%20b',
    ],
    'what has to be run': ['kysely: db', null],
  };
  for (const [name, [settings, address]] of Object.entries(addresses)) {
    it(`name a database: ${name}`, () => {
      const tree = {
        'kysely.config.ts': `export default defineConfig({ ${settings} });`,
        '.env': 'SHOP_URL=postgres://u@h/d',
      };
      const [hint] = kysely.connection(projectOf(tree), sourceTree(kysely, tree));
      expect(hint?.text ?? null).toBe(address);
    });
  }
});
