/** Changing a SQLite database: nothing is left beside it, and other processes are minded. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { endProcess, HISTORY, useSqliteDesk } from './sqlite-desk.ts';

const desk = useSqliteDesk();

describe('changing', () => {
  it.for(['delete', 'wal'])('leaves no file beside a database in journal mode %s', async mode => {
    desk().make(mode);
    const connection = await desk().databases.openToChange(desk().address, 'r1');
    const held = await connection.lock('r1');
    await connection.changeRows(HISTORY, [{ change: 'delete', where: { name: 'one' } }]);
    const script = 'ALTER TABLE history ADD COLUMN "note" TEXT DEFAULT "double"';
    expect(await connection.runScript({ script, table: HISTORY, rows: [], inTransaction: true })).toEqual({
      done: true,
    });
    expect(await connection.settled('r1', 100)).toBe(true);
    await held.release();
    expect(desk().beside()).toEqual(['app.db']);
  });

  it('does not delete from child tables when a script rebuilds their parent', async () => {
    desk().make('delete');
    const database = new Database(desk().file);
    database.exec(
      'CREATE TABLE child (history_id INT REFERENCES history (id) ON DELETE CASCADE); INSERT INTO child VALUES (1)',
    );
    database.close();
    const connection = await desk().databases.openToChange(desk().address, 'r1');
    const script =
      'CREATE TABLE fresh (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO fresh SELECT * FROM history; DROP TABLE history; ALTER TABLE fresh RENAME TO history;';
    expect(await connection.runScript({ script, table: HISTORY, rows: [], inTransaction: true })).toEqual({
      done: true,
    });
    expect(await connection.count({ schema: null, name: 'child' }, null)).toBe(1);
  });

  it('is an outcome, not a wait without end, while another process holds the database', async () => {
    desk().make('delete');
    await desk().other('BEGIN IMMEDIATE');
    // The test's own patience is not spent on SQLite's: opening only reads here.
    const connection = await desk().databases.openToChange(desk().address, 'r1');
    expect(await connection.settled('r1', 50)).toBe(false);
    const outcome = await connection.runScript({ script: 'SELECT 1', table: HISTORY, rows: [], inTransaction: true });
    expect(outcome).toMatchObject({ done: false, rolledBack: true, said: expect.stringContaining('locked') });
  });

  it('is kept from a second process by the lock, until that process is dead', async () => {
    desk().make('delete');
    const address = desk().address;
    const program = `
      const { createDatabases } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/databases/databases.ts'))});
      const databases = createDatabases({ env: process.env, stateHome: ${JSON.stringify(join(desk().folder, 'state'))}, clock: Date.now });
      const connection = await databases.openToChange(databases.parse(${JSON.stringify(desk().file)}, '/'), 'their-run');
      await connection.lock('their-run');
      console.log('locked');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    desk().keep(child);
    await new Promise(resolve => child.stdout.once('data', resolve));
    const connection = await desk().databases.openToChange(address, 'my-run');
    await expect(connection.lock('my-run')).rejects.toMatchObject({
      code: 'database-locked',
      facts: { holder: expect.stringMatching(new RegExp(`their-run, process ${child.pid} on .+, since 2`)) },
    });
    await endProcess(child);
    await (await connection.lock('my-run')).release();
    expect(desk().beside()).toEqual(['app.db']);
  });
});
