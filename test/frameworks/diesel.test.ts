/** diesel: the promises of every framework, and its folders, metadata and refusals. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Row } from '../../src/domain/migration.ts';
import { diesel } from '../../src/frameworks/diesel/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = 'CREATE TABLE users (id integer PRIMARY KEY);\n';
const NAME = 'ALTER TABLE users ADD COLUMN name text;\n';
const CARGO = '[dependencies]\ndiesel = { version = "2.3", features = ["sqlite"] }\n';
const FOLDER = 'shop/db/changes';

const file = (folder: string, text: string, id: string) => ({
  path: `${FOLDER}/${folder}/up.sql`,
  text,
  id,
  requires: [],
  replaces: [],
  namespace: null,
  number: id,
});

const FILES = [
  file('00000000000000_diesel_initial_setup', 'SELECT 1;\n', '00000000000000'),
  file('2024-01-01-120000-0000_users', USERS, '202401011200000000'),
  file('2024-01-02-120000_a_name', NAME, '20240102120000'),
];
const [, USERS_FILE] = FILES;
const UP = USERS_FILE?.path ?? '';
const beside = (name: string) => UP.replace('up.sql', name);

const row = (version: string, at: string): Row => ({ version, run_on: at });

const loses = (
  name: string,
  sql: string,
  gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null },
) => ({
  name,
  path: UP,
  text: 'ALTER TABLE kept ADD COLUMN extra text;\n',
  parts: { [beside('down.sql')]: sql },
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

const reverses = (
  name: string,
  parts: Readonly<Record<string, string>>,
  gives: { how: 'sql' | 'impossible' } & Record<string, unknown>,
) => ({
  name,
  path: UP,
  parts,
  engine: 'sqlite' as const,
  onDisk: [],
  gives,
});

describeFramework(diesel, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      [beside('down.sql')]: 'DROP TABLE users;\n',
      'shop/diesel.toml': '[print_schema]\nfile = "src/schema.rs"\n\n[migrations_directory]\ndir = "db/changes"\n',
      'shop/.env': 'DATABASE_URL=data/shop.db\n',
    },
    root: 'shop',
    historyTable: { schema: null, name: '__diesel_schema_migrations' },
    addresses: [{ text: 'data/shop.db', base: 'shop' }],
  },
  notProjects: {
    'sqlx has files, not folders': { 'Cargo.toml': CARGO, 'migrations/1_a.up.sql': USERS },
    'folders of another tool': { 'Cargo.toml': '[dependencies]\nserde = "1"\n', 'migrations/1_a/up.sql': USERS },
    'a crate that only queries': { 'Cargo.toml': CARGO },
    'a Go module below such a crate': {
      'Cargo.toml': CARGO,
      'go/go.mod': 'module x\n',
      'go/migrations/1_a/up.sql': USERS,
    },
  },
  severalProjects: {
    'crates of a workspace, and one whose files are all gone': {
      tree: {
        'Cargo.toml': '[workspace.dependencies]\ndiesel = "2"\n',
        'crates/a/Cargo.toml': '[dependencies]\ndiesel.workspace = true\n',
        'crates/a/migrations/1_a/up.sql': USERS,
        'crates/a/migrations-of-tests/1_a/up.sql': USERS,
        'crates/b/Cargo.toml': '[dependencies]\ndiesel_migrations = "2"\n',
        'crates/b/schema/1_b/up.sql': USERS,
        'crates/c/diesel.toml': '[migrations_directory]\ndir = "/home/sparkles/c/migrations"\n',
      },
      roots: ['crates/a', 'crates/b', 'crates/c'],
    },
  },
  files: FILES,
  parts: [
    {
      path: UP,
      among: [beside('down.sql'), beside('metadata.toml'), beside('notes.md'), `${FOLDER}/1_x/down.sql`],
      gives: [beside('down.sql'), beside('metadata.toml')],
    },
  ],
  notFiles: {
    [beside('down.sql')]: 'DROP TABLE users;\n',
    [`${FOLDER}/up.sql`]: USERS,
    [`${FOLDER}/.hidden_x/up.sql`]: USERS,
    [`${FOLDER}/1_x/more/up.sql`]: USERS,
    'shop/migrations/1_x/up.sql': USERS,
  },
  unreadable: [{ path: `${FOLDER}/up.sql`, text: USERS, reason: /no folder/ }],
  alsoKnown: [{ id: '20240103120000', requires: [] }],
  histories: [
    {
      name: 'all engines',
      rows: [
        row('20240102120000', '2024-01-02 12:00:00'),
        row('00000000000000', '2024-01-01 10:00:00'),
        row('202401011200000000', '2024-01-01 12:00:00.123456'),
      ],
      autoColumn: null,
      ids: ['00000000000000', '202401011200000000', '20240102120000'],
      appliedAt: ['2024-01-01T10:00:00.000Z', '2024-01-01T12:00:00.123Z', '2024-01-02T12:00:00.000Z'],
      forgettable: ['20240102120000', '202401011200000000'],
      relabel: { from: '20240102120000', to: '20240103120000' },
    },
  ],
  mayAppear: [],
  reversals: [
    reverses(
      'down.sql, with the row',
      { [beside('down.sql')]: 'DROP TABLE users;\n' },
      {
        how: 'sql',
        script: 'DROP TABLE users;\n',
        inTransaction: true,
        rows: [{ change: 'delete', where: { version: '202401011200000000' } }],
      },
    ),
    reverses(
      'outside a transaction where its metadata say so',
      {
        [beside('down.sql')]: 'DROP TABLE users;\n',
        [beside('metadata.toml')]: 'run_in_transaction = false # index\n',
      },
      { how: 'sql', inTransaction: false },
    ),
    reverses(
      'inside one where they say that',
      { [beside('down.sql')]: 'DROP TABLE users;\n', [beside('metadata.toml')]: 'run_in_transaction = true\n' },
      { how: 'sql', inTransaction: true },
    ),
    reverses(
      'outside one where they say nothing of it',
      {
        [beside('down.sql')]: 'DROP TABLE users;\n',
        [beside('metadata.toml')]: '[other]\nrun_in_transaction = true\n',
      },
      { how: 'sql', inTransaction: false },
    ),
    reverses('not without down.sql', {}, { how: 'impossible', reason: 'it has no down.sql' }),
    reverses(
      'not by an empty one',
      { [beside('down.sql')]: '-- This file should undo anything in `up.sql`\n' },
      {
        how: 'impossible',
        reason: 'its down.sql is empty',
      },
    ),
  ],
  forwards: [
    {
      path: UP,
      engine: 'postgres',
      gives: {
        how: 'sql',
        script: USERS,
        inTransaction: true,
        rows: [{ change: 'insert', values: { version: '202401011200000000' } }],
      },
    },
    {
      path: UP,
      parts: { [beside('metadata.toml')]: '' },
      engine: 'postgres',
      gives: { how: 'sql', inTransaction: false },
    },
  ],
  losses: [
    loses('tables', 'DROP TABLE a, "B c";', { tables: ['a', 'B c'] }),
    loses('columns', 'ALTER TABLE x DROP COLUMN y;', { columns: ['x.y'] }),
    loses('changed rows', 'DELETE FROM logs WHERE a;', { unsure: /DELETE FROM logs/ }),
    {
      name: 'nothing certain without down.sql',
      path: UP,
      text: USERS,
      tables: [],
      columns: [],
      unsure: /no down\.sql/,
    },
  ],
  imports: [{ path: UP, text: USERS, gives: [] }],
  hazard: { orphans: ['20240102120000'], says: /revert" refuses, as it has no file for 20240102120000/ },
});

describe('diesel', () => {
  it('would reverse another one than an older orphan', () => {
    const [project] = diesel.detect(sourceTree(diesel, { 'Cargo.toml': CARGO, 'migrations/1_a/up.sql': USERS }));
    if (project === undefined) throw new Error('no project');
    const applied = diesel.applied(project, [row('1', ''), row('2', '')]);
    expect(diesel.hazard(project, [migrationId('1')], applied)).toMatch(/does not show 1, .* would reverse 2/);
  });
});
