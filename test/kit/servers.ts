/**
 * Database servers for tests. The shared ones are started once per test run, at the first wish; a test that kills a server starts a
 * private one. Suites use them through `describeWith(name, postgresHere(), …)`.
 */
import { connect } from 'node:net';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { inject } from 'vitest';
import type { Available } from './available.ts';
import type { DeskAnswer } from './global-setup.ts';
import { mariadbPrograms, startMariadb } from './servers/mariadb.ts';
import { postgresPrograms, startPostgres } from './servers/postgres.ts';
import type { Server, ServerAddress } from './servers/server.ts';

/** A database of one test. */
export interface FreshDatabase extends ServerAddress {
  readonly name: string;
  /** `postgres://tidemark:…@127.0.0.1:41234/t_shop_1f3a`. */
  readonly url: string;
  /** Drops it, ending every session on it. */
  drop(): Promise<void>;
}

/** One engine's server. */
export interface TestServer {
  /** Where the server is, started if it was not. Its user has every right. */
  address(): Promise<ServerAddress>;
  /** A new, empty database. `name` enters its name, which is unique. */
  freshDatabase(name?: string): Promise<FreshDatabase>;
  /** URL of any database of the server, also of one that does not exist. */
  url(database: string): Promise<string>;
}

/** A server of one test, that may be stopped and killed. */
export interface PrivateServer extends TestServer {
  /** Sends a signal to the server's main process. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGQUIT'): void;
  /** Ends it and removes its folder. Call it in `afterAll`/`finally`. */
  remove(): Promise<void>;
}

/** The run's PostgreSQL server, or why there is none. */
export function postgresHere(): Available<TestServer> {
  const { desk, postgres } = inject('servers');
  return postgres.here ? { here: true, it: serverAt('postgres', () => ask(desk, 'postgres')) } : postgres;
}

/** The run's MariaDB server, or why there is none. */
export function mariadbHere(): Available<TestServer> {
  const { desk, mariadb } = inject('servers');
  return mariadb.here ? { here: true, it: serverAt('mysql', () => ask(desk, 'mariadb')) } : mariadb;
}

/** Starts a PostgreSQL server for the calling test alone. Throws where PostgreSQL is not installed. */
export async function privatePostgres(): Promise<PrivateServer> {
  const programs = postgresPrograms();
  if (!programs.here) throw new Error(programs.because);
  return privateServer('postgres', await startPostgres(programs.it));
}

/** Starts a MariaDB server for the calling test alone. Throws where MariaDB is not installed. */
export async function privateMariadb(): Promise<PrivateServer> {
  const programs = mariadbPrograms();
  if (!programs.here) throw new Error(programs.because);
  return privateServer('mysql', await startMariadb(programs.it));
}

function privateServer(scheme: Scheme, server: Server): PrivateServer {
  return {
    ...serverAt(scheme, () => Promise.resolve(server)),
    signal: name => process.kill(server.kept.pid, name),
    remove: () => server.kept.remove(),
  };
}

type Scheme = 'postgres' | 'mysql';

function serverAt(scheme: Scheme, address: () => Promise<ServerAddress>): TestServer {
  const urlOf = (server: ServerAddress, database: string): string =>
    `${scheme}://${server.user}:${server.password}@${server.host}:${server.port}/${database}`;
  const run = scheme === 'postgres' ? runOnPostgres : runOnMysql;
  return {
    address,
    url: async database => urlOf(await address(), database),
    async freshDatabase(name = 'test') {
      const server = await address();
      // Random enough for test files that run side by side; a clash fails loudly at CREATE DATABASE.
      const unique = `t_${name.toLowerCase().replace(/[^a-z0-9]+/g, '_')}_${crypto.randomUUID().slice(0, 8)}`;
      await run(server, `CREATE DATABASE ${unique}`);
      const force = scheme === 'postgres' ? ' WITH (FORCE)' : '';
      return {
        ...server,
        name: unique,
        url: urlOf(server, unique),
        drop: () => run(server, `DROP DATABASE IF EXISTS ${unique}${force}`),
      };
    },
  };
}

async function runOnPostgres(server: ServerAddress, sql: string): Promise<void> {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function runOnMysql(server: ServerAddress, sql: string): Promise<void> {
  const { host, port, user, password } = server;
  const connection = await mysql.createConnection({ host, port, user, password });
  await connection.query(sql).finally(() => connection.end());
}

function ask(desk: number, engine: string): Promise<ServerAddress> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(desk, '127.0.0.1', () => socket.write(`${engine}\n`));
    socket.once('error', reject);
    socket.on('data', chunk => {
      text += chunk.toString();
    });
    socket.once('end', () => {
      const answer: DeskAnswer = JSON.parse(text);
      if ('server' in answer) resolve(answer.server);
      else reject(new Error(answer.failed));
    });
  });
}
