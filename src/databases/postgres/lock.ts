/** Keeps a second run away from a PostgreSQL database: an advisory lock of a session that does nothing else. */
import { ProblemError } from '../../domain/problem.ts';
import type { Address, HeldLock } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { postgresProblem } from './errors.ts';
import { connect, type PostgresSession } from './session.ts';

// The first eight bytes of SHA-256 of `tidemark`, as two signed 32-bit numbers. Frameworks lock with keys of their own.
const KEY = ['-289523707', '343942235'] as const;

/** A lock and whether its session still lives. */
export interface SessionLock extends HeldLock {
  lost(): Error | null;
}

/** Takes the lock. Throws `database-locked` when another session holds it, `refused` behind a pooler that shares sessions. */
export async function takeLock(address: Address, run: string, around: Surroundings): Promise<SessionLock> {
  const session = await connect(address, `tidemark:${run} lock`, around, { forever: true });
  try {
    // Before it is taken: a shared session would keep it when we are gone.
    await mustNotBeShared(session, address, run, around);
    const { rows } = await session.query('SELECT pg_try_advisory_lock($1::int, $2::int)', KEY);
    if (rows[0]?.[0] !== 't') {
      const holder = await holderOf(session);
      throw new ProblemError('database-locked', { database: address.display, holder });
    }
    await mustBeOurs(session);
    return { release: () => session.close(), lost: () => session.lost() };
  } catch (error) {
    await session.close();
    throw postgresProblem(error, address, 'taking the lock');
  }
}

/** Waits until no session of the run works on this database. */
export async function settled(session: PostgresSession, run: string, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const { rows } = await session.query(
      `SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()
          AND pid <> pg_backend_pid() AND state IS DISTINCT FROM 'idle'`,
      [`tidemark:${run}`],
    );
    if (rows[0]?.[0] === '0') return true;
    if (performance.now() >= end) return false;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

async function holderOf(session: PostgresSession): Promise<string> {
  const { rows } = await session.query(
    `SELECT a.application_name, a.usename, host(a.client_addr), a.pid, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
       FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint::bit(32)::int = $1::int AND l.objid::bigint::bit(32)::int = $2::int
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    KEY,
  );
  const [name, user, host, pid, since] = rows[0] ?? [];
  if (!pid) return 'another run';
  const run = name?.replace(/^tidemark:(.*) lock$/, 'run $1');
  return `${run || 'a session'} of ${user ?? 'another user'} from ${host ?? 'this machine'}, backend ${pid}, since ${since ?? 'unknown'}`;
}

/**
 * A pooler in transaction mode gives every statement whatever backend is free, mostly the one that was used last, to all its clients alike
 * (PgBouncer 1.18): two runs would hold the lock of one session. Two sessions of ours that meet in one backend show it.
 */
async function mustNotBeShared(
  session: PostgresSession,
  address: Address,
  run: string,
  around: Surroundings,
): Promise<void> {
  const other = await connect(address, `tidemark:${run} lock`, around, { forever: true });
  try {
    if (other.pid === session.pid) throw sharedSession();
    for (const each of [session, other, session]) if ((await backendOf(each)) !== each.pid) throw sharedSession();
  } finally {
    await other.close();
  }
}

const backendOf = async (session: PostgresSession): Promise<number> =>
  Number((await session.query('SELECT pg_backend_pid()')).rows[0]?.[0]);

// On a busy pooler it may show only now.
async function mustBeOurs(session: PostgresSession): Promise<void> {
  const { rows } = await session.query(
    `SELECT pg_backend_pid(), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid())`,
  );
  const [pid, held] = rows[0] ?? [];
  if (Number(pid) !== session.pid || Number(held) === 0) throw sharedSession();
}

const sharedSession = (): ProblemError =>
  new ProblemError('refused', {
    reason: 'A connection pooler between Tidemark and the database shares sessions, so a lock cannot be held.',
    next: "Give the server's own address with --database.",
  });
