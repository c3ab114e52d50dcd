/**
 * The test run's servers: one PostgreSQL and one MariaDB for all test files, each started when the first test asks for it (a run that
 * needs none pays nothing) and gone with the run. Test files ask through `servers.ts`.
 */
import { createServer } from 'node:net';
import type { TestProject } from 'vitest/node';
import type { Available } from './available.ts';
import { mariadbPrograms, startMariadb } from './servers/mariadb.ts';
import { postgresPrograms, startPostgres } from './servers/postgres.ts';
import type { Server, ServerAddress } from './servers/server.ts';

/** What test files get: where to ask for a server, and which there are. */
export interface ProvidedServers {
  /** Port of 127.0.0.1 that answers an engine's name with one line of JSON. */
  readonly desk: number;
  readonly postgres: Available<null>;
  readonly mariadb: Available<null>;
}

/** The desk's answer. */
export type DeskAnswer = { readonly server: ServerAddress } | { readonly failed: string };

declare module 'vitest' {
  interface ProvidedContext {
    servers: ProvidedServers;
  }
}

/** Vitest's global setup; returns the teardown. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const off: Available<never> = { here: false, because: 'TIDEMARK_TEST_SERVERS is off' };
  const isOff = process.env['TIDEMARK_TEST_SERVERS'] === 'off';
  const postgres = isOff ? off : postgresPrograms();
  const mariadb = isOff ? off : mariadbPrograms();
  const starts: Readonly<Record<string, () => Promise<Server>>> = {
    ...(postgres.here ? { postgres: () => startPostgres(postgres.it) } : {}),
    ...(mariadb.here ? { mariadb: () => startMariadb(mariadb.it) } : {}),
  };
  const started = new Map<string, Promise<Server>>();
  const desk = createServer(socket => {
    socket.on('error', () => undefined);
    socket.once('data', asked => {
      const engine = asked.toString().trim();
      const server = started.get(engine) ?? starts[engine]?.() ?? Promise.reject(new Error(`no ${engine} here`));
      started.set(engine, server);
      server
        .then(({ kept: _kept, ...server }): DeskAnswer => ({ server }))
        .catch((error: Error): DeskAnswer => ({ failed: error.message }))
        .then(answer => socket.end(`${JSON.stringify(answer)}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => desk.once('error', reject).listen(0, '127.0.0.1', resolve));
  desk.unref();
  const place = desk.address();
  if (place === null || typeof place === 'string') throw new Error('the desk has no port');
  const told = (found: Available<unknown>): Available<null> => (found.here ? { here: true, it: null } : found);
  project.provide('servers', { desk: place.port, postgres: told(postgres), mariadb: told(mariadb) });
  return async () => {
    desk.close();
    const servers = await Promise.allSettled(started.values());
    await Promise.all(servers.map(result => (result.status === 'fulfilled' ? result.value.kept.remove() : undefined)));
  };
}
