/** The real kysely-ctl, from npm: its `node_modules` is linked into the project. */
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { npmPackages } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

const PINNED = {
  kysely: '0.29.9',
  'kysely-ctl': '0.21.0',
  pg: '8.23.1',
  mysql2: '3.24.5',
  'better-sqlite3': '13.2.0',
} as const;

/** kysely-ctl, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await npmPackages('kysely', PINNED, ['--legacy-peer-deps']);
  return tools.here ? { here: true, it: kyselyRunner(join(tools.it.folder, 'node_modules')) } : tools;
}

function kyselyRunner(modules: string): FrameworkRunner {
  const argv = (project: FixtureProject, ...words: readonly string[]) => [
    'node_modules/.bin/kysely',
    ...project.command,
    'migrate',
    ...words,
    '--no-outdated-check',
  ];
  return {
    version: `${PINNED.kysely}, ctl ${PINNED['kysely-ctl']}`,
    path: null,
    install: folder => {
      if (!existsSync(join(folder, 'node_modules'))) symlinkSync(modules, join(folder, 'node_modules'));
    },
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'latest'), folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'list', '--fail-on-pending'), folder, there);
      return { clean: code === 0 && output.includes('[✓]') && !output.includes('[ ]'), said: output };
    },
  };
}
