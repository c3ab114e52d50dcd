/** Servers in trouble: down, stopped, killed at work, wrong passwords, missing rights. Each is told as what it is, without the password. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import type { Databases } from '../../src/databases/contract.ts';
import { createDatabases } from '../../src/databases/databases.ts';
import { freePort } from '../kit/servers/keeper.ts';
import type { PrivateServer, TestServer } from '../kit/servers.ts';

export const HISTORY = { schema: null, name: 'history' };
/** Creates HISTORY. */
export const FILL = 'CREATE TABLE history (id INTEGER PRIMARY KEY, name VARCHAR(20)); ';

/** Runs SQL with an ordinary client. */
export type Run = (url: string, sql: string) => Promise<void>;

/** What differs from engine to engine. */
export interface TroubledEngine {
  readonly run: Run;
  readonly privately: () => Promise<PrivateServer>;
  readonly sleep: string;
  /** Ends the session that holds the lock. */
  readonly endLockSession: string;
  /** A user who may only read; the SQL that makes it. */
  readonly makeReader: (database: string) => string;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 20));
}

/** A database room with a folder, gone after the suite. Called inside `describe`. */
export function makeRoom(): { readonly databases: Databases; readonly home: string } {
  const home = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  return { home, databases: createDatabases({ env: process.env, stateHome: join(home, 'state'), clock: Date.now }) };
}

/** The promises that both servers' engines keep in trouble. */
export function describeTrouble(title: 'PostgreSQL' | 'MariaDB', server: TestServer, engine: TroubledEngine): void {
  const { databases, home } = makeRoom();
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

/** Arguments of this process and of all that it started, directly or not: tools that other tests run beside it are given addresses with passwords. */
function commandLines(): readonly string[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(pid => [Number(pid), parentOf(pid)] as const),
  );
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (pid > 1 && parents.has(pid) && isOurs(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(isOurs).map(pid => inProc(`${pid}/cmdline`));
}

/** 0 for a process that is gone. The name before it, in parentheses, may hold anything (proc(5)). */
const parentOf = (pid: string): number => Number(/.*\) \S (\d+)/s.exec(inProc(`${pid}/stat`))?.[1] ?? 0);

function inProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}

/** True when a text appears in an error, whichever way it is printed. */
function appearsIn(text: string, error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const printed = [
    inspect(error, { depth: 10, showHidden: true }),
    String(error),
    JSON.stringify(error),
    inspect(cause, { depth: 10 }),
  ];
  return printed.some(words => words.includes(text));
}
