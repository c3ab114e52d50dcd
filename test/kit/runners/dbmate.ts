/** The real dbmate, from npm. */
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { type FixtureProject, type FrameworkRunner, must } from '../fixture-run.ts';
import { nodeToolchain } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

/** dbmate, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await nodeToolchain();
  return tools.here ? { here: true, it: dbmateRunner(tools.it.dbmate, tools.it.versions.dbmate) } : tools;
}

function dbmateRunner(program: string, version: string): FrameworkRunner {
  const argv = (project: FixtureProject, database: FixtureDatabase, ...words: readonly string[]) => {
    return [program, '--url', database.url, '--no-dump-schema', ...project.command, ...words];
  };
  return {
    version,
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
