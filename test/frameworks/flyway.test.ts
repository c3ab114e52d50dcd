/** Flyway: the promises of every framework, its log of a table, its checksums, its undo scripts, and what it keeps us from. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Project, type Row } from '../../src/domain/migration.ts';
import type { Framework } from '../../src/frameworks/contract.ts';
import { flyway } from '../../src/frameworks/flyway/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = 'CREATE TABLE users (id integer PRIMARY KEY);\n';
const NAME = 'ALTER TABLE users ADD COLUMN name text;\n';
const VIEW = 'CREATE OR REPLACE VIEW names AS SELECT name FROM users;\n';

const file = (path: string, text: string, id: string, number: string | null) => ({
  ...{ path, text, id, requires: [], replaces: [], namespace: null, number },
});

const FILES = [
  file('shop/db/changes/M001__users.ddl', USERS, '001', '1'),
  file('shop/db/changes/deep/M1_2__name_of_user.ddl', NAME, '1.2', '1.2'),
  file('shop/db/more/M10.0__x.ddl', 'SELECT 1;\n', '10.0', '10'),
  file('shop/db/more/Again__names_seen.ddl', VIEW, 'names seen', null),
];

const row = (rank: number, version: string | null, description: string, more: Row = {}): Row => ({
  ...{ installed_rank: rank, version, description, type: 'SQL', script: 'x.ddl', checksum: 7, installed_by: 'app' },
  ...{ installed_on: '2024-05-06 07:08:09.123', execution_time: 3, success: 1, ...more },
});

const CONF = `# Flyway
flyway.url = jdbc:postgresql://db.local:5433/shop
flyway.user=app
flyway.password=p@ss
flyway.locations=filesystem:db/changes,filesystem:db/more
flyway.table=shop_log
flyway.defaultSchema=audit
flyway.sqlMigrationPrefix=M
flyway.repeatableSqlMigrationPrefix=Again
flyway.sqlMigrationSuffixes=.ddl
flyway.placeholders.who=app
`;

const AT = '2024-05-06T07:08:09.123Z';

describeFramework(flyway, {
  project: {
    tree: { ...Object.fromEntries(FILES.map(each => [each.path, each.text])), 'shop/conf/flyway.conf': CONF },
    root: 'shop',
    historyTable: { schema: 'audit', name: 'shop_log' },
    addresses: [{ text: 'postgresql://app:p%40ss@db.local:5433/shop', base: 'shop' }],
  },
  notProjects: {
    'refinery names its files alike': {
      'Cargo.toml': '[dependencies]\nrefinery = "0.9"\n',
      'db/migration/V1__a.sql': USERS,
    },
    'files of that name in any folder': { 'migrations/V1__a.sql': USERS },
    'Maven without Flyway': { 'pom.xml': '<project><artifactId>liquibase-core</artifactId></project>' },
    'Spring without Flyway': { 'src/main/resources/application.yml': 'spring:\n  datasource:\n    url: jdbc:h2:mem\n' },
    'a copy that was built': { 'target/classes/db/migration/V1__a.sql': USERS },
  },
  severalProjects: {
    'services of a monorepo, each set up otherwise': {
      tree: {
        'a/flyway.toml': '[flyway]\nlocations = [\n "filesystem:sql", # here\n]\n',
        'b/pom.xml':
          '<plugin><artifactId>flyway-maven-plugin</artifactId><configuration><table>t</table></configuration></plugin>',
        'c/src/main/resources/db/migration/V1__a.sql': USERS,
        'd/src/main/resources/application.yaml': 'spring:\n  flyway:\n    locations: classpath:sql/{vendor}\n',
        'e/build.gradle': 'plugins { id "org.flywaydb.flyway" version "10.0.0" }\nflyway {\n  table = "log"\n}\n',
      },
      roots: ['a', 'b', 'c', 'd', 'e'],
    },
  },
  files: FILES,
  parts: [
    {
      path: 'shop/db/changes/M001__users.ddl',
      among: [
        ...['shop/db/more/U1.0__x.ddl', 'shop/db/more/U1.0__x.ddl.conf', 'shop/db/changes/M001__users.ddl.conf'],
        ...['shop/db/changes/U2__x.ddl', 'shop/db/changes/deep/M1_2__name_of_user.ddl.conf', 'shop/U1__x.ddl'],
      ],
      gives: ['shop/db/more/U1.0__x.ddl', 'shop/db/more/U1.0__x.ddl.conf', 'shop/db/changes/M001__users.ddl.conf'],
    },
  ],
  fingerprints: [
    {
      name: 'as Flyway stored it',
      path: 'shop/db/changes/M2__hats.ddl',
      bytes: '\ufeffCREATE TABLE hats (id INTEGER PRIMARY KEY);\r\nINSERT INTO hats VALUES (1);\r\n',
      contains: '340565428',
    },
    { name: 'not of code', path: 'shop/db/changes/V3__x.java', bytes: 'class V3__x {}', contains: null },
  ],
  notFiles: {
    'shop/db/changes/U001__users.ddl': 'DROP TABLE users;\n',
    'shop/db/changes/M002__x.ddl.conf': 'executeInTransaction=false\n',
    'shop/db/changes/V002__x.ddl': USERS,
    'shop/db/changes/M002__x.sql': USERS,
    'shop/db/changes/Mx__x.ddl': USERS,
    'shop/db/changes/beforeMigrate.ddl': USERS,
    'shop/db/other/M002__x.ddl': USERS,
  },
  unreadable: [],
  alsoKnown: [{ id: '11', requires: [] }],
  histories: [
    {
      name: 'SQLite and MySQL, with a baseline, failures, a repair and an undo of the paid edition',
      rows: [
        row(0, null, '<< Flyway Schema Creation >>', { type: 'SCHEMA', checksum: null }),
        row(1, '0.5', 'base', { type: 'BASELINE', checksum: null }),
        row(2, '001', 'users'),
        row(3, '3', 'gone'),
        row(4, '3', 'gone', { type: 'DELETE' }),
        row(5, '4', 'undone'),
        row(6, '4', 'undone', { type: 'UNDO_SQL' }),
        row(7, null, 'names seen', { checksum: 8 }),
        row(8, '1.2', 'name of user', { checksum: -3 }),
        row(9, null, 'names seen', { checksum: 9 }),
        row(10, '5', 'java', { type: 'JDBC', checksum: null }),
      ],
      autoColumn: null,
      ids: ['001', '1.2', 'names seen', '5'],
      appliedAt: [AT, AT, AT, AT],
      forgettable: ['001', '1.2'],
      relabel: { from: '1.2', to: '11' },
    },
    {
      name: 'PostgreSQL, whose times are those of an unknown place',
      rows: [
        row(1, '001', 'users', { success: true, installed_on: '2024-05-06 07:08:09.123456' }),
        row(2, '10.0', 'x', { success: true, installed_on: '2024-05-06 07:08:09' }),
      ],
      autoColumn: null,
      ids: ['001', '10.0'],
      appliedAt: [null, null],
      forgettable: ['001', '10.0'],
      relabel: { from: '10.0', to: '11' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'not without an undo script',
      path: 'shop/db/changes/M001__users.ddl',
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'impossible',
        reason: expect.stringContaining('U001__'),
        wayOut: expect.stringContaining('--with'),
      },
    },
    {
      name: 'no repeatable migration',
      path: 'shop/db/more/Again__names_seen.ddl',
      engine: 'sqlite',
      onDisk: [],
      gives: { how: 'impossible', reason: expect.stringContaining('repeatable') },
    },
  ],
  forwards: [
    {
      path: 'shop/db/changes/deep/M1_2__name_of_user.ddl',
      engine: 'postgres',
      gives: {
        how: 'sql',
        script: NAME,
        inTransaction: true,
        rows: [
          {
            change: 'insert',
            values: expect.objectContaining({
              ...{ version: '1.2', description: 'name of user', script: 'deep/M1_2__name_of_user.ddl', type: 'SQL' },
              checksum: 577072163,
            }),
          },
        ],
      },
    },
  ],
  losses: [
    {
      name: 'nothing is known without an undo script',
      path: 'shop/db/changes/M001__users.ddl',
      text: USERS,
      tables: [],
      columns: [],
      unsure: /no undo script/,
    },
  ],
  imports: [],
  hazard: { orphans: ['1.2', '5'], says: /5.*Future.*warning/ },
});

const project = (): Project => {
  const [found] = flyway.detect(sourceTree(flyway, { 'shop/conf/flyway.conf': CONF }));
  if (found === undefined) throw new Error('no project');
  return found;
};

const bytes = (text: string) => new TextEncoder().encode(text);

describe('checksums of Flyway', () => {
  const path = 'shop/db/changes/M1__x.ddl';

  it('leave out line ends and the mark of byte order, and nothing else', () => {
    const sum = flyway.fingerprints(project(), path, bytes('a\nb\n'));
    expect(flyway.fingerprints(project(), path, bytes('\ufeffa\r\nb'))).toEqual(sum);
    expect(flyway.fingerprints(project(), path, bytes('a\n b\n'))).not.toEqual(sum);
    expect(sum).toEqual(['-1635563411']);
  });

  it('of repeatable migrations may be of the text with its placeholders filled in', () => {
    const again = 'shop/db/more/Again__x.ddl';
    const sums = flyway.fingerprints(project(), again, bytes('GRANT a TO ${who};'));
    expect(sums).toContain(flyway.fingerprints(project(), path, bytes('GRANT a TO app;'))[0]);
    expect(flyway.fingerprints(project(), again, bytes('GRANT a TO ${nobody};'))).toEqual([]);
  });

  it('tell that a repeatable migration is applied again', () => {
    const [applied] = flyway.applied(project(), [row(1, null, 'x', { checksum: flywaySum('SELECT 1;') })], new Map());
    if (applied === undefined) throw new Error('no row');
    const at = { path: 'shop/db/more/Again__x.ddl' };
    expect(flyway.appliesAgain(project(), applied, { ...at, text: 'SELECT 1;\n' })).toBe(false);
    expect(flyway.appliesAgain(project(), applied, { ...at, text: 'SELECT 2;\n' })).toBe(true);
  });

  const flywaySum = (text: string) => Number(flyway.fingerprints(project(), path, bytes(text))[0]);
});

describe('the log of Flyway', () => {
  it('says what failed, and what lies below its baseline', () => {
    const rows = [row(1, '2', 'base', { type: 'BASELINE' }), row(2, '3', 'x', { success: 0 })];
    expect(flyway.applied(project(), rows, new Map())).toMatchObject([{ id: '3', state: 'failed' }]);
    const below = (id: string) => flyway.passesOver(project(), rows, migrationId(id));
    expect([below('1'), below('2.0'), below('2.1'), below('names seen')]).toEqual([true, true, false, false]);
  });

  it('takes the spelling that the file on disk has for the same version', () => {
    const known = new Map(
      ['1', '01', '1.0.0', '2'].map(id => [migrationId(id), { id: migrationId(id), requires: [], replaces: [] }]),
    );
    const rows = [row(1, '01', 'x'), row(2, '2', 'y'), row(3, '10', 'z')];
    expect(flyway.applied(project(), rows, known).map(({ id }) => id)).toEqual(['1.0.0', '2', '10']);
    expect(flyway.forget(project(), migrationId('1.0.0'), rows, known)).toMatchObject([
      { change: 'delete', where: { installed_rank: 1, version: '01' } },
    ]);
  });

  it('forgets all runs of a repeatable migration', () => {
    const rows = [row(1, null, 'x'), row(2, '1', 'y'), row(3, null, 'x', { checksum: 5 })];
    expect(flyway.forget(project(), migrationId('x'), rows, new Map())).toMatchObject([
      { change: 'delete', where: { installed_rank: 1 } },
      { change: 'delete', where: { installed_rank: 3 } },
    ]);
  });
});

describe('undo scripts of Flyway', () => {
  const migration = (undo: readonly { readonly path: string; readonly text: string }[], text = NAME) => ({
    ...{ id: migrationId('1.2'), requires: [], replaces: [], path: 'shop/db/changes/M1.2__x.ddl', text },
    ...{ commit: null, blob: '', orphan: true, parts: undo },
  });
  const request = (
    undo: readonly { readonly path: string; readonly text: string }[],
    engine: 'postgres' | 'mysql' = 'postgres',
  ) => ({
    ...{ project: project(), engine, migration: migration(undo), all: [], onDisk: [] },
    applied: flyway.applied(project(), [row(2, '1.2', 'x')], new Map()),
  });
  const undo = (text: string, path = 'shop/db/more/U1_2_0__any.ddl') => ({ path, text });

  it('belong to a migration by the value of their version, with the settings beside both', () => {
    const paths = ['shop/db/more/U1_2_0__any.ddl', 'shop/db/more/U1.3__x.ddl', 'shop/db/changes/M1.2__x.ddl.conf'];
    expect(flyway.partsOf(project(), 'shop/db/changes/M1.2__x.ddl', paths)).toEqual([paths[0], paths[2]]);
  });

  it('are run with the deletion of the row', () => {
    expect(flyway.reverse(request([undo('ALTER TABLE users DROP COLUMN name; -- ${who}\n')]))).toEqual({
      ...{ how: 'sql', script: 'ALTER TABLE users DROP COLUMN name; -- app\n', inTransaction: true },
      rows: [{ change: 'delete', where: { installed_rank: 2, version: '1.2', script: 'x.ddl' } }],
    });
    expect(flyway.losses(project(), migration([undo('ALTER TABLE users DROP COLUMN name;')]))).toMatchObject({
      columns: [{ table: 'users', column: 'name' }],
    });
  });

  it('run outside a transaction where their statements or settings want it', () => {
    const alone = (...parts: { path: string; text: string }[]) => flyway.reverse(request(parts));
    expect(alone(undo('DROP INDEX CONCURRENTLY i;'))).toMatchObject({ inTransaction: false });
    const one = undo('DROP INDEX i;');
    expect(alone(one, { path: `${one.path}.conf`, text: 'executeInTransaction=false' })).toMatchObject({
      inTransaction: false,
    });
    expect(alone(one, { path: `${one.path}.conf`, text: 'shouldExecute=${x}' })).toMatchObject({ how: 'impossible' });
  });

  it('are refused where Tidemark cannot run them as Flyway would', () => {
    const reason = (text: string, engine?: 'mysql') => flyway.reverse(request([undo(text)], engine));
    expect(reason('DROP TABLE ${unknown};')).toMatchObject({ reason: expect.stringContaining('${unknown}') });
    expect(reason('DELIMITER //\nDROP TABLE a//', 'mysql')).toMatchObject({
      reason: expect.stringContaining('delimiter'),
    });
    expect(reason('COPY a FROM STDIN;\n1\n\\.\n')).toMatchObject({ reason: expect.stringContaining('COPY') });
    expect(reason('-- nothing\n')).toMatchObject({ reason: 'its undo script is empty' });
    expect(
      flyway.reverse(request([undo('SELECT 1;'), undo('SELECT 2;', 'shop/db/changes/U1.2__b.ddl')])),
    ).toMatchObject({
      reason: expect.stringContaining('2 undo scripts'),
    });
  });
});

describe('Flyway projects', () => {
  const apply = (project: Project, path: string) => {
    const framework: Framework = flyway;
    return framework.forward(project, { path, text: USERS }, 'sqlite');
  };
  const found = (tree: Readonly<Record<string, string>>) => flyway.detect(sourceTree(flyway, tree));

  it('of Spring fall back to the database of the application', () => {
    const yaml =
      'spring:\n  datasource:\n    url: ${DB_URL:jdbc:mysql://localhost/shop}\n    username: app\n  flyway:\n    enabled: true\n    table: log\n';
    const tree = sourceTree(flyway, { 'svc/src/main/resources/application.yml': yaml });
    const [only] = flyway.detect(tree);
    if (only === undefined) throw new Error('no project');
    expect(only).toMatchObject({ root: 'svc', historyTable: { name: 'log' } });
    expect(flyway.connection(only, tree)).toMatchObject([{ text: 'mysql://app@localhost/shop', base: 'svc' }]);
    expect(flyway.identify(only, 'svc/src/main/resources/db/migration/sub/V1__a.sql')).toBe('1');
    expect(flyway.identify(only, 'svc/src/main/java/db/migration/V2__b.java')).toBe('2');
  });

  it('may have wildcards in their locations', () => {
    const [only] = found({ 'flyway.toml': '[flyway]\nlocations = ["filesystem:sql/*/up"]\n' });
    if (only === undefined) throw new Error('no project');
    expect(flyway.identify(only, 'sql/a/up/V1__a.sql')).toBe('1');
    expect(flyway.identify(only, 'sql/a/b/up/V1__a.sql')).toBeNull();
  });

  it('with callbacks are applied by Flyway only', () => {
    const [only] = found({
      'flyway.toml': '[flyway]\nlocations = ["filesystem:sql"]\n',
      'sql/afterMigrate.sql': 'SELECT 1;',
    });
    if (only === undefined) throw new Error('no project');
    expect(apply(only, 'sql/V1__a.sql')).toMatchObject({ how: 'impossible' });
  });
});
