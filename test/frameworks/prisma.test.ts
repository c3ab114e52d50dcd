/** Prisma Migrate: the promises of every framework, and its projects, several rows per migration, checksums and refusals. */
import { describe, expect, it } from 'vitest';
import { migrationId, type Row } from '../../src/domain/migration.ts';
import type { Framework } from '../../src/frameworks/contract.ts';
import { prisma } from '../../src/frameworks/prisma/index.ts';
import { describeFramework } from './conformance.ts';
import { sourceTree } from './conformance-bench.ts';

const USERS = 'CREATE TABLE users (id integer PRIMARY KEY);\n';
const NAME = 'ALTER TABLE users ADD COLUMN name text;\n';
const LATE = 'CREATE INDEX CONCURRENTLY u ON users (name);\n';
/** By `sha256sum`. */
const OF_USERS = 'f9635202e60ee516278eba8361adb920f176ad3184d2a34adefe1ff6cada2909';
const OF_USERS_CRLF = '25aae7b8f191e22809c412fe6765d752ceff19c76948c63782874742e1c5db3b';

const [FIRST, SECOND, THIRD] = ['20240101_users', '20240102_a name', '20240103_late'];
const pathOf = (name: string) => `apps/shop/db/changes/${name}/migration.sql`;
const [USERS_AT, NAME_AT] = [pathOf(FIRST), pathOf(SECOND)];
const DOWN = `apps/shop/db/changes/${FIRST}/down.sql`;

const file = (id: string, text: string) => ({
  path: pathOf(id),
  text,
  id,
  requires: [],
  replaces: [],
  namespace: null,
  number: null,
});
const FILES = [file(FIRST, USERS), file(SECOND, NAME), file(THIRD, LATE)];

const row = (name: string, at: string | number, more: Row = {}): Row => ({
  id: `id of ${name}`,
  checksum: OF_USERS,
  finished_at: at,
  migration_name: name,
  logs: null,
  rolled_back_at: null,
  started_at: at,
  applied_steps_count: 1,
  ...more,
});

const CONFIG = `import { defineConfig, env } from 'prisma/config';
export default defineConfig({ schema: 'db/model', migrations: { path: 'db/changes' } });
`;
const SCHEMA =
  'generator client {\n  provider = "x"\n}\ndatasource shop {\n  provider = "postgresql"\n  url      = env("SHOP_URL")\n}\n';

describeFramework(prisma, {
  project: {
    tree: {
      ...Object.fromEntries(FILES.map(each => [each.path, each.text])),
      'apps/shop/db/changes/migration_lock.toml': '# do not edit\nprovider = "postgresql"\n',
      'apps/shop/prisma.config.ts': CONFIG,
      'apps/shop/db/model/base.prisma': SCHEMA,
      'apps/shop/db/model/users.prisma': 'model users {\n  id Int @id\n}\n',
      'apps/shop/.env':
        'DATABASE_URL=postgres://other\nSHOP_URL="postgresql://app@db/shop?schema=audit&connection_limit=3&sslmode=require"\n',
    },
    root: 'apps/shop',
    historyTable: { schema: 'audit', name: '_prisma_migrations' },
    addresses: [{ text: 'postgresql://app@db/shop?sslmode=require', base: 'apps/shop/db/model' }],
  },
  notProjects: {
    'a lock file of something else': { 'x/migration_lock.toml': 'locked = true\n', [USERS_AT]: USERS },
    'Prisma without migrations': {
      'package.json': '{"devDependencies":{"prisma":"6"}}',
      'prisma/schema.prisma': SCHEMA,
    },
    'a folder of Drizzle 1.0 has such files': { 'drizzle/20240101_a/migration.sql': USERS, 'drizzle.config.ts': '' },
    'what lies in node_modules': { 'node_modules/x/migration_lock.toml': 'provider = "sqlite"\n' },
  },
  severalProjects: {
    'one by its lock file, one by its configuration, one at the root': {
      tree: {
        'a/prisma/migrations/migration_lock.toml': 'provider = "sqlite"\n',
        'b/.config/prisma.ts': "export default { migrations: { path: './moves' } };\n",
        'prisma/migrations/migration_lock.toml': 'provider = "mysql"\n',
      },
      roots: ['a', 'b', '.'],
    },
  },
  files: FILES,
  parts: [
    { path: USERS_AT, among: [DOWN, NAME_AT, `apps/shop/db/changes/${FIRST}/notes.sql`], gives: [DOWN] },
    { path: NAME_AT, among: [DOWN], gives: [] },
  ],
  fingerprints: [
    { name: 'as it is', path: USERS_AT, bytes: USERS, contains: OF_USERS },
    { name: 'as a working tree with other line endings had it', path: USERS_AT, bytes: USERS, contains: OF_USERS_CRLF },
    { name: 'the other way round', path: USERS_AT, bytes: USERS.replace('\n', '\r\n'), contains: OF_USERS },
    {
      name: 'as early versions wrote it',
      path: USERS_AT,
      bytes: USERS,
      contains: 'f963522e6ee516278eba8361adb920f176ad3184d2a34adefe1ff6cada299',
    },
  ],
  notFiles: {
    [DOWN]: 'DROP TABLE users;\n',
    'apps/shop/db/changes/migration.sql': USERS,
    'apps/shop/db/changes/old/20240101_users/migration.sql': USERS,
    'prisma/migrations/20240101_users/migration.sql': USERS,
    [`apps/shop/db/changes/${FIRST}/migration.sql.orig`]: USERS,
  },
  unreadable: [{ path: DOWN, text: USERS, reason: /no migration\.sql/ }],
  alsoKnown: [{ id: '20240104_more', requires: [] }],
  histories: [
    {
      name: 'SQLite by the native engine',
      rows: [row(SECOND, 1704189600000), row(FIRST, 1704103200000)],
      autoColumn: null,
      ids: [FIRST, SECOND],
      appliedAt: ['2024-01-01T10:00:00.000Z', '2024-01-02T10:00:00.000Z'],
      forgettable: [FIRST, SECOND],
      relabel: { from: SECOND, to: '20240104_more' },
    },
    {
      name: 'SQLite by the other one',
      rows: [row(FIRST, '2024-01-01T10:00:00.500+00:00'), row(THIRD, '2024-01-03T10:00:00.000+00:00')],
      autoColumn: null,
      ids: [FIRST, THIRD],
      appliedAt: ['2024-01-01T10:00:00.500Z', '2024-01-03T10:00:00.000Z'],
      forgettable: [THIRD],
      relabel: { from: FIRST, to: '20240104_more' },
    },
    {
      name: 'PostgreSQL, with attempts that were rolled back and one that failed',
      rows: [
        row(FIRST, '2024-01-01 09:00:00+00', { id: 'a', rolled_back_at: '2024-01-01 09:30:00+00', finished_at: null }),
        row(FIRST, '2024-01-01 11:00:00.25+01', { id: 'b' }),
        row(SECOND, '2024-01-02 10:00:00+00', { finished_at: null, logs: 'ERROR' }),
        row(THIRD, '2024-01-03 10:00:00+00', { rolled_back_at: '2024-01-03 11:00:00+00' }),
      ],
      autoColumn: null,
      ids: [FIRST, SECOND],
      appliedAt: ['2024-01-01T10:00:00.250Z', '2024-01-02T10:00:00.000Z'],
      forgettable: [SECOND],
      relabel: { from: FIRST, to: '20240104_more' },
    },
  ],
  mayAppear: [],
  reversals: [
    {
      name: 'never by itself',
      path: USERS_AT,
      engine: 'postgres',
      onDisk: [],
      gives: {
        how: 'impossible',
        reason: 'Prisma has no down migrations, and no down.sql lies beside it',
        wayOut: expect.stringContaining(`tidemark reconcile ${FIRST} --with <file.sql>`),
      },
    },
    {
      name: 'not by an empty down.sql',
      path: USERS_AT,
      parts: { [DOWN]: '-- nothing\n' },
      engine: 'postgres',
      onDisk: [],
      gives: { how: 'impossible', reason: 'its down.sql is empty' },
    },
    {
      name: 'by its down.sql, with the row',
      path: USERS_AT,
      parts: { [DOWN]: 'DROP TABLE users;\n' },
      engine: 'sqlite',
      onDisk: [],
      gives: {
        how: 'sql',
        script: 'DROP TABLE users;\n',
        inTransaction: true,
        rows: [{ change: 'delete', where: { id: `id of ${FIRST}` } }],
      },
    },
  ],
  forwards: [
    {
      path: USERS_AT,
      engine: 'sqlite',
      gives: {
        how: 'sql',
        inTransaction: true,
        script: expect.stringMatching(
          /^INSERT INTO "audit"\."_prisma_migrations" .*\nCREATE TABLE users[\s\S]*UPDATE /,
        ),
        rows: [{ change: 'update', set: { applied_steps_count: 1 } }],
      },
    },
    { path: pathOf(THIRD), engine: 'postgres', gives: { how: 'sql', inTransaction: false } },
    { path: NAME_AT, engine: 'mysql', gives: { how: 'sql', script: expect.stringContaining('`_prisma_migrations`') } },
    // MySQL takes no empty statement.
    { path: NAME_AT, engine: 'mysql', gives: { how: 'sql', script: expect.not.stringMatching(/;\s*;/) } },
  ],
  losses: [
    {
      name: 'at least what it made, while nothing undoes it',
      path: USERS_AT,
      text: `${USERS}ALTER TABLE kept ADD COLUMN extra text;\n`,
      tables: ['users'],
      columns: ['kept.extra'],
      unsure: /still to be written/,
    },
    {
      name: 'what its down.sql drops',
      path: USERS_AT,
      text: USERS,
      parts: { [DOWN]: 'DROP TABLE users;\n' },
      tables: ['users'],
      columns: [],
      unsure: null,
    },
  ],
  imports: [{ path: USERS_AT, text: USERS, gives: [] }],
  hazard: { orphans: [SECOND], says: /pass 20240102_a name by without a word, and "migrate dev" wants to reset/ },
});

describe('Prisma', () => {
  const framework: Framework = prisma;
  const found = (tree: Readonly<Record<string, string>>) => {
    const [only] = prisma.detect(sourceTree(prisma, tree));
    if (only === undefined) throw new Error('no project');
    return { only, hints: prisma.connection(only, sourceTree(prisma, tree)).map(({ text, base }) => ({ text, base })) };
  };
  const LOCK = { 'prisma/migrations/migration_lock.toml': 'provider = "sqlite"\n' };

  it('keeps a SQLite file beside the schema that names it', () => {
    const schema = 'datasource db {\n  provider = "sqlite"\n  url = "file:./dev.db"\n}\n';
    expect(found({ ...LOCK, 'prisma/schema.prisma': schema }).hints).toEqual([
      { text: 'sqlite:./dev.db', base: 'prisma' },
    ]);
  });

  it('of version 7 is told its database by the configuration', () => {
    const config = "import 'dotenv/config';\nexport default defineConfig({ datasource: { url: env<E>('SHOP') } });\n";
    const { only, hints } = found({ ...LOCK, 'prisma.config.ts': config, '.env': 'SHOP=file:./a.db\n' });
    expect(only).toMatchObject({ root: '.', settings: { migrations: 'prisma/migrations' } });
    expect(hints).toEqual([{ text: 'sqlite:./a.db', base: '.' }]);
  });

  it('names none of its own servers', () => {
    const schema = 'datasource db {\n  url = "prisma+postgres://accelerate/?api_key=x"\n}\n';
    expect(found({ ...LOCK, 'prisma/schema.prisma': schema }).hints).toEqual([]);
  });

  it('takes out every row of a migration, and no other', () => {
    const { only } = found(LOCK);
    const rows = [row('a', 1, { id: 1, rolled_back_at: 2 }), row('a', 3, { id: 2 }), row('b', 4, { id: 3 })];
    expect(framework.forget(only, migrationId('a'), rows, new Map())).toEqual([
      { change: 'delete', where: { id: 1 } },
      { change: 'delete', where: { id: 2 } },
    ]);
    expect(prisma.applied(only, [row('a', 1, { finished_at: null })])).toMatchObject([{ id: 'a', state: 'failed' }]);
  });

  it('gives a row that is relabelled the checksum of its new file', () => {
    const moved = framework.relabel(found(LOCK).only, migrationId('a'), migrationId('b'), [row('a', 1)], new Map(), {
      path: 'prisma/migrations/b/migration.sql',
      text: USERS.replace('\n', '\r\n'),
    });
    expect(moved).toEqual([
      { change: 'update', where: { id: 'id of a' }, set: { migration_name: 'b', checksum: OF_USERS_CRLF } },
    ]);
  });
});
