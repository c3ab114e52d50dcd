/** Databases for fixtures on the three engines: a fresh one each time, asked and compared from outside Tidemark. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createDatabases } from '../../src/databases/databases.ts';
import type { Engine, Row, TableName } from '../../src/domain/migration.ts';
import type { Schema } from '../../src/domain/schema.ts';
import type { Available } from './available.ts';
import { type FreshDatabase, mariadbHere, postgresHere, type TestServer } from './servers.ts';
import { mysqlDatabase, postgresDatabase, sqliteDatabase, type TestDatabase } from './toolchains/recipe.ts';

const run = promisify(execFile);

/** One database of a fixture. */
export interface FixtureDatabase {
  readonly engine: Engine;
  /** Address for Tidemark and the frameworks. Holds the password on servers. */
  readonly url: string;
  /** The file, for SQLite. */
  readonly file: string | null;
  query(sql: string): Promise<readonly Row[]>;
  /** The schema as Tidemark's databases room describes it, the given table left out. */
  schema(without: string): Promise<Schema>;
  /** The schema as the engine's own tool writes it, as lines; what changes from dump to dump is left out. SQLite: the words of each statement. */
  dump(): Promise<readonly string[]>;
  drop(): Promise<void>;
}

/** Makes databases on one engine. `file` is where a SQLite database belongs; servers ignore it. */
export interface FixtureEngine {
  readonly engine: Engine;
  make(file: string): Promise<FixtureDatabase>;
}

export const SQLITE: FixtureEngine = {
  engine: 'sqlite',
  make: file => {
    const url = `sqlite:${file}`;
    const dump = async (database: TestDatabase) => {
      const rows = await database.query(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
      );
      return rows.map(({ sql }) => wordsOf(String(sql))).sort();
    };
    return Promise.resolve(fixtureDatabase(sqliteDatabase(file), url, file, dump, () => Promise.resolve()));
  },
};

const onPostgres = (server: TestServer): FixtureEngine => ({
  engine: 'postgres',
  make: async () => {
    const at = await server.freshDatabase('fixture');
    const url = `${at.url}?sslmode=disable`;
    return fixtureDatabase(
      postgresDatabase(at),
      url,
      null,
      () => pgDump(at),
      () => at.drop(),
    );
  },
});

const onMariadb = (server: TestServer): FixtureEngine => ({
  engine: 'mysql',
  make: async () => {
    const at = await server.freshDatabase('fixture');
    return fixtureDatabase(
      mysqlDatabase(at),
      at.url,
      null,
      () => mariadbDump(at),
      () => at.drop(),
    );
  },
});

/** The engines of this run by name, or why one is not here. */
export function fixtureEngines(): readonly (readonly [string, Available<FixtureEngine>])[] {
  const [postgres, mariadb] = [postgresHere(), mariadbHere()];
  return [
    ['SQLite', { here: true, it: SQLITE }],
    ['PostgreSQL', postgres.here ? { here: true, it: onPostgres(postgres.it) } : postgres],
    ['MariaDB', mariadb.here ? { here: true, it: onMariadb(mariadb.it) } : mariadb],
  ];
}

function fixtureDatabase(
  database: TestDatabase,
  url: string,
  file: string | null,
  dump: (database: TestDatabase) => Promise<readonly string[]>,
  drop: () => Promise<void>,
): FixtureDatabase {
  return {
    engine: database.target.engine,
    url,
    file,
    query: sql => database.query(sql),
    schema: without => describe(url, { schema: null, name: without }),
    dump: () => dump(database),
    drop,
  };
}

/**
 * Words of a statement without their quotes and their order: frameworks that rebuild a table write it in a style of their own. A column
 * may hold NULL, and holds it by default, without saying so: South says it when it adds one, Rails when it makes the table anew.
 */
const wordsOf = (sql: string): string =>
  sql
    .toLowerCase()
    .replaceAll(/[`"]|(?<!not\s)\b(default\s+)?null\b/g, '')
    .split(/[\s,()]+/)
    .sort()
    .join(' ');

async function describe(url: string, without: TableName): Promise<Schema> {
  const databases = createDatabases({ env: process.env, stateHome: '/nonexistent', clock: Date.now });
  const connection = await databases.openToRead(databases.parse(url, '/'));
  try {
    return await connection.describeSchema([without]);
  } finally {
    await connection.close();
  }
}

async function pgDump(at: FreshDatabase): Promise<readonly string[]> {
  const args = ['-s', '-h', at.host, '-p', String(at.port), '-U', at.user, at.name];
  const { stdout } = await run('pg_dump', args, { env: { ...process.env, PGPASSWORD: at.password } });
  // Newer versions print a random token, against scripts in object names.
  return stdout.split('\n').filter(line => !/^(--|\\(un)?restrict|$)/.test(line));
}

async function mariadbDump(at: FreshDatabase): Promise<readonly string[]> {
  const args = ['--no-data', '--skip-comments', '-h', at.host, '-P', String(at.port), '-u', at.user, at.name];
  const { stdout } = await run('mariadb-dump', args, { env: { ...process.env, MYSQL_PWD: at.password } });
  return stdout.split('\n').map(line => line.replace(/ AUTO_INCREMENT=\d+/, ''));
}
