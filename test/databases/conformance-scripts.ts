/** Promises of every engine: a script and its history row change together, or it is said what stayed. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bench, CREATE_HISTORY, HISTORY } from './bench.ts';

/** Running scripts. */
export function describeScripts(bench: Bench): void {
  const { facts, writer, rowsOf } = bench;
  describe('running a script', () => {
    const script =
      'CREATE TABLE made (id INTEGER PRIMARY KEY); INSERT INTO made VALUES (1); ALTER TABLE made ADD COLUMN colour VARCHAR(9);';
    const rows = [{ change: 'delete', where: { id: 3 } }] as const;
    beforeEach(() => bench.place().execute(CREATE_HISTORY));

    it.for([true, false])('makes schema and history row change together (transaction: %s)', async inTransaction => {
      const connection = await writer();
      let seen: readonly string[] = [];
      const check = (schema: readonly { name: string }[]): null => {
        seen = schema.map(object => object.name);
        return null;
      };
      expect(await connection.runScript({ script, table: HISTORY, rows, inTransaction, check })).toEqual({
        done: true,
      });
      expect(seen).toContain('made.colour');
      expect(await rowsOf(HISTORY)).toHaveLength(2);
      expect(await connection.count({ schema: null, name: 'made' }, null)).toBe(1);
    });

    it('tells what a failing script left', async () => {
      const connection = await writer();
      const broken = `${script} SELECT * FROM no_such_table;`;
      const outcome = await connection.runScript({ script: broken, table: HISTORY, rows, inTransaction: true });
      expect(outcome).toMatchObject({ done: false, rolledBack: facts.transactionalSchema });
      expect(outcome).toMatchObject({ said: expect.stringContaining('no_such_table') });
      const made = await connection.count({ schema: null, name: 'made' }, null);
      expect(made).toBe(facts.transactionalSchema ? null : 1);
      expect(await rowsOf(HISTORY)).toHaveLength(3);
    });

    it('without a transaction, keeps what ran before the failure, and says so', async () => {
      const connection = await writer();
      const broken = `${script} SELECT * FROM no_such_table;`;
      const outcome = await connection.runScript({ script: broken, table: HISTORY, rows, inTransaction: false });
      expect(outcome).toMatchObject({ done: false, rolledBack: false });
      expect(await connection.count({ schema: null, name: 'made' }, null)).toBe(1);
      expect(await rowsOf(HISTORY)).toHaveLength(3);
    });

    it.for([true, false])('keeps the row when the check objects (transaction: %s)', async inTransaction => {
      const connection = await writer();
      const check = (): string => 'it is not what was rehearsed';
      const outcome = await connection.runScript({ script, table: HISTORY, rows, inTransaction, check });
      const rolledBack = facts.transactionalSchema && inTransaction;
      expect(outcome).toEqual({ done: false, rolledBack, said: 'it is not what was rehearsed' });
      expect(await connection.count({ schema: null, name: 'made' }, null)).toBe(rolledBack ? null : 1);
      expect(await rowsOf(HISTORY)).toHaveLength(3);
    });

    it('takes everything back when a row is not there', async () => {
      const connection = await writer();
      const missing = [...rows, { change: 'delete', where: { id: 77 } } as const];
      const outcome = await connection.runScript({ script, table: HISTORY, rows: missing, inTransaction: true });
      expect(outcome).toMatchObject({ done: false, rolledBack: facts.transactionalSchema });
      expect(await rowsOf(HISTORY)).toHaveLength(3);
      expect(await connection.count({ schema: null, name: 'made' }, null)).toBe(facts.transactionalSchema ? null : 1);
    });

    it('rolls a script of data changes back with its transaction', async () => {
      const connection = await writer();
      const data = "UPDATE history SET note = 'changed'; INSERT INTO history VALUES (1, 'taken', NULL);";
      const outcome = await connection.runScript({ script: data, table: HISTORY, rows, inTransaction: true });
      expect(outcome).toMatchObject({ done: false, rolledBack: true });
      expect((await rowsOf(HISTORY)).map(row => row['note'])).toEqual(['first', null, null]);
    });

    it.for(['COMMIT;', 'COMMIT; BEGIN;'])(
      'does not trust a script that ends its transaction itself: %s',
      async ending => {
        const connection = await writer();
        const sly = `CREATE TABLE made (id INTEGER PRIMARY KEY); ${ending} SELECT * FROM no_such_table;`;
        const outcome = await connection.runScript({ script: sly, table: HISTORY, rows, inTransaction: true });
        expect(outcome).toMatchObject({ done: false, rolledBack: false });
        expect(await rowsOf(HISTORY)).toHaveLength(3);
        expect(await connection.count({ schema: null, name: 'made' }, null)).toBe(0);
      },
    );

    it('runs an empty script', async () => {
      const connection = await writer();
      const empty = { script: '-- nothing to undo\n', table: HISTORY, rows };
      expect(await connection.runScript({ ...empty, inTransaction: true })).toEqual({ done: true });
      const again = [{ change: 'delete', where: { id: 2 } }] as const;
      expect(await connection.runScript({ ...empty, rows: again, inTransaction: false })).toEqual({ done: true });
      expect(await rowsOf(HISTORY)).toHaveLength(1);
    });
  });
}
