/** Debian's Rails, without Bundler: the packages of Active Record and its drivers that `install-servers.sh` installs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { type Env, type FixtureProject, type FrameworkRunner, must } from '../fixture-run.ts';
import { run } from '../toolchains/recipe.ts';

const start = promisify(execFile);

/** Rails, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const asked =
    'require "rails"; %w[active_record/railtie sqlite3 pg mysql2].each { |each| require each }; print Rails.version';
  try {
    const { stdout } = await start('ruby', ['-W0', '-e', asked]);
    return { here: true, it: railsRunner(stdout) };
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return { here: false, because: `Rails with its three drivers is not installed: ${said}` };
  }
}

function railsRunner(version: string): FrameworkRunner {
  const argv = (project: FixtureProject, ...words: readonly string[]) => ['ruby', '-W0', ...project.command, ...words];
  // The working tree has a schema file only where a test wants one: what Rails writes by itself would be in everyone's way.
  const there = ({ engine, url }: FixtureDatabase, env: Env): Env => ({
    ...env,
    SCHEMA: '/dev/null',
    ...(engine === 'sqlite' ? {} : { DATABASE_URL: url.replace(/^mysql:/, 'mysql2:') }),
  });
  return {
    version,
    path: null,
    install: () => undefined,
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'db:migrate'), folder, there(database, env));
    },
    status: async (project, folder, database, env) => {
      const { code, output } = await run(argv(project, 'db:migrate:status'), folder, there(database, env));
      return { clean: code === 0 && /^ +up /m.test(output) && !/^ +down |NO FILE/m.test(output), said: output };
    },
  };
}
