/** The real golang-migrate, built from the Go module proxy. */
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { type FixtureProject, type FrameworkRunner, must } from '../fixture-run.ts';
import { goTool } from '../toolchains/go.ts';
import { run } from '../toolchains/recipe.ts';

const VERSION = '4.19.1';

/** golang-migrate's program. */
export const migrateProgram = (): Promise<Available<string>> =>
  goTool({
    path: 'github.com/golang-migrate/migrate/v4/cmd/migrate',
    version: VERSION,
    tags: ['sqlite', 'postgres', 'mysql'],
  });

/** golang-migrate, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const program = await migrateProgram();
  return program.here ? { here: true, it: migrateRunner(program.it) } : program;
}

/** The database as golang-migrate's drivers want it, with the table's name in it. */
export function migrateAddress(
  { engine, url, file }: Pick<FixtureDatabase, 'engine' | 'url' | 'file'>,
  table: string,
): string {
  if (engine === 'sqlite') return `sqlite://${file}?x-migrations-table=${table}`;
  if (engine === 'postgres') return `${url}${url.includes('?') ? '&' : '?'}x-migrations-table=${table}`;
  const { hostname, port, username, password, pathname } = new URL(url);
  return `mysql://${decodeURIComponent(username)}:${decodeURIComponent(password)}@tcp(${hostname}:${port})${pathname}?x-migrations-table=${table}`;
}

function migrateRunner(program: string): FrameworkRunner {
  const argv = (project: FixtureProject, database: FixtureDatabase, word: string) => {
    return [program, ...project.command, '-database', migrateAddress(database, project.historyTable), word];
  };
  return {
    version: VERSION,
    path: null,
    install: () => undefined,
    apply: async (project, folder, database, env) => {
      await must(argv(project, database, 'up'), folder, env);
    },
    status: async (project, folder, database, env) => {
      // It has no status of its own: `up` says "no change" where all is well, and "dirty" or "no migration found" where not.
      const version = await run(argv(project, database, 'version'), folder, env);
      const up = await run(argv(project, database, 'up'), folder, env);
      const clean = version.code === 0 && up.code === 0 && up.output.includes('no change');
      return { clean, said: version.output + up.output };
    },
  };
}
