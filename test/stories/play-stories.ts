/** Plays random stories on one engine and compares what Tidemark leaves with the model: history, schema, and the rows of everything that stayed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSchemas, type Schema, sameSchema } from '../../src/domain/schema.ts';
import { dice } from '../git/random-history.ts';
import type { CliPlace } from '../kit/cli.ts';
import { abortAgreedHere, reconcileAgreedHere, tidemarkHere } from '../kit/cli-here.ts';
import type { FixtureDatabase, FixtureEngine } from '../kit/fixture-database.ts';
import { play } from '../kit/kill-points.ts';
import { newStory, type Story } from '../kit/story.ts';
import { statementsOf, thingOf } from './migrations.ts';
import { appliedIn, HISTORY, onDisk, tell } from './random-story.ts';

/** Kill points that even the shortest run has: one step of SQL. */
const POINTS = 13;

/** How a story ended. `wrong` is empty when the database is what the model says. */
export interface StoryEnd {
  readonly seed: number;
  readonly wrong: readonly string[];
  /** Was its last run killed at a random point and taken up again? */
  readonly killed: boolean;
  /** Did its last reconcile find an orphan or something pending? */
  readonly worked: boolean;
  readonly log: readonly string[];
}

/** Plays one story. The last run of two in five is killed at a random step; those that have work to do are a third of all. */
async function playStory(seed: number, on: FixtureEngine, model: FixtureDatabase): Promise<StoryEnd> {
  await using story = await newStory();
  const file = join(story.root, 'story.db');
  const database = await on.make(file);
  const log: string[] = [];
  const wrong: string[] = [];
  const roll = dice(seed);
  const place = { cwd: story.root, env: { ...story.env, TIDEMARK_DATABASE_URL: database.url } };
  const checked = async (act: () => Promise<void>): Promise<void> => {
    const before = await rowsOf(story, database);
    await act();
    wrong.push(...(await complaints(story, database, model, before)));
  };
  const agreed = async (): Promise<void> => {
    const end = await reconcileAgreedHere(place);
    if (end.code !== 0) wrong.push(`reconcile ended with ${end.code}: ${end.stdout}${end.stderr}`);
  };
  let killed = false;
  let worked = false;
  try {
    await database.query(`CREATE TABLE ${HISTORY} (version VARCHAR(128) PRIMARY KEY)`);
    const telling = {
      ...{ story, database, roll, engine: on.engine, log: (line: string) => void log.push(line) },
      reconcile: () => checked(agreed),
      look: async () => void (await tidemarkHere(place, 'status')),
    };
    await tell(telling, 8 + roll(12));
    worked = [...onDisk(story).keys()].join() !== (await appliedIn(database)).join();
    await checked(async () => {
      if (seed % 5 < 2) {
        const fixture = { env: place.env, story };
        const point = 1 + roll(POINTS);
        const end = await play(fixture, 'reconcile', database.url, point);
        killed = end.signal === 'SIGKILL';
        log.push(killed ? `reconcile, killed at point ${point}` : `reconcile, which has fewer points than ${point}`);
        if (killed) wrong.push(...(await takeUp(place, on)));
        else if (end.code !== 0) wrong.push(`reconcile ended with ${end.code}: ${end.said}`);
      }
      await agreed();
    });
  } catch (error) {
    wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await database.drop();
  }
  return { seed, wrong, killed, worked, log };
}

/**
 * Takes up a run that was killed. MariaDB commits a schema change by itself, and where that was done and its row was not yet gone, resume does
 * not guess: then the run is aborted, which puts the backup back.
 */
async function takeUp(place: CliPlace, on: FixtureEngine): Promise<readonly string[]> {
  const resumed = await tidemarkHere(place, 'resume');
  // 2: killed before its first word or after its last, so that there is nothing to take up.
  if (resumed.code === 0 || resumed.code === 2) return [];
  const said = `resume ended with ${resumed.code}: ${resumed.stdout}${resumed.stderr}`;
  if (on.engine !== 'mysql' || resumed.code !== 3 || !resumed.stderr.includes('left half done')) return [said];
  const aborted = await abortAgreedHere(place);
  return aborted.code === 0 ? [] : [said, `abort ended with ${aborted.code}: ${aborted.stdout}${aborted.stderr}`];
}

/** Rows of every table that a file on disk or in the table stands for, by the text that made it. */
async function rowsOf(story: Story, database: FixtureDatabase): Promise<ReadonlyMap<string, string>> {
  const applied = new Set(await appliedIn(database));
  const rows = new Map<string, string>();
  for (const text of onDisk(story).values()) {
    const { kind, name } = thingOf(text);
    if (kind !== 'table') continue;
    try {
      rows.set(name, JSON.stringify(await database.query(`SELECT id, note FROM ${name} ORDER BY id`)));
    } catch {
      // Not there yet: it is pending.
      if (applied.has(name)) throw new Error(`${name} is gone`);
    }
  }
  return rows;
}

async function complaints(
  story: Story,
  database: FixtureDatabase,
  model: FixtureDatabase,
  before: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const files = onDisk(story);
  const [applied, wanted] = [(await appliedIn(database)).join(), [...files.keys()].join()];
  if (applied !== wanted) wrong.push(`the table has ${applied}, and the files are ${wanted}`);
  const difference = compareSchemas(await schemaOf(files, model), await database.schema(HISTORY));
  if (!sameSchema(difference)) wrong.push(`the schema differs: ${JSON.stringify(difference)}`);
  for (const [table, rows] of before) {
    const now = JSON.stringify(await database.query(`SELECT id, note FROM ${table} ORDER BY id`));
    if (now !== rows) wrong.push(`${table} had ${rows} and has ${now}`);
  }
  return wrong;
}

/** The schema that these files make of an empty database. */
async function schemaOf(files: ReadonlyMap<string, string>, model: FixtureDatabase): Promise<Schema> {
  const things = [...files.values()].map(thingOf);
  try {
    for (const thing of things) await model.query(statementsOf(thing, model.engine).up);
    return await model.schema(HISTORY);
  } finally {
    for (const { kind, name } of things) if (kind === 'table') await model.query(`DROP TABLE IF EXISTS ${name}`);
  }
}

/** How many stories: so many, or as many as can be begun in some seconds, and always one. */
export type HowMany = { readonly count: number } | { readonly seconds: number };

/** Plays stories one after the other, from one seed on. */
export async function playStories(first: number, many: HowMany, on: FixtureEngine): Promise<readonly StoryEnd[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-model-'));
  const model = await on.make(join(folder, 'model.db'));
  const ends: StoryEnd[] = [];
  const began = performance.now();
  const isEnough = (): boolean =>
    'count' in many ? ends.length >= many.count : performance.now() - began > many.seconds * 1000;
  try {
    do ends.push(await playStory(first + ends.length, on, model));
    while (!isEnough());
  } finally {
    await model.drop();
    rmSync(folder, { recursive: true });
  }
  return ends;
}

/** What a story that went wrong says: enough to play it again. */
export const toldWrong = ({ seed, wrong, log }: StoryEnd): string =>
  `seed ${seed}:\n  ${wrong.join('\n  ')}\n  story: ${log.join('; ')}`;
