/** Runs a fixture's frameworks as their users do: to apply what is pending, and to ask whether all is well. One file per framework in `runners/`. */
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Engine } from '../../src/domain/migration.ts';
import type { Available } from './available.ts';
import type { FixtureDatabase } from './fixture-database.ts';
import { run } from './toolchains/recipe.ts';

/** One project of a fixture, as its `story.json` gives it. */
export interface FixtureProject {
  /** A framework's name, and of a file in `runners/`. */
  readonly framework: string;
  /** Folder from the repository's root in which the framework's command is run. */
  readonly root: string;
  /** SQLite file its configuration names, from the repository's root. */
  readonly sqlite: string;
  readonly historyTable: string;
  /** Arguments that come before the framework's own command word. */
  readonly command: readonly string[];
}

/** How one framework is run. `folder` is the absolute folder of the project. */
export interface FrameworkRunner {
  /** The version that is run: `3.3.0`. */
  readonly version: string;
  /** Folder that must be first on PATH; null when there is none. */
  readonly path: string | null;
  /** Makes the program findable in a working tree, as an installation would. */
  install(folder: string): void;
  /** Applies all that is pending. Throws with what the command said when it fails. */
  apply(project: FixtureProject, folder: string, database: FixtureDatabase, env: Env): Promise<void>;
  /** The framework's own status command. `clean`: it reports nothing pending and nothing missing. */
  status(project: FixtureProject, folder: string, database: FixtureDatabase, env: Env): Promise<FrameworkStatus>;
}

export interface FrameworkStatus {
  readonly clean: boolean;
  readonly said: string;
}

export type Env = Readonly<Record<string, string>>;

/** The environment a project's command needs to reach a database: nothing for SQLite, whose file its configuration names. */
export const pointedEnv = (engine: Engine, url: string, env: Env): Env =>
  engine === 'sqlite' ? env : { ...env, DATABASE_URL: url };

/** Runs a command, and throws with all it said when it fails. */
export async function must(argv: readonly string[], cwd: string, env: Env): Promise<string> {
  const { code, output } = await run(argv, cwd, env);
  if (code === 0) return output;
  throw new Error(`${argv.join(' ')} ended with ${code}:\n${output}`);
}

/** The real framework, installed at the first wish, or why it is not here. */
export async function frameworkRunner(framework: string): Promise<Available<FrameworkRunner>> {
  const file = join(import.meta.dirname, 'runners', `${framework}.ts`);
  if (!existsSync(file)) throw new Error(`there is no runners/${framework}.ts`);
  const { runner }: { runner: () => Promise<Available<FrameworkRunner>> } = await import(file);
  return runner();
}

/** PATH with this run's Node first, then the frameworks' own folders. */
export const pathWith = (runners: readonly FrameworkRunner[], path: string): string =>
  [dirname(process.execPath), ...new Set(runners.flatMap(each => each.path ?? [])), path].join(delimiter);
