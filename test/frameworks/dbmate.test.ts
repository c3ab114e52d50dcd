/** dbmate: the promises of every framework, and its own file format, settings and refusals. */
import { describe, expect, it } from 'vitest';
import { migrationId } from '../../src/domain/migration.ts';
import type { SourceTree } from '../../src/frameworks/contract.ts';
import { dbmate } from '../../src/frameworks/dbmate/index.ts';
import { parseDbmateFile } from '../../src/frameworks/dbmate/parse-migration.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = '-- migrate:up\nCREATE TABLE users (id integer PRIMARY KEY);\n\n-- migrate:down\nDROP TABLE users;\n';
const NAME =
  '-- a comment first\n\n--migrate:up\nALTER TABLE users ADD COLUMN name text;\n-- migrate:down\nALTER TABLE users DROP COLUMN name;\n';
const INDEX =
  '-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY u ON users (name);\n-- migrate:down transaction:false foo:bar\nDROP INDEX CONCURRENTLY u;\n';
const EMPTY = '-- migrate:up\nUPDATE users SET name = 1;\n-- migrate:down\n-- nothing /* DROP TABLE x; */\n\n;\n';
const PAIRS = `${USERS}${NAME.slice(NAME.indexOf('--migrate'))}`;

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
  file('shop/sql/changes/20240101_users.sql', USERS, '20240101'),
  file('shop/sql/changes/20240102_name.sql', NAME, '20240102'),
  file('shop/sql/more/20240103_index.sql', INDEX, '20240103'),
  file('shop/sql/more/20240104.sql', EMPTY, '20240104'),
  file('shop/sql/changes/20240105-pairs.sql', PAIRS, '20240105'),
];

const texts = (files: readonly { path: string; text: string }[]) =>
  Object.fromEntries(files.map(f => [f.path, f.text]));

const down = (name: string, sql: string, gives: { tables?: string[]; columns?: string[]; unsure?: RegExp | null }) => ({
  name,
  path: 'shop/sql/changes/20240109_x.sql',
  text: `-- migrate:up\nALTER TABLE kept ADD COLUMN IF NOT EXISTS extra text;\n-- migrate:down\n${sql}\n`,
  tables: gives.tables ?? [],
  columns: gives.columns ?? [],
  unsure: gives.unsure ?? null,
});

describeFramework(dbmate, {
  project: {
    tree: {
      ...texts(FILES),
      'shop/.env':
        '# settings\nexport DBMATE_MIGRATIONS_DIR="./sql/changes,sql/more"\nDBMATE_MIGRATIONS_TABLE=audit.applied_versions\nDATABASE_URL=sqlite:data/shop.db # local\n',
      'README.md': '# shop\n',
    },
    root: 'shop',
    historyTable: { schema: 'audit', name: 'applied_versions' },
    addresses: [{ text: 'sqlite:data/shop.db', base: 'shop' }],
  },
  notProjects: {
    'golang-migrate has its own files': { 'db/migrations/001_a.up.sql': 'CREATE TABLE a (id int);\n' },
    'goose marks its sections otherwise': { 'db/migrations/001_a.sql': '-- +goose Up\nCREATE TABLE a (id int);\n' },
    'Rails dumps a schema too': { 'db/schema.sql': 'INSERT INTO "schema_migrations" (version) VALUES (\'1\');\n' },
    'a package file without dbmate': { 'package.json': '{"dependencies":{"knex":"3"}}' },
    'an environment file without dbmate': { '.env': 'DATABASE_URL=sqlite:a.db\n' },
    'the mark in the middle of a line': { 'db/migrations/001_a.sql': 'SELECT 1; -- migrate:up\n' },
  },
  severalProjects: {
    'services of a monorepo, one with its own folder': {
      tree: {
        Makefile: 'migrate:\n\tdbmate -d services/c/schema --migrations-table c_versions up\n',
        'services/a/db/migrations/1_a.sql': USERS,
        'services/b/migrations/1_b.sql': USERS,
        'services/c/schema/1_c.sql': USERS,
        'services/node_modules/dbmate/package.json': '{"scripts":{"x":"dbmate -d z up"}}',
      },
      roots: ['.', 'services/a', 'services/b'],
    },
    'a service whose files are all gone, known by its dump': {
      tree: {
        'a/db/schema.sql':
          'CREATE TABLE x (id int);\n--\n-- Dbmate schema migrations\n--\n\nINSERT INTO public.versions (version) VALUES\n',
        'b/db/migrations/1_b.sql': USERS,
      },
      roots: ['a', 'b'],
    },
    'one that only package.json names': {
      tree: { 'package.json': '{"devDependencies":{"dbmate":"^2.36.0"}}' },
      roots: ['.'],
    },
  },
  files: FILES,
  notFiles: {
    'shop/sql/changes/users.sql': USERS,
    'shop/sql/changes/20240101_users.sql.orig': USERS,
    'shop/sql/changes/old/20240101_users.sql': USERS,
    'shop/db/migrations/20240101_users.sql': USERS,
    'shop/sql/changes/20240101_users.txt': USERS,
  },
  unreadable: [
    { path: 'shop/sql/changes/1_a.sql', text: 'CREATE TABLE a (id int);', reason: /no "-- migrate:up" line/ },
    { path: 'shop/sql/changes/1_a.sql', text: '-- migrate:up\nSELECT 1;', reason: /no "-- migrate:down" line/ },
    { path: 'shop/sql/changes/1_a.sql', text: `DROP TABLE a;\n${USERS}`, reason: /statements before/ },
    { path: 'shop/sql/changes/1_a.sql', text: '-- migrate:down\n-- migrate:up\n', reason: /no "-- migrate:down"/ },
    { path: 'shop/sql/changes/1_a.sql', text: `${USERS}-- migrate:down\nDROP TABLE b;`, reason: /several/ },
  ],
  alsoKnown: [{ id: '20240110', requires: [] }],
  histories: [
    {
      name: 'all engines',
      rows: [{ version: '20240103' }, { version: '20240101' }, { version: '20240102' }],
      autoColumn: null,
      ids: ['20240101', '20240102', '20240103'],
      appliedAt: [null, null, null],
      forgettable: ['20240101', '20240103'],
      relabel: { from: '20240102', to: '20240110' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'the down section, with the row',
      path: 'shop/sql/changes/20240102_name.sql',
      engine: 'sqlite',
      onDisk: ['shop/sql/changes/20240101_users.sql'],
      gives: {
        how: 'sql',
        script: '-- migrate:down\nALTER TABLE users DROP COLUMN name;\n',
        inTransaction: true,
        rows: [{ change: 'delete', where: { version: '20240102' } }],
      },
    },
    {
      name: 'without a transaction where the author said so',
      path: 'shop/sql/more/20240103_index.sql',
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'sql', inTransaction: false, rows: [{ change: 'delete', where: { version: '20240103' } }] },
    },
    {
      name: 'not by an empty down section',
      path: 'shop/sql/more/20240104.sql',
      engine: 'mysql',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its down section is empty', wayOut: expect.stringContaining('20240104') },
    },
    {
      name: 'not a file with two pairs of sections',
      path: 'shop/sql/changes/20240105-pairs.sql',
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('2 pairs') },
    },
    {
      name: 'not a file dbmate cannot read',
      path: 'shop/sql/changes/20240102_name.sql',
      text: 'DROP TABLE users;',
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('migrate:up') },
    },
  ],
  forwards: [
    {
      path: 'shop/sql/changes/20240102_name.sql',
      engine: 'sqlite',
      gives: {
        how: 'sql',
        script: '--migrate:up\nALTER TABLE users ADD COLUMN name text;\n',
        inTransaction: true,
        rows: [{ change: 'insert', values: { version: '20240102' } }],
      },
    },
    { path: 'shop/sql/more/20240103_index.sql', engine: 'postgres', gives: { how: 'sql', inTransaction: false } },
    { path: 'shop/sql/changes/20240105-pairs.sql', engine: 'postgres', gives: { how: 'impossible' } },
  ],
  losses: [
    down('tables', 'DROP TABLE IF EXISTS a, "B c" CASCADE; drop table audit."Log";', {
      tables: ['a', 'B c', 'audit.Log'],
    }),
    down(
      'columns, several in one statement',
      'ALTER TABLE IF EXISTS ONLY `x` DROP COLUMN IF EXISTS "y", DROP z CASCADE, ADD COLUMN q int, DROP CONSTRAINT k, DROP INDEX i, DROP PRIMARY KEY, ALTER COLUMN w DROP DEFAULT, ALTER w DROP NOT NULL;',
      { columns: ['x.y', 'x.z'] },
    ),
    down(
      'nothing that stands in comments, strings and routine bodies',
      `-- DROP TABLE a;\n/* DROP TABLE b; /* nested */ DROP TABLE c; */ COMMENT ON TABLE t IS 'DROP TABLE d; it''s';
CREATE FUNCTION f() RETURNS trigger AS $body$ BEGIN DROP TABLE e; END; $body$ LANGUAGE plpgsql;
CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET n = CASE WHEN n THEN 1 ELSE 2 END; DELETE FROM h; END;
DROP INDEX i; DROP VIEW IF EXISTS j; ALTER TABLE k RENAME COLUMN l TO m; INSERT INTO n VALUES (1);`,
      {},
    ),
    down('a table under the name it has in the database', 'ALTER TABLE a RENAME TO b; DROP TABLE b;', {
      tables: ['a'],
    }),
    down('a table under the name it has in the database (MySQL)', 'RENAME TABLE a TO b, c TO d; DROP TABLE d;', {
      tables: ['c'],
    }),
    down('no table that the script made itself', 'CREATE TABLE tmp (id int); DROP TABLE tmp;', {}),
    down(
      "SQLite's rebuild",
      'PRAGMA foreign_keys=off; CREATE TABLE kept_new (id integer PRIMARY KEY, name text, CHECK (id > 0)); INSERT INTO kept_new (id, name) SELECT id, name FROM kept; DROP TABLE kept; ALTER TABLE kept_new RENAME TO kept;',
      { columns: ['kept.extra'], unsure: /rebuilds the table kept/ },
    ),
    down(
      "SQLite's rebuild, the old table renamed first",
      'ALTER TABLE t RENAME TO t_old; CREATE TABLE t (id int); INSERT INTO t SELECT id FROM t_old; DROP TABLE t_old;',
      { unsure: /rebuilds the table t,/ },
    ),
    down('a copy is no rebuild', 'CREATE TABLE t2 (id int); INSERT INTO t2 SELECT id FROM t; DROP TABLE t;', {
      tables: ['t'],
    }),
    down('changed rows', "UPDATE users SET n = 'x'; DELETE FROM logs WHERE a; TRUNCATE audit.x;", {
      unsure: /UPDATE users SET n.*DELETE FROM logs.*TRUNCATE audit/,
    }),
    down('code that cannot be read', 'DO $$ BEGIN DROP TABLE x; END $$; SELECT drop_all();', {
      unsure: /DO.*SELECT drop_all/,
    }),
    down('changed rows inside a query', 'WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone;', {
      unsure: /WITH gone/,
    }),
    down(
      'changed types and dropped partitions',
      'ALTER TABLE a ALTER COLUMN b TYPE int; ALTER TABLE c DROP PARTITION d;',
      {
        unsure: /ALTER TABLE a.*ALTER TABLE c/,
      },
    ),
    down('other things and all that hangs on them', 'DROP TYPE mood CASCADE; DROP SCHEMA s;', {
      unsure: /DROP TYPE mood.*DROP SCHEMA s/,
    }),
    down("a string with MySQL's escape", "INSERT INTO a VALUES ('\\'); DROP TABLE b; --');", {
      tables: ['b'],
      unsure: /ends differently in MySQL/,
    }),
    {
      name: 'nothing certain of an unreadable file',
      path: 'shop/sql/changes/1.sql',
      text: 'DROP TABLE a;',
      tables: [],
      columns: [],
      unsure: /migrate:up/,
    },
  ],
  imports: [{ path: 'shop/sql/changes/20240101_users.sql', text: USERS, gives: [] }],
  hazard: { orphans: ['20240103'], says: /dbmate rollback.*20240103.*reverse 20240102 instead/ },
});

describe('dbmate files, as the 2.36.0 binary reads them', () => {
  it('knows a directive only at the start of a line', () => {
    expect(parseDbmateFile(' -- migrate:up\n-- migrate:down\n')).toMatchObject({ kind: 'unreadable' });
    expect(parseDbmateFile('-- migrate:upper\n-- migrate:down\n')).toMatchObject({ kind: 'unreadable' });
  });

  it('knows line ends of Windows, and no others of Unicode', () => {
    const parsed = parseDbmateFile('-- migrate:up transaction:false\r\nA;\r\n-- migrate:down\r\nB;\r\n');
    expect(parsed).toMatchObject({
      kind: 'blocks',
      up: { sql: '-- migrate:up transaction:false\r\nA;\r\n', inTransaction: false },
      down: { sql: '-- migrate:down\r\nB;\r\n', inTransaction: true },
    });
    expect(parseDbmateFile('-- x\u2028-- migrate:up\n-- migrate:down\n')).toMatchObject({ kind: 'unreadable' });
  });
});

describe('dbmate projects', () => {
  it('are known by marked files in any folder', () => {
    const tree = { 'a/sql/changes/1_a.sql': USERS, 'a/sql/seeds/1_a.sql': 'INSERT INTO a VALUES (1);' };
    expect(dbmate.detect(sourceTree(dbmate, tree))).toEqual([
      expect.objectContaining({ root: 'a', settings: expect.objectContaining({ migrations: ['a/sql/changes'] }) }),
    ]);
  });

  it('keep the table where search_path says', () => {
    const tree = {
      '.env': 'DATABASE_URL=postgres://u@h/d?sslmode=disable&search_path=shop,public\nDBMATE_MIGRATIONS_DIR=m\n',
    };
    const [project] = dbmate.detect(sourceTree(dbmate, tree));
    expect(project?.historyTable).toEqual({ schema: 'shop', name: 'schema_migrations' });
  });

  it('are known by an environment file that git ignores', () => {
    const tree = { 'apps/a/package.json': '{}', 'apps/a/.env': 'DBMATE_MIGRATIONS_DIR=sql\n' };
    const [project] = dbmate.detect({ paths: ['apps/a/package.json'], read: sourceTree(dbmate, tree).read });
    expect(project).toMatchObject({ root: 'apps/a', settings: { migrations: ['apps/a/sql'] } });
  });

  it('read the table from a dump', () => {
    const tree = { 'db/schema.sql': '-- Dbmate schema migrations\nINSERT INTO "versions" (version) VALUES\n' };
    const [project] = dbmate.detect(sourceTree(dbmate, tree));
    expect(project).toMatchObject({
      root: '.',
      historyTable: { name: 'versions' },
      settings: { migrations: ['db/migrations'] },
    });
  });

  it('take their folders from settings that a person wrote', () => {
    const [project] = dbmate.detect(sourceTree(dbmate, { 'db/migrations/1_a.sql': USERS }));
    if (project === undefined) throw new Error('no project');
    const moved = { ...project, settings: { ...project.settings, migrations: ['odd [name]*'] } };
    expect(dbmate.pathspecs(moved)).toEqual([':(glob)odd \\[name\\]\\*/*.sql']);
    expect(dbmate.identify(moved, 'odd [name]*/7_x.sql')).toBe('7');
  });

  it('warn that an older orphan stays unseen', () => {
    const ids = ['1', '2'].map(migrationId);
    const applied = ids.map(id => ({ id, appliedAt: null, fingerprint: null, state: 'applied' as const, row: null }));
    const [project] = dbmate.detect(sourceTree(dbmate, { 'db/migrations/1_a.sql': USERS }));
    if (project === undefined) throw new Error('no project');
    expect(dbmate.hazard(project, ids.slice(0, 1), applied)).toMatch(/would reverse only 2/);
    expect(dbmate.hazard(project, ids, applied)).toMatch(/2 applied migrations.*cannot reverse/);
  });
});

it('keeps the address of a script out of the project, which is written into the journal', () => {
  const secret = 'postgres://app:s3cret@127.0.0.1/shop';
  const tree: SourceTree = {
    paths: ['Makefile', 'db/migrations/1_a.sql'],
    read: path =>
      path === 'Makefile'
        ? `up:\n\tdbmate -u ${secret} up\n`
        : path.endsWith('.sql')
          ? '-- migrate:up\n\n-- migrate:down\n'
          : null,
  };
  const [project] = dbmate.detect(tree);
  if (project === undefined) throw new Error('no project');
  expect(JSON.stringify(project)).not.toContain('s3cret');
  expect(dbmate.connection(project, tree)).toEqual([{ text: secret, base: '.', from: 'the dbmate command (--url)' }]);
});
