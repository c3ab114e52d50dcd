/** Promises of every engine: describing a schema, and keeping a second run away. */
import { describe, expect, it } from 'vitest';
import { compareSchemas, sameSchema } from '../../src/domain/schema.ts';
import { type Bench, CREATE_HISTORY, HISTORY } from './bench.ts';

/** Schemas and locks. */
export function describeSchemas(bench: Bench): void {
  const { facts, databases, parse, reader, writer, keep, rowsOf } = bench;
  describe('describing a schema', () => {
    it('leaves out the history table, and all that belongs to it', async () => {
      await bench
        .place()
        .execute(
          `CREATE TABLE kept (id INTEGER PRIMARY KEY); ${CREATE_HISTORY} CREATE INDEX by_name ON history (name)`,
        );
      const schema = await (await reader()).describeSchema([HISTORY]);
      expect(schema.filter(object => /history|by_name/.test(object.name))).toEqual([]);
      expect(schema.filter(object => object.kind === 'table')).toMatchObject([{ name: 'kept' }]);
    });

    it.for(Object.entries(facts.equal))('finds schemas equal: %s', async ([, [one, two]]) => {
      const other = await bench.another();
      await bench.place().execute(one);
      await other.execute(two);
      const twin = keep(await databases.openToRead(parse(other.url)));
      const difference = compareSchemas(await (await reader()).describeSchema([]), await twin.describeSchema([]));
      expect(difference).toEqual({ added: [], removed: [], changed: [] });
      await twin.close();
      await other.drop();
    });

    it.for(Object.entries(facts.different))('sees a difference: %s', async ([, [start, change]]) => {
      await bench.place().execute(start);
      const connection = await reader();
      const before = await connection.describeSchema([]);
      expect(sameSchema(compareSchemas(before, await connection.describeSchema([])))).toBe(true);
      await bench.place().execute(change);
      expect(sameSchema(compareSchemas(before, await connection.describeSchema([])))).toBe(false);
    });
  });

  describe('locking', () => {
    it('keeps a second run away, names the first, and lets go', async () => {
      const held = await (await writer('first-run')).lock('first-run');
      const second = await writer('second-run');
      await expect(second.lock('second-run')).rejects.toMatchObject({
        code: 'database-locked',
        facts: { holder: expect.stringMatching(/first-run|connection \d+/) },
      });
      await held.release();
      await (await second.lock('second-run')).release();
    });

    it('does not keep readers, or the own run, from working', async () => {
      await bench.place().execute(CREATE_HISTORY);
      const connection = await writer();
      const held = await connection.lock('r1');
      await connection.changeRows(HISTORY, [{ change: 'delete', where: { id: 1 } }]);
      expect(await rowsOf(HISTORY)).toHaveLength(2);
      expect(await connection.settled('r1', 1000)).toBe(true);
      await held.release();
    });
  });
}
