/**
 * The two SQLite libraries behind one small interface. better-sqlite3 does the ordinary work. Node's own SQLite does what better-sqlite3
 * cannot: read a file as immutable (it takes no `file:` URI), and run scripts as other tools do (it is built without
 * double-quoted strings, and its foreign keys and recursive triggers are on; see its `pragma compile_options`).
 */
import { createRequire } from 'node:module';
import type * as NodeSqlite from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** Rows as arrays, integers as bigint, blobs as bytes. */
interface SqliteRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqliteValue[])[];
}

export type SqliteValue = null | number | bigint | string | Uint8Array;

/** An open database file. Everything is synchronous: nothing else of this process runs between two calls. */
export interface SqliteSession {
  read(sql: string, values?: readonly SqliteValue[]): SqliteRows;
  /** Runs one statement and returns how many rows it changed. */
  change(sql: string, values?: readonly SqliteValue[]): number;
  /** Rows one by one, so that a result of any size takes the memory of one, until `row` returns false. Nothing else may be asked of the session meanwhile. */
  each(sql: string, row: (values: readonly SqliteValue[]) => unknown): void;
  /** A statement to be run many times, with `?` for its values. */
  many(sql: string): (values: readonly SqliteValue[]) => void;
  /** Runs a script of several statements; stops at the first that fails. */
  script(text: string): void;
  readonly inTransaction: boolean;
  close(): void;
}

/** Opens with better-sqlite3. Never creates a file. */
export async function openBetter(file: string, how: { readonly readonly: boolean }): Promise<SqliteSession> {
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(file, { readonly: how.readonly, fileMustExist: true, timeout: 0 });
  if (!how.readonly) database.exec('PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF;');
  return {
    read(sql, values = []) {
      const statement = database.prepare<unknown[], SqliteValue[]>(sql).raw(true).safeIntegers(true);
      return { columns: statement.columns().map(column => column.name), rows: statement.all(...numbered(values)) };
    },
    change: (sql, values = []) => database.prepare(sql).run(...numbered(values)).changes,
    each(sql, row) {
      for (const values of database.prepare<[], SqliteValue[]>(sql).raw(true).safeIntegers(true).iterate())
        if (row(values) === false) return;
    },
    many(sql) {
      const statement = database.prepare<SqliteValue[]>(sql);
      return values => void statement.run(...values);
    },
    script: text => void database.exec(text),
    get inTransaction() {
      return database.inTransaction;
    },
    close: () => void database.close(),
  };
}

/** better-sqlite3 13 takes `?1` for a name, and wants its value by that name (seen: "Too many parameter values were provided"). */
const numbered = (values: readonly SqliteValue[]): readonly Record<string, SqliteValue>[] =>
  values.length === 0 ? [] : [Object.fromEntries(values.map((value, index) => [String(index + 1), value]))];

/** How Node's SQLite opens a file: `immutable` takes no lock and makes no file, `rw` never creates the database. */
export type UriMode = 'immutable' | 'rw';

/** Opens with Node's own SQLite, by URI. Foreign keys are not enforced, double-quoted strings are allowed: SQLite's own defaults. */
export function openByUri(file: string, mode: UriMode): SqliteSession {
  const { DatabaseSync } = nodeSqlite();
  const database = new DatabaseSync(uriOf(file, mode === 'immutable' ? 'immutable=1' : 'mode=rw'), {
    readOnly: mode === 'immutable',
    enableForeignKeyConstraints: false,
    enableDoubleQuotedStringLiterals: true,
  });
  return {
    read(sql, values = []) {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      const rows: unknown = statement.all(...values);
      return { columns: statement.columns().map(column => column.name), rows: rows as SqliteValue[][] };
    },
    change: (sql, values = []) => Number(database.prepare(sql).run(...values).changes),
    each(sql, row) {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      for (const values of statement.iterate() as Iterable<unknown>) if (row(values as SqliteValue[]) === false) return;
    },
    many(sql) {
      const statement = database.prepare(sql);
      return values => void statement.run(...values);
    },
    script: text => database.exec(text),
    get inTransaction() {
      return database.isTransaction;
    },
    close: () => database.close(),
  };
}

/** A file's URI with SQLite's parameters (https://www.sqlite.org/uri.html). */
export function uriOf(file: string, parameters: 'immutable=1' | 'mode=ro' | 'mode=rw'): URL {
  const uri = pathToFileURL(file);
  uri.search = parameters;
  return uri;
}

/** `node:sqlite`, without the warning that Node 22 prints when it is loaded. */
export function nodeSqlite(): typeof NodeSqlite {
  const require = createRequire(import.meta.url);
  const emitWarning = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    // Loaded synchronously, so that no other warning is meant to pass in between.
    return require('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
