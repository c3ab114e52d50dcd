/** The real goose, built from the Go module proxy. */
import type { Engine } from '../../../src/domain/migration.ts';
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { type FixtureProject, type FrameworkRunner, must } from '../fixture-run.ts';
import { goTool } from '../toolchains/go.ts';
import { run } from '../toolchains/recipe.ts';

const VERSION = '3.27.3';

const DRIVERS: Readonly<Record<Engine, string>> = { sqlite: 'sqlite3', postgres: 'postgres', mysql: 'mysql' };

/** goose's program. */
export const gooseProgram = (): Promise<Available<string>> =>
  goTool({
    path: 'github.com/pressly/goose/v3/cmd/goose',
    version: VERSION,
    tags: ['no_clickhouse', 'no_libsql', 'no_mssql', 'no_vertica', 'no_ydb'],
  });

/** goose, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const program = await gooseProgram();
  return program.here ? { here: true, it: gooseRunner(program.it) } : program;
}

/** The database as goose's drivers want it. */
function dbstring({ engine, url, file }: FixtureDatabase): string {
  if (engine !== 'mysql') return file ?? url;
  const { hostname, port, username, password, pathname } = new URL(url);
  return `${decodeURIComponent(username)}:${decodeURIComponent(password)}@tcp(${hostname}:${port})${pathname}?parseTime=true&multiStatements=true`;
}

function gooseRunner(program: string): FrameworkRunner {
  const argv = (project: FixtureProject, database: FixtureDatabase, word: string) => {
    return [program, '-env', 'none', ...project.command, DRIVERS[database.engine], dbstring(database), word];
  };
  return {
    version: VERSION,
    path: null,
    install: () => undefined,
    apply: async (project, folder, database, env) => {
      await must(argv(project, database, 'up'), folder, env);
    },
    status: async (project, folder, database, env) => {
      const { code, output } = await run(argv(project, database, 'status'), folder, env);
      // `status` lists only files, so what is missing shows in `up`, which has nothing to do where all is well.
      const up = await run(argv(project, database, 'up'), folder, env);
      const clean = code === 0 && up.code === 0 && !/Pending/.test(output) && /no migrations to run/.test(up.output);
      return { clean, said: output + up.output };
    },
  };
}
