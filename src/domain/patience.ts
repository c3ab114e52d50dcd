/** How long a change waits for others, and how long one statement may take, before it gives up instead of keeping others waiting. */

type Env = Readonly<Record<string, string | undefined>>;

/** Seconds a change waits for a lock: `TIDEMARK_LOCK_TIMEOUT`, else 10. */
export const lockSeconds = (env: Env): number => seconds(env['TIDEMARK_LOCK_TIMEOUT'], 10);

/** Seconds one statement of a change may take: `TIDEMARK_STATEMENT_TIMEOUT`, else 3600. */
export const statementSeconds = (env: Env): number => seconds(env['TIDEMARK_STATEMENT_TIMEOUT'], 3600);

/** Whole seconds from 1 on; anything else is the usual. */
function seconds(text: string | undefined, usual: number): number {
  const asked = Number(text);
  return text !== undefined && Number.isInteger(asked) && asked >= 1 && asked <= 86_400 ? asked : usual;
}
