/** Keeps a SQLite database as it is: holding its write lock, with which nobody else can change anything in the file. */
import type { Address, Hold } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { eventually, openToWrite, PATIENCE } from './access.ts';
import { sqliteProblem } from './errors.ts';

/**
 * Takes the lock. Acts of this process on the file wait until it is released: closing any descriptor of the file would give the lock away
 * (POSIX locks are the process's). Nothing is written for it.
 */
export async function holdStill(address: Address, around: Surroundings): Promise<Hold> {
  const letGo = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  const held = around.inTurn(address.database, async () => {
    try {
      const session = await openToWrite(address);
      try {
        await eventually(PATIENCE, () => session.script('BEGIN IMMEDIATE'));
        taken.resolve();
        await letGo.promise;
        session.script('ROLLBACK');
      } finally {
        session.close();
      }
    } catch (error) {
      taken.reject(sqliteProblem(error, address, 'holding it as it is'));
    }
  });
  await taken.promise;
  return {
    // Who wants to write is told "database is locked", and cannot be seen from here.
    waiting: () => Promise.resolve([]),
    async release() {
      letGo.resolve();
      await held;
    },
  };
}
