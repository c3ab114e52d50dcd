/** The real MikroORM, from npm: its `node_modules` is linked into the project. */
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { npmPackages } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

/** Its command runs TypeScript through tsx. better-sqlite3 comes along with its driver, in a version that is not compiled. */
const PINNED = {
  '@mikro-orm/core': '7.2.1',
  '@mikro-orm/cli': '7.2.1',
  '@mikro-orm/migrations': '7.2.1',
  '@mikro-orm/sqlite': '7.2.1',
  '@mikro-orm/postgresql': '7.2.1',
  '@mikro-orm/mariadb': '7.2.1',
  tsx: '4.23.15',
} as const;

/** MikroORM, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await npmPackages('mikro-orm', PINNED);
  return tools.here ? { here: true, it: mikroOrmRunner(join(tools.it.folder, 'node_modules')) } : tools;
}

function mikroOrmRunner(modules: string): FrameworkRunner {
  const argv = (project: FixtureProject, ...words: readonly string[]) => [
    'node_modules/.bin/mikro-orm',
    ...words,
    ...project.command,
  ];
  return {
    version: PINNED['@mikro-orm/core'],
    path: null,
    install: folder => {
      if (!existsSync(join(folder, 'node_modules'))) symlinkSync(modules, join(folder, 'node_modules'));
    },
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'migration:up'), folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'migration:pending'), folder, there);
      return { clean: code === 0 && output.includes('No pending migrations'), said: output };
    },
  };
}
