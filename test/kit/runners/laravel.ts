/** Debian's Laravel, on a thin application that does without Composer: the packages that `install-servers.sh` installs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { type Env, type FixtureProject, type FrameworkRunner, must } from '../fixture-run.ts';
import { run } from '../toolchains/recipe.ts';

const start = promisify(execFile);

/** Laravel 8 on PHP 8.2: what it uses is deprecated there, and said so line by line. */
const QUIET = ['-d', 'error_reporting=24575'];

/** Laravel, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const asked = `require 'Illuminate/autoload.php'; foreach (['sqlite', 'pgsql', 'mysql'] as $each) { if (! in_array($each, PDO::getAvailableDrivers())) { fwrite(STDERR, "no PDO driver for $each"); exit(1); } } echo Illuminate\\Foundation\\Application::VERSION;`;
  try {
    const { stdout } = await start('php', [...QUIET, '-r', asked]);
    return { here: true, it: laravelRunner(stdout) };
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return { here: false, because: `Laravel with its three drivers is not installed: ${said}` };
  }
}

function laravelRunner(version: string): FrameworkRunner {
  const argv = (project: FixtureProject, ...words: readonly string[]) => [
    'php',
    ...QUIET,
    ...project.command,
    ...words,
  ];
  const there = ({ engine, url }: FixtureDatabase, env: Env): Env =>
    engine === 'sqlite' ? env : { ...env, DATABASE_URL: url, DB_CONNECTION: engine === 'mysql' ? 'mysql' : 'pgsql' };
  return {
    version,
    path: null,
    install: () => undefined,
    apply: async (project, folder, database, env) => {
      // Laravel makes no SQLite database: it opens one that is there.
      if (database.file !== null) await database.query('SELECT 1');
      await must(argv(project, 'migrate', '--force'), folder, there(database, env));
    },
    status: async (project, folder, database, env) => {
      const { code, output } = await run(argv(project, 'migrate:status'), folder, there(database, env));
      const rows = await database.query(`SELECT migration FROM ${project.historyTable}`);
      const listed = output.match(/^\| Yes +\|/gm)?.length ?? 0;
      // Rows without a file are not listed.
      return { clean: code === 0 && !/^\| No +\|/m.test(output) && listed === rows.length, said: output };
    },
  };
}
