/**
 * Scratch databases: recorded in the state folder before they are made, so that what a killed process left is found and removed. Each has
 * a folder of its own there, `scratch/<name>/`, with its record, and for SQLite the database itself.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { BugError, isProblem, ProblemError } from '../domain/problem.ts';
import type { Address, ScratchRecord, ScratchWish } from './contract.ts';
import type { EngineDriver, Surroundings } from './engine.ts';

// PostgreSQL cuts names after 63 bytes, and would then drop what it was not asked to.
const NAME = /^tidemark_(?:rehearsal|proof)_[a-z0-9_]{1,40}$/;
const RECORD = 'record.json';

const homeOf = (around: Surroundings): string => join(around.stateHome, 'scratch');

/** Makes one. What was half made when it failed is removed again. */
export async function makeScratch(
  driver: EngineDriver,
  real: Address,
  wish: ScratchWish,
  around: Surroundings,
): Promise<Address> {
  mustBeOurs(real, wish.name);
  const folder = join(homeOf(around), wish.name);
  record(folder, real, wish, around);
  try {
    await driver.makeScratch(real, wish, folder, around);
    const address = driver.scratchAddress(real, wish.name, folder);
    await mustBeAnother(driver, address, wish.identity, around);
    return address;
  } catch (error) {
    await dropScratch(driver, real, wish.name, around).catch(() => undefined);
    throw scratchProblem(error, real);
  }
}

/** Removes one: only by a name of ours, and only what is not the real database itself. */
export async function dropScratch(
  driver: EngineDriver,
  real: Address,
  name: string,
  around: Surroundings,
): Promise<void> {
  mustBeOurs(real, name);
  const folder = join(homeOf(around), name);
  const address = driver.scratchAddress(real, name, folder);
  const identity = await identityOf(driver, real, around);
  if (identity !== null) await mustBeAnother(driver, address, identity, around);
  await driver.dropScratch(real, name, around);
  rmSync(folder, { recursive: true, force: true });
}

/** All records that can be read. */
export function scratches(around: Surroundings): readonly ScratchRecord[] {
  const home = homeOf(around);
  if (!existsSync(home)) return [];
  return readdirSync(home).flatMap(name => {
    if (!NAME.test(name)) return [];
    try {
      const found: ScratchRecord & { readonly host: string } = JSON.parse(
        readFileSync(join(home, name, RECORD), 'utf8'),
      );
      // Whether a process of another machine is dead, only that machine can tell.
      const { host, ...entry } = found;
      return entry.name === name && host === hostname() ? [entry] : [];
    } catch {
      // Killed before the record was written: then nothing was made.
      return [];
    }
  });
}

function mustBeOurs(real: Address, name: string): void {
  if (!NAME.test(name) || name === real.database) throw new BugError(`"${name}" is no name of a scratch database`);
}

async function mustBeAnother(
  driver: EngineDriver,
  scratch: Address,
  real: string,
  around: Surroundings,
): Promise<void> {
  const identity = await identityOf(driver, scratch, around);
  if (identity === real) throw new BugError(`${scratch.display} is the real database itself`);
}

/** null where there is no such database; MariaDB does not tell that to who has no right on it. */
async function identityOf(driver: EngineDriver, address: Address, around: Surroundings): Promise<string | null> {
  try {
    const connection = await driver.open(address, { kind: 'reading' }, around);
    await connection.close();
    return connection.identity;
  } catch (error) {
    if (isProblem(error, 'database-missing') || isProblem(error, 'permission-denied')) return null;
    throw error;
  }
}

function record(folder: string, real: Address, wish: ScratchWish, around: Surroundings): void {
  const entry: ScratchRecord & { readonly host: string } = {
    name: wish.name,
    engine: real.engine,
    database: real.display,
    identity: wish.identity,
    owner: wish.owner,
    host: hostname(),
    at: new Date(around.clock()).toISOString(),
  };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const descriptor = openSync(join(folder, RECORD), 'wx', 0o600);
    try {
      writeFileSync(descriptor, JSON.stringify(entry));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ProblemError('disk', { path: folder, doing: 'making a scratch database', said }, { cause: error });
  }
}

/** Whatever keeps a scratch database from being made is one problem, told with what was said; disks keep their own. */
function scratchProblem(error: unknown, real: Address): unknown {
  if (!(error instanceof ProblemError) || error.code === 'disk' || error.code === 'scratch-impossible') return error;
  const facts = error.facts as { readonly reason?: string; readonly said?: string; readonly program?: string };
  const reason =
    facts.reason ?? facts.said ?? (facts.program === undefined ? error.code : `${facts.program} is not there`);
  return new ProblemError('scratch-impossible', { database: real.display, reason }, { cause: error });
}
