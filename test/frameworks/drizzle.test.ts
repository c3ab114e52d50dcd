/** Drizzle: the promises of every framework, and rows that are told apart by checksum and time alone. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Declaration, migrationId, type Row } from '../../src/domain/migration.ts';
import type { Framework } from '../../src/frameworks/contract.ts';
import { drizzle } from '../../src/frameworks/drizzle/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const MARK = '--> statement-breakpoint';
const USERS = `CREATE TABLE users (id integer PRIMARY KEY)\n${MARK}\nINSERT INTO users VALUES (1);\n`;
const NAME = 'ALTER TABLE users ADD COLUMN name text;\n';
const LATE = 'CREATE INDEX CONCURRENTLY u ON users (name);\n';
const MORE = 'CREATE TABLE more (id integer);\n';

const [FIRST, SECOND, THIRD, FOURTH] = ['0000_users', '0001_a name', '0002_late', '0003_more'] as const;
const WHEN = { [FIRST]: 1704103200000, [SECOND]: 1704189600000, [THIRD]: 1704276000000, [FOURTH]: 1704362400000 };
const TEXTS = { [FIRST]: USERS, [SECOND]: NAME, [THIRD]: LATE, [FOURTH]: MORE };
type Tag = keyof typeof TEXTS;

const FOLDER = 'apps/shop/db/changes';
const pathOf = (tag: string) => `${FOLDER}/${tag}.sql`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const journal = (tags: readonly Tag[], dialect = 'postgresql') => {
  const entries = tags.map((tag, idx) => ({ idx, version: '7', when: WHEN[tag], tag, breakpoints: true }));
  return JSON.stringify({ version: '7', dialect, entries });
};
const TAGS = [FIRST, SECOND, THIRD, FOURTH];
const FILES = TAGS.map(tag => ({
  path: pathOf(tag),
  text: TEXTS[tag],
  id: tag,
  requires: [],
  replaces: [],
  namespace: null,
  number: null,
}));

const CONFIG = `import { defineConfig } from 'drizzle-kit';
export default defineConfig({
  dialect: 'postgresql',
  out: './db/changes',
  schema: './db/tables.ts',
  migrations: { table: 'shop_changes', schema: 'audit' },
  dbCredentials: { url: process.env.SHOP_URL! },
});
`;
const ON_SERVER = (id: number, tag: Tag): Row => ({ id, hash: sha256(TEXTS[tag]), created_at: String(WHEN[tag]) });
const ON_SQLITE = (tag: Tag): Row => ({ id: null, hash: sha256(TEXTS[tag]), created_at: WHEN[tag] });

describeFramework(drizzle, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      [`${FOLDER}/meta/_journal.json`]: journal(TAGS),
      'apps/shop/drizzle.config.ts': CONFIG,
      'apps/shop/.env': 'SHOP_URL="postgresql://app@db/shop"\n',
    },
    root: 'apps/shop',
    historyTable: { schema: 'audit', name: 'shop_changes' },
    addresses: [{ text: 'postgresql://app@db/shop', base: 'apps/shop' }],
  },
  notProjects: {
    'a journal of something else': { 'x/meta/_journal.json': '{"entries": "none"}', 'x/0000_a.sql': USERS },
    'a dialect that Tidemark does not speak': { 'drizzle.config.ts': "export default { dialect: 'singlestore' };" },
    'what lies in node_modules': { 'node_modules/x/drizzle.config.ts': CONFIG },
    'migrations of Prisma': { 'prisma/migrations/migration_lock.toml': 'provider = "sqlite"\n' },
  },
  severalProjects: {
    'one by its configuration, one by a journal alone, one with a configuration of another name': {
      tree: {
        'a/drizzle.config.json': '{ "dialect": "sqlite", "out": "./moves" }',
        'b/package.json': '{"dependencies":{"drizzle-orm":"0.45.4"}}',
        'b/src/db/drizzle/meta/_journal.json': journal([FIRST], 'mysql'),
        'c/config/drizzle.audit.config.mjs': "export default { dialect: 'mysql', out: 'audit/sql' };",
        'c/audit/sql/meta/_journal.json': journal([FIRST], 'mysql'),
      },
      roots: ['a', 'b', 'c'],
    },
  },
  files: FILES,
  fingerprints: [
    { name: 'as it is', path: pathOf(FIRST), bytes: USERS, contains: sha256(USERS) },
    {
      name: 'as a working tree with other line endings had it',
      path: pathOf(FIRST),
      bytes: USERS,
      contains: sha256(USERS.replaceAll('\n', '\r\n')),
    },
  ],
  notFiles: {
    [`${FOLDER}/meta/_journal.json`]: journal(TAGS),
    [`${FOLDER}/old/0000_users.sql`]: USERS,
    [`${FOLDER}/relations.ts`]: '',
    'drizzle/0000_users.sql': USERS,
  },
  unreadable: [{ path: `${FOLDER}/meta/0000_users.sql`, text: USERS, reason: /no SQL file of a migration/ }],
  alsoKnown: [],
  histories: [
    {
      name: 'PostgreSQL',
      rows: [ON_SERVER(2, SECOND), ON_SERVER(1, FIRST)],
      autoColumn: 'id',
      ids: [FIRST, SECOND],
      appliedAt: [null, null],
      forgettable: [FIRST, SECOND],
      relabel: { from: SECOND, to: FOURTH },
    },
    {
      name: 'SQLite, where the column `id` stays empty',
      rows: [ON_SQLITE(FIRST), ON_SQLITE(THIRD)],
      autoColumn: null,
      ids: [FIRST, THIRD],
      appliedAt: [null, null],
      forgettable: [FIRST, THIRD],
      relabel: { from: THIRD, to: FOURTH },
    },
    {
      name: 'version 1.0, whose rows have names',
      rows: [
        { ...ON_SERVER(1, FIRST), name: FIRST, applied_at: '2024-01-05 10:00:00.5+00' },
        { ...ON_SERVER(2, SECOND), name: SECOND, applied_at: null },
      ],
      autoColumn: 'id',
      ids: [FIRST, SECOND],
      appliedAt: ['2024-01-05T10:00:00.500Z', null],
      forgettable: [FIRST],
      relabel: { from: FIRST, to: FOURTH },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'never by itself',
      path: pathOf(FIRST),
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'impossible',
        reason: 'Drizzle has no down migrations',
        wayOut: expect.stringContaining(`tidemark reconcile ${FIRST} --with <file.sql>`),
      },
    },
  ],
  forwards: [
    {
      path: pathOf(FIRST),
      engine: 'mysql',
      gives: {
        how: 'sql',
        inTransaction: true,
        script: 'CREATE TABLE users (id integer PRIMARY KEY)\n\n;\n\nINSERT INTO users VALUES (1);\n\n',
        rows: [{ change: 'insert', values: { hash: sha256(USERS), created_at: WHEN[FIRST] } }],
      },
    },
    { path: pathOf(THIRD), engine: 'postgres', gives: { how: 'sql', inTransaction: false } },
  ],
  losses: [
    {
      name: 'at least what it made, while nothing undoes it',
      path: pathOf(FIRST),
      text: `${USERS}${MARK}\n${NAME.replace('users', 'kept')}`,
      tables: ['users'],
      columns: ['kept.name'],
      unsure: /still to be written/,
    },
  ],
  imports: [{ path: pathOf(FIRST), text: USERS, gives: [] }],
  hazard: { orphans: [SECOND], says: /passes 0001_a name by without a word, and nothing of Drizzle's can undo it\.$/ },
});

describe('Drizzle', () => {
  const framework: Framework = drizzle;
  const knowing = (marks: Readonly<Record<string, readonly string[]>>) =>
    new Map(
      Object.entries(marks).map(([id, own]): [ReturnType<typeof migrationId>, Declaration] => [
        migrationId(id),
        { id: migrationId(id), requires: [], replaces: [], marks: own },
      ]),
    );
  const project = (tags: readonly Tag[]) => {
    const tree = { 'drizzle.config.ts': CONFIG, 'db/changes/meta/_journal.json': journal(tags) };
    const [only] = drizzle.detect(sourceTree(drizzle, tree));
    if (only === undefined) throw new Error('no project');
    return only;
  };
  const idsOf = (rows: readonly Row[], marks: Readonly<Record<string, readonly string[]>>) =>
    drizzle.applied(project([]), rows, knowing(marks)).map(each => each.id);
  const row = (hash: string, at: number): Row => ({ id: null, hash, created_at: at });

  it('tells migrations of the same text apart by their time, and those of the same time by their text', () => {
    const marks = { a: ['h1', 'when 1'], b: ['h1', 'when 2'], c: ['h3', 'when 2'] };
    expect(idsOf([row('h1', 1), row('h1', 2), row('h3', 2)], marks)).toEqual(['a', 'b', 'c']);
  });

  it('knows a row by its text where its time was changed since, and by its time where its text is lost', () => {
    expect(idsOf([row('h1', 7), row('lost', 2)], { a: ['h1', 'when 1'], b: ['h2', 'when 2'] })).toEqual(['b', 'a']);
    expect(idsOf([row('ab12', 9)], { a: ['h1', 'when 1'] })).toEqual(['ab12']);
  });

  it('takes what only got another name for the one that is on disk', () => {
    expect(idsOf([row('h1', 1)], { old: ['h1', 'when 1'], renamed: ['h1', 'when 1'] })).toEqual(['renamed']);
  });

  it('takes out both rows of one that Drizzle applied twice, because its time was changed', () => {
    const known = knowing({ a: ['h1', 'when 1', 'when 5'] });
    const rows = [row('h1', 1), row('h1', 5)];
    expect(drizzle.applied(project([]), rows, known)).toHaveLength(1);
    expect(drizzle.forget(project([]), migrationId('a'), rows, known)).toHaveLength(2);
  });

  it('says which migrations a newer row keeps Drizzle from ever applying', () => {
    const known = knowing({ gone: ['h1', `when ${WHEN[THIRD]}`], [FIRST]: [sha256(USERS), `when ${WHEN[FIRST]}`] });
    const at = project([FIRST, SECOND, FOURTH]);
    const applied = drizzle.applied(at, [ON_SQLITE(FIRST), row('h1', WHEN[THIRD])], known);
    expect(drizzle.hazard(at, [migrationId('gone')], applied)).toMatch(
      /It skips 0001_a name for good, with exit code 0/,
    );
  });

  it('never counts a file as pending that the journal does not name, and applies none before those it names earlier', () => {
    const at = project([FOURTH, FIRST]);
    expect(drizzle.passesOver(at, [], migrationId(SECOND))).toBe(true);
    expect(drizzle.passesOver(at, [], migrationId(FIRST))).toBe(false);
    const file = { path: 'db/changes/0000_users.sql', text: USERS };
    expect(framework.forward(at, file, 'sqlite')).toMatchObject({
      how: 'impossible',
      reason: 'the journal has 0003_more before it, whatever their names',
    });
    expect(framework.forward(at, file, 'sqlite', [], { rows: [ON_SQLITE(FOURTH)], ahead: 0 })).toMatchObject({
      how: 'sql',
    });
  });

  it('of version 1.0 has a folder per migration, and its name and time in the row', () => {
    const tree = { 'drizzle.config.ts': "export default { dialect: 'sqlite', dbCredentials: { url: 'file:a.db' } };" };
    const [only] = drizzle.detect(sourceTree(drizzle, tree));
    if (only === undefined) throw new Error('no project');
    const path = 'drizzle/20240101100000_users/migration.sql';
    expect(drizzle.identify(only, path)).toBe('20240101100000_users');
    expect(framework.forward(only, { path, text: USERS }, 'sqlite')).toMatchObject({
      rows: [{ change: 'insert', values: { created_at: 1704103200000, name: '20240101100000_users' } }],
    });
    expect(drizzle.createHistoryTable(only, 'sqlite')).toContain('applied_at TEXT');
    expect(drizzle.connection(only, sourceTree(drizzle, tree))).toMatchObject([{ text: 'file:a.db', base: '.' }]);
  });
});
