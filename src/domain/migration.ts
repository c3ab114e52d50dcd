/** What a migration is, on disk and in the history table. Plain data, shared by every room. */

/** A migration's id exactly as its history table stores it (`tasks.0010_x` for Django, where the table has two columns). */
export type MigrationId = string & { readonly __brand: 'MigrationId' };

/** Marks a string as a migration id. The caller vouches that it came from a history table or from `Framework.files`. */
export const migrationId = (text: string): MigrationId => text as MigrationId;

/** The three engines Tidemark speaks to. MariaDB is `mysql` here; its address says which of the two answered. */
export type Engine = 'sqlite' | 'postgres' | 'mysql';

/**
 * One cell of a history row, as the engine's own text where JavaScript's types would lose something (time stamps with
 * microseconds, 64-bit integers), so that a row put back is the row that was taken. Bytes are hex.
 */
export type Cell = string | number | boolean | null | { readonly hex: string };

/** One row of a history table: column name to cell. */
export type Row = Readonly<Record<string, Cell>>;

/** A history table's name; `schema` is null where the connection's own default applies. */
export interface TableName {
  readonly schema: string | null;
  readonly name: string;
}

/** Who holds a framework's own lock. */
export interface LockHolder {
  /** As the row says, with the time: foreign text. */
  readonly by: string;
  /** The command that gives the lock free. */
  readonly release: string;
}

/** A change to single rows of a history table. Every change names exactly the rows it means, by the values of their columns. */
export type RowChange =
  | { readonly change: 'insert'; readonly values: Row }
  | { readonly change: 'delete'; readonly where: Row }
  | { readonly change: 'update'; readonly where: Row; readonly set: Row };

/** A migration the database says was applied. */
export interface AppliedMigration {
  readonly id: MigrationId;
  /** ISO 8601 in UTC; null where the table keeps no time. */
  readonly appliedAt: string | null;
  /** The framework's own checksum as stored; null where it keeps none. */
  readonly fingerprint: string | null;
  readonly state: 'applied' | 'failed';
  /** The stored row; null when the row is implied (Alembic stores only heads, their ancestors are applied too). */
  readonly row: Row | null;
}

/** What the text of a migration file says about itself, read without running it. */
export interface Declaration {
  readonly id: MigrationId;
  /** Migrations that must be applied before this one; ids this repository may or may not have. Empty for linear frameworks. */
  readonly requires: readonly MigrationId[];
  /** Migrations this one stands for (a squash). */
  readonly replaces: readonly MigrationId[];
  /** What history rows may hold in place of the id, of any version, the latest first: see `Framework.marks`. Missing: rows hold the id. */
  readonly marks?: readonly string[];
}

/** A migration file in the working tree, tracked or not. */
export interface MigrationFile extends Declaration {
  /** Path from the repository's root, `/`-separated. Bytes that are not UTF-8 are lone surrogates, see `git/path-bytes.ts`. */
  readonly path: string;
  /**
   * What earlier versions of the file replaced. The last step of Django's way to squash takes `replaces` out again, and rows of the
   * parts stay in the table. Missing: not looked at.
   */
  readonly replacedBefore?: readonly MigrationId[];
  /** Git's blob id: of the bytes on disk for pending and untracked files, else as in HEAD. */
  readonly blob: string;
}

/** A file that lies where migrations lie but cannot be read as one. */
export interface UnreadableFile {
  readonly path: string;
  /** What is wrong with it, as a clause: `it has no "-- migrate:up" line`. */
  readonly reason: string;
  /** The framework itself passes over such a file without a word (a module that only hands on others): it is no finding. Missing: it does not. */
  readonly passedOver?: true;
}

/** One set of migrations with one history table: a repository may have several (a monorepo, several databases). */
export interface Project {
  /** The framework's name in the registry: `django`. */
  readonly framework: string;
  /** Folder the framework's commands run in, from the repository's root; `.` for the root itself. */
  readonly root: string;
  readonly historyTable: TableName;
  /** Its name among the databases of an application that has several: each is a project. Missing: the first, or the only one. */
  readonly database?: string;
  /** What the framework's detection learned and its other functions need (folders, labels, settings module). Data only. */
  readonly settings: Readonly<Record<string, string | readonly string[] | Readonly<Record<string, string>>>>;
}
