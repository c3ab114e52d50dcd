/** The facts a framework's test must state for `describeFramework`. All are required, so that none can be forgotten. */

import type { Engine, Row, TableName } from '../../src/domain/migration.ts';
import type { Reversal } from '../../src/frameworks/contract.ts';

/** Path from the repository's root to text. */
export type Tree = Readonly<Record<string, string>>;

/** A history table as one engine holds it, and what it says. */
export interface HistoryFacts {
  /** Why this table is here: `PostgreSQL`, `two heads`. */
  readonly name: string;
  readonly rows: readonly Row[];
  /** Column the database fills by itself on insert (counting up); null when there is none. */
  readonly autoColumn: string | null;
  /** Ids that `applied` gives, in its order. */
  readonly ids: readonly string[];
  /** `appliedAt` of each, in the same order. */
  readonly appliedAt: readonly (string | null)[];
  /** Ids that may each be taken out alone and put back. At least one. */
  readonly forgettable: readonly [string, ...string[]];
  /** An applied id, and the id it is to live on under. Its declaration comes from `files` or `alsoKnown`. */
  readonly relabel: { readonly from: string; readonly to: string };
}

/** What `toMatchObject` compares a reversal or forward with; `expect.stringMatching` and friends are welcome. */
type Expected = { readonly how: Reversal['how'] } & Readonly<Record<string, unknown>>;

/** See each field. Use names that are not the framework's defaults wherever a name can be configured. */
export interface FrameworkFacts {
  /** A working tree with exactly one project. It should hold all `files`. */
  readonly project: {
    readonly tree: Tree;
    readonly root: string;
    readonly historyTable: TableName;
    /** Text and base folder of the addresses the project's configuration names, in order; empty when it names none. */
    readonly addresses: readonly { readonly text: string; readonly base: string }[];
  };
  /** Trees that show no project of this framework, by why one might think so. */
  readonly notProjects: Readonly<Record<string, Tree>>;
  /** Trees with several projects and their roots in order, by what is special about them. */
  readonly severalProjects: Readonly<Record<string, { readonly tree: Tree; readonly roots: readonly string[] }>>;
  /** Migration files of the project, in the order they are applied. At least two. */
  readonly files: readonly {
    readonly path: string;
    readonly text: string;
    readonly id: string;
    readonly requires: readonly string[];
    readonly replaces: readonly string[];
    readonly namespace: string | null;
    readonly number: string | null;
  }[];
  /** For frameworks with `partsOf`: what it gives for a path among these and others. */
  readonly parts?: readonly {
    readonly path: string;
    readonly among: readonly string[];
    readonly gives: readonly string[];
  }[];
  /** For frameworks with `fingerprints`: a value that the framework itself stored for a file with these bytes; null where it cannot be told. */
  readonly fingerprints?: readonly {
    readonly name: string;
    readonly path: string;
    readonly bytes: string | Uint8Array;
    readonly contains: string | null;
  }[];
  /** Files in or near the project's folders that are no migrations (`identify` gives null). */
  readonly notFiles: Tree;
  /** Files with an id that cannot be read as a migration, and what the reason must say. */
  readonly unreadable: readonly { readonly path: string; readonly text: string; readonly reason: RegExp }[];
  /** Declarations known from git besides `files`, for the rows' ids. */
  readonly alsoKnown: readonly { readonly id: string; readonly requires: readonly string[] }[];
  /** At least one; one per way engines store the rows differently. */
  readonly histories: readonly [HistoryFacts, ...HistoryFacts[]];
  /** Rows the framework may add itself, given the first history and `files`; mostly empty. */
  readonly mayAppear: readonly string[];
  /** How single migrations are reversed. `text` defaults to that of the file at `path` among `files`. */
  readonly reversals: readonly {
    readonly name: string;
    readonly path: string;
    readonly text?: string;
    /** Its other files. */
    readonly parts?: Tree;
    readonly engine: Engine;
    /** Paths among `files` that the working tree still has. */
    readonly onDisk: readonly string[];
    readonly gives: Expected;
  }[];
  readonly forwards: readonly {
    readonly path: string;
    readonly parts?: Tree;
    readonly engine: Engine;
    readonly gives: Expected;
  }[];
  readonly losses: readonly {
    readonly name: string;
    readonly path: string;
    readonly text: string;
    readonly parts?: Tree;
    readonly tables: readonly string[];
    /** `table.column`. */
    readonly columns: readonly string[];
    /** null when the text says all; else what the clause must say. */
    readonly unsure: RegExp | null;
  }[];
  readonly imports: readonly { readonly path: string; readonly text: string; readonly gives: readonly string[] }[];
  /** Orphans among the first history's ids, and what the warning must say; null when there is none to give. */
  readonly hazard: { readonly orphans: readonly string[]; readonly says: RegExp | null };
}
