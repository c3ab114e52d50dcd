/** refinery: the promises of every framework, and its names, checksums and settings. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Row } from '../../src/domain/migration.ts';
import { refinery } from '../../src/frameworks/refinery/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const PERSONS = 'CREATE TABLE persons (id int, name varchar(255), city varchar(255));';
const ODD = 'CREATE TABLE b (id int);\r\n-- é and a longer text, to have more words\r\n';
const CARGO = '[dependencies]\nrefinery = { version = "0.9", features = ["rusqlite"] }\n';

const file = (path: string, text: string, id: string) => ({
  path: `shop/db/changes/${path}`,
  text,
  id,
  requires: [],
  replaces: [],
  namespace: null,
  number: id,
});

const FILES = [
  file('V1__initial.sql', PERSONS, '1'),
  file('later/V3__größe.sql', 'SELECT 3;\n', '3'),
  file('V4__code.rs', 'pub fn migration() -> String { String::new() }\n', '4'),
  file('U20__x_y.sql', ODD, '20'),
];

/** What refinery 0.9.2 stored for these files. */
const [OF_PERSONS, OF_ODD] = ['9011118159008407467', '4851585600980723903'];

const row = (version: number | string, name: string, checksum: string): Row => ({
  version,
  name,
  applied_on: '2026-11-30T23:56:18.353254533Z',
  checksum,
});

describeFramework(refinery, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'shop/Cargo.toml': CARGO,
      'shop/src/main.rs': 'embed_migrations!("./db/changes");\nrunner().set_migration_table_name("audit.versions");\n',
      'shop/refinery.toml':
        '[main]\ndb_type = "Postgres"\ndb_host = "db"\ndb_port = "4242"\ndb_user = "app"\ndb_pass = "p@ss"\ndb_name = "shop"\n',
    },
    root: 'shop',
    historyTable: { schema: 'audit', name: 'versions' },
    addresses: [{ text: 'postgres://app:p%40ss@db:4242/shop', base: 'shop' }],
  },
  notProjects: {
    'Flyway names its files alike': { 'migrations/V1__a.sql': PERSONS, 'pom.xml': '<project/>' },
    'a crate without refinery': { 'Cargo.toml': '[dependencies]\nsqlx = "0.9"\n', 'migrations/V1__a.sql': PERSONS },
    'a crate with other files': { 'Cargo.toml': CARGO, 'migrations/1_a.sql': PERSONS },
  },
  severalProjects: {
    'crates of a workspace, one told by a command, one by its settings alone': {
      tree: {
        'crates/a/Cargo.toml': CARGO,
        'crates/a/migrations/2024/V1__a.sql': PERSONS,
        'crates/b/Makefile': 'up:\n\trefinery migrate -e DATABASE_URL -p ./schema --table-name b_versions\n',
        'crates/b/schema/V1__b.sql': PERSONS,
        'crates/c/refinery.toml': '[main]\ndb_type = "Sqlite"\ndb_path = "c.db"\n',
      },
      roots: ['crates/a', 'crates/b', 'crates/c'],
    },
  },
  files: FILES,
  fingerprints: [
    { name: 'as refinery stored it', path: 'shop/db/changes/V1__initial.sql', bytes: PERSONS, contains: OF_PERSONS },
    { name: 'with odd bytes', path: 'shop/db/changes/U20__x_y.sql', bytes: ODD, contains: OF_ODD },
    { name: 'with other line endings', path: 'U20__x_y.sql', bytes: ODD.replaceAll('\r', ''), contains: OF_ODD },
    { name: 'not of Rust code', path: 'V4__code.rs', bytes: 'x', contains: null },
  ],
  notFiles: {
    'shop/db/changes/V1_initial.sql': PERSONS,
    'shop/db/changes/V1__a-b.sql': PERSONS,
    'shop/db/changes/mod.rs': '',
    'shop/migrations/V1__initial.sql': PERSONS,
    'shop/db/changes/V1.1__initial.sql': PERSONS,
  },
  unreadable: [{ path: 'shop/db/changes/V1.1__initial.sql', text: PERSONS, reason: /whole number/ }],
  alsoKnown: [{ id: '5', requires: [] }],
  histories: [
    {
      name: 'all engines',
      rows: [row(20, 'x_y', OF_ODD), row(1, 'initial', OF_PERSONS)],
      autoColumn: null,
      ids: ['1', '20'],
      appliedAt: ['2026-11-30T23:56:18.353Z', '2026-11-30T23:56:18.353Z'],
      forgettable: ['20', '1'],
      relabel: { from: '20', to: '5' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'never',
      path: 'shop/db/changes/V1__initial.sql',
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'impossible',
        reason: 'refinery has no down files',
        wayOut: expect.stringContaining('tidemark forget 1'),
      },
    },
  ],
  forwards: [
    {
      path: 'shop/db/changes/V1__initial.sql',
      engine: 'postgres',
      gives: {
        how: 'sql',
        script: expect.stringMatching(
          /city varchar\(255\)\);\n;\nINSERT INTO "audit"\."versions" \(.*\) VALUES \(1, 'initial', to_char\(now\(\).*, '9011118159008407467'\);\n$/,
        ),
        inTransaction: true,
        rows: [],
      },
    },
    { path: 'shop/db/changes/V4__code.rs', engine: 'sqlite', gives: { how: 'impossible', reason: 'it is Rust code' } },
  ],
  losses: [
    {
      name: 'nothing is known',
      path: 'V1__initial.sql',
      text: PERSONS,
      tables: [],
      columns: [],
      unsure: /no down file/,
    },
    { name: 'nor of code', path: 'V4__code.rs', text: '', tables: [], columns: [], unsure: /Rust code/ },
  ],
  imports: [{ path: 'V1__initial.sql', text: PERSONS, gives: [] }],
  hazard: { orphans: ['1'], says: /refuses to start, as 1 is applied and missing here/ },
});

describe('refinery', () => {
  it('gives a row that is relabelled the checksum of its new file, which covers its name', () => {
    const [project] = refinery.detect(
      sourceTree(refinery, { 'Cargo.toml': CARGO, 'migrations/V1__initial.sql': PERSONS }),
    );
    if (project === undefined) throw new Error('no project');
    expect(project).toMatchObject({ historyTable: { name: 'refinery_schema_history' } });
    const to = { path: 'migrations/V1__initial.sql', text: PERSONS };
    const rows = [row(7, 'first', '1')];
    expect(refinery.relabel(project, migrationId('7'), migrationId('1'), rows, new Map(), to)).toEqual([
      { change: 'update', where: { version: 7 }, set: { version: 1, name: 'initial', checksum: OF_PERSONS } },
    ]);
  });
});
