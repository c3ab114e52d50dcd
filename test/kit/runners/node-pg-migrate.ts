/** The real node-pg-migrate, from npm: its `node_modules` is linked into the project. */
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { npmPackages } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

const PINNED = { 'node-pg-migrate': '9.0.0', pg: '8.23.1' } as const;

/** node-pg-migrate, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await npmPackages('node-pg-migrate', PINNED);
  return tools.here ? { here: true, it: nodePgMigrateRunner(join(tools.it.folder, 'node_modules')) } : tools;
}

function nodePgMigrateRunner(modules: string): FrameworkRunner {
  const argv = (project: FixtureProject, ...words: readonly string[]) => [
    'node_modules/.bin/node-pg-migrate',
    ...words,
    ...project.command,
  ];
  return {
    version: PINNED['node-pg-migrate'],
    path: null,
    install: folder => {
      if (!existsSync(join(folder, 'node_modules'))) symlinkSync(modules, join(folder, 'node_modules'));
    },
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'up'), folder, pointedEnv(database.engine, database.url, env));
    },
    // It has no status command: what a dry run would do is asked for.
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'up', '--dry-run'), folder, there);
      return { clean: code === 0 && output.includes('No migrations to run!'), said: output };
    },
  };
}
