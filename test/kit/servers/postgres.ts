/** Starts a PostgreSQL server for tests: an own data folder, 127.0.0.1 only, passwords checked (SCRAM), no care for durability. */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Available } from '../available.ts';
import { accountFor, findProgram, freePort, keep, prepare, serverFolder, untilReady } from './keeper.ts';
import type { Server } from './server.ts';

/** Folder of PostgreSQL's programs, or why there is none. */
export function postgresPrograms(): Available<string> {
  const initdb = findProgram(['initdb'], packagedFolders());
  if (initdb === null) return { here: false, because: 'PostgreSQL is not installed (no initdb)' };
  return { here: true, it: initdb.slice(0, -'/initdb'.length) };
}

/** Starts a server and returns when it answers. */
export async function startPostgres(programs: string): Promise<Server> {
  const account = accountFor('postgres');
  const folder = serverFolder('postgres', account);
  const [user, password] = ['tidemark', randomBytes(8).toString('hex')];
  try {
    const data = join(folder, 'data');
    writeFileSync(join(folder, 'password'), password);
    const auth = ['--auth=scram-sha-256', `--username=${user}`, `--pwfile=${join(folder, 'password')}`];
    const shape = ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', `--pgdata=${data}`];
    await prepare(join(programs, 'initdb'), [...auth, ...shape], account, folder);
    const port = await freePort();
    const settings = {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: folder,
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: 200,
      shared_buffers: '32MB',
    };
    const argv = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const kept = await keep(folder, [join(programs, 'postgres'), '-D', data, ...argv], account);
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
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}

// Debian keeps the server's programs off PATH, one folder per major version.
function packagedFolders(): readonly string[] {
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
    return versions.map(version => `/usr/lib/postgresql/${version}/bin`);
  } catch {
    return [];
  }
}
