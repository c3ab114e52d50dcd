/** Debian's Sqitch with its PostgreSQL driver, which `install-servers.sh` installs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { type Env, type FrameworkRunner, must } from '../fixture-run.ts';
import { run } from '../toolchains/recipe.ts';

const start = promisify(execFile);

/** Sqitch, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  try {
    await start('perl', ['-MDBD::Pg', '-e', '1']);
    await start('psql', ['--version']);
    const { stdout } = await start('sqitch', ['--version']);
    const version = /(\d+(?:\.\d+)+)/.exec(stdout)?.[1] ?? stdout;
    return { here: true, it: sqitchRunner(version) };
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return { here: false, because: `Sqitch with its PostgreSQL driver is not installed: ${said}` };
  }
}

/** Points Sqitch as a user would by its environment. */
export const sqitchEnv = ({ url }: FixtureDatabase, env: Env): Env => ({
  ...env,
  SQITCH_TARGET: url.replace(/^postgres(?:ql)?:/, 'db:pg:'),
  SQITCH_FULLNAME: 'Rainbows',
  SQITCH_EMAIL: 'rainbows@unicorns.example',
});

const sqitchRunner = (version: string): FrameworkRunner => ({
  version,
  path: null,
  install: () => undefined,
  apply: async (_project, folder, database, env) => {
    await must(['sqitch', 'deploy'], folder, sqitchEnv(database, env));
  },
  status: async (_project, folder, database, env) => {
    const { code, output } = await run(['sqitch', 'status'], folder, sqitchEnv(database, env));
    return { clean: code === 0 && /Nothing to deploy/.test(output), said: output };
  },
});
