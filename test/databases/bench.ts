/** What the conformance suite works with: how one engine is written, and a database of it for every test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';
import type { Address, Connection, Databases } from '../../src/databases/contract.ts';
import { createDatabases } from '../../src/databases/databases.ts';
import type { Row, TableName } from '../../src/domain/migration.ts';
import type { Available } from '../kit/available.ts';

/** A database of one test, and a way to it that is not the code under test. */
interface Place {
  /** An address of it, as a user would write it. */
  readonly url: string;
  /** Another address of the same database. */
  readonly otherUrl: string;
  /** An address of a database that does not exist on the same server. */
  readonly missingUrl: string;
  /** Runs SQL with an ordinary client. */
  execute(sql: string): Promise<void>;
  /** Rows as texts, from an ordinary client. */
  texts(sql: string): Promise<readonly string[]>;
  drop(): Promise<void>;
}

/** What differs from engine to engine. All fields are needed. */
export interface EngineFacts<T> {
  readonly title: string;
  readonly needed: Available<T>;
  place(needed: T): Promise<Place>;
  readonly server: RegExp;
  readonly transactionalSchema: boolean;
  /** Creates a table `exact` with every type worth a doubt, and one row or more in it. */
  readonly exact: string;
  /** A query that shows all of `exact`, every byte of it. */
  readonly exactShown: string;
  /** Creates a table `nasty` with a primary key `id` that counts by itself, a generated column `made`, and types that `exact` has not; without rows. */
  readonly nasty: string;
  /** Its rows, the last one with id 7, after one with a higher id was there and deleted. */
  readonly nastyRows: string;
  /** A query that shows all of `nasty`, every byte of it. */
  readonly nastyShown: string;
  /** Sets, in a table with columns `id` and `changed`, `changed` at each INSERT and UPDATE; null where that cannot be kept from firing. */
  readonly trigger: string | null;
  /** A name with quotes and other letters, quoted for SQL. */
  readonly quoted: { readonly name: string; readonly sql: string };
  /** Two ways to build the same schema. */
  readonly equal: Readonly<Record<string, readonly [string, string]>>;
  /** What must be seen as a difference: a schema, and what is done to it. */
  readonly different: Readonly<Record<string, readonly [string, string]>>;
  /** A schema with one object of every kind, with rows, for the round trip of a backup; and what is done to it afterwards. */
  readonly rich: string;
  readonly afterBackup: string;
  /** Queries that show the data of `rich`. */
  readonly richShown: readonly string[];
}

export const HISTORY = { schema: null, name: 'history' } satisfies TableName;
/** Three rows of HISTORY, stored in another order than their primary keys'. */
export const CREATE_HISTORY = `CREATE TABLE history (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL, note VARCHAR(50));
INSERT INTO history VALUES (2, 'two', NULL), (1, 'one', 'first'), (3, 'three', NULL);`;

/** A database room, and in every test a fresh database; what is opened through it is closed after the test. */
export interface Bench {
  readonly facts: Omit<EngineFacts<unknown>, 'place' | 'needed'>;
  readonly databases: Databases;
  /** Folder of the suite, gone after it. */
  readonly home: string;
  /** The test's own database. */
  place(): Place;
  /** Another database of the same server. The caller drops it. */
  another(): Promise<Place>;
  parse(url: string): Address;
  /** Opens the test's database for reading. */
  reader(): Promise<Connection>;
  /** Opens the test's database for a run. */
  writer(run?: string): Promise<Connection>;
  /** Has a connection closed after the test. */
  keep(connection: Connection): Connection;
  closeAll(): Promise<void>;
  rowsOf(table: TableName): Promise<readonly Row[]>;
}

/** Sets a bench up, with its hooks. Called inside `describe`. */
export function setUpBench<T>(facts: EngineFacts<T>, needed: T): Bench {
  const home = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
  const databases = createDatabases({ env: process.env, stateHome: join(home, 'state'), clock: Date.now });
  let place: Place;
  const open: Connection[] = [];
  const bench: Bench = {
    facts,
    databases,
    home,
    place: () => place,
    another: () => facts.place(needed),
    parse: url => databases.parse(url, home),
    reader: async () => bench.keep(await databases.openToRead(bench.parse(place.url))),
    writer: async (run = 'r1') => bench.keep(await databases.openToChange(bench.parse(place.url), run)),
    keep(connection) {
      open.push(connection);
      return connection;
    },
    closeAll: async () => void (await Promise.all(open.splice(0).map(connection => connection.close()))),
    async rowsOf(table) {
      const read = await (await bench.reader()).readHistory(table);
      return read.table === 'present' ? read.rows : [];
    },
  };
  beforeEach(async () => {
    place = await facts.place(needed);
  });
  afterEach(async () => {
    await bench.closeAll();
    await place.drop();
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  return bench;
}
