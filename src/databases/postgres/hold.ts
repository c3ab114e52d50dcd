/**
 * Keeps a PostgreSQL database as it is: ACCESS SHARE on every table, as pg_dump takes it, lets everybody read and write rows and makes
 * whoever drops or alters one wait; SHARE on the history table makes writers of it wait too.
 */
import type { TableName } from '../../domain/migration.ts';
import type { Address, Hold } from '../contract.ts';
import type { Surroundings } from '../engine.ts';
import { tableIdentifier } from '../row-changes.ts';
import { postgresProblem } from './errors.ts';
import { dialect } from './history.ts';
import { connect, type PostgresSession } from './session.ts';

// Each takes a place in the server's lock table, which has 64 for each session that may be.
const TABLES_AT_MOST = 2000;

/** Takes the locks, within five seconds. */
export async function holdStill(address: Address, history: TableName, around: Surroundings): Promise<Hold> {
  const session = await connect(address, 'tidemark hold', around, { forever: true });
  try {
    await session.script("BEGIN; SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = 0");
    const { rows } = await session.query(
      `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'SELECT')
        ORDER BY c.oid LIMIT ${TABLES_AT_MOST}`,
    );
    const names = rows.map(([name]) => name);
    if (names.length > 0) await session.script(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
    const own = tableIdentifier(dialect, history);
    const isThere = await session.query('SELECT to_regclass($1) IS NOT NULL', [own]);
    if (isThere.rows[0]?.[0] === 't') await session.script(`LOCK TABLE ${own} IN SHARE MODE`);
    return {
      waiting: async () => (await waiters(session)).map(([, name, query]) => `${name || 'a session'}: ${query}`),
      release: () => release(session),
    };
  } catch (error) {
    await session.close();
    throw postgresProblem(error, address, 'holding it as it is');
  }
}

/** Sessions that began after this one's transaction and wait for it. */
async function waiters(session: PostgresSession) {
  // A transaction goes on seeing the activity that it saw first.
  await session.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await session.query(
    `SELECT a.pid, a.application_name, left(a.query, 200) FROM pg_stat_activity a
      WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND pg_backend_pid() = ANY (pg_blocking_pids(a.pid))
        AND a.backend_start > (SELECT xact_start FROM pg_stat_activity WHERE pid = pg_backend_pid())`,
  );
  return rows;
}

/** A server goes on with what a dead client asked for as soon as the lock is free, so such sessions are ended before. */
async function release(session: PostgresSession): Promise<void> {
  try {
    const end = performance.now() + 10_000;
    for (;;) {
      const left = await waiters(session);
      if (left.length === 0 || performance.now() > end) break;
      for (const [pid] of left)
        await session.query('SELECT pg_terminate_backend($1::int)', [pid ?? null]).catch(() => undefined);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    if (session.lost() === null && session.inTransaction()) await session.script('ROLLBACK');
  } finally {
    await session.close();
  }
}
