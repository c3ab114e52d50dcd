/** The real Flask-Migrate with Flask-SQLAlchemy, in a virtualenv of its own. */
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type Env, type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { type PythonPackages, pythonPackages } from '../toolchains/python.ts';
import { run } from '../toolchains/recipe.ts';

/** Flask-SQLAlchemy 3.1 is made for SQLAlchemy 2.0. */
const PINNED = {
  Flask: '3.1.3',
  'Flask-SQLAlchemy': '3.1.1',
  'Flask-Migrate': '4.1.0',
  SQLAlchemy: '2.0.44',
  alembic: '1.20.1',
  PyMySQL: '1.2.4',
  'psycopg2-binary': '2.9.13',
} as const;

/** The virtualenv, or why it is not here. */
const flaskToolchain = (): Promise<Available<PythonPackages<typeof PINNED>>> => pythonPackages('flask', PINNED);

/** Flask-Migrate, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await flaskToolchain();
  return tools.here ? { here: true, it: flaskRunner(tools.it.bin, tools.it.versions['Flask-Migrate']) } : tools;
}

function flaskRunner(bin: string, version: string): FrameworkRunner {
  const said = (project: FixtureProject, word: string, folder: string, env: Env) =>
    run([join(bin, 'flask'), ...project.command, word], folder, env);
  return {
    version,
    path: bin,
    install: () => undefined,
    apply: async (project, folder, database, env) => {
      const argv = [join(bin, 'flask'), ...project.command, 'upgrade', 'heads'];
      await must(argv, folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const [current, heads] = [
        await said(project, 'current', folder, there),
        await said(project, 'heads', folder, there),
      ];
      const ids = ({ output }: { readonly output: string }) =>
        [...output.matchAll(/^(\w+) \(head\)$/gm)].map(each => each[1]).sort();
      const same = ids(current).length > 0 && ids(current).join() === ids(heads).join();
      return { clean: current.code === 0 && same, said: current.output + heads.output };
    },
  };
}
