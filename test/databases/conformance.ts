/** The promises every engine keeps. Each engine's test file says how to get a database and how to write things there, and calls this. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Address, Connection, Databases } from '../../src/databases/contract.ts';
import { createDatabases } from '../../src/databases/databases.ts';
import type { Row, TableName } from '../../src/domain/migration.ts';
import { BugError, ProblemError } from '../../src/domain/problem.ts';
import { compareSchemas, sameSchema } from '../../src/domain/schema.ts';
import { type Available, describeWith } from '../kit/available.ts';

/** A database of one test, and a way to it that is not the code under test. */
export interface Place {
  /** An address of it, as a user would write it. */
  readonly url: string;
  /** Another address of the same database. */
  readonly otherUrl: string;
  /** An address of a database that does not exist on the same server. */
  readonly missingUrl: string;
  /** Runs SQL with an ordinary client. */
  execute(sql: string): Promise<void>;
  /** Rows as texts, from an ordinary client. */
  texts(sql: string): Promise<readonly string[]>;
  drop(): Promise<void>;
}

/** What differs from engine to engine. All fields are needed. */
export interface EngineFacts<T> {
  readonly title: string;
  readonly needed: Available<T>;
  place(needed: T): Promise<Place>;
  readonly server: RegExp;
  readonly transactionalSchema: boolean;
  /** Creates a table `exact` with every type worth a doubt, and one row or more in it. */
  readonly exact: string;
  /** A query that shows all of `exact`, every byte of it. */
  readonly exactShown: string;
  /** A name with quotes and other letters, quoted for SQL. */
  readonly quoted: { readonly name: string; readonly sql: string };
  /** Two ways to build the same schema. */
  readonly equal: Readonly<Record<string, readonly [string, string]>>;
  /** What must be seen as a difference: a schema, and what is done to it. */
  readonly different: Readonly<Record<string, readonly [string, string]>>;
  /** A schema with one object of every kind, with rows, for the round trip of a backup; and what is done to it afterwards. */
  readonly rich: string;
  readonly afterBackup: string;
  /** Queries that show the data of `rich`. */
  readonly richShown: readonly string[];
}

const HISTORY = { schema: null, name: 'history' } satisfies TableName;
const CREATE_HISTORY = `CREATE TABLE history (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL, note VARCHAR(50));
INSERT INTO history VALUES (2, 'two', NULL), (1, 'one', 'first'), (3, 'three', NULL);`;

/** Runs the suite for one engine. */
export function describeEngine<T>(facts: EngineFacts<T>): void {
  describeWith(facts.title, facts.needed, needed => {
    const home = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
    const databases = createDatabases({ env: process.env, stateHome: join(home, 'state'), clock: Date.now });
    let place: Place;
    const open: Connection[] = [];
    const parse = (url: string): Address => databases.parse(url, home);
    const reader = async (): Promise<Connection> => keep(await databases.openToRead(parse(place.url)));
    const writer = async (run = 'r1'): Promise<Connection> => keep(await databases.openToChange(parse(place.url), run));
    const keep = (connection: Connection): Connection => {
      open.push(connection);
      return connection;
    };
    const rowsOf = async (table: TableName): Promise<readonly Row[]> => {
      const read = await (await reader()).readHistory(table);
      return read.table === 'present' ? read.rows : [];
    };

    beforeEach(async () => {
      place = await facts.place(needed);
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map(connection => connection.close()));
      await place.drop();
    });
    afterAll(() => rmSync(home, { recursive: true, force: true }));

    describe('opening', () => {
      it('says who answers, and knows the database again by another address', async () => {
        const one = await reader();
        const two = keep(await databases.openToRead(parse(place.otherUrl)));
        expect(one.server).toMatch(facts.server);
        expect(one.identity).toMatch(/^[0-9a-f]{32}$/);
        expect(two.identity).toBe(one.identity);
        expect(one.abilities.transactionalSchema).toBe(facts.transactionalSchema);
        const other = await facts.place(needed);
        const three = keep(await databases.openToRead(parse(other.url)));
        expect(three.identity).not.toBe(one.identity);
        await three.close();
        await other.drop();
      });

      it('does not find, and does not create, a database that is not there', async () => {
        const missing = parse(place.missingUrl);
        await expect(databases.openToRead(missing)).rejects.toMatchObject({ code: 'database-missing' });
        await expect(databases.openToChange(missing, 'r1')).rejects.toMatchObject({ code: 'database-missing' });
        await expect(databases.backUp(missing, join(home, 'none'))).rejects.toMatchObject({ code: 'database-missing' });
        await expect(databases.openToRead(missing)).rejects.toMatchObject({ code: 'database-missing' });
      });

      it('opened for reading, refuses to change anything', async () => {
        await place.execute(CREATE_HISTORY);
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
        await place.execute(CREATE_HISTORY);
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
        await place.execute("CREATE TABLE loose (name VARCHAR(20)); INSERT INTO loose VALUES ('c'), ('a'), ('b')");
        expect(await rowsOf({ schema: null, name: 'loose' })).toEqual([{ name: 'c' }, { name: 'a' }, { name: 'b' }]);
      });

      it('reads and changes a table with a difficult name', async () => {
        const { name, sql } = facts.quoted;
        await place.execute(`CREATE TABLE ${sql} (${sql} VARCHAR(20)); INSERT INTO ${sql} VALUES ('x')`);
        const table = { schema: null, name };
        expect(await rowsOf(table)).toEqual([{ [name]: 'x' }]);
        await (await writer()).changeRows(table, [
          { change: 'update', where: { [name]: 'x' }, set: { [name]: 'ÿ\'"`' } },
        ]);
        expect(await rowsOf(table)).toEqual([{ [name]: 'ÿ\'"`' }]);
        expect(await (await reader()).tables()).toContainEqual(table);
      });

      it('puts a row back as it was, to the last byte', async () => {
        await place.execute(facts.exact);
        const table = { schema: null, name: 'exact' };
        const before = await place.texts(facts.exactShown);
        expect(before.length).toBeGreaterThan(0);
        const rows = await rowsOf(table);
        const connection = await writer();
        for (const row of rows) {
          // Through JSON, as the journal keeps rows.
          const kept: Row = JSON.parse(JSON.stringify(row));
          await connection.changeRows(table, [{ change: 'delete', where: kept }]);
          await connection.changeRows(table, [{ change: 'insert', values: kept }]);
        }
        expect((await place.texts(facts.exactShown)).toSorted()).toEqual(before.toSorted());
        expect(await rowsOf(table)).toEqual(expect.arrayContaining([...rows]));
      });
    });

    describe('changing rows', () => {
      beforeEach(() => place.execute(CREATE_HISTORY));

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
        await connection.changeRows(HISTORY, [
          { change: 'update', where: { id: 1 }, set: { name: 'uno', note: null } },
        ]);
        expect((await rowsOf(HISTORY))[0]).toEqual({ id: 1, name: 'uno', note: null });
      });
    });

    it('counts rows and values, and says null for what is not there', async () => {
      await place.execute(CREATE_HISTORY);
      const connection = await reader();
      expect(await connection.count(HISTORY, null)).toBe(3);
      expect(await connection.count(HISTORY, 'note')).toBe(1);
      expect(await connection.count(HISTORY, 'gone')).toBeNull();
      expect(await connection.count({ schema: null, name: 'gone' }, null)).toBeNull();
    });

    describe('describing a schema', () => {
      it('leaves out the history table, and all that belongs to it', async () => {
        await place.execute(
          `CREATE TABLE kept (id INTEGER PRIMARY KEY); ${CREATE_HISTORY} CREATE INDEX by_name ON history (name)`,
        );
        const schema = await (await reader()).describeSchema([HISTORY]);
        expect(schema.filter(object => /history|by_name/.test(object.name))).toEqual([]);
        expect(schema.filter(object => object.kind === 'table')).toMatchObject([{ name: 'kept' }]);
      });

      it.for(Object.entries(facts.equal))('finds schemas equal: %s', async ([, [one, two]]) => {
        const other = await facts.place(needed);
        await place.execute(one);
        await other.execute(two);
        const twin = keep(await databases.openToRead(parse(other.url)));
        const difference = compareSchemas(await (await reader()).describeSchema([]), await twin.describeSchema([]));
        expect(difference).toEqual({ added: [], removed: [], changed: [] });
        await twin.close();
        await other.drop();
      });

      it.for(Object.entries(facts.different))('sees a difference: %s', async ([, [start, change]]) => {
        await place.execute(start);
        const connection = await reader();
        const before = await connection.describeSchema([]);
        expect(sameSchema(compareSchemas(before, await connection.describeSchema([])))).toBe(true);
        await place.execute(change);
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
        await place.execute(CREATE_HISTORY);
        const connection = await writer();
        const held = await connection.lock('r1');
        await connection.changeRows(HISTORY, [{ change: 'delete', where: { id: 1 } }]);
        expect(await rowsOf(HISTORY)).toHaveLength(2);
        expect(await connection.settled('r1', 1000)).toBe(true);
        await held.release();
      });
    });

    describe('running a script', () => {
      const script =
        'CREATE TABLE made (id INTEGER PRIMARY KEY); INSERT INTO made VALUES (1); ALTER TABLE made ADD COLUMN colour VARCHAR(9);';
      const rows = [{ change: 'delete', where: { id: 3 } }] as const;
      beforeEach(() => place.execute(CREATE_HISTORY));

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

    describe('backing up', () => {
      it('brings everything back, and takes away what was made since', async () => {
        await place.execute(`${CREATE_HISTORY} ${facts.rich}`);
        const shown = async (): Promise<unknown> => {
          const answers = [];
          for (const query of facts.richShown) answers.push(await place.texts(query));
          return answers;
        };
        const schema = async (): Promise<unknown> => (await reader()).describeSchema([]);
        const [schemaBefore, dataBefore, rowsBefore] = [await schema(), await shown(), await rowsOf(HISTORY)];
        const folder = join(home, 'backups', crypto.randomUUID());
        const backup = await databases.backUp(parse(place.url), folder);
        expect(statSync(folder).mode & 0o777).toBe(0o700);
        expect(statSync(backup.file).mode & 0o777).toBe(0o600);
        expect(backup.bytes).toBe(statSync(backup.file).size);
        expect(readdirSync(folder)).toHaveLength(1);

        await place.execute(facts.afterBackup);
        expect(await schema()).not.toEqual(schemaBefore);
        await Promise.all(open.splice(0).map(connection => connection.close()));
        await databases.restore(parse(place.url), backup);
        expect(await schema()).toEqual(schemaBefore);
        expect(await shown()).toEqual(dataBefore);
        expect(await rowsOf(HISTORY)).toEqual(rowsBefore);
        expect(readdirSync(folder)).toHaveLength(1);

        const second = await databases.backUp(parse(place.url), folder);
        expect(second.file).not.toBe(backup.file);
        await databases.restore(parse(place.url), second);
        expect(await schema()).toEqual(schemaBefore);
      });

      it('refuses a backup that is not whole, and changes nothing', async () => {
        await place.execute(CREATE_HISTORY);
        const backup = { file: join(home, 'nothing-here'), bytes: 0, madeBy: 'nobody' };
        await expect(databases.restore(parse(place.url), backup)).rejects.toBeInstanceOf(ProblemError);
        expect(await rowsOf(HISTORY)).toHaveLength(3);
      });

      it('leaves no file when the disk is full', async ({ skip }) => {
        if (platform() !== 'linux' || process.getuid?.() !== 0) return skip('only root on Linux can mount a full disk');
        await place.execute(CREATE_HISTORY);
        const full = await onFullDisk(databases, parse(place.url), join(home, 'full'));
        expect(full).toEqual({ code: 'disk', left: ['filler'] });
      });
    });
  });
}

/** Backs up onto a file system without any room, and says what came of it. */
async function onFullDisk(databases: Databases, address: Address, folder: string): Promise<unknown> {
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  try {
    writeFileSync(join(folder, 'filler'), new Uint8Array(64 * 1024));
    const code = await databases.backUp(address, folder).then(
      () => 'it was made',
      error => (error instanceof ProblemError ? error.code : error),
    );
    return { code, left: readdirSync(folder) };
  } finally {
    execFileSync('umount', [folder]);
  }
}

/** True when a text appears in an error, whichever way it is printed. */
export function appearsIn(text: string, error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const printed = [
    inspect(error, { depth: 10, showHidden: true }),
    String(error),
    JSON.stringify(error),
    inspect(cause, { depth: 10 }),
  ];
  return printed.some(words => words.includes(text));
}
