/** What a bare framework's own rollback does on the database of a situation, and what Tidemark does on the same one. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliEnd, reconcileAgreed, tidemark } from '../kit/cli.ts';
import { buildFixture, type Fixture } from '../kit/fixture.ts';
import { type FixtureEngine, SQLITE } from '../kit/fixture-database.ts';
import { type FrameworkRunner, pointedEnv } from '../kit/fixture-run.ts';
import { run } from '../kit/toolchains/recipe.ts';

/** A situation, and what can be done in it. */
export interface Hazard {
  readonly fixture: Fixture;
  /** Runs a command in the project's folder, as a user would. */
  bare(...argv: readonly string[]): ReturnType<typeof run>;
  /** Values of the history table's column `name`, sorted. */
  names(): Promise<readonly string[]>;
  /** Tables of the database besides the history table. */
  tables(): Promise<readonly string[]>;
  /** Remembers a SQLite database as it is now. */
  keep(): void;
  /** Puts it back as it was when it was kept last. */
  restore(): void;
  tidemark(...words: readonly string[]): Promise<CliEnd>;
  /** `tidemark reconcile`, agreed to. */
  reconcile(...words: readonly string[]): Promise<CliEnd>;
}

/** Builds a situation and hands it over. */
export async function inHazard(
  name: string,
  runners: ReadonlyMap<string, FrameworkRunner>,
  act: (hazard: Hazard) => Promise<void>,
  engine: FixtureEngine = SQLITE,
): Promise<void> {
  await using fixture = await buildFixture(name, engine, runners);
  const [project] = fixture.projects;
  if (project === undefined) throw new Error(`${name} has no project`);
  const { root, historyTable } = project;
  const database = fixture.database();
  const kept = join(fixture.story.outside, 'kept.db');
  const quote = engine.engine === 'mysql' ? '`' : '"';
  const place = { cwd: fixture.story.root, env: fixture.env };
  const env = pointedEnv(engine.engine, database.url, fixture.env);
  await act({
    fixture,
    bare: (...argv) => run(argv, join(fixture.story.root, root), env),
    names: async () => {
      const rows = await database.query(`SELECT name FROM ${quote}${historyTable}${quote}`);
      return rows.map(row => String(row['name'])).sort();
    },
    tables: async () =>
      (await database.schema(historyTable)).filter(each => each.kind === 'table').map(each => each.name),
    keep: () => copyFileSync(database.file ?? '', kept),
    restore: () => copyFileSync(kept, database.file ?? ''),
    tidemark: (...words) => tidemark(place, ...words),
    reconcile: (...words) => reconcileAgreed(place, ...words),
  });
}
