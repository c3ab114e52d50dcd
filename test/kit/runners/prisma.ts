/** The real Prisma from npm, with the schema engine that is part of its package: the native one would be downloaded. */
import { chmodSync, existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { type Env, type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { npmPackages } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

const PINNED = { prisma: '6.19.3', '@prisma/adapter-libsql': '6.19.3', '@prisma/adapter-pg': '6.19.3' } as const;

const unusedEngine = (modules: string): string => join(modules, '../no-native-engine');

/** What keeps Prisma from downloading: it looks for the native engines at its start, though the configuration asks for the other one. */
export const withoutNative = (modules: string): Env => ({
  PRISMA_QUERY_ENGINE_LIBRARY: unusedEngine(modules),
  PRISMA_SCHEMA_ENGINE_BINARY: unusedEngine(modules),
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
});

/** Prisma, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await npmPackages('prisma', PINNED, ['--ignore-scripts']);
  return tools.here ? { here: true, it: prismaRunner(tools.it.folder) } : tools;
}

function prismaRunner(folder: string): FrameworkRunner {
  const argv = ({ command }: FixtureProject, ...words: readonly string[]) => [
    process.execPath,
    'node_modules/prisma/build/index.js',
    ...words,
    ...command,
  ];
  const pointed = ({ engine, url, file }: FixtureDatabase, env: Env): Env => ({
    ...pointedEnv(engine, url, env),
    SHOP_DATABASE_URL: `file:${file ?? ''}`,
    ...withoutNative(join(folder, 'node_modules')),
  });
  return {
    version: PINNED.prisma,
    path: null,
    install: project => {
      const modules = join(folder, 'node_modules');
      const unused = unusedEngine(modules);
      if (!existsSync(unused)) writeFileSync(unused, '#!/bin/sh\nexit 0\n');
      chmodSync(unused, 0o755);
      const linked = join(project, 'node_modules');
      if (!existsSync(linked)) symlinkSync(modules, linked);
    },
    apply: async (project, cwd, database, env) => {
      await must(argv(project, 'migrate', 'deploy'), cwd, pointed(database, env));
    },
    status: async (project, cwd, database, env) => {
      const { code, output } = await run(argv(project, 'migrate', 'status'), cwd, pointed(database, env));
      return { clean: code === 0 && output.includes('Database schema is up to date!'), said: output };
    },
  };
}
