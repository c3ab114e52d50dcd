/** Runs a fixture's frameworks as their users do: to apply what is pending, and to ask whether all is well. */
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createDatabases } from '../../src/databases/databases.ts';
import type { Engine, Project } from '../../src/domain/migration.ts';
import { dbmate } from '../../src/frameworks/dbmate/index.ts';
import type { Available } from './available.ts';
import type { FixtureDatabase } from './fixture-database.ts';
import { nodeToolchain } from './toolchains/node.ts';
import { pythonToolchain } from './toolchains/python.ts';
import { run } from './toolchains/recipe.ts';

/** One project of a fixture, as its `story.json` gives it. */
export interface FixtureProject {
  readonly framework: 'dbmate' | 'django' | 'alembic' | 'knex';
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

type Env = Readonly<Record<string, string>>;

/** The environment a project's command needs to reach a database: nothing for SQLite, whose file its configuration names. */
const pointedEnv = (engine: Engine, url: string, env: Env): Env =>
  engine === 'sqlite' ? env : { ...env, DATABASE_URL: url };

async function must(argv: readonly string[], cwd: string, env: Env): Promise<string> {
  const { code, output } = await run(argv, cwd, env);
  if (code === 0) return output;
  throw new Error(`${argv.join(' ')} ended with ${code}:\n${output}`);
}

/** The real dbmate. */
function dbmateRunner(program: string): FrameworkRunner {
  const argv = (project: FixtureProject, database: FixtureDatabase, ...words: readonly string[]) => {
    return [program, '--url', database.url, '--no-dump-schema', ...project.command, ...words];
  };
  return {
    path: null,
    install: () => undefined,
    apply: async (project, folder, database, env) => {
      // `up` would create the database first, with other rights and another connection.
      await must(argv(project, database, 'migrate'), folder, env);
    },
    status: async (project, folder, database, env) => {
      const { code, output } = await run(argv(project, database, 'status', '--exit-code'), folder, env);
      return { clean: code === 0 && /^Pending: 0$/m.test(output), said: output };
    },
  };
}

/** dbmate-style files without any tool: applied by Tidemark's own runner. */
export const EMBEDDED: FrameworkRunner = {
  path: null,
  install: () => undefined,
  async apply(project, folder, database) {
    const migrations = project.command[project.command.indexOf('--migrations-dir') + 1] ?? 'db/migrations';
    const table = { schema: null, name: project.historyTable };
    const known: Project = {
      framework: 'dbmate',
      root: '.',
      historyTable: table,
      settings: { migrations: [migrations] },
    };
    const databases = createDatabases({ env: process.env, stateHome: dirname(folder), clock: Date.now });
    if (database.file !== null && !existsSync(database.file)) {
      await database.query(`CREATE TABLE ${table.name} (version varchar(128) PRIMARY KEY)`);
    }
    const connection = await databases.openToChange(databases.parse(database.url, folder), 'fixture');
    try {
      const read = await connection.readHistory(table);
      const applied = new Set(read.table === 'present' ? read.rows.map(({ version }) => version) : []);
      for (const name of readdirSync(join(folder, migrations)).sort()) {
        const path = `${migrations}/${name}`;
        const id = dbmate.identify(known, path);
        if (id === null || applied.has(id)) continue;
        const forward = dbmate.forward(known, { path, text: readFileSync(join(folder, path), 'utf8') });
        if (forward.how !== 'sql') throw new Error(`${path} cannot be applied`);
        const outcome = await connection.runScript({ ...forward, table });
        if (!outcome.done) throw new Error(`${path}: ${outcome.said}`);
      }
    } finally {
      await connection.close();
    }
  },
  status: () => Promise.resolve({ clean: true, said: 'the embedded runner has no status of its own' }),
};

function djangoRunner(bin: string): FrameworkRunner {
  const python = join(bin, 'python');
  const argv = (project: FixtureProject, ...words: readonly string[]) => [python, ...project.command, ...words];
  return {
    path: bin,
    install: () => undefined,
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'migrate', '--noinput'), folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'migrate', '--check'), folder, there);
      const shown = await run(argv(project, 'showmigrations'), folder, there);
      return { clean: code === 0 && !shown.output.includes('[ ]'), said: output + shown.output };
    },
  };
}

function alembicRunner(bin: string): FrameworkRunner {
  const program = join(bin, 'alembic');
  const argv = (project: FixtureProject, ...words: readonly string[]) => [program, ...project.command, ...words];
  return {
    path: bin,
    install: () => undefined,
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'upgrade', 'heads'), folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'current', '--check-heads'), folder, there);
      return { clean: code === 0, said: output };
    },
  };
}

function knexRunner(modules: string): FrameworkRunner {
  const argv = (project: FixtureProject, ...words: readonly string[]) => [
    'node_modules/.bin/knex',
    ...project.command,
    ...words,
  ];
  return {
    path: null,
    install: folder => {
      if (!existsSync(join(folder, 'node_modules'))) symlinkSync(modules, join(folder, 'node_modules'));
    },
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'migrate:latest'), folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'migrate:list'), folder, there);
      return { clean: code === 0 && output.includes('No Pending Migration files Found.'), said: output };
    },
  };
}

/** The real framework, installed at the first wish, or why it is not here. */
export async function frameworkRunner(framework: FixtureProject['framework']): Promise<Available<FrameworkRunner>> {
  if (framework === 'dbmate' || framework === 'knex') {
    const tools = await nodeToolchain();
    if (!tools.here) return tools;
    const modules = join(tools.it.folder, 'node_modules');
    return { here: true, it: framework === 'dbmate' ? dbmateRunner(tools.it.dbmate) : knexRunner(modules) };
  }
  const tools = await pythonToolchain();
  if (!tools.here) return tools;
  return { here: true, it: framework === 'django' ? djangoRunner(tools.it.bin) : alembicRunner(tools.it.bin) };
}

/** PATH with this run's Node first, then the frameworks' own folders. */
export const pathWith = (runners: readonly FrameworkRunner[], path: string): string =>
  [dirname(process.execPath), ...new Set(runners.flatMap(each => each.path ?? [])), path].join(delimiter);
