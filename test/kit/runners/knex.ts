/** The real Knex, from npm: its `node_modules` is linked into the project. */
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { nodeToolchain } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

/** Knex, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await nodeToolchain();
  return tools.here
    ? { here: true, it: knexRunner(join(tools.it.folder, 'node_modules'), tools.it.versions.knex) }
    : tools;
}

function knexRunner(modules: string, version: string): FrameworkRunner {
  const argv = (project: FixtureProject, ...words: readonly string[]) => [
    'node_modules/.bin/knex',
    ...project.command,
    ...words,
  ];
  return {
    version,
    path: null,
    install: folder => {
      if (!existsSync(join(folder, 'node_modules'))) symlinkSync(modules, join(folder, 'node_modules'));
    },
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'migrate:latest'), folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'migrate:list'), folder, there);
      return { clean: code === 0 && output.includes('No Pending Migration files Found.'), said: output };
    },
  };
}
