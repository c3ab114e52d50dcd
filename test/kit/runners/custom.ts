/** The shop's own migration runner, `tools/migrate.py` of its fixture, with the database drivers of the Python toolchain. */
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type Env, type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { pythonToolchain } from '../toolchains/python.ts';
import { run } from '../toolchains/recipe.ts';

/** The runner, or why there is no Python with the drivers. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await pythonToolchain();
  return tools.here ? { here: true, it: customRunner(tools.it.bin) } : tools;
}

function customRunner(bin: string): FrameworkRunner {
  const python = join(bin, 'python3');
  const argv = (project: FixtureProject, word: string) => [python, ...project.command, word];
  return {
    version: 'the test’s own',
    path: bin,
    install: () => undefined,
    apply: async (project, folder, database, env: Env) => {
      await must(argv(project, 'up'), folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'status'), folder, there);
      return { clean: code === 0 && /^pending \[\]$/m.test(output) && /^unknown \[\]$/m.test(output), said: output };
    },
  };
}
