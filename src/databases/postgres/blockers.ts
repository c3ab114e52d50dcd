/** Who is in the way of a change: sessions with an open transaction that holds locks on tables here. */
import { postgresCode } from './errors.ts';
import type { PostgresSession } from './session.ts';

/** What to add to the words of a lock that was not had, by line; nothing for other errors. Call it outside a transaction. */
export async function blockersOf(session: PostgresSession, error: unknown): Promise<string> {
  // 55P03: lock_not_available.
  if (postgresCode(error) !== '55P03' || session.lost() !== null) return '';
  try {
    const { rows } = await session.query(
      `SELECT a.pid, a.usename, a.application_name, host(a.client_addr),
              to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), left(regexp_replace(a.query, '\\s+', ' ', 'g'), 120)
         FROM pg_stat_activity a
        WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
          AND EXISTS (SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                       WHERE l.pid = a.pid AND l.granted AND c.relnamespace <> 'pg_catalog'::regnamespace)
        ORDER BY a.xact_start LIMIT 5`,
    );
    return rows
      .map(([pid, user, name, host, since, query]) => {
        const who = `backend ${pid} of ${user ?? 'another user'}${name ? ` (${name})` : ''} from ${host ?? 'this machine'}`;
        return `\nin its way may be ${who}, in a transaction since ${since}${query ? `: ${query}` : ''}`;
      })
      .join('');
  } catch {
    return '';
  }
}
