/** The test kit's own servers: they answer, check passwords, and leave nothing behind. */
import { existsSync } from 'node:fs';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { mariadbHere, postgresHere, privateMariadb, privatePostgres } from '../kit/servers.ts';

describeWith('the PostgreSQL of the tests', postgresHere(), server => {
  it('gives a fresh database, and refuses a wrong password', async () => {
    const fresh = await server.freshDatabase('kit');
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    expect((await client.query('SELECT current_database() AS name')).rows).toEqual([{ name: fresh.name }]);
    await client.end();
    const wrong = new pg.Client({ connectionString: fresh.url.replace(fresh.password, 'wrong') });
    await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' });
    await fresh.drop();
  });

  it('can be private, be killed, and leaves no folder', async () => {
    const own = await privatePostgres();
    const { folder } = await own.address();
    expect(existsSync(folder)).toBe(true);
    own.signal('SIGKILL');
    await own.remove();
    expect(existsSync(folder)).toBe(false);
  });
});

describeWith('the MariaDB of the tests', mariadbHere(), server => {
  it('gives a fresh database, and refuses a wrong password', async () => {
    const fresh = await server.freshDatabase('kit');
    const connection = await mysql.createConnection(fresh.url);
    expect((await connection.query('SELECT DATABASE() AS name'))[0]).toEqual([{ name: fresh.name }]);
    await connection.end();
    await expect(mysql.createConnection(fresh.url.replace(fresh.password, 'wrong'))).rejects.toMatchObject({
      code: 'ER_ACCESS_DENIED_ERROR',
    });
    await fresh.drop();
  });

  it('can be private, be killed, and leaves no folder', async () => {
    const own = await privateMariadb();
    const { folder } = await own.address();
    own.signal('SIGKILL');
    await own.remove();
    expect(existsSync(folder)).toBe(false);
  });
});
