/** Promises of every engine: scratch databases are like the real one, apart from it, recorded before they are made, and gone after. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Address, ScratchContents } from '../../src/databases/contract.ts';
import { BugError } from '../../src/domain/problem.ts';
import { type Bench, CREATE_HISTORY, HISTORY } from './bench.ts';

const OWNER = { pid: process.pid, startTicks: null, boot: null };

/** Making and removing scratch databases. */
export function describeScratch(bench: Bench): void {
  const { facts, databases, parse, reader, keep, home } = bench;
  const NAME = 'tidemark_rehearsal_20261130t101500z_4f2a91';
  const make = async (contents: ScratchContents): Promise<{ readonly real: Address; readonly scratch: Address }> => {
    await bench.place().execute(`${CREATE_HISTORY} ${facts.rich}`);
    const real = parse(bench.place().url);
    const { identity } = await reader();
    const scratch = await databases.makeScratch(real, {
      name: NAME,
      contents,
      history: HISTORY,
      identity,
      owner: OWNER,
    });
    return { real, scratch };
  };
  const open = async (address: Address) => keep(await databases.openToRead(address));
  const drop = async (real: Address): Promise<void> => {
    await bench.closeAll();
    await databases.dropScratch(real, NAME);
  };

  describe('scratch databases', () => {
    it('a full one holds all that the real one does, and nothing done to it reaches the real one', async () => {
      const { real, scratch } = await make('full');
      const [here, there] = [await reader(), await open(scratch)];
      expect(there.identity).not.toBe(here.identity);
      const schema = await here.describeSchema([]);
      expect(await there.describeSchema([])).toEqual(schema);
      expect(await there.readHistory(HISTORY)).toEqual(await here.readHistory(HISTORY));
      for (const table of await here.tables())
        expect(await there.count(table, null)).toBe(await here.count(table, null));
      expect(await there.size()).toBeGreaterThan(0);

      const run = keep(await databases.openToChange(scratch, 'r1'));
      const script = 'DROP VIEW v; CREATE TABLE made (id INTEGER);';
      const rows = [{ change: 'delete', where: { id: 3 } }] as const;
      expect(await run.runScript({ script, table: HISTORY, rows, inTransaction: true })).toEqual({ done: true });
      expect(await here.describeSchema([])).toEqual(schema);
      expect(await here.count(HISTORY, null)).toBe(3);
      await drop(real);
      await expect(databases.openToRead(scratch)).rejects.toMatchObject({ code: 'database-missing' });
    });

    it('one of the schema has the rows of the history table and of no other', async () => {
      const { real, scratch } = await make('schema');
      const [here, there] = [await reader(), await open(scratch)];
      expect(await there.describeSchema([])).toEqual(await here.describeSchema([]));
      expect(await there.readHistory(HISTORY)).toEqual(await here.readHistory(HISTORY));
      const others = (await there.tables()).filter(({ name }) => name !== HISTORY.name);
      expect(others.length).toBeGreaterThan(0);
      for (const table of others) expect(await there.count(table, null)).toBe(0);
      await drop(real);
    });

    it('an empty one holds nothing', async () => {
      const { real, scratch } = await make('empty');
      const there = await open(scratch);
      expect(await there.tables()).toEqual([]);
      expect(await there.describeSchema([])).toEqual([]);
      await drop(real);
    });

    it('is recorded before it is made, until it is gone', async () => {
      const { real } = await make('empty');
      const { identity } = await reader();
      expect(databases.scratches()).toMatchObject([
        { name: NAME, identity, owner: OWNER, database: real.display, engine: real.engine },
      ]);
      await drop(real);
      expect(databases.scratches()).toEqual([]);
      expect(readdirSync(join(home, 'state/scratch'))).toEqual([]);
      await databases.dropScratch(real, NAME);
    });

    it('removes nothing that has another name, and makes none', async () => {
      await bench.place().execute(CREATE_HISTORY);
      const real = parse(bench.place().url);
      for (const name of [
        real.database,
        'shop',
        'tidemark_rehearsal_',
        'tidemark_rehearsal_"; x',
        `tidemark_proof_${'a'.repeat(60)}`,
      ]) {
        await expect(databases.dropScratch(real, name)).rejects.toBeInstanceOf(BugError);
        const wish = { name, contents: 'empty', history: HISTORY, identity: '', owner: OWNER } as const;
        await expect(databases.makeScratch(real, wish)).rejects.toBeInstanceOf(BugError);
      }
      expect(await (await reader()).count(HISTORY, null)).toBe(3);
    });
  });
}
