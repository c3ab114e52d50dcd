/** goose: the promises of every framework, and its own file format, settings and refusals. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Row } from '../../src/domain/migration.ts';
import { goose } from '../../src/frameworks/goose/index.ts';
import { parseGooseFile } from '../../src/frameworks/goose/parse-migration.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = '-- +goose Up\nCREATE TABLE users (id integer PRIMARY KEY);\n\n-- +goose Down\nDROP TABLE users;\n';
const NAME =
  '-- a comment first\n\n--+goose up\nALTER TABLE users ADD COLUMN name text; -- said\n-- +goose down\nALTER TABLE users\n  DROP COLUMN name;\n';
const INDEX =
  '-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY u ON users (name);\n-- +goose Down\nDROP INDEX CONCURRENTLY u;\n';
const EMPTY = '-- +goose Up\nUPDATE users SET name = 1;\n-- +goose Down\n-- nothing\n';
const NO_DOWN = '-- +goose Up\nUPDATE users SET name = 2;\n';
const GO =
  'package migrations\n\nimport "github.com/pressly/goose/v3"\n\nfunc init() { goose.AddMigrationContext(up, down) }\n';
const BODY =
  '-- +goose Up\n-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS int AS $$ BEGIN DROP TABLE no; RETURN 1; END $$ LANGUAGE plpgsql\n-- +goose StatementEnd\n-- +goose Down\nDROP FUNCTION f();\n';

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
  file('shop/sql/changes/00001_users.sql', USERS, '1'),
  file('shop/sql/changes/2_name.sql', NAME, '2'),
  file('shop/sql/changes/03_index.sql', INDEX, '3'),
  file('shop/sql/changes/0010_empty.sql', EMPTY, '10'),
  file('shop/sql/changes/20240101120000_go.go', GO, '20240101120000'),
  file('shop/sql/changes/20240101130000_body.sql', BODY, '20240101130000'),
];

const down = (name: string, sql: string, gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null }) => ({
  name,
  path: 'shop/sql/changes/9_x.sql',
  text: `-- +goose Up\nALTER TABLE kept ADD COLUMN extra text;\n-- +goose Down\n${sql}\n`,
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

const postgresRow = (id: number, version: number | string, isApplied = true): Row => ({
  id,
  version_id: version,
  is_applied: isApplied,
  tstamp: `2024-01-01 10:00:0${id}.123456`,
});

describeFramework(goose, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'shop/.env':
        "GOOSE_MIGRATION_DIR=./sql/changes\nGOOSE_TABLE=audit.versions\nGOOSE_DRIVER=postgres\nGOOSE_DBSTRING='host=db user=app dbname=shop'\n",
      'README.md': '# shop\n',
    },
    root: 'shop',
    historyTable: { schema: 'audit', name: 'versions' },
    addresses: [{ text: 'host=db user=app dbname=shop', base: 'shop' }],
  },
  notProjects: {
    'golang-migrate has its own files': { 'db/migrations/1_a.up.sql': 'CREATE TABLE a (id int);\n' },
    'dbmate marks its sections otherwise': { 'db/migrations/1_a.sql': '-- migrate:up\n-- migrate:down\n' },
    'the mark in the middle of a line': { 'db/migrations/1_a.sql': 'SELECT 1; -- +goose Up\n' },
    'a name without a version': { 'db/migrations/users.sql': USERS },
    'an environment file that only a bird is in': { '.env': 'NAME=goose\n' },
    'a Go file with a number, of nobody': { 'pkg/1_a.go': 'package pkg\n' },
    'a service of that name': { 'compose.yml': 'services:\n  goose:\n    image: x\n' },
  },
  severalProjects: {
    'services of a monorepo, one with its own folder, one with Go migrations only': {
      tree: {
        Makefile: 'up:\n\tgoose -dir services/c/schema -table c_versions postgres "$(DB)" up\n',
        'services/a/db/migrations/1_a.sql': USERS,
        'services/b/migrations/1_b.sql': USERS,
        'services/c/schema/1_c.sql': USERS,
        'services/d/migrations/1_d.go': GO,
      },
      roots: ['.', 'services/a', 'services/b', 'services/d'],
    },
  },
  files: FILES,
  notFiles: {
    'shop/sql/changes/users.sql': USERS,
    'shop/sql/changes/0_users.sql': USERS,
    'shop/sql/changes/5.sql': USERS,
    'shop/sql/changes/5_x_test.go': GO,
    'shop/sql/changes/9223372036854775808_x.sql': USERS,
    'shop/sql/changes/old/5_users.sql': USERS,
    'shop/db/migrations/5_users.sql': USERS,
  },
  unreadable: [
    { path: 'shop/sql/changes/1_a.sql', text: '-- nothing', reason: /no "-- \+goose Up" line/ },
    { path: 'shop/sql/changes/1_a.sql', text: `DROP TABLE a;\n${USERS}`, reason: /statements before/ },
    { path: 'shop/sql/changes/1_a.sql', text: '-- +goose Up\nSELECT 1\n', reason: /no semicolon.*SELECT 1/ },
    { path: 'shop/sql/changes/1_a.sql', text: '-- +goose Up\nSELECT 1\n-- +goose Down\n', reason: /no semicolon/ },
    { path: 'shop/sql/changes/1_a.sql', text: ' -- +goose Up\n', reason: /begins with a blank/ },
    { path: 'shop/sql/changes/1_a.sql', text: '-- +goose Sideways\n', reason: /does not know/ },
    { path: 'shop/sql/changes/1_a.sql', text: `${USERS}${USERS}`, reason: /several/ },
    { path: 'shop/sql/changes/1_a.sql', text: '-- +goose Up\n-- +goose StatementBegin\nA\n', reason: /StatementEnd/ },
    { path: 'shop/sql/changes/1_a.sql', text: '-- +goose Up\n-- +goose StatementEnd\n', reason: /StatementBegin/ },
    { path: 'shop/sql/changes/1_a.sql', text: '-- +goose Down\n', reason: /not "-- \+goose Up"/ },
  ],
  alsoKnown: [{ id: '4', requires: [] }],
  histories: [
    {
      name: 'PostgreSQL',
      rows: [postgresRow(1, 0), postgresRow(2, 1), postgresRow(3, 3), postgresRow(4, 2)],
      autoColumn: 'id',
      ids: ['1', '3', '2'],
      appliedAt: ['2024-01-01T10:00:02.123Z', '2024-01-01T10:00:03.123Z', '2024-01-01T10:00:04.123Z'],
      forgettable: ['2', '3'],
      relabel: { from: '2', to: '4' },
    },
    {
      name: 'SQLite and MariaDB, a very old one that was taken back and applied again',
      rows: [
        { id: 1, version_id: 0, is_applied: 1, tstamp: '2024-01-01 10:00:00' },
        { id: 2, version_id: 1, is_applied: 1, tstamp: '2024-01-01 10:00:00' },
        { id: 3, version_id: 10, is_applied: 1, tstamp: '2024-01-01 10:00:00' },
        { id: 4, version_id: 10, is_applied: 0, tstamp: '2024-01-01 10:00:01' },
        { id: 5, version_id: 2, is_applied: 1, tstamp: '2024-01-01 10:00:02' },
        { id: 6, version_id: 3, is_applied: 1, tstamp: null },
        { id: 7, version_id: 3, is_applied: 0, tstamp: null },
        { id: 8, version_id: 3, is_applied: 1, tstamp: null },
      ],
      autoColumn: 'id',
      ids: ['1', '2', '3'],
      appliedAt: ['2024-01-01T10:00:00.000Z', '2024-01-01T10:00:02.000Z', null],
      forgettable: ['1', '3'],
      relabel: { from: '3', to: '4' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the Down section, with the row',
      path: 'shop/sql/changes/2_name.sql',
      engine: 'postgres',
      onDisk: ['shop/sql/changes/00001_users.sql'],
      gives: {
        how: 'sql',
        script: 'ALTER TABLE users\n  DROP COLUMN name;\n',
        inTransaction: true,
        rows: [{ change: 'delete', where: postgresRow(4, 2) }],
      },
    },
    {
      name: 'without a transaction where the author said so',
      path: 'shop/sql/changes/03_index.sql',
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'sql', script: 'DROP INDEX CONCURRENTLY u;\n', inTransaction: false },
    },
    {
      name: 'not by an empty Down section, which goose takes for done',
      path: 'shop/sql/changes/0010_empty.sql',
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its Down section is empty', wayOut: expect.stringContaining('forget 10') },
    },
    {
      name: 'not without a Down section, which goose takes for done',
      path: 'shop/sql/changes/0010_empty.sql',
      text: NO_DOWN,
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: 'it has no "-- +goose Down" line' },
    },
    {
      name: 'not a Go migration',
      path: 'shop/sql/changes/20240101120000_go.go',
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'impossible',
        reason: expect.stringContaining('Go migration'),
        wayOut: expect.stringContaining('as of cccccccccc'),
      },
    },
    {
      name: 'not with values of an environment nobody knows',
      path: 'shop/sql/changes/2_name.sql',
      text: '-- +goose Up\nSELECT 1;\n-- +goose ENVSUB ON\n-- +goose Down\nDROP TABLE ${PREFIX}users;\n-- +goose ENVSUB OFF\n',
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('ENVSUB') },
    },
  ],
  forwards: [
    {
      path: 'shop/sql/changes/2_name.sql',
      engine: 'sqlite',
      gives: {
        how: 'sql',
        script: 'ALTER TABLE users ADD COLUMN name text; -- said\n',
        inTransaction: true,
        rows: [{ change: 'insert', values: { version_id: 2, is_applied: true } }],
      },
    },
    {
      path: 'shop/sql/changes/20240101130000_body.sql',
      engine: 'postgres',
      gives: {
        how: 'sql',
        script: 'CREATE FUNCTION f() RETURNS int AS $$ BEGIN DROP TABLE no; RETURN 1; END $$ LANGUAGE plpgsql\n;\n',
      },
    },
    { path: 'shop/sql/changes/03_index.sql', engine: 'postgres', gives: { how: 'sql', inTransaction: false } },
    {
      path: 'shop/sql/changes/20240101120000_go.go',
      engine: 'sqlite',
      gives: { how: 'impossible', wayOut: expect.stringContaining('--no-apply') },
    },
  ],
  losses: [
    down('tables and columns', 'DROP TABLE a;\nALTER TABLE b DROP COLUMN c;', { tables: ['a'], columns: ['b.c'] }),
    down('nothing', '', {}),
    {
      name: 'nothing certain of Go code',
      path: 'shop/sql/changes/9_x.go',
      text: GO,
      tables: [],
      columns: [],
      unsure: /Go code/,
    },
  ],
  imports: [{ path: 'shop/sql/changes/1_users.sql', text: USERS, gives: [] }],
  hazard: { orphans: ['2'], says: /goose down.*no file for 2.*numbered below 2/ },
});

describe('goose files', () => {
  it('may have Windows line ends', () => {
    expect(parseGooseFile('-- +goose Up\r\nA;\r\n-- +goose Down\r\nB\r\n;\r\n')).toMatchObject({
      up: { sql: 'A;\n' },
      down: { sql: 'B\n;\n' },
    });
  });

  it('take dollar signs as they are outside ENVSUB', () => {
    const text = '-- +goose Up\n-- +goose ENVSUB ON\nSELECT 1;\n-- +goose ENVSUB OFF\nSELECT $$x$$;\n';
    expect(parseGooseFile(text)).toMatchObject({ up: { fromEnvironment: false }, down: null });
  });
});

describe('goose projects', () => {
  const project = (tree: Record<string, string>) => goose.detect(sourceTree(goose, tree))[0];
  const hints = (tree: Record<string, string>) => {
    const found = project(tree);
    return found === undefined ? [] : goose.connection(found, sourceTree(goose, tree)).map(hint => hint.text);
  };

  it('take the table from Go code that uses the library', () => {
    const tree = {
      'cmd/app/main.go': 'import "github.com/pressly/goose/v3"\nfunc main() { goose.SetTableName("app_versions") }\n',
      'internal/store/migrations/1_a.sql': USERS,
    };
    expect(project(tree)).toMatchObject({ root: '.', historyTable: { schema: null, name: 'app_versions' } });
  });

  it('start where a script above starts goose', () => {
    const tree = {
      'svc/Makefile': 'up:\n\tcd x; goose -table t -dir "$(DIR)" sqlite3 ./app.db up\n',
      'svc/internal/store/migrations/1_a.sql': USERS,
    };
    expect(project(tree)).toMatchObject({ root: 'svc', historyTable: { name: 't' } });
    expect(hints(tree)).toEqual(['sqlite:./app.db']);
  });

  it('keep no password', () => {
    const tree = {
      Makefile: 'up:\n\tgoose -dir m postgres "user=app password=s3cret dbname=shop" up\n',
      'm/1_a.sql': USERS,
    };
    expect(hints(tree)).toEqual(['user=app password=s3cret dbname=shop']);
    expect(JSON.stringify(project(tree))).not.toContain('s3cret');
  });

  it('use no other engine', () => {
    const tree = { '.env': 'GOOSE_DRIVER=clickhouse\nGOOSE_DBSTRING=tcp://x\n', 'm/1_a.sql': USERS };
    expect(hints(tree)).toEqual([]);
  });
});

describe('the warning of goose', () => {
  it('names what it would reverse instead', () => {
    const found = goose.detect(sourceTree(goose, { 'm/1_a.sql': USERS }))[0];
    if (found === undefined) throw new Error('no project');
    const applied = goose.applied(found, [postgresRow(2, 1), postgresRow(3, 5), postgresRow(4, 2)]);
    expect(goose.hazard(found, [migrationId('5')], applied)).toMatch(/would reverse 2, .*numbered below 5/);
  });
});
