/** The real Django, in its virtualenv. */
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { pythonToolchain } from '../toolchains/python.ts';
import { run } from '../toolchains/recipe.ts';

/** Django, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await pythonToolchain();
  return tools.here ? { here: true, it: djangoRunner(tools.it.bin, tools.it.versions.Django) } : tools;
}

function djangoRunner(bin: string, version: string): FrameworkRunner {
  const python = join(bin, 'python');
  const argv = (project: FixtureProject, ...words: readonly string[]) => [python, ...project.command, ...words];
  return {
    version,
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
