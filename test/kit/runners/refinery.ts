/** The real refinery: its own `Runner`, in a small program that is built from crates.io. */
import type { Available } from '../available.ts';
import { type FrameworkRunner, must } from '../fixture-run.ts';
import { run } from '../toolchains/recipe.ts';
import { benchCall, crateVersion, rustBench } from '../toolchains/rust.ts';

/** refinery, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const program = await rustBench();
  return program.here ? { here: true, it: refineryRunner(program.it) } : program;
}

const refineryRunner = (program: string): FrameworkRunner => ({
  version: crateVersion('refinery'),
  path: null,
  install: () => undefined,
  apply: async (project, folder, database, env) => {
    // It opens only a SQLite file that is there.
    await database.query('SELECT 1');
    await must([...benchCall(program, 'refinery', database, project.command), 'run'], folder, env);
  },
  status: async (project, folder, database, env) => {
    const { code, output } = await run(
      [...benchCall(program, 'refinery', database, project.command), 'info'],
      folder,
      env,
    );
    return { clean: code === 0 && !/missing|divergent|pending/.test(output), said: output };
  },
});
