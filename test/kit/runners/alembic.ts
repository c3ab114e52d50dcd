/** The real Alembic, in its virtualenv. */
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { pythonToolchain } from '../toolchains/python.ts';
import { run } from '../toolchains/recipe.ts';

/** Alembic, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await pythonToolchain();
  return tools.here ? { here: true, it: alembicRunner(tools.it.bin, tools.it.versions.alembic) } : tools;
}

function alembicRunner(bin: string, version: string): FrameworkRunner {
  const program = join(bin, 'alembic');
  const argv = (project: FixtureProject, ...words: readonly string[]) => [program, ...project.command, ...words];
  return {
    version,
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
