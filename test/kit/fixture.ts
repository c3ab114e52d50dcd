/**
 * Builds the situations of `fixtures-repos/`: a real repository with repeatable commit ids, told by `story.json`, and databases that
 * really ran the framework at the points of the story where it says so. The format is described in `fixtures-repos/README.md`.
 */
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { z } from 'zod';
import type { Available } from './available.ts';
import { EMBEDDED } from './embedded-runner.ts';
import { type FixtureDatabase, type FixtureEngine, SQLITE } from './fixture-database.ts';
import {
  type FixtureProject,
  type FrameworkRunner,
  type FrameworkStatus,
  frameworkRunner,
  pathWith,
} from './fixture-run.ts';
import { newStory, type SavedStory, type Story, toldAgain } from './story.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures-repos');

const tree = {
  /** Folders below `files/` that are copied over the working tree, in order. `{engine}` is filled in. */
  lay: z.array(z.string()).optional(),
  remove: z.array(z.string()).optional(),
  move: z.record(z.string(), z.string()).optional(),
};
const made = { ...tree, by: z.string().optional(), as: z.string().optional() };

const eventSchema = z.union([
  z.strictObject({ commit: z.string(), ...made }),
  z.strictObject({ amend: z.string(), ...made }),
  z.strictObject({ merge: z.array(z.string()), message: z.string().optional(), ...made }),
  z.strictObject({ branch: z.string() }),
  z.strictObject({ switch: z.string() }),
  z.strictObject({ tag: z.string() }),
  z.strictObject({ stash: z.string(), ...tree }),
  z.strictObject({ wait: z.number() }),
  z.strictObject({ apply: z.string(), holding: z.array(z.string()).optional() }),
  z.strictObject({ rows: z.string(), sql: z.array(z.string()) }),
  z.strictObject({ leave: z.strictObject({ ...tree, stage: z.boolean().optional() }) }),
]);

const storySchema = z.strictObject({
  about: z.string(),
  engines: z.array(z.enum(['sqlite', 'postgres', 'mysql'])),
  projects: z.array(
    z.strictObject({
      framework: z.string(),
      root: z.string(),
      sqlite: z.string(),
      historyTable: z.string(),
      command: z.array(z.string()),
    }),
  ),
  events: z.array(eventSchema),
});

type Event = z.infer<typeof eventSchema>;
type Tree = { readonly [Key in keyof typeof tree]?: z.infer<(typeof tree)[Key]> };

/** A repository and its databases at the end of a story. Dispose of it at the end (`await using`). */
export interface Fixture extends AsyncDisposable {
  readonly story: Story;
  readonly projects: readonly FixtureProject[];
  /** Commits that the story names (`as`), by name. */
  readonly commits: Readonly<Record<string, string>>;
  /** The environment to start Tidemark in: cleared, with the frameworks on PATH and, on servers, `DATABASE_URL`. */
  readonly env: Readonly<Record<string, string>>;
  /** The database of a project; of the only one when no root is given. */
  database(root?: string): FixtureDatabase;
  /** Runs the framework once more on the working tree as it is. */
  apply(root?: string): Promise<void>;
  status(root?: string): Promise<FrameworkStatus>;
  /** A new database made by the framework alone from the working tree as it is now. */
  fresh(root?: string): Promise<FixtureDatabase>;
}

/** Frameworks a fixture needs, installed, or why one is not here. */
export async function fixtureTools(name: string): Promise<Available<ReadonlyMap<string, FrameworkRunner>>> {
  const runners = new Map<string, FrameworkRunner>();
  for (const { framework } of readStory(name).projects) {
    const runner = await frameworkRunner(framework);
    if (!runner.here) return runner;
    runners.set(framework, runner.it);
  }
  return { here: true, it: runners };
}

/** For dbmate-style fixtures on SQLite: no tool at all, Tidemark's own runner applies the files. */
export const NO_TOOLS: ReadonlyMap<string, FrameworkRunner> = new Map([['dbmate', EMBEDDED]]);

/** Reads and checks a `story.json`. `name` is `<framework>/<situation>`. */
export function readStory(name: string): z.infer<typeof storySchema> {
  return storySchema.parse(JSON.parse(readFileSync(join(FIXTURES, name, 'story.json'), 'utf8')));
}

/** Fixtures on SQLite that this process has built: everything there is lies in the story's folder, so a copy of that is the same. */
const built = new Map<string, { readonly saved: SavedStory; readonly commits: Readonly<Record<string, string>> }>();

/** Builds a fixture on one engine. */
export async function buildFixture(
  name: string,
  engine: FixtureEngine = SQLITE,
  tools: ReadonlyMap<string, FrameworkRunner> = NO_TOOLS,
): Promise<Fixture> {
  const told = readStory(name);
  if (!told.engines.includes(engine.engine)) throw new Error(`${name} is not told for ${engine.engine}`);
  const key = JSON.stringify([name, [...tools].map(([tool, { version }]) => [tool, version])]);
  const before = engine.engine === 'sqlite' ? built.get(key) : undefined;
  const again = before === undefined ? null : toldAgain(before.saved);
  const story = again ?? (await newStory());
  const runners = [...tools.values()];
  const env = { ...story.env, PATH: pathWith(runners, story.env['PATH'] ?? '') };
  const databases = new Map<string, FixtureDatabase>();
  const extra: FixtureDatabase[] = [];
  const commits: Record<string, string> = again === null ? {} : { ...before?.commits };
  const dispose = async () => {
    for (const database of [...databases.values(), ...extra]) await database.drop();
    await story.dispose();
  };
  const projectAt = (root = told.projects[0]?.root): FixtureProject => {
    const found = told.projects.find(project => project.root === root);
    if (found === undefined) throw new Error(`${name} has no project in ${root}`);
    return found;
  };
  const runnerOf = ({ framework }: FixtureProject): FrameworkRunner => {
    const runner = tools.get(framework);
    if (runner === undefined) throw new Error(`nothing was given to run ${framework}`);
    return runner;
  };
  const database = (root?: string): FixtureDatabase => {
    const found = databases.get(projectAt(root).root);
    if (found === undefined) throw new Error('there is no database yet');
    return found;
  };
  const apply = async (root?: string) => {
    const project = projectAt(root);
    const folder = join(story.root, project.root);
    runnerOf(project).install(folder);
    await runnerOf(project).apply(project, folder, database(root), env);
  };
  try {
    for (const { root, sqlite } of told.projects) databases.set(root, await engine.make(join(story.root, sqlite)));
    if (again === null) for (const event of told.events) await happen(event);
    if (engine.engine === 'sqlite' && before === undefined) built.set(key, { saved: story.save(), commits });
  } catch (error) {
    await dispose();
    throw error;
  }
  const url = engine.engine === 'sqlite' ? {} : { DATABASE_URL: database().url };
  return {
    story,
    projects: told.projects,
    commits,
    env: { ...env, ...url },
    database,
    apply,
    status: root => {
      const project = projectAt(root);
      return runnerOf(project).status(project, join(story.root, project.root), database(root), env);
    },
    async fresh(root) {
      const project = projectAt(root);
      const copy = join(story.outside, `fresh-${extra.length}`);
      const leftOut = (path: string) => /^(\.git|node_modules|__pycache__)$|\.db$/.test(basename(path));
      cpSync(story.root, copy, { recursive: true, filter: path => !leftOut(path) });
      const made = await engine.make(join(copy, project.sqlite));
      extra.push(made);
      const folder = join(copy, project.root);
      runnerOf(project).install(folder);
      await runnerOf(project).apply(project, folder, made, env);
      return made;
    },
    [Symbol.asyncDispose]: dispose,
  };

  async function happen(event: Event): Promise<void> {
    if ('commit' in event) {
      change(event);
      note(event.as, await story.commit(event.commit, by(event.by)));
    } else if ('amend' in event) {
      change(event);
      note(event.as, await story.amend(event.amend, by(event.by)));
    } else if ('merge' in event) {
      const message = event.message === undefined ? {} : { message: event.message };
      const resolve = () => change(event);
      note(event.as, await story.merge(event.merge, { ...by(event.by), ...message, resolve }));
    } else if ('branch' in event) await story.branch(event.branch);
    else if ('switch' in event) await story.switch(event.switch);
    else if ('tag' in event) await story.tag(event.tag);
    else if ('wait' in event) story.wait(event.wait);
    else if ('stash' in event) {
      change(event);
      await story.stash(event.stash);
    } else if ('rows' in event) for (const sql of event.sql) await database(event.rows).query(sql);
    else if ('leave' in event) {
      change(event.leave);
      if (event.leave.stage === true) await story.git('add', '--all');
    } else {
      for (const folder of event.holding ?? []) lay(folder);
      await apply(event.apply);
      // `git clean` would take the database and the installed programs along.
      for (const folder of event.holding ?? []) for (const path of filesIn(folder)) story.remove(path);
    }
  }

  function change({ lay: folders, remove, move }: Tree): void {
    for (const folder of folders ?? []) lay(folder);
    for (const [from, to] of Object.entries(move ?? {})) story.move(from, to);
    for (const path of remove ?? []) if (existsSync(join(story.root, path))) story.remove(path);
  }

  function lay(folder: string): void {
    const from = join(FIXTURES, name, 'files', folder.replaceAll('{engine}', engine.engine));
    cpSync(from, story.root, { recursive: true, errorOnExist: false });
  }

  function filesIn(folder: string): readonly string[] {
    return listed(join(FIXTURES, name, 'files', folder));
  }

  function note(as: string | undefined, commit: string): void {
    if (as !== undefined) commits[as] = commit;
  }
}

const by = (author: string | undefined) => (author === undefined ? {} : { author });

const listed = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)));
