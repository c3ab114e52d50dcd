/** The real TypeORM with ts-node, from npm: its `node_modules` is linked into the project. */
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { npmPackages } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

/** better-sqlite3 13 brings its binaries along; TypeORM asks for 12. ts-node needs a TypeScript that is written in JavaScript. */
const PINNED = {
  typeorm: '1.1.1',
  'reflect-metadata': '0.2.2',
  'ts-node': '10.9.2',
  typescript: '5.9.3',
  tsx: '4.23.15',
  pg: '8.23.1',
  mysql2: '3.24.5',
  'better-sqlite3': '13.2.0',
} as const;

/** TypeORM, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await npmPackages('typeorm', PINNED, ['--legacy-peer-deps']);
  return tools.here ? { here: true, it: typeormRunner(join(tools.it.folder, 'node_modules')) } : tools;
}

function typeormRunner(modules: string): FrameworkRunner {
  const argv = (project: FixtureProject, ...words: readonly string[]) => [
    'node_modules/.bin/typeorm-ts-node-commonjs',
    ...words,
    ...project.command,
  ];
  return {
    version: PINNED.typeorm,
    path: null,
    install: folder => {
      if (!existsSync(join(folder, 'node_modules'))) symlinkSync(modules, join(folder, 'node_modules'));
    },
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'migration:run'), folder, pointedEnv(database.engine, database.url, env));
    },
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const { code, output } = await run(argv(project, 'migration:show'), folder, there);
      return { clean: code === 0 && output.includes('[X]') && !output.includes('[ ]'), said: output };
    },
  };
}
