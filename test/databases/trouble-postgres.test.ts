/** PostgreSQL in trouble, and what only PostgreSQL can do. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { pgbouncerHere, startPgbouncer } from '../kit/servers/pgbouncer.ts';
import { postgresHere, privatePostgres } from '../kit/servers.ts';
import { describeTrouble, FILL, HISTORY, makeRoom, type Run, type TroubledEngine } from './trouble.ts';

const onPostgres: Run = async (url, sql) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

const postgres: TroubledEngine = {
  run: onPostgres,
  privately: privatePostgres,
  sleep: 'SELECT pg_sleep(60)',
  endLockSession:
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
  makeReader: () =>
    "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'readers-secret'; GRANT SELECT ON history TO reader; CREATE TABLE closed (a int)",
};

describeWith('trouble with PostgreSQL', postgresHere(), server => {
  const { databases, home } = makeRoom();
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
    const address = databases.parse(fresh.url, home);
    await expect(databases.openToChange(address, 'r1')).rejects.toMatchObject({ code: 'read-only-database' });
    await (await databases.openToRead(address)).close();
    await fresh.drop();
  });

  describeWith('behind PgBouncer', pgbouncerHere(), program => {
    it.each(['session', 'transaction'] as const)(
      'in %s mode, a lock is held or refused, and all can be read',
      async mode => {
        const fresh = await server.freshDatabase('trouble');
        await onPostgres(fresh.url, `${FILL} INSERT INTO history VALUES (1, 'one')`);
        const { url, kept } = await startPgbouncer(program, mode, {
          ...(await server.address()),
          database: fresh.name,
        });
        try {
          const address = databases.parse(url, home);
          const reader = await databases.openToRead(address);
          expect(await reader.count(HISTORY, null)).toBe(1);
          await reader.close();
          const connection = await databases.openToChange(address, 'r1');
          const locked = connection.lock('r1').then(
            async lock => {
              const other = await databases.openToChange(address, 'r2');
              await expect(other.lock('r2')).rejects.toMatchObject({ code: 'database-locked' });
              await other.close();
              await lock.release();
              return 'held';
            },
            error => error.facts.reason,
          );
          expect(await locked).toMatch(mode === 'session' ? /^held$/ : /pooler between Tidemark and the database/);
          await connection.close();
        } finally {
          await kept.remove();
          await fresh.drop();
        }
      },
    );
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
