/** node-pg-migrate: the promises of every framework, and what it reads from scripts, configurations and migrations without running them. */
import { describe, expect, it } from 'vitest';
import type { Project } from '../../src/domain/migration.ts';
import { nodePgMigrate } from '../../src/frameworks/node-pg-migrate/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = `exports.shorthands = undefined;
exports.up = pgm => { pgm.createTable('users', { id: 'id' }); };
exports.down = pgm => { pgm.dropTable('users'); };
`;
const INFERRED = `import { names } from '../lib/names.js';
export const up = pgm => {
  pgm.createTable({ schema: 's', name: 'a' }, { id: 'id' });
  pgm.createTable('b', { id: 'id' });
  pgm.addColumns('users', { name: { type: 'text' }, "age": 'integer' });
  pgm.createIndex('users', 'name');
};
`;
const SQL =
  '-- Up Migration\nALTER TABLE users ADD city text;\n\n-- Down Migration\nALTER TABLE users DROP COLUMN city;\n';
const ONE_WAY = 'export const up = pgm => {};\nexport const down = false;\n';
const UP_ONLY = 'CREATE TABLE x (id integer);\n';

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
  file(`${FOLDER}/9_users.js`, USERS),
  file(`${FOLDER}/10_inferred.ts`, INFERRED),
  // 17 digits: a moment in UTC.
  file(`${FOLDER}/20240101000000000_sql.sql`, SQL),
  file(`${FOLDER}/1704067200001_one-way.mjs`, ONE_WAY),
  file(`${FOLDER}/1704067200002_up-only.sql`, UP_ONLY),
];

const row = (id: number, name: string, at: string) => ({ id, name, run_on: at });

const down = (
  name: string,
  body: string,
  gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null },
) => ({
  name,
  path: `${FOLDER}/1_x.js`,
  text: `exports.up = pgm => { pgm.dropTable('not_this'); };\nexports.down = pgm => {\n${body}\n};\n`,
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

const POINTED = ['--config-file', '{scratch}/config.cjs', '--config-value', 'database'];
const FLAGS = ['--migrations-dir', 'db/changes', '--schema', 'shop'];

describeFramework(nodePgMigrate, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'apps/shop/package.json': JSON.stringify({
        scripts: { migrate: 'node-pg-migrate -m db/changes -s shop -f db.json --config-value database' },
        devDependencies: { 'node-pg-migrate': '^9.0.0' },
      }),
      'apps/shop/db.json':
        '{ "database": { "url": "postgres://app:it%2Fs@127.0.0.1:5433/shop", "migrations-table": "changes" } }',
      'package.json': '{ "private": true }',
    },
    root: 'apps/shop',
    historyTable: { schema: 'shop', name: 'changes' },
    addresses: [{ text: 'postgres://app:it%2Fs@127.0.0.1:5433/shop', base: 'apps/shop' }],
  },
  notProjects: {
    'a dependency on its client alone': { 'package.json': '{ "dependencies": { "pg": "^8.0.0" } }' },
    'its own package': { 'node_modules/x/package.json': '{ "dependencies": { "node-pg-migrate": "^9.0.0" } }' },
    'a word about it': { 'package.json': '{ "description": "not node-pg-migrate" }' },
  },
  severalProjects: {
    'packages of a monorepo, one that has the tool from the root': {
      tree: {
        'a/package.json': '{ "dependencies": { "node-pg-migrate": "*" } }',
        'b/package.json': '{ "scripts": { "up": "node-pg-migrate up" } }',
      },
      roots: ['a', 'b'],
    },
  },
  files: FILES,
  notFiles: {
    [`${FOLDER}/.9_users.js`]: USERS,
    [`${FOLDER}/users.js`]: USERS,
    [`${FOLDER}/9_users.d.ts`]: USERS,
    [`${FOLDER}/9_users.txt`]: USERS,
    [`${FOLDER}/old/9_users.js`]: USERS,
    'apps/shop/migrations/9_users.js': USERS,
  },
  unreadable: [],
  alsoKnown: [{ id: '11_later', requires: [] }],
  histories: [
    {
      name: 'several of one run have one time',
      rows: [
        row(3, '10_inferred', '2024-03-02 10:00:00.5'),
        row(2, '9_users', '2024-03-01 10:00:00.123456'),
        row(1, '1704067200001_one-way', '2024-03-01 10:00:00.123456'),
      ],
      autoColumn: 'id',
      ids: ['1704067200001_one-way', '9_users', '10_inferred'],
      appliedAt: ['2024-03-01T10:00:00.123Z', '2024-03-01T10:00:00.123Z', '2024-03-02T10:00:00.500Z'],
      forgettable: ['9_users', '10_inferred'],
      relabel: { from: '9_users', to: '11_later' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'exactly the one, by its name',
      path: `${FOLDER}/9_users.js`,
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'command',
        arguments: ['down', '9_users', '--no-check-order', ...POINTED, ...FLAGS],
        checkout: { kind: 'overlay', files: [{ path: `${FOLDER}/9_users.js`, blob: 'b'.repeat(40) }] },
        atomic: true,
      },
    },
    {
      name: 'one whose way down is inferred',
      path: `${FOLDER}/10_inferred.ts`,
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'command', atomic: true },
    },
    {
      name: 'one that wants no transaction',
      path: `${FOLDER}/9_users.js`,
      text: `${USERS}exports.down = pgm => { pgm.noTransaction(); pgm.dropIndex('a', 'b', { concurrently: true }); };`,
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'command', atomic: false, whole: false },
    },
    {
      name: 'a file of another folder, through one that hands on',
      path: 'apps/shop/migrations/9_users.js',
      text: USERS,
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'command',
        checkout: {
          files: [
            { path: 'apps/shop/migrations/9_users.js', blob: 'b'.repeat(40) },
            { path: `${FOLDER}/9_users.js`, text: 'export * from "../../migrations/9_users.js";\n' },
          ],
        },
      },
    },
    {
      name: 'not where its author says that there is no way down',
      path: `${FOLDER}/1704067200001_one-way.mjs`,
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: 'it says "down = false"' },
    },
    {
      name: 'not SQL without a part for it',
      path: `${FOLDER}/1704067200002_up-only.sql`,
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: 'it has no "-- Down Migration" part' },
    },
    {
      name: 'not SQL with an empty part for it',
      path: `${FOLDER}/1704067200002_up-only.sql`,
      text: '-- Up Migration\nSELECT 1;\n-- Down Migration\n-- later\n',
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its "-- Down Migration" part is empty' },
    },
    {
      name: 'not one whose name the command takes for a count',
      path: `${FOLDER}/17.sql`,
      text: SQL,
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: 'the command takes its name for something else' },
    },
  ],
  forwards: [
    {
      path: `${FOLDER}/9_users.js`,
      engine: 'postgres',
      gives: { how: 'command', arguments: ['up', ...POINTED, ...FLAGS] },
    },
  ],
  losses: [
    down(
      'calls of the builder',
      "pgm.dropTable('a'); pgm.dropColumns('b', ['x', 'y']); pgm.dropColumn('b', 'z'); pgm.dropIndex('b', 'x');",
      {
        tables: ['a'],
        columns: ['b.x', 'b.y', 'b.z'],
      },
    ),
    down('plain SQL', "pgm.sql('DROP TABLE a'); pgm.sql(`ALTER TABLE b DROP COLUMN c`);", {
      tables: ['a'],
      columns: ['b.c'],
    }),
    down('what changes values', "pgm.alterColumn('a', 'b', { type: 'integer' }); undo(pgm);", {
      unsure: /alterColumn\(\).*undo\(\)/,
    }),
    {
      name: 'what is inferred',
      path: `${FOLDER}/10_inferred.ts`,
      text: INFERRED.replace("{ schema: 's', name: 'a' }", "'a'"),
      tables: ['a', 'b'],
      columns: ['users.name', 'users.age'],
      unsure: null,
    },
    { name: 'SQL', path: `${FOLDER}/1_x.sql`, text: SQL, tables: [], columns: ['users.city'], unsure: null },
    {
      name: 'SQL whose parts stand the other way round',
      path: `${FOLDER}/1_x.sql`,
      text: '-- Down Migration\nDROP TABLE a;\n-- Up Migration\nCREATE TABLE a (id int); DROP TABLE b;\n',
      tables: ['a'],
      columns: [],
      unsure: null,
    },
  ],
  imports: [
    {
      path: `${FOLDER}/10_inferred.ts`,
      text: INFERRED,
      gives: ['apps/shop/db/lib/names.js', 'apps/shop/db/lib/names.ts'],
    },
  ],
  hazard: { orphans: ['9_users'], says: /refuses to run now.*9_users/ },
});

const projectOf = (tree: Record<string, string>): Project => {
  const [project] = nodePgMigrate.detect(sourceTree(nodePgMigrate, tree));
  if (project === undefined) throw new Error('no project');
  return project;
};

describe('configurations', () => {
  it('may be those of the package "config", and win over flags', () => {
    const project = projectOf({
      'package.json': '{ "scripts": { "m": "node-pg-migrate -t flagged --use-glob -m \'src/*/changes/*.{js,sql}\'" } }',
      'config/default.json': '{ "db": { "migrations-table": "configured", "schema": ["a", "b"] } }',
    });
    expect(project.historyTable).toEqual({ schema: 'a', name: 'configured' });
    expect(nodePgMigrate.identify(project, 'src/shop/changes/1_a.sql')).toBe('1_a');
    expect(nodePgMigrate.identify(project, 'src/shop/changes/1_a.ts')).toBeNull();
  });

  it('may name a variable of .env', () => {
    const tree = {
      'package.json': '{ "scripts": { "m": "node-pg-migrate -d SHOP_URL up" } }',
      '.env': 'SHOP_URL=postgres://u@h/d\n',
    };
    const [hint] = nodePgMigrate.connection(projectOf(tree), sourceTree(nodePgMigrate, tree));
    expect(hint).toEqual({ text: 'postgres://u@h/d', base: '.', from: '.env (SHOP_URL)' });
  });
});
