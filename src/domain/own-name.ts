/** Does a script reach the database it was written for, wherever it is run? Then it cannot be tried on a copy. */
import type { Engine } from './migration.ts';

/**
 * True where a text names its database (`shop.orders`, USE) on MySQL, or opens another file (ATTACH) on SQLite. PostgreSQL's statements stay
 * in the database of their session. `database` is its name.
 */
export function namesItself(text: string, engine: Engine, database: string): boolean {
  if (engine === 'postgres') return false;
  if (engine === 'sqlite') return /\battach\b/i.test(text);
  // Names are compared without case, as some servers do.
  const name = database.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('`', '``');
  return new RegExp(`(?:\`${name}\`|(?<![\\w$.\`])${name})\\s*\\.|^\\s*use\\s+[\`\\w]|;\\s*use\\s+[\`\\w]`, 'im').test(
    text,
  );
}
