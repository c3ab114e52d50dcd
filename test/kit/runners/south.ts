/** The real South 1.0 on Django 1.6, in a virtualenv of Python 3.11 or older with what that Python lacks put back. */
import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { pythonPackages } from '../toolchains/python.ts';
import { run } from '../toolchains/recipe.ts';

/** The last versions there are. PyMySQL stands in for mysqlclient. */
const PINNED = { Django: '1.6.11', South: '1.0.2', 'psycopg2-binary': '2.9.13', PyMySQL: '1.2.4' } as const;

const start = promisify(execFile);

/** South imports `imp`, which Python 3.12 no longer has. */
const OLD_ENOUGH =
  'import sys; assert sys.version_info < (3, 12); print(f"{sys.version_info.major}.{sys.version_info.minor}")';

/** South, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  for (const python of ['python3.11', 'python3.10', 'python3.9', 'python3']) {
    const version = await start(python, ['-c', OLD_ENOUGH]).then(
      ({ stdout }) => stdout.trim(),
      () => null,
    );
    if (version === null) continue;
    // Both are sources only: their own setup.py builds them.
    const tools = await pythonPackages('south', PINNED, [], python);
    if (!tools.here) return tools;
    const shim = join(import.meta.dirname, '../toolchains/south-sitecustomize.py');
    copyFileSync(shim, join(tools.it.bin, '../lib', `python${version}`, 'site-packages/sitecustomize.py'));
    return { here: true, it: southRunner(tools.it.bin, PINNED.South) };
  }
  return { here: false, because: 'South runs on Python 3.11 and older only, and there is none' };
}

function southRunner(bin: string, version: string): FrameworkRunner {
  const python = join(bin, 'python');
  const argv = (project: FixtureProject, ...words: readonly string[]) => [
    python,
    '-W',
    'ignore',
    ...project.command,
    ...words,
  ];
  return {
    version,
    path: bin,
    install: () => undefined,
    apply: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      await must(argv(project, 'syncdb', '--noinput'), folder, there);
      await must(argv(project, 'migrate', '--noinput', '--ignore-ghost-migrations'), folder, there);
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const shown = await run(argv(project, 'migrate', '--list'), folder, there);
      // The list has files only; a row without one is a ghost, which South stops at.
      const { code, output } = await run(argv(project, 'migrate', '--noinput', '--db-dry-run'), folder, there);
      return { clean: code === 0 && !/^ +\( \)/m.test(shown.output), said: shown.output + output };
    },
  };
}
