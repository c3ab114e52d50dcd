/** Who is in the way of a change: other sessions of this database, those with an open transaction first where the server tells. */
import { mysqlCode } from './errors.ts';
import type { MysqlSession } from './session.ts';

/** What to add to the words of a lock that was not had, by line; nothing for other errors. */
export async function blockersOf(session: MysqlSession, error: unknown): Promise<string> {
  if (mysqlCode(error) !== 'ER_LOCK_WAIT_TIMEOUT' || session.lost() !== null) return '';
  // Transactions are shown to those with PROCESS only, and own sessions to everybody.
  const open = await idsOfTransactions(session);
  try {
    const { rows } = await session.read(
      `SELECT ID, USER, HOST, TIME, LEFT(COALESCE(INFO, ''), 120) FROM information_schema.PROCESSLIST
        WHERE DB = DATABASE() AND ID <> CONNECTION_ID() ORDER BY TIME DESC LIMIT 20`,
    );
    return rows
      .filter(([id]) => open === null || open.has(String(id)))
      .slice(0, 5)
      .map(
        ([id, user, host, time, info]) =>
          `\nin its way may be session ${id} of ${user} from ${host}, which said something last ${time} s ago${info ? `: ${String(info).replace(/\s+/g, ' ')}` : ''}`,
      )
      .join('');
  } catch {
    return '';
  }
}

async function idsOfTransactions(session: MysqlSession): Promise<ReadonlySet<string> | null> {
  try {
    const { rows } = await session.read('SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX');
    return rows.length === 0 ? null : new Set(rows.map(([id]) => String(id)));
  } catch {
    return null;
  }
}
