/** What happens to the files of a SQLite database: reading leaves no trace in any state, a restore goes into the live file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/databases/contract.ts';
import { createDatabases } from '../../src/databases/databases.ts';

const HISTORY = { schema: null, name: 'history' };
const PLENTY =
  'INSERT INTO history (name) SELECT hex(randomblob(200)) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n)';

let folder: string;
let file: string;
const children: ChildProcess[] = [];
const databases = (): ReturnType<typeof createDatabases> =>
  createDatabases({ env: process.env, stateHome: join(folder, 'state'), clock: Date.now });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
  mkdirSync(join(folder, 'db'));
  file = join(folder, 'db', 'app.db');
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(end));
  rmSync(folder, { recursive: true, force: true });
});

/** Files beside the database with their bytes and times; of the shared memory of living writers only that it is there. */
function traces(): unknown {
  return readdirSync(join(folder, 'db')).map(name => {
    const path = join(folder, 'db', name);
    if (name.endsWith('-shm')) return [name];
    const { mtimeMs, size, ino } = statSync(path);
    return [name, size, mtimeMs, ino, createHash('sha256').update(readFileSync(path)).digest('hex')];
  });
}

function make(mode: string, rows: readonly string[] = ['one', 'two']): void {
  const database = new Database(file);
  database.pragma(`journal_mode = ${mode}`);
  database.pragma('synchronous = off');
  database.exec('CREATE TABLE history (id INTEGER PRIMARY KEY, name TEXT)');
  for (const row of rows) database.prepare('INSERT INTO history (name) VALUES (?)').run(row);
  database.close();
}

/** Another process with the database open. It runs the SQL, says so, and stays until it is told lines: SQL to run, answers as JSON. */
async function other(sql: string): Promise<{ ask(sql: string): Promise<unknown>; child: ChildProcess }> {
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
  children.push(child);
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

function end(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

async function readAll(connection: Connection): Promise<readonly unknown[]> {
  const read = await connection.readHistory(HISTORY);
  expect(await connection.tables()).toHaveLength(read.table === 'present' ? 1 : 0);
  await connection.describeSchema([]);
  await connection.count(HISTORY, 'name');
  return read.table === 'present' ? read.rows.map(row => row['name']) : [];
}

describe('reading leaves no trace', () => {
  const readWithoutTrace = async (): Promise<readonly unknown[]> => {
    const before = traces();
    const connection = await databases().openToRead(databases().parse(file, folder));
    const names = await readAll(connection);
    await connection.close();
    const backups = join(folder, crypto.randomUUID());
    const backup = await databases().backUp(databases().parse(file, folder), backups);
    const copy = await databases().openToRead(databases().parse(backup.file, folder));
    expect(await readAll(copy)).toEqual(names);
    expect(traces()).toEqual(before);
    expect(readdirSync(backups)).toEqual(['full.sqlite']);
    return names;
  };

  it.for(['delete', 'truncate', 'persist', 'memory', 'off', 'wal'])('in journal mode %s', async mode => {
    make(mode);
    expect(await readWithoutTrace()).toEqual(['one', 'two']);
  });

  it('of an empty file, which is an empty database', async () => {
    writeFileSync(file, '');
    expect(await readWithoutTrace()).toEqual([]);
  });

  it('while another process has it open in WAL mode', async () => {
    make('wal');
    const writer = await other("INSERT INTO history (name) VALUES ('in the wal')");
    expect(await readWithoutTrace()).toEqual(['one', 'two', 'in the wal']);
    expect(await writer.ask("INSERT INTO history (name) VALUES ('after')")).toBe(1);
    expect(await readWithoutTrace()).toEqual(['one', 'two', 'in the wal', 'after']);
  });

  it.for([
    { left: 'WAL and index', without: [] },
    { left: 'WAL alone', without: ['-shm'] },
    { left: 'an empty WAL', without: ['-shm'], empty: true },
    { left: 'an empty WAL and an index', without: [], empty: true },
    { left: 'an index alone', without: ['-wal'], gone: true },
  ])('after a writer in WAL mode was killed and left: $left', async ({ without, empty, gone }) => {
    make('wal');
    const writer = await other("INSERT INTO history (name) VALUES ('in the wal')");
    await end(writer.child);
    for (const suffix of without) rmSync(file + suffix);
    if (empty) truncateSync(`${file}-wal`);
    expect(await readWithoutTrace()).toEqual(empty || gone ? ['one', 'two'] : ['one', 'two', 'in the wal']);
  });

  it('while another process is in the middle of a transaction', async () => {
    make('delete');
    await other("BEGIN IMMEDIATE; INSERT INTO history (name) VALUES ('not yet')");
    expect(await readWithoutTrace()).toEqual(['one', 'two']);
  });

  it('and refuses to guess after a writer was killed in the middle of one', async () => {
    make('delete');
    const writer = await other(`PRAGMA cache_size = 2; BEGIN; ${PLENTY}`);
    await end(writer.child);
    expect(statSync(`${file}-journal`).size).toBeGreaterThan(0);
    const before = traces();
    await expect(databases().openToRead(databases().parse(file, folder))).rejects.toMatchObject({
      code: 'database-failed',
      facts: { said: expect.stringContaining('journal') },
    });
    expect(traces()).toEqual(before);
    // A run may write, and so brings the database into order first.
    const connection = await databases().openToChange(databases().parse(file, folder), 'r1');
    expect(await readAll(connection)).toEqual(['one', 'two']);
    expect(readdirSync(join(folder, 'db'))).toEqual(['app.db']);
  });

  it('waits for a lock, and says so when it does not end', async () => {
    make('delete');
    await other('BEGIN EXCLUSIVE');
    await expect(databases().openToRead(databases().parse(file, folder))).rejects.toMatchObject({
      code: 'database-failed',
      facts: { said: expect.stringContaining('locked') },
    });
  });
});

describe('what is no database', () => {
  it.for([
    { what: 'a missing file', make: () => undefined, code: 'database-missing' },
    { what: 'a folder', make: () => mkdirSync(file), code: 'database-missing' },
    {
      what: 'a text',
      make: () => writeFileSync(file, 'hello, this is not a database at all\n'.repeat(99)),
      code: 'database-failed',
    },
  ])('$what is told and left alone', async ({ make, code }) => {
    make();
    const before = readdirSync(join(folder, 'db'));
    const address = databases().parse(file, folder);
    await expect(databases().openToRead(address)).rejects.toMatchObject({ code });
    await expect(databases().openToChange(address, 'r1')).rejects.toMatchObject({ code });
    await expect(databases().backUp(address, join(folder, 'backup'))).rejects.toMatchObject({ code });
    expect(readdirSync(join(folder, 'db'))).toEqual(before);
  });
});

describe('changing', () => {
  it.for(['delete', 'wal'])('leaves no file beside a database in journal mode %s', async mode => {
    make(mode);
    const connection = await databases().openToChange(databases().parse(file, folder), 'r1');
    const held = await connection.lock('r1');
    await connection.changeRows(HISTORY, [{ change: 'delete', where: { name: 'one' } }]);
    const script = 'ALTER TABLE history ADD COLUMN "note" TEXT DEFAULT "double"';
    expect(await connection.runScript({ script, table: HISTORY, rows: [], inTransaction: true })).toEqual({
      done: true,
    });
    expect(await connection.settled('r1', 100)).toBe(true);
    await held.release();
    expect(readdirSync(join(folder, 'db'))).toEqual(['app.db']);
  });

  it('does not delete from child tables when a script rebuilds their parent', async () => {
    make('delete');
    const database = new Database(file);
    database.exec(
      'CREATE TABLE child (history_id INT REFERENCES history (id) ON DELETE CASCADE); INSERT INTO child VALUES (1)',
    );
    database.close();
    const connection = await databases().openToChange(databases().parse(file, folder), 'r1');
    const script =
      'CREATE TABLE fresh (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO fresh SELECT * FROM history; DROP TABLE history; ALTER TABLE fresh RENAME TO history;';
    expect(await connection.runScript({ script, table: HISTORY, rows: [], inTransaction: true })).toEqual({
      done: true,
    });
    expect(await connection.count({ schema: null, name: 'child' }, null)).toBe(1);
  });

  it('is an outcome, not a wait without end, while another process holds the database', async () => {
    make('delete');
    await other('BEGIN IMMEDIATE');
    // The test's own patience is not spent on SQLite's: opening only reads here.
    const connection = await databases().openToChange(databases().parse(file, folder), 'r1');
    expect(await connection.settled('r1', 50)).toBe(false);
    const outcome = await connection.runScript({ script: 'SELECT 1', table: HISTORY, rows: [], inTransaction: true });
    expect(outcome).toMatchObject({ done: false, rolledBack: true, said: expect.stringContaining('locked') });
  });

  it('is kept from a second process by the lock, until that process is dead', async () => {
    make('delete');
    const address = databases().parse(file, folder);
    const program = `
      const { createDatabases } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/databases/databases.ts'))});
      const databases = createDatabases({ env: process.env, stateHome: ${JSON.stringify(join(folder, 'state'))}, clock: Date.now });
      const connection = await databases.openToChange(databases.parse(${JSON.stringify(file)}, '/'), 'their-run');
      await connection.lock('their-run');
      console.log('locked');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await new Promise(resolve => child.stdout.once('data', resolve));
    const connection = await databases().openToChange(address, 'my-run');
    await expect(connection.lock('my-run')).rejects.toMatchObject({
      code: 'database-locked',
      facts: { holder: expect.stringMatching(new RegExp(`their-run, process ${child.pid} on .+, since 2`)) },
    });
    await end(child);
    await (await connection.lock('my-run')).release();
    expect(readdirSync(join(folder, 'db'))).toEqual(['app.db']);
  });
});

describe('restoring', () => {
  it.for([
    { mode: 'delete', at: 'nothing' },
    { mode: 'delete', at: 'an idle connection' },
    { mode: 'wal', at: 'nothing' },
    { mode: 'wal', at: 'an idle connection' },
    { mode: 'wal', at: 'a reader in a transaction' },
  ])('goes into the live file: journal mode $mode, open: $at', async ({ mode, at }) => {
    make(mode);
    const address = databases().parse(file, folder);
    const backup = await databases().backUp(address, join(folder, 'backup'));
    const { ino } = statSync(file);
    const user =
      at === 'nothing' ? null : await other(`CREATE TABLE later (a); ${PLENTY}; DELETE FROM history WHERE id < 3;`);
    if (user === null) {
      const database = new Database(file);
      database.exec(`CREATE TABLE later (a); ${PLENTY}; DELETE FROM history WHERE id < 3;`);
      database.close();
    }
    if (at === 'a reader in a transaction') {
      await user?.ask('BEGIN');
      expect(await user?.ask('SELECT count(*) FROM history')).toEqual([[3000]]);
    }
    await databases().restore(address, backup);
    expect(statSync(file).ino).toBe(ino);
    if (at === 'a reader in a transaction') {
      expect(await user?.ask('SELECT count(*) FROM history')).toEqual([[3000]]);
      await user?.ask('COMMIT');
    }
    if (user !== null) {
      expect(await user.ask('SELECT name FROM history')).toEqual([['one'], ['two']]);
      expect(await user.ask('SELECT * FROM later')).toMatch(/no such table/);
      expect(await user.ask('PRAGMA integrity_check')).toEqual([['ok']]);
      expect(await user.ask("INSERT INTO history (name) VALUES ('three')")).toBe(1);
      expect(await user.ask('PRAGMA journal_mode')).toEqual([[mode]]);
    }
    const connection = await databases().openToRead(address);
    expect(await readAll(connection)).toEqual(user === null ? ['one', 'two'] : ['one', 'two', 'three']);
  });

  it('gives up, and changes nothing, while a reader stands in the way', async () => {
    make('delete');
    const address = databases().parse(file, folder);
    const backup = await databases().backUp(address, join(folder, 'backup'));
    const user = await other("INSERT INTO history (name) VALUES ('three'); BEGIN");
    expect(await user.ask('SELECT count(*) FROM history')).toEqual([[3]]);
    await expect(databases().restore(address, backup)).rejects.toMatchObject({
      code: 'database-failed',
      facts: { said: expect.stringContaining('locked') },
    });
    await user.ask('COMMIT');
    expect(await user.ask('SELECT name FROM history')).toEqual([['one'], ['two'], ['three']]);
  });

  it('refuses a damaged backup', async () => {
    make(
      'delete',
      Array.from({ length: 500 }, (_, n) => `a long enough name ${n}`),
    );
    const address = databases().parse(file, folder);
    const backup = await databases().backUp(address, join(folder, 'backup'));
    const bytes = readFileSync(backup.file);
    bytes.fill(0xff, 4096, 12_288);
    writeFileSync(backup.file, bytes);
    const before = traces();
    await expect(databases().restore(address, backup)).rejects.toMatchObject({
      code: expect.stringMatching(/backup-impossible|database-failed/),
    });
    expect(traces()).toEqual(before);
  });
});
