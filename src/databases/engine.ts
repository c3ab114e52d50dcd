/** What each engine's folder gives to `databases.ts`, and what it gets. */
import type { TableName } from '../domain/migration.ts';
import type { Address, Backup, Connection, Hold, ScratchWish } from './contract.ts';

/** What engines may know of the machine. */
export interface Surroundings {
  /** The user's environment: `PATH` to find dump programs, and what drivers read by custom (`PGPASSWORD`, `PGUSER`). */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder for Tidemark's own files of this user, outside every repository. */
  readonly stateHome: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** One line at a time per key. SQLite needs it: closing any descriptor of a file drops this process's locks on it. */
  readonly inTurn: InTurn;
}

/** Runs an act when all earlier ones of the same key have ended. */
export type InTurn = <T>(key: string, act: () => Promise<T>) => Promise<T>;

/** What a connection is opened for. */
export type Purpose = { readonly kind: 'reading' } | { readonly kind: 'run'; readonly run: string };

/** One engine. */
export interface EngineDriver {
  open(address: Address, purpose: Purpose, around: Surroundings): Promise<Connection>;
  backUp(address: Address, folder: string, around: Surroundings): Promise<Backup>;
  restore(address: Address, backup: Backup, around: Surroundings): Promise<void>;
  holdStill(real: Address, history: TableName, around: Surroundings): Promise<Hold>;
  /** Where a scratch database of this name is. `folder` is its own, for files. */
  scratchAddress(real: Address, name: string, folder: string): Address;
  makeScratch(real: Address, wish: ScratchWish, folder: string, around: Surroundings): Promise<void>;
  dropScratch(real: Address, name: string, around: Surroundings): Promise<void>;
}

/** A fresh queue of acts per key. */
export function makeInTurn(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (key, act) => {
    const before = last.get(key);
    const mine = (before ?? Promise.resolve()).then(act, act);
    const settled = mine.catch(() => undefined);
    last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}
