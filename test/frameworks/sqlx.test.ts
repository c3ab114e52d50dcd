/** sqlx: the promises of every framework, and its file names, settings, checksums and refusals. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Row } from '../../src/domain/migration.ts';
import { sqlx } from '../../src/frameworks/sqlx/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = 'CREATE TABLE users (id integer PRIMARY KEY);\n';
const NAME = 'ALTER TABLE users ADD COLUMN name text;\n';
const INDEX = '-- no-transaction\nCREATE INDEX CONCURRENTLY u ON users (name);\n';
const CARGO = '[package]\nname = "shop"\n\n[dependencies]\nsqlx = { version = "0.9", features = ["sqlite"] }\n';

/** SHA-384 by `sha384sum`. */
const OF_USERS = '437017eb62d69346a20a7a782db446bb5c44f5478410382b12e875c325bad18a68ac734232d9821b5ca130f51c090ff3';
const OF_USERS_CRLF =
  '4a134cecda4c9d422e0f727218b0e1760f72d8dc0a1ff9709235a7ddf005bea849e81e24168b66c231e88f891097d687';
const OF_USERS_BOM = '54592e11fa068321d0df04687ba5e1bec389b3c1a4c7b549839a7e7ab43c588b25c6651d2f0c487ffa137ff468bbc193';

const file = (path: string, text: string, id: string) => ({
  path,
  text,
  id,
  requires: [],
  replaces: [],
  namespace: null,
  number: id,
});

const FILES = [
  file('shop/db/changes/0001_users.up.sql', USERS, '1'),
  file('shop/db/changes/2_a_name.sql', NAME, '2'),
  file('shop/db/changes/20240103120000_index.up.sql', INDEX, '20240103120000'),
];

const row = (version: number | string, more: Row = {}): Row => ({
  version,
  description: 'users',
  installed_on: '2024-01-01 10:00:00',
  success: 1,
  checksum: { hex: OF_USERS },
  execution_time: 1200,
  ...more,
});

const DOWN = 'shop/db/changes/0001_users.down.sql';

const down = (name: string, sql: string, gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null }) => ({
  name,
  path: 'shop/db/changes/0001_users.up.sql',
  text: 'ALTER TABLE kept ADD COLUMN extra text;\n',
  parts: { [DOWN]: sql },
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

describeFramework(sqlx, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      [DOWN]: 'DROP TABLE users;\n',
      'shop/Cargo.toml': CARGO,
      'shop/sqlx.toml':
        '[common]\ndatabase-url-var = "SHOP_URL"\n\n[migrate]\nmigrations-dir = "./db/changes" # ours\ntable-name = "audit._shop_versions"\n',
      'shop/.env': 'DATABASE_URL=sqlite:other.db\nSHOP_URL="sqlite://data/shop.db?mode=rwc"\n',
    },
    root: 'shop',
    historyTable: { schema: 'audit', name: '_shop_versions' },
    addresses: [{ text: 'sqlite://data/shop.db?mode=rwc', base: 'shop' }],
  },
  notProjects: {
    'golang-migrate has such files': { 'db/migrations/1_a.up.sql': USERS },
    'a crate without sqlx': {
      'Cargo.toml': '[dependencies]\nserde = "1"\n# sqlx = "0.8"\n',
      'migrations/1_a.sql': USERS,
    },
    'sqlx as a feature of another crate': {
      'Cargo.toml': '[dependencies]\nsea-orm = { features = ["sqlx"] }\n[features]\nsqlx = []\n',
      'migrations/1_a.sql': USERS,
    },
    'refinery and Flyway name files otherwise': { 'Cargo.toml': CARGO, 'migrations/V1__a.sql': USERS },
    'diesel has folders': { 'Cargo.toml': CARGO, 'migrations/2024-01-01_a/up.sql': USERS },
    'dbmate beside a crate that only queries': {
      'Cargo.toml': CARGO,
      'db/migrations/1_a.sql': `-- migrate:up\n${USERS}-- migrate:down\n`,
    },
    'goose beside such a crate': { 'Cargo.toml': CARGO, 'db/migrations/1_a.sql': `-- +goose Up\n${USERS}` },
    'a Go module below such a crate': {
      'Cargo.toml': CARGO,
      'services/go/go.mod': 'module x\n',
      'services/go/migrations/1_a.up.sql': USERS,
    },
    'a crate that only queries': { 'Cargo.toml': CARGO, 'src/main.rs': 'fn main() {}\n' },
  },
  severalProjects: {
    'crates of a workspace, one told by a script, one by its feature alone': {
      tree: {
        'Cargo.toml': '[workspace.dependencies]\nsqlx = "0.9"\n',
        'migrations/1_a.sql': USERS,
        'crates/b/Cargo.toml': '[dependencies]\nsqlx.workspace = true\n',
        'crates/b/migrations/1_b.up.sql': USERS,
        'crates/c/Cargo.toml': '[dependencies.sqlx]\nworkspace = true\n',
        'crates/c/justfile': 'migrate:\n    sqlx migrate run --source schema --database-url sqlite:c.db\n',
        'crates/c/schema/1_c.sql': USERS,
        'crates/d/Cargo.toml': '[dependencies]\nsqlx = { version = "0.8", features = ["migrate"] }\n',
      },
      roots: ['.', 'crates/b', 'crates/c', 'crates/d'],
    },
  },
  files: FILES,
  parts: [
    {
      path: FILES[0]?.path ?? '',
      among: [DOWN, 'shop/db/changes/1_other.txt', 'shop/db/changes/2_a_name.sql'],
      gives: [DOWN],
    },
    {
      path: 'shop/db/changes/2_a_name.sql',
      among: ['shop/db/changes/02_x.down.sql', DOWN],
      gives: ['shop/db/changes/02_x.down.sql'],
    },
    { path: 'shop/db/changes/3_c.up.sql', among: ['shop/db/changes/old/3_c.down.sql', DOWN], gives: [] },
  ],
  fingerprints: [
    { name: 'as it is', path: FILES[0]?.path ?? '', bytes: USERS, contains: OF_USERS },
    { name: 'as a working tree with other line endings had it', path: 'x', bytes: USERS, contains: OF_USERS_CRLF },
    { name: 'the other way round', path: 'x', bytes: USERS.replace('\n', '\r\n'), contains: OF_USERS },
    { name: 'with a mark of its encoding', path: 'x', bytes: `\ufeff${USERS}`, contains: OF_USERS_BOM },
  ],
  notFiles: {
    [DOWN]: 'DROP TABLE users;\n',
    'shop/db/changes/users.sql': USERS,
    'shop/db/changes/1_users.sql.orig': USERS,
    'shop/db/changes/old/1_users.sql': USERS,
    'shop/migrations/1_users.sql': USERS,
    'shop/db/changes/99999999999999999999_users.sql': USERS,
  },
  unreadable: [{ path: 'shop/db/changes/users.sql', text: USERS, reason: /version/ }],
  alsoKnown: [{ id: '4', requires: [] }],
  histories: [
    {
      name: 'SQLite and MariaDB',
      rows: [row(2, { installed_on: '2024-01-02 10:00:00' }), row(1)],
      autoColumn: null,
      ids: ['1', '2'],
      appliedAt: ['2024-01-01T10:00:00.000Z', '2024-01-02T10:00:00.000Z'],
      forgettable: ['1', '2'],
      relabel: { from: '2', to: '4' },
    },
    {
      name: 'PostgreSQL, 64-bit numbers as text',
      rows: [
        row('1', { success: true, installed_on: '2024-01-01 11:00:00.123456+01' }),
        row('20240103120000', { success: true, installed_on: '2024-01-03 10:00:00+00' }),
      ],
      autoColumn: null,
      ids: ['1', '20240103120000'],
      appliedAt: ['2024-01-01T10:00:00.123Z', '2024-01-03T10:00:00.000Z'],
      forgettable: ['20240103120000'],
      relabel: { from: '1', to: '4' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the down file, with the row',
      path: 'shop/db/changes/0001_users.up.sql',
      parts: { [DOWN]: 'DROP TABLE users;\n' },
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'sql',
        script: 'DROP TABLE users;\n',
        inTransaction: true,
        rows: [{ change: 'delete', where: { version: 1 } }],
      },
    },
    {
      name: 'without a transaction where the down file says so',
      path: 'shop/db/changes/0001_users.up.sql',
      parts: { [DOWN]: '-- no-transaction\nDROP INDEX CONCURRENTLY u;\n' },
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'sql', inTransaction: false },
    },
    {
      name: 'not a simple migration',
      path: 'shop/db/changes/2_a_name.sql',
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'impossible',
        reason: 'it has no .down.sql file',
        wayOut: expect.stringContaining('tidemark forget 2'),
      },
    },
    {
      name: 'not by an empty down file',
      path: 'shop/db/changes/0001_users.up.sql',
      parts: { [DOWN]: '-- nothing\n' },
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its .down.sql file is empty' },
    },
    {
      name: 'not by one of two',
      path: 'shop/db/changes/0001_users.up.sql',
      parts: { [DOWN]: 'DROP TABLE users;\n', 'shop/db/changes/1_x.down.sql': 'DROP TABLE x;\n' },
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('several .down.sql files') },
    },
  ],
  forwards: [
    {
      path: 'shop/db/changes/0001_users.up.sql',
      engine: 'sqlite',
      gives: {
        how: 'sql',
        script: USERS,
        inTransaction: true,
        rows: [
          {
            change: 'insert',
            values: { version: 1, description: 'users', success: 1, checksum: { hex: OF_USERS }, execution_time: -1 },
          },
        ],
      },
    },
    {
      path: 'shop/db/changes/2_a_name.sql',
      engine: 'postgres',
      gives: { how: 'sql', rows: [{ change: 'insert', values: { description: 'a name', success: true } }] },
    },
    {
      path: 'shop/db/changes/20240103120000_index.up.sql',
      engine: 'postgres',
      gives: { how: 'sql', inTransaction: false },
    },
  ],
  losses: [
    down('tables', 'DROP TABLE a, "B c"; DROP TABLE audit."Log";', { tables: ['a', 'B c', 'audit.Log'] }),
    down('columns', 'ALTER TABLE x DROP COLUMN y, DROP z;', { columns: ['x.y', 'x.z'] }),
    down('changed rows', 'DELETE FROM logs WHERE a;', { unsure: /DELETE FROM logs/ }),
    {
      name: 'nothing certain without a down file',
      path: 'x',
      text: USERS,
      tables: [],
      columns: [],
      unsure: /no \.down\.sql/,
    },
  ],
  imports: [{ path: 'shop/db/changes/0001_users.up.sql', text: USERS, gives: [] }],
  hazard: {
    orphans: ['2'],
    says: /refuse, as 2 is applied and missing here; with --ignore-missing, "revert" would reverse 1/,
  },
});

describe('sqlx', () => {
  const [project] = sqlx.detect(sourceTree(sqlx, { 'Cargo.toml': CARGO, 'migrations/1_a.sql': USERS }));
  if (project === undefined) throw new Error('no project');

  it('has its usual names where nothing says otherwise, and looks for .env above', () => {
    expect(project).toMatchObject({
      historyTable: { schema: null, name: '_sqlx_migrations' },
      settings: { migrations: ['migrations'] },
    });
    const below = { ...project, root: 'crates/a' };
    expect(
      sqlx.connection(below, { paths: [], read: path => (path === '.env' ? 'DATABASE_URL=sqlite:a.db' : null) }),
    ).toEqual([{ text: 'sqlite:a.db', base: 'crates/a', from: '.env (DATABASE_URL)' }]);
  });

  it('has the folder that its program embeds, from the crate’s own folder', () => {
    const tree = {
      'a/Cargo.toml': CARGO,
      'a/src/main.rs':
        '// sqlx::migrate!("old")\nstatic M: Migrator = sqlx::migrate!("./db/changes");\nfn other() { sqlx::migrate! ( "../shared/sql" ); sqlx::migrate!("/etc"); sqlx::migrate!(); }\n',
      'a/migrations/1_of_nobody.sql': USERS,
    };
    const found = sqlx.detect(sourceTree(sqlx, tree));
    expect(found.map(({ settings }) => settings['migrations'])).toEqual([['a/db/changes', 'shared/sql']]);
  });

  it('leaves out of the checksum what its settings ignore', () => {
    const tree = {
      'sqlx.toml': '[migrate]\nignored-chars = ["\\r", "\\n", " ", "\\uFEFF"]\n',
      'migrations/1_a.sql': USERS,
    };
    const [ignoring] = sqlx.detect(sourceTree(sqlx, tree));
    if (ignoring === undefined) throw new Error('no project');
    const of = (text: string) => sqlx.fingerprints(ignoring, 'x', Buffer.from(text));
    expect(of(USERS)).toEqual(of(`\ufeff${USERS.replaceAll(' ', '\r\n')}`));
    expect(of(USERS)).not.toEqual(of(USERS.toLowerCase()));
  });

  it('tells a failed migration, and a row without a checksum', () => {
    const rows = [row(1, { success: false }), row(2, { checksum: null })];
    expect(sqlx.applied(project, rows)).toMatchObject([
      { id: '1', state: 'failed', fingerprint: OF_USERS },
      { id: '2', state: 'applied', fingerprint: null },
    ]);
  });

  it('gives a row that is relabelled the checksum and the words of its new file', () => {
    const file = { path: 'migrations/7_new_name.up.sql', text: USERS.replace('\n', '\r\n') };
    expect(sqlx.relabel(project, migrationId('1'), migrationId('7'), [row(1)], new Map(), file)).toEqual([
      {
        change: 'update',
        where: { version: 1 },
        set: { version: 7, description: 'new name', checksum: { hex: OF_USERS_CRLF } },
      },
    ]);
  });
});
