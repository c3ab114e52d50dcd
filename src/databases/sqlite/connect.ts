/** A SQLite database as a Connection. The file is opened anew for every act, so that nothing is held open, locked or cached in between. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { BugError } from '../../domain/problem.ts';
import type { Address, Connection } from '../contract.ts';
import type { EngineDriver, Purpose, Surroundings } from '../engine.ts';
import { eventually, openToWrite, PATIENCE, reading } from './access.ts';
import { backUp, restore } from './backup.ts';
import { describeSchema } from './describe.ts';
import { isBusy, sqliteProblem } from './errors.ts';
import { count, readHistory, tables } from './history.ts';
import { holdStill } from './hold.ts';
import { takeLock } from './lock.ts';
import { missing, park, putBack } from './parking.ts';
import { makeScratch, scratchAddress } from './scratch.ts';
import { changeRows, runScript } from './script.ts';
import type { SqliteSession } from './session.ts';

/** The engine's entry. */
export const sqlite: EngineDriver = {
  open,
  backUp: (address, folder, around) => around.inTurn(address.database, () => backUp(address, folder)),
  restore: (address, backup, around) => around.inTurn(address.database, () => restore(address, backup)),
  holdStill: (address, _history, around) => holdStill(address, around),
  scratchAddress,
  makeScratch: (real, wish, folder, around) => around.inTurn(real.database, () => makeScratch(real, wish, folder)),
  // Its folder is all there is of it.
  dropScratch: () => Promise.resolve(),
};

async function open(address: Address, purpose: Purpose, around: Surroundings): Promise<Connection> {
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => around.inTurn(address.database, act);
  const changing = <T>(act: () => Promise<T>): Promise<T> => {
    if (purpose.kind === 'reading')
      return Promise.reject(new BugError('a connection opened for reading cannot change anything'));
    return inTurn(act);
  };
  // What a killed writer left is recovered by the first connection that may write.
  if (purpose.kind === 'run')
    await inTurn(() => writing(address, 'opening it', session => session.read('SELECT 1 FROM sqlite_schema')));
  const version = await inTurn(() =>
    reading(
      address,
      'opening it',
      session => session.read('SELECT sqlite_version(), COUNT(*) FROM sqlite_schema').rows[0]?.[0],
    ),
  );
  const identity = identityOf(address);
  return {
    address,
    abilities: { transactionalSchema: true, serverLock: false },
    server: `SQLite ${version}`,
    identity,
    readHistory: table =>
      inTurn(() => reading(address, `reading ${table.name}`, session => readHistory(session, table))),
    tables: () => inTurn(() => reading(address, 'listing its tables', tables)),
    describeSchema: without =>
      inTurn(() => reading(address, 'reading its schema', session => describeSchema(session, without))),
    count: (table, column) =>
      inTurn(() => reading(address, `counting ${table.name}`, session => count(session, table, column))),
    size: async () =>
      ['', '-wal'].reduce(
        (sum, end) => sum + (statSync(address.database + end, { throwIfNoEntry: false })?.size ?? 0),
        0,
      ),
    lock: run => changing(() => takeLock(address, identity, run, around)),
    changeRows: (table, changes) => changing(() => changeRows(address, table, changes)),
    runScript: run => changing(() => runScript(address, run)),
    park: (endangered, folder) => changing(() => park(address, endangered, folder)),
    missingFor: parts =>
      inTurn(() => reading(address, 'looking where parked data belongs', session => missing(session, parts))),
    putBack: (files, how) => changing(() => putBack(address, files, how)),
    settled: (_run, milliseconds) => changing(() => canBeLocked(address, milliseconds)),
    close: () => Promise.resolve(),
  };
}

async function writing<T>(address: Address, doing: string, act: (session: SqliteSession) => T): Promise<T> {
  try {
    const session = await openToWrite(address);
    try {
      return await eventually(PATIENCE, () => act(session));
    } finally {
      session.close();
    }
  } catch (error) {
    throw sqliteProblem(error, address, doing);
  }
}

// The write lock is taken and left again without writing: no journal is made for that, and a WAL made for it goes with the connection.
async function canBeLocked(address: Address, milliseconds: number): Promise<boolean> {
  try {
    const session = await openToWrite(address);
    try {
      await eventually(milliseconds, () => session.script('BEGIN IMMEDIATE'));
      session.script('ROLLBACK');
      return true;
    } finally {
      session.close();
    }
  } catch (error) {
    if (isBusy(error)) return false;
    throw sqliteProblem(error, address, 'waiting for its lock');
  }
}

function identityOf(address: Address): string {
  try {
    const { dev, ino } = statSync(address.database, { bigint: true });
    return createHash('sha256').update(`sqlite ${dev} ${ino}`).digest('hex').slice(0, 32);
  } catch (error) {
    throw sqliteProblem(error, address, 'opening it');
  }
}
