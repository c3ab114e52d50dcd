/** golang-migrate: the promises of every framework, and its one-row table, pairs of files and refusals. */
import { describe, expect, it } from 'vitest';
import { migrationId } from '../../src/domain/migration.ts';
import type { Known } from '../../src/frameworks/contract.ts';
import { golangMigrate } from '../../src/frameworks/golang-migrate/index.ts';
import { sqlMade } from '../../src/frameworks/sql-made.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = 'CREATE TABLE users (id integer PRIMARY KEY);\n';
const NAME = 'BEGIN;\nALTER TABLE users ADD COLUMN name text;\nCOMMIT;\n';
const INDEX = 'CREATE INDEX CONCURRENTLY u ON users (name);\n';

const CHANGES = 'shop/sql/changes';

const file = (name: string, text: string, id: string) => ({
  path: `${CHANGES}/${name}`,
  text,
  id,
  requires: [],
  replaces: [],
  namespace: null,
  number: id,
});

const FILES = [
  file('0001_users.up.sql', USERS, '1'),
  file('0002_name.up.sql', NAME, '2'),
  file('3_index.up.pgsql', INDEX, '3'),
];

const PAIR = { 'db/migrations/1_a.up.sql': USERS, 'db/migrations/1_a.down.sql': 'DROP TABLE users;\n' };

const known = (...ids: readonly string[]): Known =>
  new Map(ids.map(id => [migrationId(id), { id: migrationId(id), requires: [], replaces: [] }]));

const row = (version: number | string, dirty: boolean | number = false) => ({ version, dirty });

describeFramework(golangMigrate, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      [`${CHANGES}/0001_users.down.sql`]: 'DROP TABLE users;\n',
      'shop/Makefile':
        'up:\n\tmigrate -path ./sql/changes -database "postgres://app:s3cret@db/shop?sslmode=disable&x-migrations-table=%22audit%22.%22versions%22&x-migrations-table-quoted=1" up\n',
      'README.md': '# shop\n',
    },
    root: 'shop',
    historyTable: { schema: 'audit', name: 'versions' },
    addresses: [{ text: 'postgres://app:s3cret@db/shop?sslmode=disable', base: 'shop' }],
  },
  notProjects: {
    'sqlx has the same names': { 'Cargo.toml': '[dependencies]\nsqlx = "0.8"\n', ...PAIR },
    'goose has marks': { 'db/migrations/1_a.sql': '-- +goose Up\n' },
    'only a way up, and nobody who says so': { 'db/migrations/1_a.up.sql': USERS },
    'Django has a command of that name': { Makefile: 'up:\n\tpython manage.py migrate --database default\n' },
    'a word in package.json': { 'package.json': '{"scripts":{"migrate":"migrate up"}}' },
  },
  severalProjects: {
    'services of a monorepo': {
      tree: {
        'go.mod': 'require github.com/golang-migrate/migrate/v4 v4.19.1\n',
        'services/a/db/migrations/1_a.up.sql': USERS,
        'services/b/migrations/1_b.up.sql': USERS,
        'services/c/compose.yml':
          'services:\n  m:\n    image: migrate/migrate\n    command: ["-path", "/schema", "-database", "x", "up"]\n',
        'services/c/schema/1_c.up.sql': USERS,
      },
      roots: ['services/a', 'services/b', 'services/c'],
    },
    'one in Go and one in Rust': {
      tree: {
        'go/main.go': 'import "github.com/golang-migrate/migrate/v4"\n',
        'go/db/migrations/1_a.up.sql': USERS,
        'go/other/1_a.up.sql': USERS,
        'rust/Cargo.toml': 'sqlx = "0.8"\n',
        'rust/db/migrations/1_a.up.sql': USERS,
        'rust/db/migrations/1_a.down.sql': USERS,
      },
      roots: ['go'],
    },
  },
  files: FILES,
  parts: [
    {
      path: `${CHANGES}/0001_users.up.sql`,
      among: [
        `${CHANGES}/0001_users.down.sql`,
        `${CHANGES}/1_other_words.down.psql`,
        `${CHANGES}/10_users.down.sql`,
        `${CHANGES}/0002_name.up.sql`,
        'shop/sql/0001_users.down.sql',
      ],
      gives: [`${CHANGES}/0001_users.down.sql`, `${CHANGES}/1_other_words.down.psql`],
    },
  ],
  notFiles: {
    [`${CHANGES}/0001_users.down.sql`]: '',
    [`${CHANGES}/0001_users.sql`]: '',
    [`${CHANGES}/users.up.sql`]: '',
    [`${CHANGES}/18446744073709551616_users.up.sql`]: '',
    [`${CHANGES}/old/0001_users.up.sql`]: '',
    'shop/db/migrations/0001_users.up.sql': '',
  },
  unreadable: [],
  alsoKnown: [{ id: '4', requires: [] }],
  histories: [
    {
      name: 'PostgreSQL',
      rows: [row(3)],
      autoColumn: null,
      ids: ['1', '2', '3'],
      appliedAt: [null, null, null],
      forgettable: ['3'],
      relabel: { from: '3', to: '4' },
    },
    {
      name: 'SQLite and MariaDB',
      rows: [row(2, 0)],
      autoColumn: null,
      ids: ['1', '2'],
      appliedAt: [null, null],
      forgettable: ['2'],
      relabel: { from: '2', to: '3' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the newest, and the version goes to the one before it',
      path: `${CHANGES}/3_index.up.pgsql`,
      parts: { [`${CHANGES}/3_index.down.sql`]: 'DROP INDEX u;\n' },
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'sql',
        script: 'DROP INDEX u;\n',
        inTransaction: true,
        rows: [{ change: 'update', where: row(3), set: { version: 2 } }],
      },
    },
    {
      name: 'without a transaction around one that may have none',
      path: `${CHANGES}/3_index.up.pgsql`,
      parts: { [`${CHANGES}/3_index.down.sql`]: 'DROP INDEX CONCURRENTLY u;\n' },
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'sql', inTransaction: false },
    },
    {
      name: 'not without its .down. file, which golang-migrate takes for done',
      path: `${CHANGES}/0002_name.up.sql`,
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('no .down. file') },
    },
    {
      name: 'not by an empty file',
      path: `${CHANGES}/0002_name.up.sql`,
      parts: { [`${CHANGES}/0002_name.down.sql`]: '-- nothing\n' },
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('empty') },
    },
  ],
  forwards: [
    {
      path: `${CHANGES}/0001_users.up.sql`,
      engine: 'sqlite',
      gives: {
        how: 'sql',
        script: USERS,
        inTransaction: true,
        rows: [{ change: 'insert', values: { version: 1, dirty: false } }],
      },
    },
    { path: `${CHANGES}/0002_name.up.sql`, engine: 'postgres', gives: { how: 'sql', inTransaction: false } },
    { path: `${CHANGES}/3_index.up.pgsql`, engine: 'postgres', gives: { how: 'sql', inTransaction: false } },
  ],
  losses: [
    {
      name: 'what the way down drops',
      path: `${CHANGES}/9_x.up.sql`,
      text: 'CREATE TABLE a (id int);',
      parts: { [`${CHANGES}/9_x.down.sql`]: 'DROP TABLE a; ALTER TABLE b DROP COLUMN c;' },
      tables: ['a'],
      columns: ['b.c'],
      unsure: null,
    },
  ],
  imports: [{ path: `${CHANGES}/0001_users.up.sql`, text: USERS, gives: [] }],
  hazard: { orphans: ['3'], says: /refuses.*no file for 3/ },
});

const project = { framework: 'golang-migrate', root: '.', historyTable: { schema: null, name: 'x' }, settings: {} };

describe('the one row of golang-migrate', () => {
  const applied = (rows: readonly ReturnType<typeof row>[], ...ids: readonly string[]) =>
    golangMigrate.applied(project, rows, known(...ids)).map(({ id, state }) => `${id} ${state}`);

  it('speaks for every known version up to it, and for itself without a file', () => {
    expect(applied([row(10)], '9', '11', '2')).toEqual(['2 applied', '9 applied', '10 applied']);
    expect(applied([row('18446744073709551615')])).toEqual(['18446744073709551615 applied']);
  });

  it('is no success where it is dirty', () => {
    expect(applied([row(2, 1)], '1', '2')).toEqual(['1 applied', '2 failed']);
    expect(applied([row(-1, true)], '1', '2')).toEqual(['1 failed']);
    expect(applied([row(-1)], '1')).toEqual([]);
    expect(golangMigrate.forget(project, migrationId('2'), [row(2, true)], known('1', '2'))).toMatchObject({
      reason: expect.stringContaining('dirty'),
    });
  });

  it("is not looked for in another tool's table", () => {
    const rows = [{ version: '20240101' }];
    expect(golangMigrate.applied(project, rows, known('1'))).toEqual([]);
  });

  it('gives no row for one below it', () => {
    const gone = golangMigrate.forget(project, migrationId('1'), [row(2)], known('1', '2'));
    expect(gone).toMatchObject({ reason: expect.stringContaining('newest version, 2') });
  });

  it('never comes to speak for what lies between', () => {
    const reason = { reason: expect.stringContaining('3 lies between') };
    expect(golangMigrate.markApplied(project, migrationId('4'), [row(2)], known('1', '2', '3'))).toMatchObject(reason);
    expect(
      golangMigrate.relabel(project, migrationId('2'), migrationId('4'), [row(2)], known('1', '2', '3')),
    ).toMatchObject(reason);
  });

  it('follows one below it that lives on above it, and stays for one that lives on below', () => {
    const ids = known('1', '2', '5');
    const up = golangMigrate.relabel(project, migrationId('2'), migrationId('6'), [row(5)], ids);
    expect(up).toEqual([{ change: 'update', where: row(5), set: { version: 6 } }]);
    expect(golangMigrate.relabel(project, migrationId('2'), migrationId('3'), [row(5)], ids)).toEqual([]);
  });
});

describe('several reversals of golang-migrate', () => {
  const migration = (id: string) => ({
    ...{
      id: migrationId(id),
      requires: [],
      replaces: [],
      path: `m/${id}_x.up.sql`,
      text: `CREATE TABLE t${id} (a int);`,
    },
    parts: [{ path: `m/${id}_x.down.sql`, text: `DROP TABLE t${id};` }],
    ...{ commit: null, blob: '', orphan: true },
  });
  const rowsFor = (applied: readonly string[], all: readonly string[], id: string) => {
    const entries = golangMigrate.applied(project, [row(Number(applied.at(-1)))], known(...applied));
    const request = { project, engine: 'sqlite' as const, migration: migration(id), all: all.map(migration) };
    const reversal = golangMigrate.reverse({ ...request, onDisk: [], applied: entries });
    return reversal.how === 'sql' ? reversal.rows : reversal;
  };

  it('move the version only while the newest goes', () => {
    expect(rowsFor(['1', '2', '3'], ['2'], '2')).toEqual([]);
    expect(rowsFor(['1', '2', '3'], ['3', '2'], '3')).toEqual([
      { change: 'update', where: row(3), set: { version: 2 } },
    ]);
    expect(rowsFor(['1', '2', '3'], ['3', '2'], '2')).toEqual([
      { change: 'update', where: row(2), set: { version: 1 } },
    ]);
    expect(rowsFor(['1'], ['1'], '1')).toEqual([{ change: 'delete', where: row(1) }]);
  });

  it('are followed by what is applied again', () => {
    const forward = (id: string, then: readonly ReturnType<typeof row>[]) =>
      golangMigrate.forward(project, migration(id), 'sqlite', [], { rows: [row(3)], ahead: 0, then });
    expect(forward('2', [row(3)])).toMatchObject({ rows: [] });
    expect(forward('4', [row(2)])).toMatchObject({ rows: [{ change: 'update', where: row(2), set: { version: 4 } }] });
    expect(forward('4', [])).toMatchObject({ rows: [{ change: 'insert' }] });
    expect(forward('4', [row(2, true)])).toMatchObject({
      how: 'impossible',
      wayOut: expect.stringContaining('force 2'),
    });
  });
});

describe('golang-migrate projects', () => {
  const found = (tree: Record<string, string>) => golangMigrate.detect(sourceTree(golangMigrate, tree));

  it('take the table from Go code, and a DSN of MySQL from behind its scheme', () => {
    const tree = {
      'main.go':
        'import "github.com/golang-migrate/migrate/v4"\nvar c = &postgres.Config{MigrationsTable: "app_versions"}\n',
      Makefile: 'up:\n\tmigrate -path db/m -database "mysql://me:pw@tcp(localhost:3306)/shop?x-no-lock=true&a=b" up\n',
      'db/m/1_a.up.sql': USERS,
    };
    const [only] = found(tree);
    if (only === undefined) throw new Error('no project');
    expect(only).toMatchObject({
      root: '.',
      historyTable: { name: 'app_versions' },
      settings: { migrations: ['db/m'] },
    });
    expect(golangMigrate.connection(only, sourceTree(golangMigrate, tree)).map(({ text }) => text)).toEqual([
      'me:pw@tcp(localhost:3306)/shop?a=b',
    ]);
    expect(JSON.stringify(only)).not.toContain('pw');
  });

  it('are known by a pair alone', () => {
    expect(found(PAIR)).toMatchObject([{ root: '.', settings: { migrations: ['db/migrations'] } }]);
  });
});

describe('what SQL makes', () => {
  it('is what is left when it ran', () => {
    const script = `CREATE TABLE IF NOT EXISTS a (id int, b text); CREATE TEMPORARY TABLE t (id int);
CREATE TABLE "B c" (id int); DROP TABLE "B c"; CREATE TABLE d_new (id int); ALTER TABLE d_new RENAME TO d;
ALTER TABLE a ADD COLUMN z int; ALTER TABLE users ADD COLUMN name text; CREATE INDEX i ON a (id); -- CREATE TABLE no (id int);`;
    expect(sqlMade(script)).toEqual({ tables: ['a', 'd'], columns: [{ table: 'users', column: 'name' }] });
  });
});
