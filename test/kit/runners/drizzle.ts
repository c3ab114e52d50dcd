/** The real drizzle-kit, from npm: its `node_modules` is linked into the project. */
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Available } from '../available.ts';
import { type FixtureProject, type FrameworkRunner, must, pointedEnv } from '../fixture-run.ts';
import { npmPackages } from '../toolchains/node.ts';
import { run } from '../toolchains/recipe.ts';

const PINNED = {
  'drizzle-kit': '0.31.11',
  'drizzle-orm': '0.45.4',
  pg: '8.23.1',
  mysql2: '3.24.5',
  'better-sqlite3': '13.2.0',
} as const;

/** drizzle-kit, or why it is not here. */
export async function runner(): Promise<Available<FrameworkRunner>> {
  const tools = await npmPackages('drizzle', PINNED, ['--legacy-peer-deps']);
  return tools.here ? { here: true, it: drizzleRunner(join(tools.it.folder, 'node_modules')) } : tools;
}

function drizzleRunner(modules: string): FrameworkRunner {
  const argv = (project: FixtureProject, word: string) => ['node_modules/.bin/drizzle-kit', word, ...project.command];
  return {
    version: `${PINNED['drizzle-orm']}, kit ${PINNED['drizzle-kit']}`,
    path: null,
    install: folder => {
      if (!existsSync(join(folder, 'node_modules'))) symlinkSync(modules, join(folder, 'node_modules'));
    },
    apply: async (project, folder, database, env) => {
      await must(argv(project, 'migrate'), folder, pointedEnv(database.engine, database.url, env));
    },
    // It has no status command: its files are in order, and it finds nothing to apply.
    status: async (project, folder, database, env) => {
      const there = pointedEnv(database.engine, database.url, env);
      const rows = () => database.query(`SELECT hash, created_at FROM ${project.historyTable} ORDER BY created_at`);
      const before = await rows();
      const checked = await run(argv(project, 'check'), folder, there);
      const migrated = await run(argv(project, 'migrate'), folder, there);
      const said = checked.output + migrated.output;
      const same = JSON.stringify(await rows()) === JSON.stringify(before);
      return { clean: checked.code === 0 && said.includes("Everything's fine") && migrated.code === 0 && same, said };
    },
  };
}
