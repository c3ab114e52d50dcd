/** Promises of every engine: finding a database, reading and changing the rows of a history table. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Row } from '../../src/domain/migration.ts';
import { BugError } from '../../src/domain/problem.ts';
import { type Bench, CREATE_HISTORY, HISTORY } from './bench.ts';

/** Opening, reading and changing rows. */
export function describeReading(bench: Bench): void {
  const { facts, databases, parse, reader, writer, keep, rowsOf, home } = bench;
  describe('opening', () => {
    it('says who answers, and knows the database again by another address', async () => {
      const one = await reader();
      const two = keep(await databases.openToRead(parse(bench.place().otherUrl)));
      expect(one.server).toMatch(facts.server);
      expect(one.identity).toMatch(/^[0-9a-f]{32}$/);
      expect(two.identity).toBe(one.identity);
      expect(one.abilities.transactionalSchema).toBe(facts.transactionalSchema);
      const other = await bench.another();
      const three = keep(await databases.openToRead(parse(other.url)));
      expect(three.identity).not.toBe(one.identity);
      await three.close();
      await other.drop();
    });

    it('does not find, and does not create, a database that is not there', async () => {
      const missing = parse(bench.place().missingUrl);
      await expect(databases.openToRead(missing)).rejects.toMatchObject({ code: 'database-missing' });
      await expect(databases.openToChange(missing, 'r1')).rejects.toMatchObject({ code: 'database-missing' });
      await expect(databases.backUp(missing, join(home, 'none'))).rejects.toMatchObject({ code: 'database-missing' });
      await expect(databases.openToRead(missing)).rejects.toMatchObject({ code: 'database-missing' });
    });

    it('opened for reading, refuses to change anything', async () => {
      await bench.place().execute(CREATE_HISTORY);
      const connection = await reader();
      const insert = [{ change: 'insert', values: { id: 9, name: 'nine' } }] as const;
      await expect(connection.changeRows(HISTORY, insert)).rejects.toThrow(BugError);
      await expect(connection.lock('r1')).rejects.toThrow(BugError);
      const run = { script: 'DROP TABLE history', table: HISTORY, rows: [], inTransaction: true };
      await expect(connection.runScript(run)).rejects.toThrow(BugError);
      expect(await rowsOf(HISTORY)).toHaveLength(3);
    });
  });

  describe('reading a history table', () => {
    it('takes a missing one as a value', async () => {
      const connection = await reader();
      expect(await connection.readHistory(HISTORY)).toEqual({ table: 'missing' });
      expect(await connection.readHistory({ schema: 'nowhere', name: 'history' })).toEqual({ table: 'missing' });
    });

    it('gives all columns of all rows, in the order of the primary key', async () => {
      await bench.place().execute(CREATE_HISTORY);
      expect(await (await reader()).readHistory(HISTORY)).toEqual({
        table: 'present',
        columns: ['id', 'name', 'note'],
        rows: [
          { id: 1, name: 'one', note: 'first' },
          { id: 2, name: 'two', note: null },
          { id: 3, name: 'three', note: null },
        ],
      });
    });

    it('without a primary key, gives rows as stored', async () => {
      await bench
        .place()
        .execute("CREATE TABLE loose (name VARCHAR(20)); INSERT INTO loose VALUES ('c'), ('a'), ('b')");
      expect(await rowsOf({ schema: null, name: 'loose' })).toEqual([{ name: 'c' }, { name: 'a' }, { name: 'b' }]);
    });

    it('reads and changes a table with a difficult name', async () => {
      const { name, sql } = facts.quoted;
      await bench.place().execute(`CREATE TABLE ${sql} (${sql} VARCHAR(20)); INSERT INTO ${sql} VALUES ('x')`);
      const table = { schema: null, name };
      expect(await rowsOf(table)).toEqual([{ [name]: 'x' }]);
      await (await writer()).changeRows(table, [
        { change: 'update', where: { [name]: 'x' }, set: { [name]: 'ÿ\'"`' } },
      ]);
      expect(await rowsOf(table)).toEqual([{ [name]: 'ÿ\'"`' }]);
      expect(await (await reader()).tables()).toContainEqual(table);
    });

    it('puts a row back as it was, to the last byte', async () => {
      await bench.place().execute(facts.exact);
      const table = { schema: null, name: 'exact' };
      const before = await bench.place().texts(facts.exactShown);
      expect(before.length).toBeGreaterThan(0);
      const rows = await rowsOf(table);
      const connection = await writer();
      for (const row of rows) {
        // Through JSON, as the journal keeps rows.
        const kept: Row = JSON.parse(JSON.stringify(row));
        await connection.changeRows(table, [{ change: 'delete', where: kept }]);
        await connection.changeRows(table, [{ change: 'insert', values: kept }]);
      }
      expect((await bench.place().texts(facts.exactShown)).toSorted()).toEqual(before.toSorted());
      expect(await rowsOf(table)).toEqual(expect.arrayContaining([...rows]));
    });
  });

  describe('changing rows', () => {
    beforeEach(() => bench.place().execute(CREATE_HISTORY));

    it('matches null with IS NULL', async () => {
      await (await writer()).changeRows(HISTORY, [{ change: 'delete', where: { name: 'two', note: null } }]);
      expect((await rowsOf(HISTORY)).map(row => row['id'])).toEqual([1, 3]);
    });

    it('changes nothing when one change hits no row, or several', async () => {
      const connection = await writer();
      const good = { change: 'delete', where: { id: 1 } } as const;
      for (const bad of [{ id: 77 }, { note: null }]) {
        const changes = [good, { change: 'delete', where: bad } as const];
        await expect(connection.changeRows(HISTORY, changes)).rejects.toMatchObject({ code: 'database-failed' });
        expect(await rowsOf(HISTORY)).toHaveLength(3);
      }
    });

    it('changes nothing when one statement fails', async () => {
      const connection = await writer();
      const changes = [
        { change: 'update', where: { id: 1 }, set: { name: 'uno' } },
        { change: 'insert', values: { id: 2, name: 'again' } },
      ] as const;
      await expect(connection.changeRows(HISTORY, changes)).rejects.toMatchObject({ code: 'database-failed' });
      expect((await rowsOf(HISTORY))[0]).toMatchObject({ name: 'one' });
      await connection.changeRows(HISTORY, [{ change: 'update', where: { id: 1 }, set: { name: 'uno', note: null } }]);
      expect((await rowsOf(HISTORY))[0]).toEqual({ id: 1, name: 'uno', note: null });
    });
  });

  it('counts rows and values, and says null for what is not there', async () => {
    await bench.place().execute(CREATE_HISTORY);
    const connection = await reader();
    expect(await connection.count(HISTORY, null)).toBe(3);
    expect(await connection.count(HISTORY, 'note')).toBe(1);
    expect(await connection.count(HISTORY, 'gone')).toBeNull();
    expect(await connection.count({ schema: null, name: 'gone' }, null)).toBeNull();
  });
}
