/** A SQLite database file for a test, with its neighbours, and other processes that have it open. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Address, Connection, Databases } from '../../src/databases/contract.ts';
import { createDatabases } from '../../src/databases/databases.ts';

export const HISTORY = { schema: null, name: 'history' };
/** Adds 3000 rows: more than fits into a small cache. */
export const PLENTY =
  'INSERT INTO history (name) SELECT hex(randomblob(200)) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n)';

/** Another process with the database open. */
interface OtherProcess {
  readonly child: ChildProcess;
  /** Runs one statement there: its rows, or how many it changed, or the error's words. */
  ask(sql: string): Promise<unknown>;
}

/** One test's folder: `db/app.db` and whatever lies beside it. */
export interface SqliteDesk {
  readonly folder: string;
  readonly file: string;
  readonly databases: Databases;
  readonly address: Address;
  /** Names of the files beside the database, itself included. */
  beside(): readonly string[];
  /** Those files with their bytes and times; of the shared memory of living writers only that it is there. */
  traces(): unknown;
  /** Makes the database with a history table. */
  make(mode: string, rows?: readonly string[]): void;
  /** Starts another process that opens the database and runs the SQL first. */
  other(sql: string): Promise<OtherProcess>;
  /** Has a process ended after the test. */
  keep(child: ChildProcess): void;
}

/** Gives every test its own desk. */
export function useSqliteDesk(): () => SqliteDesk {
  let desk: SqliteDesk;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    desk = makeDesk(children);
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map(endProcess));
    rmSync(desk.folder, { recursive: true, force: true });
  });
  return () => desk;
}

function makeDesk(children: ChildProcess[]): SqliteDesk {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
  const file = join(folder, 'db', 'app.db');
  mkdirSync(join(folder, 'db'));
  const databases = createDatabases({ env: process.env, stateHome: join(folder, 'state'), clock: Date.now });
  const beside = (): readonly string[] => readdirSync(join(folder, 'db'));
  return {
    folder,
    file,
    databases,
    address: databases.parse(file, folder),
    beside,
    traces: () =>
      beside().map(name => {
        const path = join(folder, 'db', name);
        if (name.endsWith('-shm')) return [name];
        const { mtimeMs, size, ino } = statSync(path);
        return [name, size, mtimeMs, ino, createHash('sha256').update(readFileSync(path)).digest('hex')];
      }),
    make(mode, rows = ['one', 'two']) {
      const database = new Database(file);
      database.pragma(`journal_mode = ${mode}`);
      database.pragma('synchronous = off');
      database.exec('CREATE TABLE history (id INTEGER PRIMARY KEY, name TEXT)');
      for (const row of rows) database.prepare('INSERT INTO history (name) VALUES (?)').run(row);
      database.close();
    },
    other: sql => startOther(file, sql, child => children.push(child)),
    keep: child => void children.push(child),
  };
}

async function startOther(file: string, sql: string, keep: (child: ChildProcess) => void): Promise<OtherProcess> {
  const program = `
    import Database from 'better-sqlite3';
    import { createInterface } from 'node:readline';
    const database = new Database(${JSON.stringify(file)}, { timeout: 2000 });
    const answer = sql => {
      try { const s = database.prepare(sql); return s.reader ? s.raw().all() : s.run().changes; } catch (error) { return error.message; }
    };
    database.exec(${JSON.stringify(sql)});
    console.log('"ready"');
    for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(answer(line)));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  keep(child);
  const line = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`the other process ended with ${code}`));
      child.once('exit', onExit);
      child.stdout.once('data', (chunk: Buffer) => {
        child.off('exit', onExit);
        resolve(JSON.parse(chunk.toString()));
      });
    });
  await line();
  return {
    child,
    ask(text) {
      const answer = line();
      child.stdin.write(`${text}\n`);
      return answer;
    },
  };
}

/** Kills a process and waits until it is gone. */
export function endProcess(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

/** Asks a connection everything that can be asked, and returns the names in HISTORY. */
export async function readAll(connection: Connection): Promise<readonly unknown[]> {
  const read = await connection.readHistory(HISTORY);
  expect(await connection.tables()).toHaveLength(read.table === 'present' ? 1 : 0);
  await connection.describeSchema([]);
  await connection.count(HISTORY, 'name');
  return read.table === 'present' ? read.rows.map(row => row['name']) : [];
}
