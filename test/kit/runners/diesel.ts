/** The real diesel: its own file-based migrations, in a small program that is built from crates.io. */
import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FrameworkRunner, must } from '../fixture-run.ts';
import { run } from '../toolchains/recipe.ts';
import { benchCall, crateVersion, rustBench } from '../toolchains/rust.ts';

/** diesel, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const program = await rustBench();
  return program.here ? { here: true, it: dieselRunner(program.it) } : program;
}

const dieselRunner = (program: string): FrameworkRunner => ({
  version: crateVersion('diesel'),
  path: null,
  install: () => undefined,
  apply: async (project, folder, database, env) => {
    leaveNoEmptyFolder(join(folder, project.command[0] ?? ''));
    await must([...benchCall(program, 'diesel', database, project.command), 'run'], folder, env);
  },
  status: async (project, folder, database, env) => {
    leaveNoEmptyFolder(join(folder, project.command[0] ?? ''));
    const { code, output } = await run(
      [...benchCall(program, 'diesel', database, project.command), 'info'],
      folder,
      env,
    );
    return { clean: code === 0 && !/missing|pending/.test(output), said: output };
  },
});

/** Git takes away a folder with its last file, and diesel refuses to run beside an empty one. The stories delete only files. */
function leaveNoEmptyFolder(migrations: string): void {
  for (const name of readdirSync(migrations))
    if (readdirSync(join(migrations, name)).length === 0) rmdirSync(join(migrations, name));
}
