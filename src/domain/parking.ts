/** Parking: what a reversal will destroy, saved so that it can be put back. Plain data; files and formats are the databases room's. */
import type { Engine, MigrationId, TableName } from './migration.ts';
import type { RunId } from './run.ts';

export const PARKED_FORMAT = 1;

/** What is to be saved: tables whole, columns with what finds their rows again. Names as the database has them. */
export interface Endangered {
  readonly tables: readonly TableName[];
  readonly columns: readonly { readonly table: TableName; readonly column: string }[];
}

/** One column in a file of parked rows. */
export interface ParkedColumn {
  readonly name: string;
  /** The type as the engine writes it: `numeric(12,2)`. For people and for finding what changed; empty where SQLite has none. */
  readonly type: string;
  /** How the engine's folder wrote the values, where that depends on the type (`bytes`, `text latin1`); null where it does not. */
  readonly as: string | null;
}

/** How the rows of a parked column are found again. `whole-row`: by all their other values, for a table without a usable key. */
export type ParkedKey = 'primary-key' | 'unique-key' | 'whole-row';

/** One file of a parked set: rows of one table. */
export interface ParkedPart {
  /** `table`: whole rows. `columns`: the values of some columns, each with the key of its row. */
  readonly kind: 'table' | 'columns';
  readonly table: TableName;
  /** For columns, how their rows are found; null for tables. */
  readonly key: ParkedKey | null;
  /** In the order of the file. For `columns` those of the key come first. */
  readonly columns: readonly ParkedColumn[];
  /** How many of `columns` are the key. 0 for tables. */
  readonly keyColumns: number;
  /** Columns that the engine computes by itself, and that are not saved. */
  readonly generated: readonly string[];
  /** Where counters stood (sequences, AUTO_INCREMENT): the next value is at least this. */
  readonly counters: readonly { readonly column: string; readonly next: string }[];
  /** The text encoding of the file's values, in the engine's own word. */
  readonly encoding: string;
  readonly rows: number;
  /** Name of the file in the set's folder. */
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  /** A sum over the lines that does not depend on their order, hex: rows that were put back are read and summed again. */
  readonly sum: string;
}

/** What was parked for one step of a run. */
export interface ParkedSet {
  readonly format: typeof PARKED_FORMAT;
  /** `<run>-<number of the step, from 1>`. */
  readonly id: string;
  readonly run: RunId;
  readonly migration: MigrationId;
  readonly project: { readonly framework: string; readonly root: string };
  /** Display form of the address, without a password, and `Connection.identity`. */
  readonly database: string;
  readonly identity: string;
  readonly engine: Engine;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly parts: readonly ParkedPart[];
}

/** What came of putting one part back. */
export interface PutBack {
  readonly table: TableName;
  /** null for a whole table. */
  readonly columns: readonly string[] | null;
  /** Rows inserted, or rows whose values were set. */
  readonly restored: number;
  /** Rows that were there already, exactly as parked. */
  readonly already: number;
  /** Columns: rows that have another value by now, which was left. */
  readonly kept: number;
  /** Columns: rows that are not there any more. */
  readonly gone: number;
}

/** How parked data is put back. */
export interface PutBackHow {
  /** Values that are neither null nor their column's default are replaced too, and rows under the keys of parked ones. */
  readonly overwrite: boolean;
  /** Tables hold exactly what was parked afterwards: what the migration itself filled them with goes. Only right after it was applied. */
  readonly exact?: boolean;
}

/** What a journal and a report say of a set. */
export interface ParkedSummary {
  readonly id: string;
  /** Index of the step. */
  readonly step: number;
  readonly migration: MigrationId;
  readonly parts: readonly {
    readonly table: TableName;
    /** null for a whole table. */
    readonly columns: readonly string[] | null;
    readonly key: ParkedKey | null;
    readonly rows: number;
  }[];
}

/** A set without what only its files need. */
export const summaryOf = (set: ParkedSet, step: number): ParkedSummary => ({
  id: set.id,
  step,
  migration: set.migration,
  parts: set.parts.map(part => ({
    table: part.table,
    columns: part.kind === 'table' ? null : part.columns.slice(part.keyColumns).map(({ name }) => name),
    key: part.key,
    rows: part.rows,
  })),
});

/** The id of what is parked for one step; `step` counts from 0. */
export const parkedId = (run: RunId, step: number): string => `${run}-${step + 1}`;

/** Is this a parked set's id? It may come from a command line, and becomes a path. */
export const isParkedId = (text: string): boolean => /^\d{8}T\d{6}Z-[0-9a-f]{6}-\d{1,6}$/.test(text);
