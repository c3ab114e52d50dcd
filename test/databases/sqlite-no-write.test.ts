/** Reading a SQLite database leaves no trace, whatever state it is in. */
import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endProcess, PLENTY, readAll, useSqliteDesk } from './sqlite-desk.ts';

const desk = useSqliteDesk();

describe('reading leaves no trace', () => {
  const readWithoutTrace = async (): Promise<readonly unknown[]> => {
    const before = desk().traces();
    const connection = await desk().databases.openToRead(desk().address);
    const names = await readAll(connection);
    await connection.close();
    const backups = join(desk().folder, crypto.randomUUID());
    const backup = await desk().databases.backUp(desk().address, backups);
    const copy = await desk().databases.openToRead(desk().databases.parse(backup.file, desk().folder));
    expect(await readAll(copy)).toEqual(names);
    expect(desk().traces()).toEqual(before);
    expect(readdirSync(backups)).toEqual(['full.sqlite']);
    return names;
  };

  it.for(['delete', 'truncate', 'persist', 'memory', 'off', 'wal'])('in journal mode %s', async mode => {
    desk().make(mode);
    expect(await readWithoutTrace()).toEqual(['one', 'two']);
  });

  it('of an empty file, which is an empty database', async () => {
    writeFileSync(desk().file, '');
    expect(await readWithoutTrace()).toEqual([]);
  });

  it('while another process has it open in WAL mode', async () => {
    desk().make('wal');
    const writer = await desk().other("INSERT INTO history (name) VALUES ('in the wal')");
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
    desk().make('wal');
    const writer = await desk().other("INSERT INTO history (name) VALUES ('in the wal')");
    await endProcess(writer.child);
    for (const suffix of without) rmSync(desk().file + suffix);
    if (empty) truncateSync(`${desk().file}-wal`);
    expect(await readWithoutTrace()).toEqual(empty || gone ? ['one', 'two'] : ['one', 'two', 'in the wal']);
  });

  it('while another process is in the middle of a transaction', async () => {
    desk().make('delete');
    await desk().other("BEGIN IMMEDIATE; INSERT INTO history (name) VALUES ('not yet')");
    expect(await readWithoutTrace()).toEqual(['one', 'two']);
  });

  it('and refuses to guess after a writer was killed in the middle of one', async () => {
    desk().make('delete');
    const writer = await desk().other(`PRAGMA cache_size = 2; BEGIN; ${PLENTY}`);
    await endProcess(writer.child);
    expect(statSync(`${desk().file}-journal`).size).toBeGreaterThan(0);
    const before = desk().traces();
    await expect(desk().databases.openToRead(desk().address)).rejects.toMatchObject({
      code: 'database-failed',
      facts: { said: expect.stringContaining('journal') },
    });
    expect(desk().traces()).toEqual(before);
    // A run may write, and so brings the database into order first.
    const connection = await desk().databases.openToChange(desk().address, 'r1');
    expect(await readAll(connection)).toEqual(['one', 'two']);
    expect(desk().beside()).toEqual(['app.db']);
  });

  it('waits for a lock, and says so when it does not end', async () => {
    desk().make('delete');
    await desk().other('BEGIN EXCLUSIVE');
    await expect(desk().databases.openToRead(desk().address)).rejects.toMatchObject({
      code: 'database-failed',
      facts: { said: expect.stringContaining('locked') },
    });
  });
});

describe('what is no database', () => {
  it.for([
    { what: 'a missing file', make: () => undefined, code: 'database-missing' },
    { what: 'a folder', make: () => mkdirSync(desk().file), code: 'database-missing' },
    {
      what: 'a text',
      make: () => writeFileSync(desk().file, 'hello, this is not a database at all\n'.repeat(99)),
      code: 'database-failed',
    },
  ])('$what is told and left alone', async ({ make, code }) => {
    make();
    const before = desk().beside();
    const address = desk().address;
    await expect(desk().databases.openToRead(address)).rejects.toMatchObject({ code });
    await expect(desk().databases.openToChange(address, 'r1')).rejects.toMatchObject({ code });
    await expect(desk().databases.backUp(address, join(desk().folder, 'backup'))).rejects.toMatchObject({ code });
    expect(desk().beside()).toEqual(before);
  });
});
