/** Scratch copies of SQLite databases: files of ours in the state folder. */
import { closeSync, mkdirSync, openSync, realpathSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { TableName } from '../../domain/migration.ts';
import type { Address, ScratchWish } from '../contract.ts';
import { reading } from './access.ts';
import { backUp } from './backup.ts';
import { sqliteProblem } from './errors.ts';
import { openByUri, type SqliteSession, type SqliteValue } from './session.ts';

/** Where it is. */
export function scratchAddress(real: Address, name: string, folder: string): Address {
  const file = join(resolved(folder), `${name}.sqlite`);
  return { ...real, display: `sqlite:${file}`, database: file };
}

/** Makes the file. `full` is the online backup: one snapshot, without a trace beside the real file. */
export async function makeScratch(real: Address, wish: ScratchWish, folder: string): Promise<void> {
  const { database: file, display } = scratchAddress(real, wish.name, folder);
  try {
    if (wish.contents === 'full') {
      const backup = await backUp(real, folder);
      renameSync(backup.file, file);
      return;
    }
    const parts =
      wish.contents === 'empty'
        ? null
        : await reading(real, 'copying its schema', session => partsOf(session, wish.history));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'wx', 0o600));
    if (parts !== null) build(file, parts);
  } catch (error) {
    throw sqliteProblem(error, { ...real, database: file, display }, 'making a scratch copy');
  }
}

/** What a copy without rows is built from. */
interface Parts {
  readonly encoding: string;
  readonly userVersion: string;
  readonly applicationId: string;
  /** CREATE statements, in an order in which they run. */
  readonly statements: readonly string[];
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqliteValue[])[];
  /** The history table's counter; null where it has none. */
  readonly counter: SqliteValue;
}

// Tables first: indexes and triggers need them. Rows come before triggers, which must not fire for a copy.
const ORDER = ['table', 'virtual', 'index', 'view', 'trigger'];

function partsOf(session: SqliteSession, history: TableName): Parts {
  const pragma = (name: string): string => String(session.read(`PRAGMA ${name}`).rows[0]?.[0]);
  // The tables behind a virtual table are made with it; SQLite's own are made by need.
  const { rows } = session.read(
    `SELECT CASE WHEN l.type = 'virtual' THEN 'virtual' ELSE s.type END, s.sql FROM sqlite_schema s
       LEFT JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name
      WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND coalesce(l.type, '') <> 'shadow' ORDER BY s.rowid`,
  );
  const sorted = rows.toSorted(([a], [b]) => ORDER.indexOf(String(a)) - ORDER.indexOf(String(b)));
  const isThere = session.read("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE", [
    history.name,
  ]);
  const hasCounters = session.read("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").rows.length > 0;
  const held =
    isThere.rows.length === 0 ? { columns: [], rows: [] } : session.read(`SELECT * FROM ${quoted(history.name)}`);
  const counter = hasCounters
    ? (session.read('SELECT seq FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE', [history.name]).rows[0]?.[0] ??
      null)
    : null;
  return {
    encoding: pragma('encoding'),
    userVersion: pragma('user_version'),
    applicationId: pragma('application_id'),
    statements: sorted.map(([, sql]) => String(sql)),
    table: history.name,
    columns: held.columns,
    rows: held.rows,
    counter,
  };
}

function build(file: string, parts: Parts): void {
  const session = openByUri(file, 'rw');
  try {
    session.script(
      `PRAGMA encoding = '${parts.encoding}'; PRAGMA user_version = ${parts.userVersion}; PRAGMA application_id = ${parts.applicationId};`,
    );
    session.script('BEGIN');
    const [triggers, others] = [parts.statements.filter(isTrigger), parts.statements.filter(sql => !isTrigger(sql))];
    for (const sql of others) session.script(sql);
    const places = parts.columns.map((_, index) => `?${index + 1}`).join(', ');
    const names = parts.columns.map(quoted).join(', ');
    for (const row of parts.rows)
      session.change(`INSERT INTO ${quoted(parts.table)} (${names}) VALUES (${places})`, row);
    if (parts.counter !== null) {
      session.change('DELETE FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE', [parts.table]);
      session.change('INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)', [parts.table, parts.counter]);
    }
    for (const sql of triggers) session.script(sql);
    session.script('COMMIT');
  } finally {
    session.close();
  }
}

const isTrigger = (sql: string): boolean => /^\s*CREATE\s+(?:TEMP\w*\s+)?TRIGGER\b/i.test(sql);

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function resolved(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
