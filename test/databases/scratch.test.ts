/** Scratch databases where something is in the way, or particular to one engine. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Address, ScratchContents } from '../../src/databases/contract.ts';
import { createDatabases } from '../../src/databases/databases.ts';
import { describeWith } from '../kit/available.ts';
import { mariadbHere, postgresHere } from '../kit/servers.ts';
import { FILL, HISTORY, makeRoom } from './trouble.ts';

const OWNER = { pid: process.pid, startTicks: null, boot: null };

const onPostgres = async (url: string, sql: string): Promise<readonly (readonly unknown[])[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client
    .query<unknown[]>({ text: sql, rowMode: 'array' })
    .then(({ rows }) => rows)
    .finally(() => client.end());
};

const onMariadb = async (url: string, sql: string): Promise<unknown> => {
  const client = await mysql.createConnection({ uri: url, multipleStatements: true });
  return client.query(sql).finally(() => client.end());
};

/** Makes a scratch database with a name of its own. */
const scratchMaker =
  (databases: ReturnType<typeof makeRoom>['databases']) => async (real: Address, contents: ScratchContents) => {
    const connection = await databases.openToRead(real);
    await connection.close();
    const name = `tidemark_rehearsal_${crypto.randomUUID().replaceAll('-', '').slice(0, 20)}`;
    const wish = { name, contents, history: HISTORY, identity: connection.identity, owner: OWNER };
    return databases.makeScratch(real, wish);
  };

describeWith('scratch databases of PostgreSQL', postgresHere(), server => {
  const { databases, home } = makeRoom();
  const make = scratchMaker(databases);

  it.for([false, true])('is a whole copy, with what ALTER DATABASE set (somebody on the real one: %s)', async busy => {
    await using fresh = {
      it: await server.freshDatabase('scratch'),
      async [Symbol.asyncDispose]() {
        await this.it.drop();
      },
    };
    const { url, name } = fresh.it;
    await onPostgres(
      url,
      `CREATE SCHEMA "my tenant"; ALTER DATABASE ${name} SET search_path = "my tenant", public; ALTER DATABASE ${name} SET "app.who" = 'it''s me';
       SET search_path = "my tenant"; ${FILL} INSERT INTO history VALUES (1, 'one')`,
    );
    const other = new pg.Client({ connectionString: url });
    if (busy) await other.connect();
    const real = databases.parse(url, home);
    const scratch = await make(real, 'full');
    const there = await databases.openToRead(scratch);
    expect(await there.readHistory(HISTORY)).toMatchObject({ table: 'present', rows: [{ id: 1, name: 'one' }] });
    await there.close();
    const scratchUrl = url.replace(name, scratch.database);
    expect(await onPostgres(scratchUrl, "SELECT current_setting('app.who')")).toEqual([["it's me"]]);
    if (busy) await other.end();
    await databases.dropScratch(real, scratch.database);
  });

  it('says so where the user may not create databases, and leaves none', async () => {
    const fresh = await server.freshDatabase('scratch');
    const role = `plain_${fresh.name.slice(-8)}`;
    await onPostgres(
      fresh.url,
      `CREATE ROLE ${role} LOGIN PASSWORD 'pl:a@in'; ${FILL} GRANT SELECT ON history TO ${role}`,
    );
    const real = databases.parse(
      `postgres://${role}:${encodeURIComponent('pl:a@in')}@127.0.0.1:${fresh.port}/${fresh.name}`,
      home,
    );
    const error: unknown = await make(real, 'full').catch(thrown => thrown);
    expect(error).toMatchObject({
      code: 'scratch-impossible',
      facts: { reason: expect.stringMatching(/may not create databases/) },
    });
    expect(JSON.stringify(error)).not.toContain('pl:a@in');
    expect(databases.scratches()).toEqual([]);
    await onPostgres(fresh.url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await fresh.drop();
  });

  it('says so where no pg_dump can be had, and the database is in use', async () => {
    const fresh = await server.freshDatabase('scratch');
    await onPostgres(fresh.url, FILL);
    const bare = createDatabases({ env: { PATH: '' }, stateHome: join(home, 'bare'), clock: Date.now });
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    // PostgreSQL of Debian keeps its programs where they are found without PATH.
    const outcome = await scratchMaker(bare)(bare.parse(fresh.url, home), 'full').then(
      async scratch => {
        await bare.dropScratch(bare.parse(fresh.url, home), scratch.database);
        return 'made';
      },
      error => error.code,
    );
    expect(['made', 'scratch-impossible']).toContain(outcome);
    expect(bare.scratches()).toEqual([]);
    await client.end();
    await fresh.drop();
  });

  it('ends sessions that are still on it', async () => {
    const fresh = await server.freshDatabase('scratch');
    await onPostgres(fresh.url, FILL);
    const real = databases.parse(fresh.url, home);
    const scratch = await make(real, 'schema');
    const left = new pg.Client({ connectionString: fresh.url.replace(fresh.name, scratch.database) });
    left.on('error', () => undefined);
    await left.connect();
    await databases.dropScratch(real, scratch.database);
    expect(await onPostgres(fresh.url, `SELECT 1 FROM pg_database WHERE datname = '${scratch.database}'`)).toEqual([]);
    await fresh.drop();
  });
});

describeWith('scratch databases of MariaDB', mariadbHere(), server => {
  const { databases, home } = makeRoom();
  const make = scratchMaker(databases);

  it('are not made where a trigger names the database itself', async () => {
    const fresh = await server.freshDatabase('scratch');
    await onMariadb(
      fresh.url,
      `${FILL} CREATE TABLE t (a INT); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW DELETE FROM ${fresh.name}.history`,
    );
    await expect(make(databases.parse(fresh.url, home), 'full')).rejects.toMatchObject({
      code: 'scratch-impossible',
      facts: { reason: expect.stringMatching(/^the trigger g names the database itself/) },
    });
    expect(databases.scratches()).toEqual([]);
    await fresh.drop();
  });

  it('says so where the user may not create databases', async () => {
    const fresh = await server.freshDatabase('scratch');
    const user = `plain_${fresh.name.slice(-8)}`;
    await onMariadb(
      fresh.url,
      `${FILL} CREATE USER ${user}@'%' IDENTIFIED BY 'plains-secret'; GRANT ALL ON ${fresh.name}.* TO ${user}@'%'`,
    );
    const real = databases.parse(`mysql://${user}:plains-secret@127.0.0.1:${fresh.port}/${fresh.name}`, home);
    await expect(make(real, 'full')).rejects.toMatchObject({
      code: 'scratch-impossible',
      facts: { reason: expect.stringMatching(/may not create databases/) },
    });
    expect(databases.scratches()).toEqual([]);
    await onMariadb(fresh.url, `DROP USER ${user}@'%'`);
    await fresh.drop();
  });
});

describe('scratch databases of SQLite', () => {
  const { databases, home } = makeRoom();
  const make = scratchMaker(databases);

  it('copies a schema with what must come in order: virtual tables, counters, triggers, versions', async () => {
    const file = join(home, 'rich.db');
    const database = new Database(file);
    database.exec(`PRAGMA encoding = 'UTF-16le'; PRAGMA user_version = 42; PRAGMA application_id = 7; PRAGMA journal_mode = wal;
      CREATE TABLE history (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT); CREATE TABLE log (text);
      CREATE TRIGGER g AFTER INSERT ON history BEGIN INSERT INTO log VALUES (NEW.name); END;
      CREATE VIEW v AS SELECT * FROM history; CREATE VIRTUAL TABLE f USING fts5 (text); INSERT INTO f VALUES ('words');
      INSERT INTO history (name) VALUES ('ä€'), (NULL), ('gone'); DELETE FROM history WHERE name = 'gone';`);
    database.close();
    const real = databases.parse(file, home);
    const before = readdirSync(home);
    const scratch = await make(real, 'schema');
    const copy = new Database(scratch.database);
    expect(copy.pragma('user_version', { simple: true })).toBe(42);
    expect(copy.pragma('application_id', { simple: true })).toBe(7);
    expect(copy.prepare('SELECT * FROM history').all()).toEqual([
      { id: 1, name: 'ä€' },
      { id: 2, name: null },
    ]);
    expect(copy.prepare('SELECT count(*) FROM log').pluck().get()).toBe(0);
    expect(copy.prepare('SELECT count(*) FROM f').pluck().get()).toBe(0);
    copy.exec("INSERT INTO history (name) VALUES ('next')");
    expect(copy.prepare('SELECT max(id) FROM history').pluck().get()).toBe(4);
    copy.close();
    await databases.dropScratch(real, scratch.database.split('/').at(-1)?.replace('.sqlite', '') ?? '');
    expect(existsSync(scratch.database)).toBe(false);
    expect(readdirSync(home).sort()).toEqual([...new Set([...before, 'state'])].sort());
  });

  const mayMount = platform() === 'linux' && process.getuid?.() === 0;
  it.skipIf(!mayMount)('leaves none where the disk is full', async () => {
    const file = join(home, 'large.db');
    const database = new Database(file);
    database.exec(`${FILL} CREATE TABLE t AS SELECT randomblob(400000) AS b`);
    database.close();
    const state = join(home, 'small');
    mkdirSync(state);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', state]);
    try {
      const room = createDatabases({ env: process.env, stateHome: state, clock: Date.now });
      await expect(scratchMaker(room)(room.parse(file, home), 'full')).rejects.toMatchObject({ code: 'disk' });
      expect(room.scratches()).toEqual([]);
      writeFileSync(join(state, 'filler'), new Uint8Array(100 * 1024));
    } finally {
      execFileSync('umount', [state]);
    }
  });
});
