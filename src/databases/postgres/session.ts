/** One session with a PostgreSQL server. Values come and go as the server's own text, so that nothing is lost on the way. */
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { pipeline } from 'node:stream/promises';
import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import type { Address } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { postgresCode, postgresProblem } from './errors.ts';

/** A result: column names, their type oids, rows as the server's text, and how many rows a change hit. */
interface PostgresRows {
  readonly columns: readonly string[];
  readonly types: readonly number[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly hit: number;
}

export interface PostgresSession {
  /** Process id of the server's side. */
  readonly pid: number;
  /** One statement; values are texts, or null. */
  query(sql: string, values?: readonly (string | null)[]): Promise<PostgresRows>;
  /** Several statements in one message, as one implicit transaction where none is open. */
  script(sql: string): Promise<void>;
  /** `COPY … TO STDOUT`: the bytes as they come, no faster than they are taken. */
  copyOut(sql: string, take: (piece: Buffer) => void): Promise<void>;
  /** `COPY … FROM STDIN`, from a stream of bytes. */
  copyIn(sql: string, from: NodeJS.ReadableStream): Promise<void>;
  /** Is a transaction open (a failed one too)? */
  inTransaction(): boolean;
  /** Why the session is gone; null while it is not. */
  lost(): Error | null;
  close(): Promise<void>;
}

/** Seconds until a silent server counts as unreachable. */
const CONNECT_TIMEOUT = 5000;
// A reading query that takes longer than this waits for something that does not come.
const READ_TIMEOUT = 60_000;

/** Connects. `name` is shown in `pg_stat_activity`. Throws problems. */
export async function connect(
  address: Address,
  name: string,
  around: Surroundings,
  how: { readonly forever: boolean },
): Promise<PostgresSession> {
  const [first, second] = waysOfEncryption(address);
  try {
    return await attempt(address, name, around, how, first);
  } catch (error) {
    if (second === undefined || !isAboutEncryption(error)) throw postgresProblem(error, address, 'connecting');
  }
  try {
    return await attempt(address, name, around, how, second);
  } catch (error) {
    throw postgresProblem(error, address, 'connecting');
  }
}

async function attempt(
  address: Address,
  name: string,
  around: Surroundings,
  how: { readonly forever: boolean },
  ssl: Encryption,
): Promise<PostgresSession> {
  const { default: pg } = await import('pg');
  const password = address.secret.reveal() ?? around.env['PGPASSWORD'];
  const place = placeOf(address, around);
  const config: ClientConfig = {
    ...place,
    database: address.database,
    ...(password === undefined ? {} : { password }),
    ssl,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
    // The identity for every type: texts stay what the server sent.
    types: { getTypeParser: () => (value: string) => value },
    ...(how.forever ? {} : { query_timeout: READ_TIMEOUT }),
    ...startOptions(address),
  };
  const client = new pg.Client(config);
  let lost: Error | null = null;
  client.on('error', error => {
    lost ??= error;
  });
  client.on('end', () => {
    lost ??= new Error('Connection terminated');
  });
  try {
    await client.connect();
  } catch (error) {
    // The driver leaves its socket open when it fails by itself (no password known), and an open socket keeps the process alive.
    client.end().catch(() => undefined);
    throw error;
  }
  const query: PostgresSession['query'] = async (sql, values = []) => {
    const result = await client.query<(string | null)[]>({ text: sql, values: [...values], rowMode: 'array' });
    return {
      columns: result.fields.map(field => field.name),
      types: result.fields.map(field => field.dataTypeID),
      rows: result.rows,
      hit: result.rowCount ?? 0,
    };
  };
  const pid = Number((await query('SELECT pg_backend_pid()')).rows[0]?.[0]);
  return {
    pid,
    query,
    script: async sql => void (await client.query(sql)),
    async copyOut(sql, take) {
      const { to } = await import('pg-copy-streams');
      for await (const piece of client.query(to(sql))) take(piece);
    },
    async copyIn(sql, source) {
      const { from } = await import('pg-copy-streams');
      await pipeline(source, client.query(from(sql)));
    },
    inTransaction: () => client.getTransactionStatus() !== 'I',
    lost: () => lost,
    close: () => client.end(),
  };
}

/** Where an address leads: libpq's defaults for what it does not say. */
export function placeOf(
  address: Address,
  around: Surroundings,
): { readonly host: string; readonly port: number; readonly user: string } {
  const port = address.port ?? Number(around.env['PGPORT'] ?? 5432);
  const folder = ['/var/run/postgresql', '/tmp'].find(place => existsSync(`${place}/.s.PGSQL.${port}`));
  const host = address.socket ?? address.host ?? around.env['PGHOST'] ?? folder ?? 'localhost';
  return { host, port, user: address.user ?? around.env['PGUSER'] ?? userInfo().username };
}

/** The schema search path an address asks for, in the spellings of dbmate, JDBC and Prisma; null for the server's default. */
function searchPathOf(address: Address): string | null {
  const { search_path, currentSchema, schema } = address.parameters;
  return search_path ?? currentSchema ?? schema ?? null;
}

function startOptions(address: Address): { readonly options?: string } {
  const path = searchPathOf(address);
  const asked = [
    address.parameters['options'],
    path === null ? null : `-c search_path=${path.replace(/([\\ ])/g, '\\$1')}`,
  ];
  const options = asked.filter(option => option !== null && option !== undefined).join(' ');
  return options === '' ? {} : { options };
}

type Encryption = false | ConnectionOptions;

// https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
function waysOfEncryption(address: Address): readonly [Encryption, Encryption?] {
  const { sslmode, ssl, sslrootcert, sslcert, sslkey } = address.parameters;
  const own = {
    ...(sslcert === undefined ? {} : { cert: readFileSync(sslcert) }),
    ...(sslkey === undefined ? {} : { key: readFileSync(sslkey) }),
  };
  const trusted = sslrootcert === undefined || sslrootcert === 'system' ? {} : { ca: readFileSync(sslrootcert) };
  const lax: Encryption = { ...own, rejectUnauthorized: false };
  const authority: Encryption = { ...own, ...trusted, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  const isNear = address.socket !== null || ['localhost', '127.0.0.1', '::1', null].includes(address.host);
  switch (sslmode ?? (ssl === 'true' ? 'require' : 'prefer')) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, lax];
    case 'require':
      return sslrootcert === undefined ? [lax] : [authority];
    case 'no-verify':
      return [lax];
    case 'verify-ca':
      return [authority];
    case 'verify-full':
      return [{ ...own, ...trusted, rejectUnauthorized: true }];
    default:
      return isNear ? [false, lax] : [lax, false];
  }
}

function isAboutEncryption(error: unknown): boolean {
  const said = error instanceof Error ? error.message : '';
  if (postgresCode(error) === '28000') return /no encryption|SSL off/.test(said);
  return /does not support SSL/.test(said);
}
