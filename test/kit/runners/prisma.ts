/** The real Prisma from npm, with the schema engine that is part of its package: the native one would be downloaded. */
import { chmodSync, existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import type { FixtureDatabase } from '../fixture-database.ts';
import { type Env, type FixtureProject, type FrameworkRunner, must } from '../fixture-run.ts';
import { npmPackages } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

const PINNED = { prisma: '6.19.3', '@prisma/adapter-libsql': '6.19.3' } as const;

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
  // It looks for the native engines at its start, though the configuration asks for the other one.
  const unused = join(folder, 'no-native-engine');
  const pointed = ({ file }: FixtureDatabase, env: Env): Env => ({
    ...env,
    SHOP_DATABASE_URL: `file:${file ?? ''}`,
    PRISMA_QUERY_ENGINE_LIBRARY: unused,
    PRISMA_SCHEMA_ENGINE_BINARY: unused,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  });
  return {
    version: PINNED.prisma,
    path: null,
    install: project => {
      if (!existsSync(unused)) writeFileSync(unused, '#!/bin/sh\nexit 0\n');
      chmodSync(unused, 0o755);
      const modules = join(project, 'node_modules');
      if (!existsSync(modules)) symlinkSync(join(folder, 'node_modules'), modules);
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
