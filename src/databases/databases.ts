/** The databases room's front door. Each engine's code, and its driver, is loaded when a database of that engine is first opened. */
import type { Engine } from '../domain/migration.ts';
import { parseAddress } from './address.ts';
import type { Databases } from './contract.ts';
import { type EngineDriver, makeInTurn, type Surroundings } from './engine.ts';
import { parkedSets } from './parked-sets.ts';
import { rememberedSchema, rememberSchema } from './schema-cache.ts';
import { dropScratch, makeScratch, scratches } from './scratch.ts';

/** What the room needs to know of the machine. */
export interface DatabasesOptions {
  /** The user's environment: finds `pg_dump` and its kind on `PATH`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder for Tidemark's own files of this user, outside every repository: locks of SQLite databases lie in it. */
  readonly stateHome: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Opens the room. Make one per process: it keeps acts on one SQLite file from crossing each other. */
export function createDatabases(options: DatabasesOptions): Databases {
  const around: Surroundings = { ...options, inTurn: makeInTurn() };
  return {
    parse: parseAddress,
    async openToRead(address) {
      const driver = await driverOf(address.engine);
      return driver.open(address, { kind: 'reading' }, around);
    },
    async openToChange(address, run) {
      const driver = await driverOf(address.engine);
      return driver.open(address, { kind: 'run', run }, around);
    },
    async backUp(address, folder) {
      const driver = await driverOf(address.engine);
      return driver.backUp(address, folder, around);
    },
    async restore(address, backup) {
      const driver = await driverOf(address.engine);
      return driver.restore(address, backup, around);
    },
    holdStill: async (real, history) => (await driverOf(real.engine)).holdStill(real, history, around),
    makeScratch: async (real, wish) => makeScratch(await driverOf(real.engine), real, wish, around),
    dropScratch: async (real, name) => dropScratch(await driverOf(real.engine), real, name, around),
    rememberedSchema: key => rememberedSchema(around, key),
    rememberSchema: (key, schema) => rememberSchema(around, key, schema),
    scratches: () => scratches(around),
    parked: parkedSets,
  };
}

async function driverOf(engine: Engine): Promise<EngineDriver> {
  switch (engine) {
    case 'sqlite':
      return (await import('./sqlite/connect.ts')).sqlite;
    case 'postgres':
      return (await import('./postgres/connect.ts')).postgres;
    case 'mysql':
      return (await import('./mysql/connect.ts')).mysql;
  }
}
