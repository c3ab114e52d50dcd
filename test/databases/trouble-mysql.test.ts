/** MariaDB in trouble, and what only MySQL and MariaDB can do. */
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { expect, it } from 'vitest';
import { createDatabases } from '../../src/databases/databases.ts';
import { describeWith } from '../kit/available.ts';
import { mariadbHere, privateMariadb } from '../kit/servers.ts';
import { describeTrouble, FILL, HISTORY, makeRoom, type Run, type TroubledEngine } from './trouble.ts';

const onMysql: Run = async (url, sql) => {
  const client = await mysql.createConnection({ uri: url, multipleStatements: true });
  await client.query(sql).finally(() => client.end());
};

const mariadb: TroubledEngine = {
  run: onMysql,
  privately: privateMariadb,
  sleep: 'SELECT SLEEP(60)',
  endLockSession: "EXECUTE IMMEDIATE CONCAT('KILL ', IS_USED_LOCK(CONCAT('tidemark:', DATABASE())))",
  makeReader: database =>
    `CREATE OR REPLACE USER 'reader'@'%' IDENTIFIED BY 'readers-secret'; GRANT SELECT ON ${database}.history TO 'reader'@'%'; CREATE TABLE closed (a int)`,
};

describeWith('trouble with MariaDB', mariadbHere(), server => {
  const { databases, home } = makeRoom();
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

  it('tells a server that takes no changes', async () => {
    const own = await privateMariadb();
    try {
      const fresh = await own.freshDatabase('trouble');
      await onMysql(fresh.url, `${FILL} SET GLOBAL read_only = ON`);
      const address = databases.parse(fresh.url, home);
      await expect(databases.openToChange(address, 'r1')).rejects.toMatchObject({
        code: 'read-only-database',
        facts: { reason: 'read_only is on' },
      });
      const reader = await databases.openToRead(address);
      expect(await reader.count(HISTORY, null)).toBe(0);
      await reader.close();
    } finally {
      await own.remove();
    }
  });

  it('says that no backup can be made where no dump program is', async () => {
    const fresh = await server.freshDatabase('trouble');
    const bare = createDatabases({ env: { PATH: home }, stateHome: home, clock: Date.now });
    const folder = join(home, 'impossible');
    await expect(bare.backUp(bare.parse(fresh.url, home), folder)).rejects.toMatchObject({ code: 'backup-impossible' });
    await fresh.drop();
  });
});
