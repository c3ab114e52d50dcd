/** The real sequelize-cli, from npm: its `node_modules` is linked into the project. */
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { npmPackages } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

/** The `sqlite3` that Sequelize asks for would be compiled for minutes: this one has the same interface, and brings its binaries along. */
const PINNED = {
  sequelize: '6.37.8',
  'sequelize-cli': '6.6.5',
  pg: '8.23.1',
  'pg-hstore': '2.3.4',
  mysql2: '3.24.5',
  sqlite3: 'npm:@appthreat/sqlite3@9.0.2',
} as const;

/** sequelize-cli, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await npmPackages('sequelize', PINNED);
  return tools.here ? { here: true, it: sequelizeRunner(join(tools.it.folder, 'node_modules')) } : tools;
}

function sequelizeRunner(modules: string): FrameworkRunner {
  const argv = (project: FixtureProject, ...words: readonly string[]) => [
    'node_modules/.bin/sequelize-cli',
    ...project.command,
    ...words,
  ];
  return {
    version: `${PINNED.sequelize}, cli ${PINNED['sequelize-cli']}`,
    path: null,
    install: folder => {
      if (!existsSync(join(folder, 'node_modules'))) symlinkSync(modules, join(folder, 'node_modules'));
    },
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'db:migrate'), folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'db:migrate:status'), folder, there);
      return { clean: code === 0 && /^up /m.test(output) && !/^down /m.test(output), said: output };
    },
  };
}
