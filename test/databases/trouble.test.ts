/** Servers in trouble: down, stopped, killed at work, wrong passwords, missing rights. Each is told as what it is, without the password. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { createDatabases } from '../../src/databases/databases.ts';
import { describeWith } from '../kit/available.ts';
import { freePort } from '../kit/servers/keeper.ts';
import {
  mariadbHere,
  type PrivateServer,
  postgresHere,
  privateMariadb,
  privatePostgres,
  type TestServer,
} from '../kit/servers.ts';
import { appearsIn } from './conformance.ts';

const home = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const databases = createDatabases({ env: process.env, stateHome: join(home, 'state'), clock: Date.now });
const HISTORY = { schema: null, name: 'history' };
const FILL = 'CREATE TABLE history (id INTEGER PRIMARY KEY, name VARCHAR(20)); ';

type Run = (url: string, sql: string) => Promise<void>;

const onPostgres: Run = async (url, sql) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};
const onMysql: Run = async (url, sql) => {
  const client = await mysql.createConnection({ uri: url, multipleStatements: true });
  await client.query(sql).finally(() => client.end());
};

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 20));
}

interface Engine {
  readonly run: Run;
  readonly privately: () => Promise<PrivateServer>;
  readonly sleep: string;
  /** Ends the session that holds the lock. */
  readonly endLockSession: string;
  /** A user who may only read; the SQL that makes it. */
  readonly makeReader: (database: string) => string;
}

const postgres: Engine = {
  run: onPostgres,
  privately: privatePostgres,
  sleep: 'SELECT pg_sleep(60)',
  endLockSession:
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
  makeReader: () =>
    "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'readers-secret'; GRANT SELECT ON history TO reader; CREATE TABLE closed (a int)",
};
const mariadb: Engine = {
  run: onMysql,
  privately: privateMariadb,
  sleep: 'SELECT SLEEP(60)',
  endLockSession: "EXECUTE IMMEDIATE CONCAT('KILL ', IS_USED_LOCK(CONCAT('tidemark:', DATABASE())))",
  makeReader: database =>
    `CREATE OR REPLACE USER 'reader'@'%' IDENTIFIED BY 'readers-secret'; GRANT SELECT ON ${database}.history TO 'reader'@'%'; CREATE TABLE closed (a int)`,
};

function describeTrouble(title: string, server: TestServer, engine: Engine): void {
  const parse = (url: string): ReturnType<typeof databases.parse> => databases.parse(url, home);

  it('a wrong password is told, not repeated', async () => {
    const fresh = await server.freshDatabase('trouble');
    const wrong = 'n0t-the/pass@word';
    const address = parse(fresh.url.replace(fresh.password, encodeURIComponent(wrong)));
    for (const attempt of [() => databases.openToRead(address), () => databases.backUp(address, join(home, 'b'))]) {
      const error: unknown = await attempt().catch(error => error);
      expect(error).toMatchObject({ code: 'wrong-password', facts: { user: fresh.user } });
      expect(appearsIn(wrong, error)).toBe(false);
    }
    const none = parse(fresh.url.replace(`:${fresh.password}`, ''));
    await expect(databases.openToRead(none)).rejects.toMatchObject({ code: 'wrong-password' });
    await fresh.drop();
  });

  it('a server that is not there is unreachable', async () => {
    const { password, user } = await server.address();
    const scheme = title === 'PostgreSQL' ? 'postgres' : 'mysql';
    const error: unknown = await databases
      .openToRead(parse(`${scheme}://${user}:${password}@127.0.0.1:${await freePort()}/shop`))
      .catch(error => error);
    expect(error).toMatchObject({
      code: 'database-unreachable',
      facts: { said: expect.stringContaining('ECONNREFUSED') },
    });
    expect(appearsIn(password, error)).toBe(false);
    const nowhere = parse(`${scheme}://${user}:${password}@no-such-host.invalid/shop`);
    await expect(databases.openToRead(nowhere)).rejects.toMatchObject({ code: 'database-unreachable' });
  });

  it('a server that is stopped, killed at work, or gone, is told in time', async () => {
    const own = await engine.privately();
    try {
      const fresh = await own.freshDatabase('trouble');
      await engine.run(fresh.url, FILL);
      const connection = await databases.openToChange(parse(fresh.url), 'r1');
      const reader = await databases.openToRead(parse(fresh.url));
      own.signal('SIGSTOP');
      await expect(databases.openToRead(parse(fresh.url))).rejects.toMatchObject({ code: 'database-unreachable' });
      own.signal('SIGCONT');
      expect(await reader.readHistory(HISTORY)).toMatchObject({ table: 'present' });

      const running = connection.runScript({ script: engine.sleep, table: HISTORY, rows: [], inTransaction: true });
      await until(async () => !(await reader.settled('r1', 0)));
      own.signal('SIGKILL');
      // Nobody can say what a killed server did, so nothing is promised.
      expect(await running).toMatchObject({ done: false, rolledBack: false });
      await expect(reader.readHistory(HISTORY)).rejects.toMatchObject({ code: 'database-unreachable' });
      await expect(connection.changeRows(HISTORY, [])).rejects.toMatchObject({ code: 'database-unreachable' });
      await expect(databases.backUp(parse(fresh.url), join(home, 'c'))).rejects.toMatchObject({
        code: 'database-unreachable',
      });
      await Promise.all([connection.close(), reader.close()]);
    } finally {
      await own.remove();
    }
  });

  it('a user who may only read can read, and is told what is forbidden', async () => {
    const fresh = await server.freshDatabase('trouble');
    await engine.run(fresh.url, `${FILL} INSERT INTO history VALUES (1, 'one'); ${engine.makeReader(fresh.name)}`);
    const address = parse(fresh.url.replace(`${fresh.user}:${fresh.password}`, 'reader:readers-secret'));
    const connection = await databases.openToChange(address, 'r1');
    expect(await connection.readHistory(HISTORY)).toMatchObject({ rows: [{ id: 1, name: 'one' }] });
    const denied = { code: 'permission-denied' };
    await expect(connection.changeRows(HISTORY, [{ change: 'delete', where: { id: 1 } }])).rejects.toMatchObject(
      denied,
    );
    if (title === 'PostgreSQL') {
      // MySQL and MariaDB do not even show such a table.
      await expect(connection.readHistory({ schema: null, name: 'closed' })).rejects.toMatchObject(denied);
    }
    const script = { script: 'DROP TABLE history', table: HISTORY, rows: [], inTransaction: true };
    expect(await connection.runScript(script)).toMatchObject({ done: false });
    expect(await connection.count(HISTORY, null)).toBe(1);
    const own = await databases.openToRead(parse(fresh.url));
    expect(own.identity).toBe(connection.identity);
    await Promise.all([connection.close(), own.close()]);
    await fresh.drop();
  });

  it('a lock whose session was ended is noticed before the next change', async () => {
    const fresh = await server.freshDatabase('trouble');
    await engine.run(fresh.url, FILL);
    const connection = await databases.openToChange(parse(fresh.url), 'r1');
    const held = await connection.lock('r1');
    await engine.run(fresh.url, engine.endLockSession);
    const change = [{ change: 'insert', values: { id: 1 } }] as const;
    let problem: unknown = null;
    // The notice needs a moment to arrive.
    await until(async () => {
      problem = await connection.changeRows(HISTORY, change).catch(error => error);
      if (problem === undefined)
        await connection.changeRows(HISTORY, [{ change: 'delete', where: { id: 1 } }]).catch(() => undefined);
      return problem !== undefined;
    });
    expect(problem).toMatchObject({ code: 'database-failed', facts: { said: expect.stringContaining('lock') } });
    await held.release();
    await (await connection.lock('r1')).release();
    await connection.close();
    await fresh.drop();
  });

  it('work left behind by a killed run is waited for', async () => {
    const fresh = await server.freshDatabase('trouble');
    const left = await databases.openToChange(parse(fresh.url), 'r1');
    const connection = await databases.openToChange(parse(fresh.url), 'r1');
    expect(await connection.settled('r1', 0)).toBe(true);
    const short = engine.sleep.replace('60', '0.6');
    const running = left.runScript({ script: short, table: HISTORY, rows: [], inTransaction: true });
    await until(async () => !(await connection.settled('r1', 0)));
    expect(await connection.settled('r1', 20_000)).toBe(true);
    expect(await running).toEqual({ done: true });
    await Promise.all([connection.close(), left.close()]);
    await fresh.drop();
  });

  it('many questions to one connection at once do not get into each other', async () => {
    const fresh = await server.freshDatabase('trouble');
    await engine.run(fresh.url, `${FILL} INSERT INTO history VALUES (1, 'one')`);
    const connection = await databases.openToChange(parse(fresh.url), 'r1');
    const answers = await Promise.all([
      connection.count(HISTORY, null),
      connection.readHistory(HISTORY),
      connection.changeRows(HISTORY, [{ change: 'insert', values: { id: 2, name: null } }]),
      connection.describeSchema([HISTORY]),
      connection.readHistory({ schema: 'no', name: 'where' }),
      connection.count(HISTORY, null),
    ]);
    expect(answers).toMatchObject([1, { rows: [{ id: 1 }] }, undefined, [], { table: 'missing' }, 2]);
    await connection.close();
    await fresh.drop();
  });

  it('a password is in no argument of any process while a backup is made', async () => {
    const fresh = await server.freshDatabase('trouble');
    const many =
      title === 'PostgreSQL'
        ? 'SELECT repeat(md5(n::text), 40) FROM generate_series(1, 100000) n'
        : 'SELECT REPEAT(MD5(seq), 40) FROM seq_1_to_100000';
    await engine.run(fresh.url, `CREATE TABLE big AS ${many}`);
    let seen = 0;
    let done = false;
    const backup = databases.backUp(parse(fresh.url), join(home, 'argv')).finally(() => {
      done = true;
    });
    while (!done) {
      for (const line of commandLines()) {
        expect(line).not.toContain(fresh.password);
        if (/pg_dump|mariadb-dump|mysqldump/.test(line)) seen++;
      }
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(seen).toBeGreaterThan(0);
    expect(readFileSync((await backup).file, 'utf8')).not.toContain(fresh.password);
    await fresh.drop();
  });
}

function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}

describeWith('trouble with PostgreSQL', postgresHere(), server => {
  describeTrouble('PostgreSQL', server, postgres);

  it('names its sessions, so that others see who works there', async () => {
    const fresh = await server.freshDatabase('trouble');
    const connection = await databases.openToChange(databases.parse(fresh.url, home), 'r77');
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    const { rows } = await client.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'tidemark:r77'");
    expect(rows).toHaveLength(1);
    await client.end();
    await connection.close();
    await fresh.drop();
  });

  it('tells a database that takes no changes', async () => {
    const fresh = await server.freshDatabase('trouble');
    await onPostgres(fresh.url, `${FILL} ALTER DATABASE ${fresh.name} SET default_transaction_read_only = on`);
    const connection = await databases.openToChange(databases.parse(fresh.url, home), 'r1');
    const change = [{ change: 'insert', values: { id: 1 } }] as const;
    await expect(connection.changeRows(HISTORY, change)).rejects.toMatchObject({ code: 'read-only-database' });
    await connection.close();
    await fresh.drop();
  });

  it('finds a table by the search path of the address', async () => {
    const fresh = await server.freshDatabase('trouble');
    await onPostgres(fresh.url, `CREATE SCHEMA "my tenant"; SET search_path = "my tenant"; ${FILL}`);
    const address = databases.parse(`${fresh.url}?search_path=${encodeURIComponent('"my tenant"')}`, home);
    const connection = await databases.openToRead(address);
    expect(await connection.readHistory(HISTORY)).toMatchObject({ table: 'present' });
    expect((await connection.describeSchema([])).map(object => object.name)).toContain('history.id');
    expect(await connection.tables()).toEqual([HISTORY]);
    await connection.close();
    await fresh.drop();
  });

  it('runs what may not stand in a transaction, statement by statement', async () => {
    const fresh = await server.freshDatabase('trouble');
    await onPostgres(fresh.url, `${FILL} INSERT INTO history VALUES (1, 'one'), (2, 'one')`);
    const connection = await databases.openToChange(databases.parse(fresh.url, home), 'r1');
    const good = 'CREATE INDEX CONCURRENTLY i ON history (name); DROP INDEX CONCURRENTLY i;';
    const run = { table: HISTORY, rows: [], inTransaction: false };
    expect(await connection.runScript({ ...run, script: good })).toEqual({ done: true });
    const bad = 'CREATE UNIQUE INDEX CONCURRENTLY i ON history (name)';
    expect(await connection.runScript({ ...run, script: bad })).toMatchObject({ done: false, rolledBack: false });
    const left = (await connection.describeSchema([])).find(object => object.name === 'history: i');
    expect(left?.says).toContain('(invalid)');
    await connection.close();
    await fresh.drop();
  });

  it('changes nothing when a backup cannot be loaded to its end', async () => {
    const fresh = await server.freshDatabase('trouble');
    await onPostgres(fresh.url, `${FILL} INSERT INTO history VALUES (1, 'one')`);
    const address = databases.parse(fresh.url, home);
    const backup = await databases.backUp(address, join(home, 'half'));
    await onPostgres(fresh.url, "INSERT INTO history VALUES (2, 'two'); CREATE TABLE later (a int)");
    const text = readFileSync(backup.file, 'utf8');
    writeFileSync(backup.file, text.replace('-- PostgreSQL database dump complete', 'SELECT 1 / 0;\n$&'));
    await expect(databases.restore(address, backup)).rejects.toMatchObject({ code: 'database-failed' });
    const connection = await databases.openToRead(address);
    expect(await connection.count(HISTORY, null)).toBe(2);
    expect(await connection.count({ schema: null, name: 'later' }, null)).toBe(0);
    await connection.close();
    await fresh.drop();
  });
});

describeWith('trouble with MariaDB', mariadbHere(), server => {
  describeTrouble('MariaDB', server, mariadb);

  it('runs a script under the session settings it would have elsewhere', async () => {
    const fresh = await server.freshDatabase('trouble');
    await onMysql(fresh.url, `${FILL} CREATE TABLE said (mode TEXT, zone TEXT)`);
    const connection = await databases.openToChange(databases.parse(fresh.url, home), 'r1');
    await connection.changeRows(HISTORY, [{ change: 'insert', values: { id: 0, name: 'zero' } }]);
    const script = 'INSERT INTO said SELECT @@sql_mode, @@time_zone';
    expect(await connection.runScript({ script, table: HISTORY, rows: [], inTransaction: true })).toEqual({
      done: true,
    });
    const client = await mysql.createConnection(fresh.url);
    const [rows] = await client.query(
      'SELECT mode = @@GLOBAL.sql_mode AS mode, zone = @@GLOBAL.time_zone AS zone FROM said',
    );
    expect(rows).toEqual([{ mode: 1, zone: 1 }]);
    await client.end();
    await connection.close();
    await fresh.drop();
  });

  it('says that no backup can be made where no dump program is', async () => {
    const fresh = await server.freshDatabase('trouble');
    const bare = createDatabases({ env: { PATH: home }, stateHome: home, clock: Date.now });
    const folder = join(home, 'impossible');
    await expect(bare.backUp(bare.parse(fresh.url, home), folder)).rejects.toMatchObject({ code: 'backup-impossible' });
    await fresh.drop();
  });
});
