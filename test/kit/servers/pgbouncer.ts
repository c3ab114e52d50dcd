/** Puts a real PgBouncer before a PostgreSQL server of the tests. */
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Available } from '../available.ts';
import { accountFor, findProgram, freePort, type Kept, keep, serverFolder, untilReady } from './keeper.ts';
import type { ServerAddress } from './server.ts';

/** The program, or why there is none. */
export function pgbouncerHere(): Available<string> {
  const program = findProgram(['pgbouncer'], []);
  return program === null ? { here: false, because: 'PgBouncer is not installed' } : { here: true, it: program };
}

/** Starts it in a mode (`session`, `transaction`) before one database, and gives its address there; the server's own password opens it. */
export async function startPgbouncer(
  program: string,
  mode: 'session' | 'transaction',
  { host, port, user, password, database }: ServerAddress & { readonly database: string },
): Promise<{ readonly url: string; readonly kept: Kept }> {
  const account = accountFor('postgres');
  const folder = serverFolder('pgbouncer', account);
  const own = await freePort();
  const [users, settings] = [join(folder, 'users.txt'), join(folder, 'pgbouncer.ini')];
  writeFileSync(users, `"${user}" "${password}"\n`);
  writeFileSync(
    settings,
    `[databases]
* = host=${host} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = ${mode}
`,
  );
  if (account !== null) for (const file of [users, settings]) chownSync(file, account.uid, account.gid);
  const kept = await keep(folder, [program, settings], account);
  const at = { host: '127.0.0.1', port: own, user, password, database };
  await untilReady(
    async () => {
      const client = new pg.Client(at);
      client.on('error', () => undefined);
      await client.connect();
      await client.end();
    },
    kept,
    folder,
  );
  return { url: `postgres://${user}:${password}@127.0.0.1:${own}/${database}?sslmode=disable`, kept };
}
