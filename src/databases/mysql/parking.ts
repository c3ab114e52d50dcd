/**
 * Parks and puts back rows of MySQL and MariaDB databases. Texts are taken as bytes in their column's own character set, and every other
 * value in a form that the server reads back exactly.
 */
import type { TableName } from '../../domain/migration.ts';
import type { Endangered, ParkedColumn, ParkedPart, PutBack, PutBackHow } from '../../domain/parking.ts';
import type { Address, PartFile } from '../contract.ts';
import { BETWEEN, cellsOf, escapeCell, lineSplitter, NULL_CELL, readPieces } from '../parked-rows.ts';
import { type Ground, nameOf, parkAll } from '../parking.ts';
import { missingFor, type PuttingGround, putBackAll, refused } from '../putting-back.ts';
import { tableIdentifier } from '../row-changes.ts';
import { mysqlProblem } from './errors.ts';
import { dialect, withPlainValues } from './history.ts';
import type { MysqlSession } from './session.ts';
import { factsOf } from './table-facts.ts';

const { identifier } = dialect;

/** One INSERT takes about this much text. The smallest `max_allowed_packet` in use is 1 MiB. */
const STATEMENT = 512 * 1024;

/** Saves what is endangered, in one snapshot. */
export async function park(
  session: MysqlSession,
  address: Address,
  endangered: Endangered,
  folder: string,
): Promise<readonly ParkedPart[]> {
  const begin = 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY';
  return inTransaction(session, address, begin, 'parking what the run would destroy', () =>
    parkAll(groundOf(session), endangered, folder),
  );
}

/** Puts parts back in one transaction, or none of them, where the tables' storage engine has transactions. */
export function putBack(
  session: MysqlSession,
  address: Address,
  files: readonly PartFile[],
  how: PutBackHow,
): Promise<readonly PutBack[]> {
  return inTransaction(session, address, 'START TRANSACTION', 'putting parked data back', async () => {
    const { rows } = await session.read('SELECT @@SESSION.foreign_key_checks');
    // Not strict: a table may hold what strict mode would not take again (zero dates, the empty member of an ENUM). What was put
    // back is read again, so nothing is cut short unseen.
    await session.script(
      "SET SESSION foreign_key_checks = 0, SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_BACKSLASH_ESCAPES'",
    );
    const stages: string[] = [];
    try {
      return await putBackAll(puttingGroundOf(session, stages), files, how);
    } finally {
      if (session.lost() === null) {
        for (const stage of stages) await session.script(`DROP TEMPORARY TABLE IF EXISTS ${identifier(stage)}`);
        await session.script(`SET SESSION foreign_key_checks = ${Number(rows[0]?.[0])}`);
      }
    }
  });
}

/** What parts need that is not there, as a clause for each. */
export async function missing(
  session: MysqlSession,
  parts: readonly ParkedPart[],
): Promise<readonly (string | null)[]> {
  const clauses: (string | null)[] = [];
  for (const part of parts) clauses.push(missingFor(part, await factsOf(session, part.table)));
  return clauses;
}

async function inTransaction<T>(
  session: MysqlSession,
  address: Address,
  begin: string,
  doing: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await withPlainValues(session, async () => {
      // A large table takes as long as it takes. Where the server has no such limit, there is none.
      await session
        .script('SET @tidemark_limit = @@SESSION.max_statement_time, SESSION max_statement_time = 0')
        .catch(error => {
          if (session.lost() !== null) throw error;
        });
      await session.script(begin);
      try {
        const result = await act();
        await session.script('COMMIT');
        return result;
      } finally {
        if (session.lost() === null) {
          await session.script('ROLLBACK');
          await session.script('SET SESSION max_statement_time = @tidemark_limit').catch(() => undefined);
        }
      }
    });
  } catch (error) {
    throw mysqlProblem(error, address, doing);
  }
}

/** How a column is asked for, by its class (`ParkedColumn.as`, see `table-facts.ts`). */
function asked({ name, as }: ParkedColumn): string {
  const column = identifier(name);
  switch (as?.split(' ')[0]) {
    case 'text':
    case 'bytes':
      return `CAST(${column} AS BINARY)`;
    case 'bits':
      return `CAST(${column} AS UNSIGNED)`;
    case 'float':
      // The plain protocol rounds FLOAT to six digits; as DOUBLE it is exact.
      return `${column} * 1e0`;
    case 'plain':
      return column;
    default:
      return `CAST(${column} AS CHAR)`;
  }
}

function groundOf(session: MysqlSession): Ground {
  return {
    foldsNames: true,
    facts: table => factsOf(session, table),
    async readOut(from, columns, { line }) {
      const bytes = columns.map(({ as }) => as === 'bytes');
      await session.each(`SELECT ${columns.map(asked).join(', ')} FROM ${tableIdentifier(dialect, from)}`, cells =>
        line(lineOf(cells, bytes)),
      );
    },
  };
}

function lineOf(cells: readonly (Buffer | null)[], bytes: readonly boolean[]): Buffer {
  const parts: Buffer[] = [];
  for (const [at, cell] of cells.entries()) {
    if (at > 0) parts.push(BETWEEN);
    if (cell === null) parts.push(NULL_CELL);
    else parts.push(bytes[at] === true ? Buffer.from(cell.toString('hex')) : escapeCell(cell));
  }
  return Buffer.concat(parts);
}

function puttingGroundOf(session: MysqlSession, stages: string[]): PuttingGround {
  const count = async (sql: string): Promise<number> => Number((await session.read(sql)).rows[0]?.[0]);
  return {
    ...groundOf(session),
    identifier,
    rowName: null,
    count,
    change: sql => session.change(sql),
    async stage(number, { table }, columns) {
      const name = `tidemark_stage_${number}`;
      const list = columns.map(column => identifier(column.name)).join(', ');
      await session.script(
        `CREATE TEMPORARY TABLE ${identifier(name)} AS SELECT ${list} FROM ${tableIdentifier(dialect, table)} LIMIT 0`,
      );
      stages.push(name);
      return { schema: null, name };
    },
    load: (into, columns, path) => load(session, into, columns, path),
    print: (columns, of) =>
      `CONCAT_WS(',', ${columns
        .map(({ name, as }) => {
          const column = `${of}.${identifier(name)}`;
          const exact = as === 'float' ? `CAST(${column} * 1e0 AS CHAR)` : `CAST(${column} AS BINARY)`;
          return `COALESCE(HEX(${exact}), 'n')`;
        })
        .join(', ')})`,
    async isUnset({ table }, { name, as }) {
      const { rows } = await session.read(
        'SELECT COLUMN_DEFAULT, IS_NULLABLE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND COLUMN_NAME = ?',
        [table.schema, table.name, name],
      );
      const [standard, nullable] = rows[0] ?? [];
      const column = `t.${identifier(name)}`;
      if (standard !== null && standard !== undefined && standard !== 'NULL')
        return `${column} IS NULL OR ${column} <=> DEFAULT(${column})`;
      // A column that takes no NULL and has no default is filled with its type's own nothing.
      if (nullable === 'YES') return `${column} IS NULL`;
      return as?.startsWith('text') || as === 'bytes' ? `${column} = ''` : `${column} = 0`;
    },
    update: (table, stage, columns, on) =>
      `UPDATE ${stage} s STRAIGHT_JOIN ${tableIdentifier(dialect, table)} t ON ${on} SET ${columns
        .map(({ name }) => `t.${identifier(name)} = s.${identifier(name)}`)
        .join(', ')}`,
    async withoutTriggers(tables, act) {
      for (const { facts, event } of tables) {
        const { rows } = await session.read(
          "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = COALESCE(?, DATABASE()) AND EVENT_OBJECT_TABLE = ? AND (EVENT_MANIPULATION = ? OR ? = 'any')",
          [facts.table.schema, facts.table.name, event, event],
        );
        // They cannot be switched off here, and dropping them ends the transaction.
        if (rows.length > 0)
          throw refused(
            `${nameOf(facts.table)} has the trigger ${String(rows[0]?.[0])}, which would fire for every row`,
          );
      }
      return act();
    },
    brokenKeys: ({ table }) => brokenKeys(session, table),
    async lift() {
      // AUTO_INCREMENT moves behind what is inserted by itself; setting it to where it stood would end the transaction.
    },
  };
}

async function load(
  session: MysqlSession,
  into: TableName,
  columns: readonly ParkedColumn[],
  path: string,
): Promise<void> {
  const head = `INSERT INTO ${tableIdentifier(dialect, into)} (${columns.map(({ name }) => identifier(name)).join(', ')}) VALUES `;
  let [rows, size]: [string[], number] = [[], 0];
  const flush = async (): Promise<void> => {
    if (rows.length > 0) await session.script(head + rows.join(','));
    [rows, size] = [[], 0];
  };
  const splitter = lineSplitter(line => {
    const row = `(${cellsOf(line)
      .map((cell, at) => literal(cell, columns[at]?.as ?? null))
      .join(',')})`;
    rows.push(row);
    size += row.length;
  });
  for await (const piece of readPieces(path)) {
    // In slices, so that no statement gets much larger than it should.
    const bytes = piece as Buffer;
    for (let at = 0; at < bytes.length; at += STATEMENT / 8) {
      splitter.push(bytes.subarray(at, at + STATEMENT / 8));
      if (size >= STATEMENT) await flush();
    }
  }
  await flush();
}

const SIMPLE = /^[\x20-\x26\x28-\x5b\x5d-\x7e]*$/;

/** A value as SQL. Plain ASCII stands as it is; every other text goes as the bytes of its character set. */
function literal(cell: Buffer | null, as: string | null): string {
  if (cell === null) return 'NULL';
  if (as === 'bytes') return cell.length === 0 ? "''" : `x'${cell.toString('latin1')}'`;
  const [kind, charset] = (as ?? '').split(' ');
  if (kind === 'bits' && /^\d+$/.test(cell.toString('latin1'))) return cell.toString('latin1');
  // Character sets of several bytes per letter (UTF-16, UCS-2) have other bytes for ASCII.
  const isAscii = kind !== 'text' || !/^(ucs2|utf16|utf16le|utf32)$/.test(charset ?? '');
  const text = cell.toString('latin1');
  if (isAscii && SIMPLE.test(text)) return `'${text}'`;
  return `${kind === 'text' ? `_${charset}` : '_utf8mb4'} x'${cell.toString('hex')}'`;
}

/** Rows whose foreign keys lead nowhere: with the checks off, nobody else looks. */
async function brokenKeys(session: MysqlSession, table: TableName): Promise<number> {
  const { rows } = await session.read(
    `SELECT k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME
       FROM information_schema.KEY_COLUMN_USAGE k WHERE k.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND k.TABLE_NAME = ?
        AND k.REFERENCED_TABLE_NAME IS NOT NULL ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION`,
    [table.schema, table.name],
  );
  const keys = Map.groupBy(rows, ([name]) => String(name));
  let broken = 0;
  for (const parts of keys.values()) {
    const [, , schema, other] = parts[0] ?? [];
    const on = parts.map(part => `p.${identifier(String(part[4]))} = c.${identifier(String(part[1]))}`).join(' AND ');
    const filled = parts.map(part => `c.${identifier(String(part[1]))} IS NOT NULL`).join(' AND ');
    const parent = tableIdentifier(dialect, { schema: String(schema), name: String(other) });
    const sql = `SELECT COUNT(*) FROM ${tableIdentifier(dialect, table)} c WHERE ${filled} AND NOT EXISTS (SELECT 1 FROM ${parent} p WHERE ${on})`;
    broken += Number((await session.read(sql)).rows[0]?.[0]);
  }
  return broken;
}
