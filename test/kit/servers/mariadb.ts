/** Starts a MariaDB server for tests: an own data folder, 127.0.0.1 only, a user with a password, no care for durability. */
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import type { Available } from '../available.ts';
import { accountFor, findProgram, freePort, keep, prepare, serverFolder, untilReady } from './keeper.ts';
import type { Server } from './server.ts';

/** MariaDB's two programs, or why they are not there. */
export function mariadbPrograms(): Available<{ readonly server: string; readonly install: string }> {
  const server = findProgram(['mariadbd'], []);
  const install = findProgram(['mariadb-install-db'], []);
  if (server === null || install === null) {
    return { here: false, because: 'MariaDB is not installed (no mariadbd with mariadb-install-db)' };
  }
  return { here: true, it: { server, install } };
}

/** Starts a server and returns when it answers. */
export async function startMariadb(programs: { readonly server: string; readonly install: string }): Promise<Server> {
  const account = accountFor('mysql');
  const folder = serverFolder('mariadb', account);
  const [user, password] = ['tidemark', randomBytes(8).toString('hex')];
  try {
    const data = join(folder, 'data');
    const install = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'];
    await prepare(programs.install, ['--no-defaults', `--datadir=${data}`, ...install], account, folder);
    // An init file holds one statement a line.
    const init = join(folder, 'init.sql');
    writeFileSync(
      init,
      `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO '${user}'@'%' WITH GRANT OPTION;\n`,
    );
    const port = await freePort();
    const argv = [
      '--no-defaults',
      `--datadir=${data}`,
      `--init-file=${init}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=32M',
      '--character-set-server=utf8mb4',
      '--max-connections=200',
    ];
    const kept = await keep(folder, [programs.server, ...argv], account);
    const server = { host: '127.0.0.1', port, user, password, folder, kept };
    await untilReady(() => greet(server), kept, folder).catch(async error => {
      await kept.remove();
      throw error;
    });
    return server;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function greet(server: Server): Promise<void> {
  const { host, port, user, password } = server;
  const connection = await mysql.createConnection({ host, port, user, password });
  await connection.end();
}
