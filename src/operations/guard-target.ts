/** Guards the database that is about to be changed: is it the one this clone changed before, is it near, does it look like production? */
import path from 'node:path';
import type { Address, Connection } from '../databases/contract.ts';
import { ProblemError } from '../domain/problem.ts';
import { ENVIRONMENT_MARKERS, targetDoubts, targetName } from '../domain/production.ts';
import type { Repository } from '../git/contract.ts';
import { reading } from './connect.ts';
import type { InspectedProject } from './inspect.ts';
import type { Outside } from './outside.ts';

/**
 * One value per database that was changed from this clone: `<project key> <identity> <display form>`. In the repository's own git settings,
 * which no commit, clone or push carries: a repository cannot trust itself.
 */
const KEY = 'tidemark.target';

/** Databases remembered per project; the oldest go first. */
const MOST = 32;

/** A target as it is shown before it is changed. */
export interface GuardedTarget {
  /** What is typed to name it. */
  readonly name: string;
  /** False when this clone has not changed it before. */
  readonly known: boolean;
  /** Why its name must be typed out, as sentences. */
  readonly doubts: readonly string[];
}

type Aimed = Pick<InspectedProject, 'key' | 'address' | 'addressFrom' | 'identity'>;

/** Looks at it. Changes nothing. */
export async function guardTarget(outside: Outside, repository: Repository, aimed: Aimed): Promise<GuardedTarget> {
  const { address, addressFrom } = aimed;
  const remembered = (await repository.localSetting(KEY)).flatMap(value => entryOf(value, aimed.key) ?? []);
  const own = ownName(repository, aimed);
  const known = remembered.some(({ identity }) => identity === own);
  const { engine, database, host, socket } = address;
  const target = {
    ...{ engine, database, host, socket, from: addressFrom },
    environment: Object.fromEntries(
      ENVIRONMENT_MARKERS.flatMap(name => {
        const value = outside.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    marker: await reading(outside, address, railsEnvironment),
  };
  const others = remembered.map(({ display }) => display);
  return { name: targetName(address.display), known, doubts: targetDoubts(target, { known, others }) };
}

/** Throws `target-doubtful` when the target has to be named and was not. `named` is what was typed. */
export function mustBeNamed({ address }: Aimed, { doubts, name }: GuardedTarget, named: string | null): void {
  if (doubts.length === 0 || named === name) return;
  throw new ProblemError('target-doubtful', { database: address.display, name, doubts, command: null });
}

/** Remembers it, once something was agreed to. What cannot be written down is asked for again. */
export async function rememberTarget(repository: Repository, aimed: Aimed): Promise<void> {
  try {
    const values = await repository.localSetting(KEY);
    const entry = `${aimed.key} ${ownName(repository, aimed)} ${aimed.address.display}`;
    if (values.includes(entry)) return;
    const own = values.filter(value => entryOf(value, aimed.key) !== null);
    const dropped = new Set(own.slice(0, Math.max(0, own.length + 1 - MOST)));
    await repository.setLocalSetting(KEY, [...values.filter(value => !dropped.has(value)), entry]);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
}

function entryOf(value: string, key: string): { readonly identity: string; readonly display: string } | null {
  if (!value.startsWith(`${key} `)) return null;
  const [, identity = '', display = ''] = /^(\S+) (.*)$/s.exec(value.slice(key.length + 1)) ?? [];
  return { identity, display };
}

/**
 * The server's own identity. A SQLite file inside the working tree is known by its place in it: each worktree has one of its own there, and
 * one that was thrown away and made anew is no other target.
 */
function ownName(repository: Repository, { address, identity }: Aimed): string {
  const inside = insideOf(repository, address);
  return inside === null ? identity : `file:${encodeURIComponent(inside)}`;
}

function insideOf({ root }: Repository, { engine, database }: Address): string | null {
  if (engine !== 'sqlite') return null;
  const inside = path.relative(root, database);
  return inside.startsWith('..') || path.isAbsolute(inside) ? null : inside;
}

/** Rails writes there in which environment a database was made (`ActiveRecord::InternalMetadata`). */
async function railsEnvironment(connection: Connection): Promise<string | null> {
  try {
    const read = await connection.readHistory({ schema: null, name: 'ar_internal_metadata' });
    if (read.table === 'missing') return null;
    const value = read.rows.find(row => row['key'] === 'environment')?.['value'];
    return typeof value === 'string' ? value : null;
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}
