/** One database for a recipe test, on any engine, spoken to by Tidemark's own drivers. */
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { Row, TableName } from '../../src/domain/migration.ts';
import type { Target } from '../../src/frameworks/contract.ts';
import type { TestServer } from '../kit/servers.ts';

/** A database a test works on. */
export interface LiveDatabase {
  readonly target: Target;
  readonly url: string;
  /** Rows of a query; time stamps as the engine's own text. */
  rows(sql: string): Promise<readonly Row[]>;
  /** Runs scripts one after the other, in one transaction where asked and possible. */
  scripts(sqls: readonly string[], inTransaction: boolean): Promise<void>;
  /** A table's name as the engine quotes it. */
  quoted(table: TableName): string;
  drop(): Promise<void>;
}

const NOWHERE = { host: null, port: null, socket: null, user: null, password: null, parameters: {} } as const;

const quotedBy = (quote: string) => (table: TableName) =>
  [table.schema, table.name].flatMap(part => (part === null ? [] : `${quote}${part}${quote}`)).join('.');

/** A SQLite file, made by whoever opens it first. */
export function sqliteDatabase(file: string): LiveDatabase {
  const open = async <T>(work: (database: Database.Database) => T): Promise<T> => {
    const database = new Database(file);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    target: { ...NOWHERE, engine: 'sqlite', database: file },
    url: `sqlite:${file}`,
    rows: sql => open(database => database.prepare<[], Row>(sql).all()),
    scripts: (sqls, inTransaction) =>
      open(database => {
        const run = () => {
          for (const sql of sqls) database.exec(sql);
        };
        if (inTransaction) database.transaction(run)();
        else run();
      }),
    quoted: quotedBy('"'),
    drop: () => Promise.resolve(),
  };
}

/** A new database on the run's PostgreSQL server. */
export async function postgresDatabase(server: TestServer): Promise<LiveDatabase> {
  const fresh = await server.freshDatabase('recipe');
  const work = async (sql: string): Promise<readonly Row[]> => {
    const client = new pg.Client({
      connectionString: fresh.url,
      types: { getTypeParser: () => (text: string) => text },
    });
    await client.connect();
    try {
      const answer = await client.query<Row>(sql);
      return answer.rows ?? [];
    } finally {
      await client.end();
    }
  };
  const { host, port, user, password, name } = fresh;
  return {
    target: { ...NOWHERE, engine: 'postgres', database: name, host, port, user, password },
    url: `${fresh.url}?sslmode=disable`,
    rows: work,
    scripts: async (sqls, inTransaction) => {
      if (inTransaction) await work(['BEGIN', ...sqls, 'COMMIT'].join('\n;'));
      else for (const sql of sqls) await work(sql);
    },
    quoted: quotedBy('"'),
    drop: () => fresh.drop(),
  };
}

/** A new database on the run's MariaDB server. Its schema changes commit by themselves. */
export async function mariadbDatabase(server: TestServer): Promise<LiveDatabase> {
  const fresh = await server.freshDatabase('recipe');
  const { host, port, user, password, name } = fresh;
  const work = async (sql: string): Promise<readonly Row[]> => {
    const settings = { host, port, user, password, database: name, multipleStatements: true, dateStrings: true };
    const connection = await mysql.createConnection(settings);
    try {
      const [rows] = await connection.query(sql);
      return Array.isArray(rows) ? (rows as Row[]).map(row => ({ ...row })) : [];
    } finally {
      await connection.end();
    }
  };
  return {
    target: { ...NOWHERE, engine: 'mysql', database: name, host, port, user, password },
    url: fresh.url,
    rows: work,
    scripts: async sqls => {
      for (const sql of sqls) await work(sql);
    },
    quoted: quotedBy('`'),
    drop: () => fresh.drop(),
  };
}
