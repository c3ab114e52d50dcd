/** Knex: the promises of every framework, and what it reads from knexfiles, migrations and rows without running them. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Project } from '../../src/domain/migration.ts';
import { knex } from '../../src/frameworks/knex/index.ts';
import { addressOf, parseKnexfile } from '../../src/frameworks/knex/parse-knexfile.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS =
  "exports.up = knex => knex.schema.createTable('users', t => { t.increments('id'); });\nexports.down = knex => knex.schema.dropTable('users');\n";
const NAME = `import type { Knex } from 'knex';
import { texts } from '../lib/texts.js';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('users', table => { table.string('name').defaultTo(texts.none); });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('users', table => {
    table.dropColumn('name');
  });
}
`;
const ONE_WAY = 'exports.up = knex => knex.schema.raw("DROP TABLE down");\n// exports.down = never\n';
const EMPTY = 'module.exports = {\n  async up(knex) { await knex.schema.dropTable("a"); },\n  async down() {},\n};\n';
const THROWS = 'exports.up = k => k.raw("x");\nexports.down = function () {\n  throw new Error("one way");\n};\n';

const KNEXFILE = `// the shop's database
const path = require('node:path');
const base = {
  client: 'pg',
  migrations: {
    directory: [path.join(__dirname, 'db', 'changes'), \`./db/more\`],
    tableName: 'shop_changes',
    schemaName: "audit",
  },
};
module.exports = {
  development: { ...base, connection: { host: '127.0.0.1', port: 5433, user: 'app', password: process.env.SHOP_PASSWORD || 'it/s', database: 'shop' } },
  production: { ...base, connection: process.env.DATABASE_URL },
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
  file('apps/shop/db/changes/20240101_users.js', USERS),
  file('apps/shop/db/changes/20240102_name.ts', NAME),
  file('apps/shop/db/more/20240103_one_way.cjs', ONE_WAY),
  file('apps/shop/db/more/20240104_empty.js', EMPTY),
  file('apps/shop/db/changes/20240105_throws.js', THROWS),
];

const down = (
  name: string,
  body: string,
  gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null },
  head = '',
) => ({
  name,
  path: 'apps/shop/db/changes/20240109_x.js',
  text: `${head}\nexports.up = async knex => { await knex.schema.dropTable('not_this'); };\nexports.down = async function (knex) {\n${body}\n};\n`,
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

const row = (id: number, name: string, time: string | number) => ({ id, name, batch: id, migration_time: time });

describeFramework(knex, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'apps/shop/knexfile.js': KNEXFILE,
      'apps/shop/package.json': '{ "name": "shop", "type": "commonjs", "dependencies": { "knex": "^3.0.0" } }',
      'package.json': '{ "private": true, "type": "module" }',
    },
    root: 'apps/shop',
    historyTable: { schema: 'audit', name: 'shop_changes' },
    addresses: [{ text: 'postgres://app:it%2Fs@127.0.0.1:5433/shop', base: 'apps/shop' }],
  },
  notProjects: {
    'a dependency without a knexfile': { 'package.json': '{ "dependencies": { "knex": "^3.0.0" } }' },
    'a knexfile of a package': { 'node_modules/knex/lib/stub/knexfile.js': KNEXFILE },
    'a script that names a knexfile which is not there': {
      'package.json': '{ "scripts": { "db": "knex --knexfile config/db.js migrate:latest" } }',
    },
    'a page about knexfiles': { 'docs/knexfile.md': KNEXFILE },
  },
  severalProjects: {
    'apps of a monorepo, one with a name of its own': {
      tree: {
        'a/knexfile.ts': 'export default { client: "pg" }',
        'a/knexfile.mjs': 'export default { client: "pg" }',
        'b/package.json': '{ "scripts": { "db": "knex --knexfile=config/database.cjs migrate:latest" } }',
        'b/config/database.cjs': 'module.exports = { client: "sqlite3" }',
      },
      roots: ['a', 'b/config'],
    },
  },
  files: FILES,
  notFiles: {
    'apps/shop/db/changes/20240101_users.mjs': USERS,
    'apps/shop/db/changes/20240101_users.d.ts': USERS,
    'apps/shop/db/changes/20240101_users.sql': USERS,
    'apps/shop/db/changes/old/20240101_users.js': USERS,
    'apps/shop/db/changes/.js': USERS,
    'apps/shop/migrations/20240101_users.js': USERS,
    'db/changes/20240101_users.js': USERS,
  },
  unreadable: [],
  alsoKnown: [
    { id: '20240110_z.js', requires: [] },
    { id: '20240111_y.ts', requires: [] },
  ],
  histories: [
    {
      name: 'PostgreSQL',
      rows: [
        row(9, '20240101_users.js', '2024-03-01 10:00:00.123456+00'),
        row(2, '20240103_one_way.cjs', '2024-03-01 09:30:00+05:30'),
        row(7, '20240102_name.ts', '2024-03-01 09:00:00-03'),
      ],
      autoColumn: 'id',
      ids: ['20240103_one_way.cjs', '20240102_name.ts', '20240101_users.js'],
      appliedAt: ['2024-03-01T04:00:00.000Z', '2024-03-01T12:00:00.000Z', '2024-03-01T10:00:00.123Z'],
      forgettable: ['20240101_users.js', '20240103_one_way.cjs'],
      relabel: { from: '20240102_name.ts', to: '20240110_z.js' },
    },
    {
      name: 'SQLite, milliseconds',
      rows: [row(1, '20240101_users.js', 1709287200123), row(2, '20240102_name.ts', 1709290800000)],
      autoColumn: 'id',
      ids: ['20240101_users.js', '20240102_name.ts'],
      appliedAt: ['2024-03-01T10:00:00.123Z', '2024-03-01T11:00:00.000Z'],
      forgettable: ['20240102_name.ts'],
      relabel: { from: '20240101_users.js', to: '20240110_z.js' },
    },
    {
      name: 'MySQL, no fractions and no offset',
      rows: [row(1, '20240101_users.js', '2024-03-01 10:00:00'), row(2, '20240105_throws.js', '2024-03-01 10:00:00')],
      autoColumn: 'id',
      ids: ['20240101_users.js', '20240105_throws.js'],
      appliedAt: ['2024-03-01T10:00:00.000Z', '2024-03-01T10:00:00.000Z'],
      forgettable: ['20240101_users.js'],
      relabel: { from: '20240101_users.js', to: '20240110_z.js' },
    },
    {
      name: 'names of compiled files',
      rows: [row(1, '20240101_users.ts', 1709287200123), row(2, '20240102_name.js', 1709290800000)],
      autoColumn: 'id',
      ids: ['20240101_users.js', '20240102_name.ts'],
      appliedAt: ['2024-03-01T10:00:00.123Z', '2024-03-01T11:00:00.000Z'],
      forgettable: ['20240102_name.ts'],
      relabel: { from: '20240102_name.ts', to: '20240111_y.ts' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'by name, with the missing file laid over HEAD',
      path: 'apps/shop/db/changes/20240102_name.ts',
      engine: 'postgres',
      onDisk: ['apps/shop/db/changes/20240101_users.js'],
      gives: {
        how: 'command',
        arguments: ['--knexfile', '{scratch}/knexfile.js', '--env', 'tidemark', 'migrate:down', '20240102_name.ts'],
        checkout: {
          kind: 'overlay',
          files: [{ path: 'apps/shop/db/changes/20240102_name.ts', blob: 'b'.repeat(40) }],
        },
        atomic: false,
      },
    },
    {
      name: 'a file whose folder is none of today, through a file that hands on',
      path: 'apps/shop/migrations/20240102_name.ts',
      text: NAME,
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'command',
        checkout: {
          files: [
            { path: 'apps/shop/migrations/20240102_name.ts', blob: 'b'.repeat(40) },
            {
              path: 'apps/shop/db/changes/20240102_name.ts',
              text: 'module.exports = require("../../migrations/20240102_name.ts");\n',
            },
          ],
        },
      },
    },
    {
      name: 'not without a down function',
      path: 'apps/shop/db/more/20240103_one_way.cjs',
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('no down function') },
    },
    {
      name: 'not by an empty down function',
      path: 'apps/shop/db/more/20240104_empty.js',
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its down function is empty' },
    },
    {
      name: 'not by one that throws',
      path: 'apps/shop/db/changes/20240105_throws.js',
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('throws') },
    },
  ],
  forwards: [
    {
      path: 'apps/shop/db/changes/20240101_users.js',
      engine: 'mysql',
      gives: {
        how: 'command',
        arguments: ['--knexfile', '{scratch}/knexfile.js', '--env', 'tidemark', 'migrate:latest'],
      },
    },
  ],
  losses: [
    down(
      'tables',
      "await knex.schema.dropTable('a').dropTableIfExists(\"b\"); await knex.schema.withSchema('s').dropTable(`c`);",
      {
        tables: ['a', 'b', 's.c'],
      },
    ),
    down(
      'columns',
      "return knex.schema.alterTable('a', t => { t.dropColumn('x'); t.dropColumns('y', 'z'); t.dropIndex(['q']); t.dropTimestamps(); }).table(TABLE, function (t) { t.dropColumns(['v', C]); t.renameColumn('g', 'h'); });",
      { columns: ['a.x', 'a.y', 'a.z', 'a.created_at', 'a.updated_at', 'B.v', 'B.w'] },
      "const TABLE = 'B', D = 1;\nconst C = 'w';",
    ),
    down(
      'plain SQL',
      "await knex.raw('DROP TABLE a; ALTER TABLE b DROP COLUMN c'); await knex.schema.raw(`drop table if exists d`);",
      {
        tables: ['a', 'd'],
        columns: ['b.c'],
      },
    ),
    down(
      'nothing in comments and texts',
      "// knex.schema.dropTable('a')\n/* dropTable('b') */ await knex.schema.comment(\"dropTable('c')\");",
      {},
    ),
    down(
      'names that are not in the text',
      'for (const t of tables) await knex.schema.dropTable(t); await knex.raw(sql);',
      {
        unsure: /names are not in its text.*SQL that is not in its text/,
      },
    ),
    down('SQL put together', 'await knex.raw(`DROP TABLE ${name}`);', { unsure: /SQL that is not in its text/ }),
    down('changed rows', "await knex('users').where({ a: 1 }).del(); await knex('b').update({ c: 2 });", {
      unsure: /del\(\).*update\(\)/,
    }),
    down('code from elsewhere', 'await undo(knex);', { unsure: /undo\(\)/ }),
    {
      name: 'a way down from another file',
      path: 'apps/shop/db/changes/20240109_x.js',
      text: "module.exports = require('./lib/steps').forTable('x');\n",
      tables: [],
      columns: [],
      unsure: /could not be read/,
    },
    {
      name: 'an arrow without brackets, exported by name',
      path: 'apps/shop/db/changes/20240109_x.ts',
      text: "const up = async (k: Knex) => k.schema.dropTable('u');\nconst down = async (k: Knex): Promise<void> => k.schema.dropTable('d');\nexport { up, down };\n",
      tables: ['d'],
      columns: [],
      unsure: null,
    },
  ],
  imports: [
    {
      path: 'apps/shop/db/changes/20240102_name.ts',
      text: `${NAME}const x = require('./x'); const y = await import("../../y.cjs"); require('pg'); // require('./no')`,
      gives: [
        'apps/shop/db/lib/texts.js',
        'apps/shop/db/lib/texts.ts',
        'apps/shop/db/changes/x.ts',
        'apps/shop/db/changes/x/index.js',
        'apps/shop/y.cjs',
      ],
    },
  ],
  hazard: { orphans: ['20240101_users.js'], says: /directory is corrupt.*20240101_users\.js/ },
});

const projectOf = (tree: Record<string, string>): Project => {
  const [project] = knex.detect(sourceTree(knex, tree));
  if (project === undefined) throw new Error('no project');
  return project;
};

describe('knexfiles', () => {
  const forms: Record<string, string> = {
    'a flat CommonJS object': "module.exports = { client: 'pg', migrations: { directory: 'm', tableName: 't' } };",
    'named environments':
      "module.exports = { production: {}, development: { client: 'pg', migrations: { directory: ['m'], tableName: 't' } } };",
    'a default export with a type':
      "import type { Knex } from 'knex';\nconst config: { [key: string]: Knex.Config } = {\n  development: { client: 'pg', migrations: { directory: './m', tableName: `t` } },\n};\nexport default config satisfies object\n",
    'a function':
      "export default async () => { const x = 1; return { client: 'pg', migrations: { directory: 'm', tableName: 't' } } }",
    'an arrow': "module.exports = () => ({ client: 'pg', migrations: { directory: 'm', tableName: 't' } })",
    'entries one by one':
      "const m = { directory: 'm', tableName: 't' };\nexports.development = { client: process.env.C ?? 'pg', migrations: m };\n",
    'named exports':
      "export const development = { client: 'pg', migrations: { directory: import.meta.dirname + '/m', tableName: 't' } }\nexport const test = {}",
    'a URL of its own folder':
      "export default { client: 'pg', migrations: { directory: fileURLToPath(new URL('m', import.meta.url)), tableName: 't' } }",
    'a helper around it':
      "module.exports = defineConfig({ client: 'pg', migrations: { directory: require('path').resolve(__dirname, 'm'), tableName: 't' } })",
    'TypeScript of old': "export = { client: 'pg', migrations: { directory: 'm', tableName: 't' } };",
  };
  for (const [name, text] of Object.entries(forms)) {
    it(`are read: ${name}`, () => {
      const project = projectOf({ 'knexfile.ts': text });
      expect(project.historyTable).toEqual({ schema: null, name: 't' });
      expect(project.settings).toMatchObject({ client: 'pg' });
      expect(knex.identify(project, 'm/1_a.js')).toBe('1_a.js');
    });
  }

  it('may say nothing that can be read', () => {
    const project = projectOf({ 'knexfile.js': "module.exports = require('./config').database;" });
    expect(project.historyTable).toEqual({ schema: null, name: 'knex_migrations' });
    expect(knex.identify(project, 'migrations/1_a.js')).toBe('1_a.js');
  });

  it('end, even where they refer to themselves', () => {
    const text = 'const a = { ...b, ...b }; const b = { ...a, ...a };\nmodule.exports = a;';
    expect(parseKnexfile(text, 'development').table).toBe('knex_migrations');
  });

  it('name the files they load', () => {
    const project = projectOf({ 'knexfile.js': "module.exports = { migrations: { loadExtensions: ['.mjs'] } }" });
    expect(knex.identify(project, 'migrations/1_a.mjs')).toBe('1_a.mjs');
    expect(knex.identify(project, 'migrations/1_a.js')).toBeNull();
  });

  const addresses: Record<string, [string, string | null]> = {
    'a SQLite file': ["{ client: 'sqlite3', connection: { filename: './dev.sqlite3' } }", './dev.sqlite3'],
    'a SQLite file beside the knexfile': [
      "{ client: 'better-sqlite3', connection: { filename: path.join(__dirname, 'a.db') } }",
      './a.db',
    ],
    'a variable of .env': [
      "{ client: 'pg', connection: process.env.SHOP_URL || 'postgres://x/y' }",
      'postgres://from-env/shop',
    ],
    'what stands behind a variable': [
      "{ client: 'pg', connection: process.env.OTHER_URL || 'postgres://x/y' }",
      'postgres://x/y',
    ],
    'a connection string': [
      "{ client: 'pg', connection: { connectionString: process.env.SHOP_URL } }",
      'postgres://from-env/shop',
    ],
    'parts of MySQL': [
      "{ client: 'mysql2', connection: { user: 'root', database: 'a b' } }",
      'mysql://root@localhost/a%20b',
    ],
    memory: ["{ client: 'sqlite3', connection: ':memory:' }", null],
    'a function': ["{ client: 'pg', connection: async () => token() }", null],
    'an engine Tidemark does not speak to': ["{ client: 'mssql', connection: { database: 'a' } }", null],
  };
  for (const [name, [text, address]] of Object.entries(addresses)) {
    it(`name a database: ${name}`, () => {
      const settings = parseKnexfile(`module.exports = ${text}`, 'development');
      expect(addressOf(settings, { SHOP_URL: 'postgres://from-env/shop' })?.text ?? null).toBe(address);
    });
  }
});

describe('names of compiled migrations', () => {
  const tree = (type: string) => ({
    'knexfile.js': 'module.exports = {}',
    'package.json': `{ "type": "${type}" }`,
  });

  it.each([
    ['commonjs', 'module.exports = require("./1_a.ts");\n'],
    ['module', 'export * from "./1_a.ts";\n'],
  ])('are reversed through a file that hands on (%s)', (type, text) => {
    const project = projectOf(tree(type));
    const id = migrationId('1_a.ts');
    const declaration = { id, requires: [], replaces: [] };
    const rows = [row(1, '1_a.js', 1)];
    const migration = { ...declaration, path: 'migrations/1_a.ts', text: USERS, commit: 'c', blob: 'b', orphan: true };
    const reversal = knex.reverse({
      project,
      engine: 'sqlite',
      migration,
      all: [migration],
      onDisk: [],
      applied: knex.applied(project, rows, new Map([[id, declaration]])),
    });
    expect(reversal).toMatchObject({
      arguments: expect.arrayContaining(['migrate:down', '1_a.js']),
      checkout: { files: [{ path: 'migrations/1_a.ts' }, { path: 'migrations/1_a.js', text }] },
    });
  });
});
