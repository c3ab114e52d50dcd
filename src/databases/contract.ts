/** What the rest of Tidemark may ask of a database. One implementation per engine, one conformance suite for all. */
import type { Engine, Row, RowChange, TableName } from '../domain/migration.ts';
import type { Endangered, ParkedPart, ParkedSet, PutBack, PutBackHow } from '../domain/parking.ts';
import type { ProcessMark } from '../domain/run.ts';
import type { Schema } from '../domain/schema.ts';

/** A password that cannot be printed by accident: `String()`, `JSON.stringify` and `inspect` show nothing of it. */
export interface Secret {
  /** The password itself. Only for drivers and the environment of child processes. */
  reveal(): string | null;
}

/** A parsed database address. Everything but `secret` may be shown. */
export interface Address {
  readonly engine: Engine;
  /** Safe to print and to store: `postgres://app@127.0.0.1:5432/shop`, `sqlite:app.db` (relative to the repository where it lies inside). */
  readonly display: string;
  /** Database name; for SQLite the absolute path of the file, links resolved where it exists. */
  readonly database: string;
  readonly host: string | null;
  readonly port: number | null;
  /** Unix socket folder (PostgreSQL) or file (MySQL), when the address names one. */
  readonly socket: string | null;
  readonly user: string | null;
  /** Further parameters of the URL (`sslmode`, `search_path`), without any that hold a password. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly secret: Secret;
}

/** What an engine can do; plans and recovery depend on it. */
export interface EngineAbilities {
  /** A failing script leaves the schema as it was (PostgreSQL, SQLite). */
  readonly transactionalSchema: boolean;
  /** The server itself holds an advisory lock for a session (PostgreSQL, MySQL). SQLite's lock is a lock file of ours beside the user's state. */
  readonly serverLock: boolean;
}

/** The outcome of reading a history table. Rows come in the table's own order (primary key, else as stored). */
export type HistoryRead =
  | { readonly table: 'present'; readonly columns: readonly string[]; readonly rows: readonly Row[] }
  | { readonly table: 'missing' };

/** A lock held until `release`. */
export interface HeldLock {
  release(): Promise<void>;
}

/** A script to run together with changes to history rows. */
export interface ScriptRun {
  /** SQL text as written, possibly several statements. */
  readonly script: string;
  readonly table: TableName;
  readonly rows: readonly RowChange[];
  /** False when the migration's author asked for no transaction. */
  readonly inTransaction: boolean;
  /**
   * Called after script and rows, before the commit (where there is a transaction): return a clause to roll everything
   * back with it. Without a transaction it is called after the script and before the rows, and a clause keeps the rows as they were.
   */
  readonly check?: (schemaNow: Schema) => string | null;
}

/** How a script ended. `rolledBack`: nothing of it stayed. */
export type ScriptOutcome =
  | { readonly done: true }
  | { readonly done: false; readonly rolledBack: boolean; readonly said: string };

/** One open connection. Opened for reading, every changing method throws BugError. */
export interface Connection {
  readonly address: Address;
  readonly abilities: EngineAbilities;
  /** `PostgreSQL 15.18`, `MariaDB 10.11.19`, `SQLite 3.50.1`. */
  readonly server: string;
  /** The server's own identity with the database in it, hashed: equal for two URLs of the same database. Hex, 32 digits. */
  readonly identity: string;

  /** Reads a history table. Rows of all columns, or of `columns`. Throws `history-table-unreadable`, `permission-denied`. */
  readHistory(table: TableName): Promise<HistoryRead>;
  /** Names of all ordinary tables, with schema where it is not the default one. */
  tables(): Promise<readonly TableName[]>;
  /** The whole schema, the given tables left out. */
  describeSchema(without: readonly TableName[]): Promise<Schema>;
  /** Rows in a table, and of those how many have a value in a column. null when the table or column is not there. */
  count(table: TableName, column: string | null): Promise<number | null>;

  /** Bytes that the database takes on its disk, about. */
  size(): Promise<number>;

  /** Takes the lock that keeps a second run away. Throws `database-locked` at once when another holds it. */
  lock(run: string): Promise<HeldLock>;
  /** Changes single rows in one transaction; each change must hit exactly one row, else nothing is changed and `database-failed` is thrown. */
  changeRows(table: TableName, changes: readonly RowChange[]): Promise<void>;
  /** Runs a script and row changes, in one transaction where asked and possible. A failing script is an outcome, not an exception. */
  runScript(run: ScriptRun): Promise<ScriptOutcome>;
  /**
   * Saves rows of tables and values of columns into files of an existing folder, in one snapshot; they are synced and have been read again
   * when it returns. What is not there, and what has no row, is left out. Throws `disk`, and then what it wrote is worth nothing.
   */
  park(endangered: Endangered, folder: string): Promise<readonly ParkedPart[]>;
  /** What each part needs that is not there now, as a clause; null for one that can be put back. */
  missingFor(parts: readonly ParkedPart[]): Promise<readonly (string | null)[]>;
  /**
   * Puts parts back, in one transaction where the engine has them: rows that are there exactly as parked are passed over. Throws `refused`
   * with a reason (other rows under the same keys, a changed type), `disk` for a damaged file; then nothing is changed.
   */
  putBack(files: readonly PartFile[], how: PutBackHow): Promise<readonly PutBack[]>;
  /** Waits until no session of the given run is at work on the server any more. Returns false when the time is over. SQLite: true at once when the file can be locked. */
  settled(run: string, milliseconds: number): Promise<boolean>;
  close(): Promise<void>;
}

/** A finished backup. */
export interface Backup {
  /** Absolute path, readable by the owner only. */
  readonly file: string;
  readonly bytes: number;
  /** What made it, for people: `SQLite online backup`, `pg_dump 15.18`. */
  readonly madeBy: string;
}

/**
 * What a scratch database holds. `full`: all that the real one does. `schema`: its structure, and rows of the history table only. `empty`:
 * nothing, made as the real one was (encoding, collation).
 */
export type ScratchContents = 'full' | 'schema' | 'empty';

/** A scratch database to be made beside a real one. */
export interface ScratchWish {
  /** `tidemark_rehearsal_…` or `tidemark_proof_…` and lower-case letters, digits and `_`; at most 63 characters. */
  readonly name: string;
  readonly contents: ScratchContents;
  /** The table whose rows a `schema` copy has. */
  readonly history: TableName;
  /** Identity of the real database (`Connection.identity`). */
  readonly identity: string;
  /** The process that needs it: when it is dead, others may remove what it left. */
  readonly owner: ProcessMark;
}

/** A scratch database that was recorded before it was made, and is not yet known to be gone. */
export interface ScratchRecord {
  readonly name: string;
  readonly engine: Engine;
  /** Display form of the real database's address. */
  readonly database: string;
  /** Identity of the real database. */
  readonly identity: string;
  readonly owner: ProcessMark;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** A database that is kept as it is while its copy is worked on. */
export interface Hold {
  /** What sessions want that came later and wait to change what is held. SQLite cannot tell: always empty. */
  waiting(): Promise<readonly string[]>;
  /** Lets go. Sessions that still wait are ended first: a server does what a dead client asked for as soon as it can. */
  release(): Promise<void>;
}

/** A parked part and where its file lies. */
export interface PartFile {
  readonly part: ParkedPart;
  /** Absolute. */
  readonly path: string;
}

/** A parked set as it lies on the disk. `damage`: why it cannot be used, as a clause; null when its manifest is sound. */
export interface StoredSet {
  readonly id: string;
  /** null where the manifest cannot be read: it was never finished, or is damaged. */
  readonly set: ParkedSet | null;
  readonly damage: string | null;
  /** Absolute. */
  readonly folder: string;
  /** On the disk. */
  readonly bytes: number;
  /** When it was put back, and into which database (`Connection.identity`); oldest first. */
  readonly putBack: readonly { readonly at: string; readonly identity: string }[];
}

/** The parked sets of one repository, below `<commonDir>/tidemark/parked`. Folders are 0700, files 0600. Every call may throw `disk`. */
export interface ParkedSets {
  /** All of them, newest first. */
  list(): readonly StoredSet[];
  /** An empty folder for a set; what a killed run left of it is removed. */
  begin(id: string): string;
  /** Writes the manifest, which makes the files a set. Synced when it returns. */
  finish(set: ParkedSet): void;
  /** Compares each file with the manifest. Throws `disk` for a damaged or missing one. */
  verify(stored: StoredSet): void;
  /** Notes that a set was put back. */
  notePutBack(id: string, note: StoredSet['putBack'][number]): void;
  drop(id: string): void;
}

/** The databases room's front door. */
export interface Databases {
  /**
   * Parses an address: URLs (`postgres:`, `postgresql:`, `mysql:`, `mariadb:`, `sqlite:`, SQLAlchemy's `engine+driver:`, Knex's and
   * dbmate's forms) and paths of SQLite files. Relative paths are from `base`. Throws `bad-address` without repeating a password.
   */
  parse(text: string, base: string): Address;
  /** Opens for reading. Never writes, not even a file beside a SQLite database. `database-missing`, `database-unreachable`, `wrong-password`. */
  openToRead(address: Address): Promise<Connection>;
  /** Opens for a run. The session is named `tidemark:<run>` where the server shows such names. */
  openToChange(address: Address, run: string): Promise<Connection>;
  /** Full backup into a folder (made 0700). Verified before it is returned. Throws `backup-impossible` or `disk`, and then leaves no file. */
  backUp(address: Address, folder: string): Promise<Backup>;
  /** Puts a backup back: afterwards the database holds what it held then, and nothing created since. Needs a connection-free target where the engine demands it. */
  restore(address: Address, backup: Backup): Promise<void>;
  /**
   * Keeps everybody from changing the schema and the history table, without a time limit. Other rows can be read and written meanwhile;
   * in SQLite only read. Throws `database-locked` or `database-failed` when somebody is at it for longer than five seconds.
   */
  holdStill(real: Address, history: TableName): Promise<Hold>;
  /**
   * Makes a scratch database beside a real one, which is only read, and returns its address: it is opened like any other. It is recorded
   * in this user's state folder first. Throws `scratch-impossible` or `disk`, and then leaves none.
   */
  makeScratch(real: Address, wish: ScratchWish): Promise<Address>;
  /** Removes it, with every session on it and its record. `real` is the database it was made beside. One that is gone already is no fault. */
  dropScratch(real: Address, name: string): Promise<void>;
  /** A schema that was built before from what `key` stands for; null when it is not known. */
  rememberedSchema(key: string): Schema | null;
  rememberSchema(key: string, schema: Schema): void;
  /** What is recorded by processes of this machine, of all databases of this user. */
  scratches(): readonly ScratchRecord[];
  /** What is parked in a repository. */
  parked(commonDir: string): ParkedSets;
}
