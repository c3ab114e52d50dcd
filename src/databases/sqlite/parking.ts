/**
 * Parks and puts back rows of SQLite databases. Every value keeps its own storage class, whatever its column says; text is taken as the
 * bytes that are stored, because it need not be valid UTF-8.
 */
import { isUtf8 } from 'node:buffer';
import type { TableName } from '../../domain/migration.ts';
import type { Endangered, ParkedColumn, ParkedPart, PutBack, PutBackHow } from '../../domain/parking.ts';
import type { Address, PartFile } from '../contract.ts';
import { cellsOf, readRowsSync } from '../parked-rows.ts';
import { type Ground, parkAll, type TableFacts } from '../parking.ts';
import { missingFor, type PuttingGround, putBackAll } from '../putting-back.ts';
import { tableIdentifier } from '../row-changes.ts';
import { eventually, openToWrite, PATIENCE } from './access.ts';
import { sqliteProblem } from './errors.ts';
import { dialect } from './history.ts';
import { readLines } from './parked-lines.ts';
import type { SqliteSession, SqliteValue } from './session.ts';

const { identifier } = dialect;

/** Saves what is endangered, in one snapshot. */
export function park(address: Address, endangered: Endangered, folder: string): Promise<readonly ParkedPart[]> {
  return inTransaction(address, 'BEGIN', 'parking what the run would destroy', session =>
    parkAll(groundOf(session), endangered, folder),
  );
}

/** Puts parts back in one transaction, or none of them. */
export function putBack(address: Address, files: readonly PartFile[], how: PutBackHow): Promise<readonly PutBack[]> {
  return inTransaction(address, 'BEGIN IMMEDIATE', 'putting parked data back', session =>
    putBackAll(puttingGroundOf(session), files, how),
  );
}

/** What parts need that is not there, as a clause for each. */
export function missing(session: SqliteSession, parts: readonly ParkedPart[]): readonly (string | null)[] {
  return parts.map(part => missingFor(part, factsOf(session, part.table)));
}

async function inTransaction<T>(
  address: Address,
  begin: string,
  doing: string,
  act: (session: SqliteSession) => Promise<T>,
): Promise<T> {
  try {
    const session = await openToWrite(address);
    try {
      await eventually(PATIENCE, () => session.script(begin));
      await eventually(PATIENCE, () => session.read('SELECT 1 FROM sqlite_schema'));
      const result = await act(session);
      await eventually(PATIENCE, () => session.script('COMMIT'));
      return result;
    } finally {
      if (session.inTransaction) session.script('ROLLBACK');
      session.close();
    }
  } catch (error) {
    throw sqliteProblem(error, address, doing);
  }
}

function groundOf(session: SqliteSession): Ground {
  return {
    foldsNames: true,
    facts: async table => factsOf(session, table),
    readOut: async (from, columns, { line }) => readLines(session, from, columns, encodingOf(session), line),
  };
}

function puttingGroundOf(session: SqliteSession): PuttingGround {
  const encoding = encodingOf(session);
  return {
    ...groundOf(session),
    identifier,
    rowName: 'rowid',
    count: async sql => Number(session.read(sql).rows[0]?.[0]),
    change: async sql => session.change(sql),
    async stage(number, _facts, columns) {
      const table = { schema: 'temp', name: `tidemark_stage_${number}` };
      session.script(
        `CREATE TEMP TABLE ${identifier(table.name)} (${columns.map(({ name }) => identifier(name)).join(', ')})`,
      );
      return table;
    },
    load: async (into, columns, path) => load(session, into, columns, path, encoding),
    print: (columns, of) =>
      columns
        .map(({ name }) => `${of}.${identifier(name)}`)
        .map(
          column =>
            `CASE typeof(${column}) WHEN 'null' THEN 'n' WHEN 'real' THEN 'r' || printf('%!.20g', ${column}) ELSE typeof(${column}) || hex(${column}) END`,
        )
        .join(" || ',' || "),
    async isUnset({ table }, { name }) {
      const standard = session.read('SELECT dflt_value FROM pragma_table_xinfo(?1) WHERE name = ?2', [table.name, name])
        .rows[0]?.[0];
      const column = `t.${identifier(name)}`;
      return `${column} IS NULL${standard === null ? '' : ` OR ${column} IS (${standard}) COLLATE BINARY`}`;
    },
    update: (table, stage, columns, on) =>
      `UPDATE ${tableIdentifier(dialect, table)} AS t SET ${columns
        .map(({ name }) => `${identifier(name)} = s.${identifier(name)}`)
        .join(', ')} FROM ${stage} s WHERE ${on}`,
    withoutTriggers: (tables, act) =>
      withoutTriggers(
        session,
        tables.map(({ facts }) => facts.table.name),
        act,
      ),
    brokenKeys: async ({ table }) =>
      Number(session.read('SELECT COUNT(*) FROM pragma_foreign_key_check(?1)', [table.name]).rows[0]?.[0]),
    async lift({ table }, counters) {
      for (const { next } of counters) {
        const floor = BigInt(next) - 1n;
        const values = [floor, table.name];
        const hit = session.change('UPDATE sqlite_sequence SET seq = MAX(seq, ?1) WHERE name = ?2', values);
        if (hit === 0) session.change('INSERT INTO sqlite_sequence (seq, name) VALUES (?1, ?2)', values);
      }
    },
  };
}

function factsOf(session: SqliteSession, asked: TableName): TableFacts | null {
  if (asked.schema !== null && asked.schema.toLowerCase() !== 'main') return null;
  const found = session.read("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE", [
    asked.name,
  ]).rows[0];
  if (found === undefined) return null;
  const name = String(found[0]);
  const rows = session.read('SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid', [
    name,
  ]).rows;
  const all = rows.map(([column, type, notNull, pk, hidden]) => ({
    name: String(column),
    type: String(type ?? ''),
    notNull: Number(notNull) === 1,
    pk: Number(pk),
    hidden: Number(hidden),
  }));
  const primary = all.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const isRowid = primary.length === 1 && /^integer$/i.test(primary[0]?.type ?? '');
  const isSure = (names: readonly string[]) =>
    names.length > 0 && names.every(each => all.some(column => column.name === each && column.notNull));
  const uniques = session
    .read('SELECT name FROM pragma_index_list(?1) WHERE "unique" = 1 AND partial = 0 AND origin <> \'pk\'', [name])
    .rows.map(([index]) =>
      session
        .read('SELECT name FROM pragma_index_info(?1) ORDER BY seqno', [String(index)])
        .rows.map(([column]) => String(column)),
    )
    .filter(isSure);
  const primaryNames = primary.map(column => column.name);
  const counter = counterOf(session, name, primaryNames[0]);
  return {
    table: { schema: null, name },
    columns: all
      .filter(({ hidden }) => hidden === 0)
      .map(column => ({ name: column.name, type: column.type, as: null })),
    generated: all.filter(({ hidden }) => hidden > 1).map(column => column.name),
    keys: [
      // Any other primary key may hold NULLs, a bug that SQLite keeps: https://www.sqlite.org/lang_createtable.html#primkeyconst
      ...(isRowid || isSure(primaryNames) ? [{ kind: 'primary-key' as const, columns: primaryNames }] : []),
      ...uniques.map(columns => ({ kind: 'unique-key' as const, columns })),
    ],
    counters: counter,
    encoding: encodingOf(session),
    references: session
      .read('SELECT DISTINCT "table" FROM pragma_foreign_key_list(?1)', [name])
      .rows.map(([table]) => ({ schema: null, name: String(table) })),
  };
}

const encodingOf = (session: SqliteSession): string => String(session.read('PRAGMA encoding').rows[0]?.[0]);

/** AUTOINCREMENT keeps the largest number ever given. */
function counterOf(session: SqliteSession, table: string, column: string | undefined): TableFacts['counters'] {
  const kept = session.read("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").rows.length > 0;
  if (!kept || column === undefined) return [];
  const seq = session.read('SELECT seq FROM sqlite_sequence WHERE name = ?1', [table]).rows[0]?.[0];
  return typeof seq === 'bigint' ? [{ column, next: String(seq + 1n) }] : [];
}

function load(
  session: SqliteSession,
  into: TableName,
  columns: readonly ParkedColumn[],
  path: string,
  encoding: string,
): void {
  const names = columns.map(({ name }) => identifier(name)).join(', ');
  const statements = new Map<string, (values: readonly SqliteValue[]) => void>();
  const utf8 = encoding === 'UTF-8';
  readRowsSync(path, line => {
    const values: SqliteValue[] = [];
    let marks = '';
    for (const cell of cellsOf(line)) {
      const { value, asText } = boundValue(cell, utf8);
      values.push(value);
      marks += asText ? 't' : 'v';
    }
    let insert = statements.get(marks);
    if (insert === undefined) {
      const list = [...marks].map(mark => (mark === 't' ? 'CAST(? AS TEXT)' : '?')).join(', ');
      insert = session.many(`INSERT INTO ${tableIdentifier(dialect, into)} (${names}) VALUES (${list})`);
      statements.set(marks, insert);
    }
    insert(values);
  });
}

/** `asText`: bytes that SQLite is to take for a text as they are, since they are none that JavaScript could hold. */
function boundValue(cell: Buffer | null, utf8: boolean): { readonly value: SqliteValue; readonly asText: boolean } {
  if (cell === null) return { value: null, asText: false };
  const rest = cell.subarray(1);
  switch (String.fromCharCode(cell[0] ?? 0)) {
    case 'i':
      return { value: BigInt(rest.toString('latin1')), asText: false };
    case 'r':
      return { value: Number(rest.toString('latin1')), asText: false };
    case 't':
      return utf8 && isUtf8(rest)
        ? { value: rest.toString('utf8'), asText: false }
        : { value: Buffer.from(rest), asText: true };
    default:
      return { value: Buffer.from(rest.toString('latin1'), 'hex'), asText: false };
  }
}

/** There is no switch for triggers that a session could turn: they go, and come back as they were written, in the order they were made. */
async function withoutTriggers<T>(
  session: SqliteSession,
  tables: readonly string[],
  act: () => Promise<T>,
): Promise<T> {
  const found = [...new Set(tables)].flatMap(
    table =>
      session.read(
        "SELECT name, sql, rowid FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE ORDER BY rowid",
        [table],
      ).rows,
  );
  for (const [name] of found) session.script(`DROP TRIGGER main.${identifier(String(name))}`);
  const result = await act();
  for (const [, sql] of found) session.script(String(sql));
  return result;
}
