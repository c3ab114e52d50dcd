/** A SQLite backup goes into the live file, whoever has it open, or not at all. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { PLENTY, readAll, useSqliteDesk } from './sqlite-desk.ts';

const desk = useSqliteDesk();

describe('restoring', () => {
  it.for([
    { mode: 'delete', at: 'nothing' },
    { mode: 'delete', at: 'an idle connection' },
    { mode: 'wal', at: 'nothing' },
    { mode: 'wal', at: 'an idle connection' },
    { mode: 'wal', at: 'a reader in a transaction' },
  ])('goes into the live file: journal mode $mode, open: $at', async ({ mode, at }) => {
    desk().make(mode);
    const address = desk().address;
    const backup = await desk().databases.backUp(address, join(desk().folder, 'backup'));
    const { ino } = statSync(desk().file);
    const user =
      at === 'nothing'
        ? null
        : await desk().other(`CREATE TABLE later (a); ${PLENTY}; DELETE FROM history WHERE id < 3;`);
    if (user === null) {
      const database = new Database(desk().file);
      database.exec(`CREATE TABLE later (a); ${PLENTY}; DELETE FROM history WHERE id < 3;`);
      database.close();
    }
    if (at === 'a reader in a transaction') {
      await user?.ask('BEGIN');
      expect(await user?.ask('SELECT count(*) FROM history')).toEqual([[3000]]);
    }
    await desk().databases.restore(address, backup);
    expect(statSync(desk().file).ino).toBe(ino);
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
    const connection = await desk().databases.openToRead(address);
    expect(await readAll(connection)).toEqual(user === null ? ['one', 'two'] : ['one', 'two', 'three']);
  });

  it('gives up, and changes nothing, while a reader stands in the way', async () => {
    desk().make('delete');
    const address = desk().address;
    const backup = await desk().databases.backUp(address, join(desk().folder, 'backup'));
    const user = await desk().other("INSERT INTO history (name) VALUES ('three'); BEGIN");
    expect(await user.ask('SELECT count(*) FROM history')).toEqual([[3]]);
    await expect(desk().databases.restore(address, backup)).rejects.toMatchObject({
      code: 'database-failed',
      facts: { said: expect.stringContaining('locked') },
    });
    await user.ask('COMMIT');
    expect(await user.ask('SELECT name FROM history')).toEqual([['one'], ['two'], ['three']]);
  });

  it('refuses a damaged backup', async () => {
    desk().make(
      'delete',
      Array.from({ length: 500 }, (_, n) => `a long enough name ${n}`),
    );
    const address = desk().address;
    const backup = await desk().databases.backUp(address, join(desk().folder, 'backup'));
    const bytes = readFileSync(backup.file);
    bytes.fill(0xff, 4096, 12_288);
    writeFileSync(backup.file, bytes);
    const before = desk().traces();
    await expect(desk().databases.restore(address, backup)).rejects.toMatchObject({
      code: expect.stringMatching(/backup-impossible|database-failed/),
    });
    expect(desk().traces()).toEqual(before);
  });
});
