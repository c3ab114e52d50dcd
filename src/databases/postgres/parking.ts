/**
 * Parks and puts back rows of PostgreSQL databases, by COPY in its text format: each type's own text form is exact under the settings of
 * `PLAIN_OUTPUT`, and the server's own encoding is kept.
 */
import type { TableName } from '../../domain/migration.ts';
import type { Endangered, ParkedPart, PutBack, PutBackHow } from '../../domain/parking.ts';
import type { Address, PartFile } from '../contract.ts';
import { readPieces } from '../parked-rows.ts';
import { type Ground, parkAll } from '../parking.ts';
import { missingFor, type PuttingGround, putBackAll } from '../putting-back.ts';
import { tableIdentifier } from '../row-changes.ts';
import { postgresProblem } from './errors.ts';
import { dialect, PLAIN_OUTPUT } from './history.ts';
import type { PostgresSession } from './session.ts';
import { factsOf } from './table-facts.ts';

const { identifier } = dialect;

// A policy that hides rows from this user is an error, not a smaller copy.
// A large table takes as long as it takes.
const ALL_ROWS = 'SET LOCAL row_security = off; SET LOCAL statement_timeout = 0';

/** Saves what is endangered, in one snapshot. */
export function park(
  session: PostgresSession,
  address: Address,
  endangered: Endangered,
  folder: string,
): Promise<readonly ParkedPart[]> {
  const begin = 'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY';
  return inTransaction(session, address, begin, 'parking what the run would destroy', () =>
    parkAll(groundOf(session), endangered, folder),
  );
}

/** Puts parts back in one transaction, or none of them. */
export function putBack(
  session: PostgresSession,
  address: Address,
  files: readonly PartFile[],
  how: PutBackHow,
): Promise<readonly PutBack[]> {
  return inTransaction(session, address, 'BEGIN', 'putting parked data back', async () => {
    await session.script('SET CONSTRAINTS ALL DEFERRED');
    const done = await putBackAll(puttingGroundOf(session), files, how);
    await session.script('SET CONSTRAINTS ALL IMMEDIATE');
    return done;
  });
}

/** What parts need that is not there, as a clause for each. */
export async function missing(
  session: PostgresSession,
  parts: readonly ParkedPart[],
): Promise<readonly (string | null)[]> {
  const clauses: (string | null)[] = [];
  for (const part of parts) clauses.push(missingFor(part, await factsOf(session, part.table)));
  return clauses;
}

async function inTransaction<T>(
  session: PostgresSession,
  address: Address,
  begin: string,
  doing: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    await session.script(`${begin}; ${PLAIN_OUTPUT} ${ALL_ROWS}`);
    const result = await act();
    await session.script('COMMIT');
    return result;
  } catch (error) {
    if (session.lost() === null && session.inTransaction()) await session.script('ROLLBACK');
    throw postgresProblem(error, address, doing);
  }
}

function groundOf(session: PostgresSession): Ground {
  return {
    foldsNames: false,
    facts: table => factsOf(session, table),
    async readOut(from, columns, { piece }) {
      const facts = from.schema === 'pg_temp' ? null : await factsOf(session, from);
      const list = columns.map(({ name }) => identifier(name)).join(', ');
      const only = facts?.isParent === true ? '' : 'ONLY ';
      const encoding = facts?.encoding ?? (await encodingOf(session));
      await session.copyOut(
        `COPY (SELECT ${list} FROM ${only}${tableIdentifier(dialect, from)}) TO STDOUT (FORMAT text, ENCODING '${encoding}')`,
        piece,
      );
    },
  };
}

const encodingOf = async (session: PostgresSession): Promise<string> =>
  (await session.query("SELECT current_setting('server_encoding')")).rows[0]?.[0] ?? 'UTF8';

function puttingGroundOf(session: PostgresSession): PuttingGround {
  return {
    ...groundOf(session),
    identifier,
    rowName: 'ctid',
    count: async sql => Number((await session.query(sql)).rows[0]?.[0]),
    change: async sql => (await session.query(sql)).hit,
    async stage(number, { table }, columns) {
      const stage = { schema: 'pg_temp', name: `tidemark_stage_${number}` };
      const list = columns.map(({ name }) => identifier(name)).join(', ');
      await session.script(
        `CREATE TEMPORARY TABLE ${identifier(stage.name)} ON COMMIT DROP AS SELECT ${list} FROM ${tableIdentifier(dialect, table)} WITH NO DATA`,
      );
      return stage;
    },
    async load(into, columns, path) {
      const list = columns.map(({ name }) => identifier(name)).join(', ');
      const encoding = await encodingOf(session);
      await session.copyIn(
        `COPY ${tableIdentifier(dialect, into)} (${list}) FROM STDIN (FORMAT text, ENCODING '${encoding}')`,
        readPieces(path),
      );
      if (into.schema === 'pg_temp') await session.script(`ANALYZE ${tableIdentifier(dialect, into)}`);
    },
    print: (columns, of) => `ROW(${columns.map(({ name }) => `${of}.${identifier(name)}::text`).join(', ')})::text`,
    async isUnset({ table }, { name, type }) {
      const { rows } = await session.query(
        `SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
          WHERE d.adrelid = to_regclass($1) AND a.attname = $2`,
        [tableIdentifier(dialect, table), name],
      );
      const standard = rows[0]?.[0];
      const column = `t.${identifier(name)}`;
      return `${column} IS NULL${standard ? ` OR ${column}::text = (${standard})::${type}::text` : ''}`;
    },
    update: (table, stage, columns, on) =>
      `UPDATE ${tableIdentifier(dialect, table)} t SET ${columns
        .map(({ name }) => `${identifier(name)} = s.${identifier(name)}`)
        .join(', ')} FROM ${stage} s WHERE ${on}`,
    withoutTriggers: (tables, act) =>
      withoutTriggers(
        session,
        tables.map(({ facts }) => facts.table),
        act,
      ),
    // The server checks them itself, whoever inserts.
    brokenKeys: async () => 0,
    lift: (facts, counters) => lift(session, facts.table, counters),
  };
}

/** The user's own triggers of these tables are switched off and on again, each as it was. Those of foreign keys keep working. */
async function withoutTriggers<T>(
  session: PostgresSession,
  tables: readonly TableName[],
  act: () => Promise<T>,
): Promise<T> {
  const found: { readonly table: string; readonly trigger: string; readonly state: string }[] = [];
  for (const table of new Set(tables.map(each => tableIdentifier(dialect, each)))) {
    const { rows } = await session.query(
      "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal AND tgenabled <> 'D' ORDER BY tgname",
      [table],
    );
    for (const [trigger, state] of rows) found.push({ table, trigger: identifier(trigger ?? ''), state: state ?? 'O' });
  }
  for (const { table, trigger } of found) await session.script(`ALTER TABLE ${table} DISABLE TRIGGER ${trigger}`);
  const result = await act();
  // A table with checks that wait for the end of the transaction cannot be altered before they were made.
  if (found.length > 0) await session.script('SET CONSTRAINTS ALL IMMEDIATE');
  for (const { table, trigger, state } of found) {
    const how = { A: 'ENABLE ALWAYS', R: 'ENABLE REPLICA' }[state] ?? 'ENABLE';
    await session.script(`ALTER TABLE ${table} ${how} TRIGGER ${trigger}`);
  }
  return result;
}

/** Moves sequences forward only: to where they stood, and behind the largest number in the table. */
async function lift(session: PostgresSession, table: TableName, counters: ParkedPart['counters']): Promise<void> {
  const name = tableIdentifier(dialect, table);
  for (const { column, next } of counters) {
    const found = (await session.query('SELECT pg_get_serial_sequence($1, $2)', [name, column])).rows[0]?.[0];
    if (!found) continue;
    const { rows } = await session.query(
      `SELECT GREATEST($1::numeric, (SELECT MAX(${identifier(column)})::numeric + 1 FROM ${name}), CASE WHEN is_called THEN last_value + 1 ELSE last_value END), seqincrement, seqmax
         FROM ${found}, pg_sequence WHERE seqrelid = $2::regclass`,
      [next, found],
    );
    const [value, increment, most] = rows[0] ?? [];
    // One that counts down, or is at its end, is left.
    if (!value || Number(increment) < 1 || BigInt(value) > BigInt(most ?? '0')) continue;
    await session.query('SELECT setval($1::regclass, $2::bigint, false)', [found, value]);
  }
}
