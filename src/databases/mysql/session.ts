/** One session with a MySQL or MariaDB server. Values are read in the binary protocol: the text one rounds FLOAT to six digits. */
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Connection, ConnectionOptions } from 'mysql2';
import type { Address } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { mysqlProblem } from './errors.ts';

export type MysqlValue = null | number | string | Buffer;

export interface MysqlRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly MysqlValue[])[];
}

export interface MysqlSession {
  /** The server's number for this session. */
  readonly id: number;
  read(sql: string, values?: readonly MysqlValue[]): Promise<MysqlRows>;
  /** One statement; returns how many rows it found (an UPDATE to the same value counts). */
  change(sql: string, values?: readonly MysqlValue[]): Promise<number>;
  /** Text as it is, in the plain protocol; several statements on a session that was opened for scripts. */
  script(sql: string): Promise<void>;
  /** Rows one by one in the plain protocol, cells as the server's bytes, no faster than they are taken. */
  each(sql: string, row: (cells: readonly (Buffer | null)[]) => void): Promise<void>;
  /** Why the session is gone; null while it is not. */
  lost(): Error | null;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT = 5000;
// A reading query that takes longer than this waits for something that does not come.
const READ_TIMEOUT = 60_000;

/** Connects. `name` is the session's `program_name` attribute. Throws problems. */
export async function connect(
  address: Address,
  name: string,
  around: Surroundings,
  how: { readonly scripts: boolean },
): Promise<MysqlSession> {
  try {
    const { default: mysql } = await import('mysql2');
    const password = address.secret.reveal() ?? around.env['MYSQL_PWD'];
    const options: ConnectionOptions = {
      ...placeOf(address, around),
      database: address.database,
      ...(password === undefined ? {} : { password }),
      ...encryption(address),
      connectTimeout: CONNECT_TIMEOUT,
      charset: 'utf8mb4',
      dateStrings: true,
      supportBigNumbers: true,
      bigNumberStrings: false,
      jsonStrings: true,
      rowsAsArray: true,
      multipleStatements: how.scripts,
      // The driver would change the session's sql_mode with it, and a script might be read in another way than elsewhere.
      flags: ['-IGNORE_SPACE'],
      connectAttributes: { program_name: name },
    };
    const connection = mysql.createConnection(options);
    let lost: Error | null = null;
    connection.on('error', error => {
      lost ??= error;
    });
    connection.on('end', () => {
      lost ??= new Error('Connection lost');
    });
    const id = await greet(connection);
    return sessionOf(connection, id, () => lost, how.scripts ? undefined : READ_TIMEOUT);
  } catch (error) {
    throw mysqlProblem(error, address, 'connecting');
  }
}

/** Where an address leads: the clients' defaults for what it does not say. */
export function placeOf(
  address: Address,
  around: Surroundings,
): { readonly host: string; readonly port: number; readonly user: string; readonly socketPath?: string } {
  const usual = ['/run/mysqld/mysqld.sock', '/var/run/mysqld/mysqld.sock', '/tmp/mysql.sock'].find(file =>
    existsSync(file),
  );
  const socketPath = address.socket ?? (address.host === null ? usual : undefined);
  return {
    host: address.host ?? '127.0.0.1',
    port: address.port ?? 3306,
    user: address.user ?? around.env['USER'] ?? userInfo().username,
    ...(socketPath === undefined ? {} : { socketPath }),
  };
}

function sessionOf(
  connection: Connection,
  id: number,
  lost: () => Error | null,
  timeout: number | undefined,
): MysqlSession {
  const execute = (
    sql: string,
    values: readonly MysqlValue[],
  ): Promise<{ rows: unknown; columns: readonly string[] }> =>
    new Promise((resolve, reject) => {
      const limit = timeout === undefined ? {} : { timeout };
      connection.execute({ sql, values: [...values], rowsAsArray: true, ...limit }, (error, rows, fields) => {
        if (error) reject(error);
        else resolve({ rows, columns: (fields ?? []).map(field => field.name) });
      });
    });
  return {
    id,
    async read(sql, values = []) {
      const { rows, columns } = await execute(sql, values);
      return { columns, rows: rows as MysqlValue[][] };
    },
    async change(sql, values = []) {
      const { rows } = await execute(sql, values);
      return (rows as { affectedRows: number }).affectedRows;
    },
    script: sql =>
      new Promise((resolve, reject) => {
        connection.query(sql, error => (error ? reject(error) : resolve()));
      }),
    async each(sql, row) {
      const rows = connection.query({ sql, rowsAsArray: true, typeCast: false }).stream({ highWaterMark: 200 });
      for await (const cells of rows) row(cells);
    },
    lost,
    close: () =>
      new Promise(resolve => {
        if (lost() !== null) {
          connection.destroy();
          resolve();
        } else connection.end(() => resolve());
      }),
  };
}

// The driver's own time limit ends with the TCP connection; a stopped server accepts that and says nothing.
function greet(connection: Connection): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      connection.destroy();
      reject(new Error('the server does not answer'));
    }, CONNECT_TIMEOUT);
    connection.query('SELECT CONNECTION_ID()', (error, rows) => {
      clearTimeout(timer);
      if (error) {
        connection.destroy();
        reject(error);
      } else resolve(Number((rows as unknown as number[][])[0]?.[0]));
    });
  });
}

// Names used by the C client, JDBC, Prisma, Rails and Go, in that order.
function encryption(address: Address): Pick<ConnectionOptions, 'ssl'> {
  const { parameters } = address;
  const asked =
    parameters['ssl-mode'] ??
    parameters['sslMode'] ??
    parameters['sslmode'] ??
    parameters['ssl_mode'] ??
    parameters['tls'];
  const authority = parameters['ssl-ca'] ?? parameters['sslca'] ?? parameters['sslcert'];
  const ca = authority === undefined ? {} : { ca: readFileSync(authority) };
  const mode = (
    asked ?? (parameters['ssl'] === 'true' || parameters['useSSL'] === 'true' ? 'required' : 'disabled')
  ).toLowerCase();
  if (/^verify|^true$|^strict$/.test(mode)) return { ssl: { ...ca, rejectUnauthorized: true } };
  if (/^require|^skip-verify$/.test(mode)) return { ssl: { ...ca, rejectUnauthorized: false } };
  return {};
}
