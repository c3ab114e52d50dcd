/** Settings, read and checked. Data only: nothing from a repository is executed to read them. */

/** One project as the user declares it; fields left out are found by detection. */
export interface ProjectSettings {
  readonly framework: string;
  /** Folder from the repository's root, default `.`. */
  readonly root: string;
  /** Database address or the name of an environment variable that holds it (`$SHOP_DATABASE_URL`). */
  readonly database?: string;
  readonly historyTable?: string;
  readonly historySchema?: string;
  /** Folders of migrations, from the project's root. */
  readonly migrations?: readonly string[];
  /** Program and leading arguments in place of the framework's own candidates: `["poetry", "run", "python"]`. */
  readonly program?: readonly [string, ...string[]];
  /** Django: settings module. Knex: environment. Alembic: ini file. */
  readonly options?: Readonly<Record<string, string>>;
  /** For `custom`: what is declared of a tool that Tidemark does not know. Its detection reads it. */
  readonly custom?: Readonly<Record<string, unknown>>;
  /** Untracked things to link into the worktree besides the framework's own. */
  readonly carry?: readonly string[];
}

export interface Settings {
  /** File they came from; null when there is none. */
  readonly file: string | null;
  readonly projects: readonly ProjectSettings[];
  /** Seconds a framework's command may take; default 600. */
  readonly timeLimitSeconds: number;
}

/** A place an address may come from, with what it says. `text` may hold a password: parse it at once. */
export interface AddressSource {
  readonly text: string;
  readonly from: string;
  /** Absolute folder that relative SQLite paths are relative to. */
  readonly base: string;
}

export interface Config {
  /**
   * Reads `tidemark.config.json` or `tidemark` in package.json at the repository's root. `read` gives the text of a file at the root where
   * it is not the one on disk. Throws `bad-settings` with all complaints at once.
   */
  settings(root: string, read?: (name: string) => string | null): Settings;
  /**
   * The address from `--database`, `TIDEMARK_DATABASE_URL`, the project's settings, `DATABASE_URL`, then `.env` of the project's folder and of
   * the repository's root; null when none says anything.
   */
  address(from: {
    readonly flag: string | null;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly cwd: string;
    readonly repositoryRoot: string;
    readonly projectRoot: string;
    readonly project: ProjectSettings | null;
    /** Variables that alone name it, in place of the two, where the project is a further database of an application. */
    readonly variables?: readonly string[];
  }): AddressSource | null;
  /** Writes a new settings file at the root and returns its path. Throws `file-in-the-way`. */
  create(root: string, projects: readonly ProjectSettings[]): string;
  /** Variables of a `.env` file; empty when there is none. */
  dotEnv(file: string): Readonly<Record<string, string>>;
}
