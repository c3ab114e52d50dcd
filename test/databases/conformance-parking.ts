/** Promises of every engine: what is parked comes back bit for bit, nothing is replaced unasked, and damaged files are refused. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PartFile } from '../../src/databases/contract.ts';
import type { TableName } from '../../src/domain/migration.ts';
import type { Endangered } from '../../src/domain/parking.ts';
import type { Bench } from './bench.ts';

const named = (name: string): TableName => ({ schema: null, name });
const tables = (...names: readonly string[]): Endangered => ({ tables: names.map(named), columns: [] });
const columns = (table: string, ...names: readonly string[]): Endangered => ({
  tables: [],
  columns: names.map(column => ({ table: named(table), column })),
});

/** Parking and putting back. */
export function describeParking(bench: Bench): void {
  const { facts, writer, home } = bench;
  const run = (sql: string): Promise<void> => bench.place().execute(sql);
  const shown = async (sql: string): Promise<readonly string[]> => (await bench.place().texts(sql)).toSorted();

  async function parked(endangered: Endangered): Promise<readonly PartFile[]> {
    const folder = join(home, 'parked', crypto.randomUUID());
    mkdirSync(folder, { recursive: true });
    const parts = await (await writer()).park(endangered, folder);
    return parts.map(part => ({ part, path: join(folder, part.file) }));
  }

  const putBack = async (files: readonly PartFile[], overwrite = false) =>
    (await writer()).putBack(files, { overwrite });

  describe('parking', () => {
    it('saves a table of every type without a key, and puts it back to the last bit', async () => {
      await run(facts.exact);
      const before = await shown(facts.exactShown);
      const files = await parked(tables('exact'));
      expect(files).toMatchObject([{ part: { kind: 'table', key: null, rows: before.length } }]);
      expect(statSync(files[0]?.path ?? '').mode & 0o777).toBe(0o600);
      await run('DELETE FROM exact');
      expect(await putBack(files)).toMatchObject([{ restored: before.length, already: 0 }]);
      expect(await shown(facts.exactShown)).toEqual(before);
      expect(await putBack(files)).toMatchObject([{ restored: 0, already: before.length }]);
      expect(await shown(facts.exactShown)).toEqual(before);
    });

    it('saves a table with a key, which comes back where it was dropped and made again', async () => {
      await run(`${facts.nasty} ${facts.nastyRows}`);
      const before = await shown(facts.nastyShown);
      const files = await parked(tables('nasty'));
      expect(files).toMatchObject([{ part: { kind: 'table', rows: before.length, generated: ['made'] } }]);
      await run(`DROP TABLE nasty; ${facts.nasty.slice(facts.nasty.indexOf('CREATE TABLE'))}`);
      expect(await (await writer()).missingFor(files.map(({ part }) => part))).toEqual([null]);
      expect(await putBack(files)).toMatchObject([{ restored: before.length, already: 0 }]);
      expect(await shown(facts.nastyShown)).toEqual(before);
      // The counter goes on behind what is there.
      await run('INSERT INTO nasty (n) VALUES (1)');
      const [last] = (await bench.place().texts('SELECT MAX(id) FROM nasty')).map(Number);
      // MySQL's goes on behind the largest number there is: setting it would end the transaction.
      expect(last).toBe(facts.trigger === null ? 8 : 100);
    });

    it('saves any single column of a table without a key, found again by all other values', async () => {
      await run(facts.exact);
      const before = await shown(facts.exactShown);
      const names = (await bench.rowsOf(named('exact'))).flatMap(row => Object.keys(row));
      for (const name of new Set(names)) {
        // The counting column of the MySQL table takes no NULL.
        if (name === 'z' && /z INT AUTO_INCREMENT/.test(facts.exact)) continue;
        const files = await parked(columns('exact', name));
        expect(files).toMatchObject([{ part: { kind: 'columns', key: 'whole-row', rows: before.length } }]);
        await run(`UPDATE exact SET ${name} = NULL`);
        const [end] = await putBack(files);
        expect(end, name).toMatchObject({ columns: [name], kept: 0, gone: 0 });
        expect((end?.restored ?? 0) + (end?.already ?? 0), name).toBe(before.length);
        expect(await shown(facts.exactShown), name).toEqual(before);
      }
    });

    it('saves columns with the primary key, and leaves what has another value by now', async () => {
      await run(`${facts.nasty} ${facts.nastyRows}`);
      const before = await shown(facts.nastyShown);
      const files = await parked(columns('nasty', 'n', 'b'));
      expect(files).toMatchObject([{ part: { key: 'primary-key', keyColumns: 1, rows: before.length } }]);
      await run('UPDATE nasty SET n = NULL, b = NULL');
      expect(await putBack(files)).toMatchObject([{ kept: 0, gone: 0 }]);
      expect(await shown(facts.nastyShown)).toEqual(before);
      await run('UPDATE nasty SET n = 77, b = NULL WHERE id = 2; DELETE FROM nasty WHERE id = 1');
      expect(await putBack(files)).toMatchObject([{ restored: 0, kept: 1, gone: 1 }]);
      expect(await putBack(files, true)).toMatchObject([{ restored: 1, kept: 0, gone: 1 }]);
      expect(await shown(facts.nastyShown)).toEqual(before.slice(1));
    });

    it('counts a default as no value, and finds rows by a unique key', async () => {
      await run(
        "CREATE TABLE coloured (code VARCHAR(9) NOT NULL UNIQUE, colour VARCHAR(9) NOT NULL DEFAULT 'red'); INSERT INTO coloured VALUES ('a', 'blue'), ('b', 'red'), ('c', '')",
      );
      const files = await parked(columns('coloured', 'colour'));
      expect(files).toMatchObject([{ part: { key: 'unique-key' } }]);
      await run(
        "ALTER TABLE coloured DROP COLUMN colour; ALTER TABLE coloured ADD COLUMN colour VARCHAR(9) NOT NULL DEFAULT 'red'",
      );
      expect(await putBack(files)).toMatchObject([{ restored: 2, already: 1 }]);
      expect(await shown('SELECT code, colour FROM coloured')).toEqual(['a|blue', 'b|red', 'c|']);
    });

    it('tells rows that are alike apart as far as it matters', async () => {
      await run(
        "CREATE TABLE alike (name VARCHAR(9), colour VARCHAR(9)); INSERT INTO alike VALUES ('a', 'blue'), ('a', 'blue'), (NULL, 'red')",
      );
      const files = await parked(columns('alike', 'colour'));
      await run('UPDATE alike SET colour = NULL');
      await putBack(files);
      expect(await shown("SELECT COALESCE(name, '?'), colour FROM alike")).toEqual(['?|red', 'a|blue', 'a|blue']);
    });

    it('puts back what is missing among rows that are there, and refuses other rows under the same keys', async () => {
      await run(`${facts.nasty} ${facts.nastyRows}`);
      const before = await shown(facts.nastyShown);
      const files = await parked(tables('nasty'));
      await run('DELETE FROM nasty WHERE id > 2');
      expect(await putBack(files)).toMatchObject([{ already: 2, restored: before.length - 2 }]);
      expect(await shown(facts.nastyShown)).toEqual(before);
      await run('UPDATE nasty SET n = 77 WHERE id = 1; DELETE FROM nasty WHERE id = 7');
      const changed = await shown(facts.nastyShown);
      await expect(putBack(files)).rejects.toMatchObject({
        code: 'refused',
        facts: { reason: expect.stringContaining('nasty has 1 rows') },
      });
      expect(await shown(facts.nastyShown)).toEqual(changed);
    });

    it('replaces rows under the same keys when told to, and all that is there when it must be exact', async () => {
      await run(`${facts.nasty} ${facts.nastyRows}`);
      const before = await shown(facts.nastyShown);
      const files = await parked(tables('nasty'));
      await run(
        'UPDATE nasty SET n = 77, b = NULL WHERE id = 1; DELETE FROM nasty WHERE id = 7; INSERT INTO nasty (n) VALUES (5)',
      );
      expect(await putBack(files, true)).toMatchObject([{ already: before.length - 2, restored: 2 }]);
      expect((await shown(facts.nastyShown)).length).toBe(before.length + 1);
      await (await writer()).putBack(files, { overwrite: true, exact: true });
      expect(await shown(facts.nastyShown)).toEqual(before);
    });

    it('puts tables back that refer to each other, in whatever order they were named', async () => {
      await run(
        'CREATE TABLE parent (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES parent (id)); CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER, FOREIGN KEY (parent_id) REFERENCES parent (id)); INSERT INTO parent VALUES (1, NULL); INSERT INTO parent VALUES (2, 1); INSERT INTO child VALUES (1, 2)',
      );
      const files = await parked(tables('child', 'parent'));
      await run('DELETE FROM child; DELETE FROM parent WHERE id = 2; DELETE FROM parent');
      const [child] = files.filter(({ part }) => part.table.name === 'child');
      if (child === undefined) throw new Error('no child');
      await expect(putBack([child])).rejects.toMatchObject({ code: expect.stringMatching(/refused|database-failed/) });
      expect(await shown('SELECT COUNT(*) FROM child')).toEqual(['0']);
      expect(await putBack(files)).toMatchObject([{ restored: 2 }, { restored: 1 }]);
      expect(await shown('SELECT id, parent_id FROM child')).toEqual(['1|2']);
    });

    it('keeps the triggers of a table from firing, or refuses', async () => {
      await run(
        'CREATE TABLE stamped (id INTEGER PRIMARY KEY, name VARCHAR(9), changed INTEGER); INSERT INTO stamped VALUES (1, NULL, 0)',
      );
      const files = await parked(tables('stamped'));
      await run('DELETE FROM stamped');
      if (facts.trigger === null) {
        await run('CREATE TRIGGER stamp BEFORE INSERT ON stamped FOR EACH ROW SET NEW.changed = 1');
        await expect(putBack(files)).rejects.toMatchObject({
          code: 'refused',
          facts: { reason: expect.stringContaining('trigger stamp') },
        });
        return;
      }
      await run(facts.trigger);
      const schema = await (await bench.reader()).describeSchema([]);
      await putBack(files);
      expect(await shown('SELECT id, changed FROM stamped')).toEqual(['1|0']);
      expect(await (await bench.reader()).describeSchema([])).toEqual(schema);
      await run("INSERT INTO stamped VALUES (2, 'x', 0)");
      expect(await shown('SELECT id, changed FROM stamped')).toEqual(['1|0', '2|1']);
    });

    it('refuses what is not there, a changed type that cannot hold it, and a damaged file; then nothing is changed', async () => {
      await run(
        "CREATE TABLE plain (id INTEGER PRIMARY KEY, name VARCHAR(99)); INSERT INTO plain VALUES (1, 'a long name'), (2, NULL)",
      );
      const files = await parked(tables('plain'));
      const path = files[0]?.path ?? '';
      await run('ALTER TABLE plain DROP COLUMN name');
      expect(await (await writer()).missingFor(files.map(({ part }) => part))).toEqual([
        'column plain.name is not there',
      ]);
      await expect(putBack(files)).rejects.toMatchObject({ code: 'refused' });
      await run('DROP TABLE plain');
      expect(await (await writer()).missingFor(files.map(({ part }) => part))).toEqual(['table plain is not there']);
      await run('CREATE TABLE plain (id INTEGER PRIMARY KEY, name VARCHAR(99))');
      const bytes = readFileSync(path);
      for (const at of [0, bytes.length - 1]) {
        const bad = Buffer.from(bytes);
        bad[at] = (bad[at] ?? 0) ^ 1;
        writeFileSync(path, bad);
        await expect(putBack(files)).rejects.toMatchObject({ code: 'disk' });
      }
      rmSync(path);
      await expect(putBack(files)).rejects.toMatchObject({ code: 'disk' });
      expect(await shown('SELECT COUNT(*) FROM plain')).toEqual(['0']);
      writeFileSync(path, bytes);
      if (facts.title !== 'SQLite') {
        await run('DROP TABLE plain; CREATE TABLE plain (id INTEGER PRIMARY KEY, name VARCHAR(3))');
        await expect(putBack(files)).rejects.toMatchObject({ code: expect.stringMatching(/refused|database-failed/) });
        expect(await shown('SELECT COUNT(*) FROM plain')).toEqual(['0']);
      }
    });

    it('leaves out what is not there, and what has no row', async () => {
      await run('CREATE TABLE empty (id INTEGER)');
      expect(
        await parked({
          tables: [named('empty'), named('nowhere')],
          columns: [{ table: named('empty'), column: 'no' }],
        }),
      ).toEqual([]);
    });
  });
}
