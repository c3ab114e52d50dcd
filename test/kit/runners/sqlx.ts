/** The real sqlx: its own `Migrator`, in a small program that is built from crates.io. */
import type { Available } from '../available.ts';
import { type FrameworkRunner, must } from '../fixture-run.ts';
import { run } from '../toolchains/recipe.ts';
import { benchCall, crateVersion, rustBench } from '../toolchains/rust.ts';

/** sqlx, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const program = await rustBench();
  return program.here ? { here: true, it: sqlxRunner(program.it) } : program;
}

const sqlxRunner = (program: string): FrameworkRunner => ({
  version: crateVersion('sqlx'),
  path: null,
  install: () => undefined,
  apply: async (project, folder, database, env) => {
    await must([...benchCall(program, 'sqlx', database, project.command), 'run'], folder, env);
  },
  status: async (project, folder, database, env) => {
    const { code, output } = await run([...benchCall(program, 'sqlx', database, project.command), 'info'], folder, env);
    return { clean: code === 0 && !/dirty|missing|pending|different/.test(output), said: output };
  },
});
