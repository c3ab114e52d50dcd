/**
 * What Tidemark must know about a migration framework. A framework is a declaration: it says what to read and what to run,
 * from plain data, and does neither itself. Adding one means one folder here and one below `fixtures-repos/`.
 */
import type {
  AppliedMigration,
  Declaration,
  Engine,
  LockHolder,
  MigrationId,
  Project,
  Row,
  RowChange,
  TableName,
  UnreadableFile,
} from '../domain/migration.ts';

/** The working tree as detection sees it. */
export interface SourceTree {
  /** Paths from the repository's root that match the `markers` of any framework looked for, sorted: those of others are among them. */
  readonly paths: readonly string[];
  /** Text of any file in the working tree; null when it is not there or too large (1 MiB). */
  read(path: string): string | null;
}

/** Another file of a migration, see `Framework.partsOf`. */
export interface PartText {
  readonly path: string;
  readonly text: string;
  /** Git's, where a commit or a kept copy has it. Missing: it lies on disk. */
  readonly blob?: string;
}

/** A migration file with its text. */
export interface FileText {
  readonly path: string;
  readonly text: string;
  /** The migration's other files (see `Framework.partsOf`), as they lie beside this one. Missing: it has none, or they were not asked for. */
  readonly parts?: readonly PartText[];
}

/** An address a project's own configuration names. `text` may hold a password: parse it at once. */
export interface AddressHint {
  readonly text: string;
  /** Folder a relative SQLite path is relative to, from the repository's root. */
  readonly base: string;
  /** Where it was found, for people: `tasks/settings.py (DATABASES["default"])`. */
  readonly from: string;
}

/** What a reversal destroys, read from the migration's text. Names as the database has them, unquoted. */
export interface Losses {
  readonly tables: readonly string[];
  readonly columns: readonly { readonly table: string; readonly column: string }[];
  /** Why this may not be all (`it runs Python code`); null when the text says all. */
  readonly unsure: string | null;
}

/** Where a framework's command is to look: everything needed to point it at one database, and at no other. */
export interface Target {
  readonly engine: Engine;
  /** Absolute path for SQLite, else the database's name. */
  readonly database: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly socket: string | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly parameters: Readonly<Record<string, string>>;
}

/** How a command is pointed. `{scratch}` and `{worktree}` in values and texts become absolute paths. Passwords go into `env` only. */
export interface Pointing {
  readonly env: Readonly<Record<string, string>>;
  /** Files for the scratch folder (wrapper settings). They read the password from `env`; they never hold it. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** A program of the framework's and how to find it. */
export interface Program {
  /** Tried in order: paths (with `/`) in the project's folder and the repository's root, then names on PATH. */
  readonly candidates: readonly string[];
  /** What to do when there is none: `pip install alembic`. */
  readonly install: string;
}

/** A file of a checkout: new text, or the blob git has. */
export type OverlayFile =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly blob: string };

/** What to check out for a command: the whole old version of the code, or HEAD's tree with the missing files laid over it. */
export type Checkout =
  | { readonly kind: 'commit'; readonly commit: string }
  | { readonly kind: 'overlay'; readonly files: readonly OverlayFile[] };

/** How to undo one migration. The framework only describes it; operations run it. */
export type Reversal =
  | {
      readonly how: 'sql';
      readonly script: string;
      readonly inTransaction: boolean;
      readonly rows: readonly RowChange[];
    }
  | {
      readonly how: 'command';
      /** Arguments after the program. `{scratch}` and `{worktree}` become absolute paths. */
      readonly arguments: readonly string[];
      readonly checkout: Checkout;
      /** True when schema change and history row cannot part on this engine: recovery may then trust the row alone. */
      readonly atomic: boolean;
      /** True when the migration's schema change is made whole or not at all on this engine, whatever becomes of the row. Missing: the engine decides. */
      readonly whole?: boolean;
    }
  | { readonly how: 'impossible'; readonly reason: string; readonly wayOut: string };

/** How to apply what is pending. */
export type Forward =
  | {
      readonly how: 'sql';
      readonly script: string;
      readonly inTransaction: boolean;
      readonly rows: readonly RowChange[];
    }
  | {
      readonly how: 'command';
      readonly arguments: readonly string[];
      /** Laid over the working tree's migrations; only what the framework cannot move without. */
      readonly files?: readonly OverlayFile[];
    }
  | { readonly how: 'impossible'; readonly reason: string; readonly wayOut: string };

/** A migration that a plan reverses: the version that was applied, and where it is. */
export interface ReversibleMigration extends Declaration, FileText {
  /** Commit whose tree holds this version at `path`; null when it lies in the working tree. */
  readonly commit: string | null;
  readonly blob: string;
  /** False for a kept migration that is on disk and is reversed only to get below an orphan. */
  readonly orphan: boolean;
}

/** SQL read as text, for reversals that a person writes. Nothing is run. */
export interface SqlReader {
  /** What a script destroys. */
  losses(script: string): Losses;
  /** The inverse of what a script plainly did, as lines; the rest as comments that say what was done. */
  draft(script: string, engine: Engine): readonly string[];
  /** Does it hold anything but comments, white space and semicolons? */
  hasStatements(text: string): boolean;
}

/** What a reversal may depend on. */
export interface ReversalRequest {
  readonly project: Project;
  readonly engine: Engine;
  readonly migration: ReversibleMigration;
  /** All that the plan reverses, in the order it does so (newest first), this one included. */
  readonly all: readonly ReversibleMigration[];
  /** What the working tree declares, texts included. */
  readonly onDisk: readonly (Declaration & FileText)[];
  readonly applied: readonly AppliedMigration[];
  /** Orphans that stay in the table when this plan is done: frameworks that will not move while an applied file is missing lay them too. */
  readonly left?: readonly ReversibleMigration[];
}

/** What is known when rows are interpreted or changed: declarations of every version git or the disk has shown, by id; those on disk last. */
export type Known = ReadonlyMap<MigrationId, Declaration>;

/** Row changes, or why there are none. */
export type RowsOrReason = readonly RowChange[] | { readonly reason: string };

/** A migration framework. Fields stand in this order in every implementation. */
export interface Framework {
  /** Name in the registry, settings and JSON. Equal to the folder's name. */
  readonly name: string;
  /** Name for people: `Django`. */
  readonly title: string;
  /** Where the facts come from; never empty. */
  readonly docs: readonly [string, ...string[]];
  readonly engines: readonly Engine[];
  /** What the table in README says of it besides the engines, as clauses: see `test/kit/generate-support.ts`. */
  readonly support: {
    /** How it is reversed: its own command and what is checked out for it, or SQL that Tidemark runs. */
    readonly reversal: string;
    /** What the history table's checksum is; null where it keeps none. */
    readonly checksum: string | null;
    /** What its own rollback does wrong at HEAD while an applied file is missing. */
    readonly hazard: string;
  };

  /** Git pathspecs of files that can show a project of this framework. Kept narrow: they are listed in every repository. */
  readonly markers: readonly string[];
  /** The projects in this repository. Several in a monorepo, none when it is another framework's. */
  detect(tree: SourceTree): readonly Project[];

  /** Git pathspecs from the repository's root, for every place the project's migrations lie or, as far as is known, lay. */
  pathspecs(project: Project): readonly string[];
  /**
   * For files that hold several migrations: each part is then a migration of its own, at the path `file::name` and with its own text, and nothing
   * else of this contract ever sees the whole file. `owns`: is it such a file, by its path? Missing: a file is one migration.
   */
  readonly split?: {
    owns(project: Project, path: string): boolean;
    parts(project: Project, file: FileText): readonly { readonly name: string; readonly text: string }[];
  };
  /** `path`: a file's id is known by its path alone. `text`: it must be read. */
  readonly idFrom: 'path' | 'text';
  /** The id of a file, null when it is no migration (helpers, `__init__.py`). `text` is null when `idFrom` is `path`. */
  identify(project: Project, path: string, text: string | null): MigrationId | null;
  /**
   * Paths of the other files of the migration at `path` (`1_x.down.sql` of `1_x.up.sql`), among `paths`, which are all that lie under the
   * pathspecs in the same tree. They have no id of their own. Missing: a migration is one file.
   */
  partsOf?(project: Project, path: string, paths: readonly string[]): readonly string[];
  /** What the file's text declares. Called only for files with an id, or where `idFrom` is `text`. Versions of the past may come without their parts. */
  read(project: Project, file: FileText): Declaration | UnreadableFile;
  /** Is a file under the pathspecs, though without an id, another framework's (Django's migrations beside South's)? It is passed over without a word. Missing: no. */
  isOthers?(project: Project, file: FileText): boolean;
  /** `linear`: applied in the order of their ids or names. `graph`: by declared `requires`. */
  readonly order: 'linear' | 'graph';
  /** In a graph: each file also builds on the one before it in its namespace, though its text does not say so (South). Missing: no. */
  readonly chained?: true;
  /** Sorts files as the framework would apply them where the graph does not decide. */
  compare(a: MigrationId, b: MigrationId): number;
  /** A part of the id that names an app or package (`tasks` of `tasks.0001_x`): rows of a namespace this repository never had are foreign. null: the framework has none. */
  namespace(id: MigrationId): string | null;
  /** Number or time stamp at the head of a name, for finding collisions (`0010`); null where equal numbers are no problem. */
  number(id: MigrationId): string | null;

  /**
   * Can a table with these columns be this framework's? Several tools keep one named `schema_migrations` or `migrations`. Missing: any can that
   * has the name.
   */
  ownsTable?(columns: readonly string[]): boolean;
  /**
   * Only for tables that hold nothing but the newest version (golang-migrate): what the migration of a file plainly makes. `applied` is then
   * given a `known` of what may stand behind that version: files on disk, and those that git or Tidemark's own record knows and of which
   * something that they make is in the schema. Reversing one below the newest changes no row. Missing: each has a row, or an implied one.
   */
  makes?(file: FileText): Pick<Losses, 'tables' | 'columns'>;
  /**
   * Only for tables whose rows do not say their migration's id (Drizzle: a checksum and a time). What rows of which migrations may hold, as any
   * text says that lies or lay under the pathspecs. `applied`, `forget` and the others are then given a `known` with all of it as `marks`: the
   * migrations of the past, and at the end those that are on disk. Missing: rows say the id.
   */
  marks?(project: Project, file: FileText): readonly { readonly id: MigrationId; readonly mark: string }[];
  /** Applied migrations from the table's rows, in the order they were applied as far as the table tells. */
  applied(project: Project, rows: readonly Row[], known: Known): readonly AppliedMigration[];
  /**
   * Every value the history table's checksum may have for a file with these bytes: as they are, and as line endings or versions of the
   * framework would make it. Compared with `AppliedMigration.fingerprint`. Empty: it cannot be told. Missing: the table keeps none.
   */
  fingerprints?(project: Project, path: string, bytes: Uint8Array): readonly string[];
  /** The text that was applied, where the row itself holds it whole: it needs no git at all. null: this row does not. Missing: no row does. */
  textInRow?(project: Project, applied: AppliedMigration): FileText | null;
  /** Will the framework never apply this file, though no row is of it (older than the baseline the table began with)? It is then neither applied nor pending. Missing: no. */
  passesOver?(project: Project, rows: readonly Row[], id: MigrationId): boolean;
  /** Does the framework apply this file once more, because its text is another one by now (a repeatable migration)? It is then pending, not edited. Missing: no. */
  appliesAgain?(project: Project, applied: AppliedMigration, file: FileText): boolean;
  /**
   * The path of a file, itself no migration, that says the schema already holds what this one did: files are deleted once it does, and reversing
   * them would destroy what it stands for (Laravel's `schema:dump --prune`). null: none does. Missing: there is no such file.
   */
  coveredBy?(project: Project, id: MigrationId): string | null;
  /** A lock that the framework's own commands wait for, in a table beside the history table. Missing: it takes none, or none that can be seen. */
  readonly lock?: {
    table(project: Project): TableName;
    /** Who holds it, as its row says, and the command that gives it free; null when nobody does. */
    holder(rows: readonly Row[]): LockHolder | null;
  };
  /** What the database says that applied migrations depend on, in a table beside the history table. Missing: only their texts say so. */
  readonly dependencies?: {
    table(project: Project): TableName;
    /** Applied migrations with those that they require, as pairs. */
    of(applied: readonly AppliedMigration[], rows: readonly Row[]): readonly (readonly [MigrationId, MigrationId])[];
  };
  /** Row changes that take a migration out of the table. */
  forget(project: Project, id: MigrationId, rows: readonly Row[], known: Known): RowsOrReason;
  /** Row changes that put one in as applied now. `now` is ISO 8601 in UTC. `file`: its text, for rows that say more of it than the id. */
  markApplied(
    project: Project,
    id: MigrationId,
    rows: readonly Row[],
    known: Known,
    now: string,
    file?: FileText,
  ): RowsOrReason;
  /** Row changes that let a row live on under another id. `file`: the one it then belongs to. */
  relabel(
    project: Project,
    from: MigrationId,
    to: MigrationId,
    rows: readonly Row[],
    known: Known,
    file?: FileText,
  ): RowsOrReason;
  /** Rows the framework's own command may add on its way, which are no fault (Django records a squash all of whose parts are applied). */
  mayAppear(
    project: Project,
    applied: readonly AppliedMigration[],
    onDisk: readonly Declaration[],
  ): readonly MigrationId[];
  /** May its own command leave a row like this, of a migration that it had nothing to do with (Liquibase brings checksums of older versions up to date)? Missing: no. */
  mayRewrite?(before: Row, after: Row): boolean;

  /** SQL that makes the history table where there is none; null when the framework's own command makes it. */
  createHistoryTable(project: Project, engine: Engine): string | null;

  /** Addresses the project's own configuration names, read without running it. More than one means a person must choose. */
  connection(project: Project, tree: SourceTree): readonly AddressHint[];
  /** The program of `command` reversals and forwards; null for frameworks whose SQL Tidemark runs. */
  program(project: Project): Program | null;
  /** Points the program at a database, whatever the project's configuration says. */
  point(project: Project, target: Target): Pointing;
  /** Untracked things the program needs beside the code (`node_modules`, `.env`), from the repository's root. */
  carries(project: Project): readonly string[];

  reverse(request: ReversalRequest): Reversal;
  /** What reversing a file's migration destroys, and so also what it made. */
  losses(project: Project, file: FileText): Losses;
  /** What of a file's text says what it does, for telling a renumbered one: South's files end in a frozen copy of all models. Missing: all of it. */
  deeds?(text: string): string;
  /** Modules of the repository that a file needs when it runs, as paths that may exist. Those gone from HEAD are laid over it too. */
  imports(project: Project, file: FileText): readonly string[];
  /**
   * How to apply a pending file. A `command` applies all that is pending at once and ignores the file. `left`: orphans that stay in the table.
   * `onto`: the table as it is now, and how many others the plan applies before this one, for rows that are numbered. `then`: the table as the
   * steps before this one leave it, as far as Tidemark changes its rows.
   */
  forward(
    project: Project,
    file: FileText,
    engine: Engine,
    left?: readonly ReversibleMigration[],
    onto?: { readonly rows: readonly Row[]; readonly ahead: number; readonly then?: readonly Row[] },
  ): Forward;

  /** What the framework's own commands would do wrong now, at HEAD, with these orphans in the table; null when nothing. One or two sentences. */
  hazard(project: Project, orphans: readonly MigrationId[], applied: readonly AppliedMigration[]): string | null;
}
