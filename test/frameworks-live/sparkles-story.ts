/** The story Tidemark exists for, played with a real framework through the built command line, and everything looked at afterwards. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Engine } from '../../src/domain/migration.ts';
import { compareSchemas } from '../../src/domain/schema.ts';
import { wholeFileOf } from '../../src/domain/split-path.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliPlace, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools, readStory } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { recordedResult, recordResult } from '../kit/generate-support.ts';
import type { Snapshot } from '../kit/story-snapshot.ts';
import { edits, loses, WAYS_TO_LOSE } from './lost-in-git.ts';
import { keepsTheThird, switchesToMain } from './switching-story.ts';

/** What is particular to one framework's telling of the story. */
export interface Sparkles {
  readonly framework: string;
  /** Ids of 1 to 5. */
  readonly ids: readonly [string, string, string, string, string];
  /** Path of the third's file. */
  readonly third: string;
  /** Paths of the third's other files, where a migration has several. */
  readonly thirdBeside?: readonly string[];
  /** Ids in the history table that are not of the story (Django's own apps) are left out by this. */
  readonly ours: (id: string) => boolean;
  /** What the history table must hold at the end, by its column. */
  readonly column: string;
  readonly rowsAfter: readonly string[];
  /** True for frameworks that apply nothing while 3 is missing. */
  readonly needsThird: boolean;
  /** Tables that the reversal must not touch, with the columns that stay. */
  readonly untouched: readonly string[];
  /** Which variations are played: only those that the framework can take. Missing: all. */
  readonly variations?: readonly Variation[];
  /** The variations that are played on every engine, where the story itself is; the first engine has them all. False: none. Missing: all. */
  readonly everywhere?: readonly Variation[] | false;
  /** The third's text does not say all that its reversal drops: only a plan that was rehearsed can be agreed to. */
  readonly unannounced?: true;
  /** For frameworks without any way down: the reversal of the third that a person writes (`--with`), and what the plan says without it. */
  readonly byHand?: { readonly script: string; readonly refused: RegExp };
  /** A migration that Rainbows has applied and not committed yet. */
  readonly sixth: WrittenMigration;
}

/** What may come on top of the story, in words of its tests. */
type Variation = 'one on top' | 'switched' | 'kept there' | 'edited' | 'lost';

/** A migration to write: its file, and the others it has. */
export interface WrittenMigration {
  readonly id: string;
  readonly path: string;
  /** What Tidemark calls its path where files hold several. Missing: the file's. */
  readonly partPath?: string;
  readonly text: string;
  readonly beside?: readonly { readonly path: string; readonly text: string }[];
}

/** All files of a migration. */
export const filesOf = ({ path, text, beside = [] }: WrittenMigration) => [{ path, text }, ...beside];

/** The third as git has it, to be laid into the tree for a moment. */
export async function thirdOf({ story, commits }: Fixture, told: Sparkles): Promise<WrittenMigration> {
  const textAt = (path: string) => story.git('show', `${commits['adds 3']}:${path}`).then(text => `${text}\n`);
  const beside = (told.thirdBeside ?? []).map(async path => ({ path, text: await textAt(path) }));
  // One of several in its file: the file with it.
  const path = wholeFileOf(told.third);
  return { id: told.ids[2], path, text: await textAt(path), beside: await Promise.all(beside) };
}

type Play = (fixture: Fixture, story: Sparkles) => Promise<void>;

const VARIATIONS: readonly (readonly [Variation, string, Play])[] = [
  [
    'one on top',
    'does so with an uncommitted migration applied on top',
    async (fixture, story) => {
      await applySixth(fixture, story);
      await reconciles(fixture, story, 'with the uncommitted migration');
    },
  ],
  ['switched', 'switches to another branch with the database', switchesToMain],
  ['kept there', 'leaves 3 applied where the other branch has it', keepsTheThird],
  ['edited', 'reverses the old text of one that was edited since, and applies the new', edits],
];

/** The story runs some ten programs one after the other, each of them a rehearsal or a proof as well; a machine may be busy. */
const STORY_MS = 180_000;

/** Tests of one framework on each engine it supports. */
export async function playSparkles(story: Sparkles): Promise<void> {
  const name = `${story.framework}/sparkles-and-rainbows`;
  const tools = await fixtureTools(name);
  describeWith('the built command line', builtCli(), () => {
    describeWith(`Sparkles and Rainbows with ${story.framework}`, tools, runners => {
      const { engines } = readStory(name);
      for (const [label, engine] of fixtureEngines()) {
        if (engine.here && !engines.includes(engine.it.engine)) continue;
        describeWith(label, engine, on => {
          it(
            'explains 1-2-3-4-5, makes it 1-2-4-5, and leaves everything else as it was',
            async () => {
              await using fixture = await buildFixture(name, on, runners);
              await explains(fixture, story);
              await reconciles(fixture, story, 'HEAD as it is');
              isRecorded(story.framework, runners.get(story.framework)?.version ?? '', on.engine);
            },
            STORY_MS,
          );
          // What does not depend on the engine is played on the first one.
          const here = on.engine === engines[0] ? undefined : story.everywhere;
          if (here === false) return;
          const plays = (variation: Variation) =>
            (story.variations?.includes(variation) ?? true) && (here?.includes(variation) ?? true);
          for (const [, title, play] of VARIATIONS.filter(([variation]) => plays(variation)))
            it(title, async () => {
              await using fixture = await buildFixture(name, on, runners);
              await play(fixture, story);
            });
          if (!plays('lost')) return;
          for (const way of WAYS_TO_LOSE) {
            // How git came to lose it has nothing to do with the engine nor the framework: servers are asked once, and most frameworks.
            if ((story.everywhere === false || on.engine !== 'sqlite') && way !== 'never committed') continue;
            it(`reverses one that git has lost altogether: ${way}`, async () => {
              await using fixture = await buildFixture(name, on, runners);
              await loses(fixture, story, way);
            });
          }
        });
      }
    });
  });
}

/** README says what was run: with `UPDATE_SUPPORT=1` it is written down for `generate-support.ts`, else what stands there must be true. */
export function isRecorded(framework: string, version: string, engine: Engine): void {
  if (process.env['UPDATE_SUPPORT'] === '1') recordResult(framework, version, engine);
  const result = recordedResult(framework);
  expect(result, 'run this once with UPDATE_SUPPORT=1, then node test/kit/generate-support.ts').toMatchObject({
    version,
  });
  expect(result?.engines).toContain(engine);
}

/** A name as an engine wants it where it has capitals. */
const quoted = (name: string, engine: Engine): string => (engine === 'mysql' ? `\`${name}\`` : `"${name}"`);

const placeOf = (fixture: Fixture): CliPlace => ({ cwd: fixture.story.root, env: fixture.env });

/** What names a reversal written by hand, where there is one. */
function wordsFor({ story }: Fixture, id: string, byHand: Sparkles['byHand']): readonly string[] {
  if (byHand === undefined) return [];
  const file = join(story.outside, 'down by hand.sql');
  writeFileSync(file, byHand.script);
  return [id, '--with', file];
}

async function explains(fixture: Fixture, { ids, third, ours, framework, byHand }: Sparkles): Promise<void> {
  const { document, stderr } = await tidemarkJson(placeOf(fixture), 'status');
  expect(stderr).toBe('');
  const [project] = document.projects;
  const states = project.migrations.filter(({ id }: { id: string }) => ours(id));
  const byId = new Map(states.map(({ id, state }: { id: string; state: string }) => [id, state]));
  expect(byId).toEqual(new Map(ids.map((id, at) => [id, at === 2 ? 'orphaned' : 'applied'])));
  expect(project).toMatchObject({ framework, counts: { applied: 5, pending: 0, orphaned: 1 } });
  // What is a part of a file has a blob of its own text, which no tree names.
  const isPart = wholeFileOf(third) !== third;
  const blob = isPart
    ? expect.stringMatching(/^[0-9a-f]{40}$/)
    : await fixture.story.git('rev-parse', `${fixture.commits['adds 3']}:${third}`);
  expect(project.findings).toMatchObject([
    {
      kind: 'orphaned',
      migration: ids[2],
      cause: 'deleted-here',
      added: { commit: fixture.commits['adds 3'], author: 'Sparkles', subject: 'Store glitter', path: third },
      deleted: {
        commit: fixture.commits['deletes 3'],
        author: 'Sparkles',
        subject: 'Drop the glitter idea: it gets everywhere',
        path: third,
      },
      source: { commit: fixture.commits['adds 3'], path: third, blob },
      remedy: 'reverse',
    },
  ]);
  if (byHand !== undefined) {
    const refused = await tidemark(placeOf(fixture), 'plan');
    expect(refused.stdout + refused.stderr).toMatch(byHand.refused);
    expect(refused.stdout + refused.stderr).toContain(`tidemark reconcile ${ids[2]} --with <file.sql>`);
  }
  const planned = await tidemarkJson(placeOf(fixture), 'plan', ...wordsFor(fixture, ids[2], byHand));
  expect(planned.document.plans).toMatchObject([
    { refusals: [], plan: { strategy: 'in-place', steps: [{ kind: 'reverse', migration: ids[2], path: third }] } },
  ]);
}

/** Rainbows writes a migration, applies it with the framework, and has not committed it. */
async function applySixth(fixture: Fixture, story: Sparkles): Promise<void> {
  for (const { path, text } of filesOf(story.sixth)) fixture.story.write(path, text);
  if (!story.needsThird) return fixture.apply();
  const third = filesOf(await thirdOf(fixture, story));
  for (const { path, text } of third) fixture.story.write(path, text);
  await fixture.apply();
  for (const { path } of third) fixture.story.remove(path);
}

/** Everything in the repository but the database itself, what Python leaves behind when it runs, and git's settings, which `gitFacts` looks into. */
function snapshot(fixture: Fixture): Snapshot {
  const entries = Object.entries(fixture.story.snapshot());
  return Object.fromEntries(entries.filter(([path]) => !/\.db$|__pycache__|^\.git\/config$/.test(path)));
}

async function reconciles(fixture: Fixture, story: Sparkles, when: string): Promise<void> {
  const database = fixture.database();
  const [table] = fixture.projects;
  const history = async () => {
    const rows = await database.query(`SELECT * FROM ${quoted(table?.historyTable ?? '', database.engine)}`);
    // PostgreSQL has names in lower case that nobody quoted.
    return rows.map(row => String(row[story.column] ?? row[story.column.toLowerCase()])).sort();
  };
  const rows = () => Promise.all(story.untouched.map(each => database.query(each)));
  const [before, rowsBefore] = [snapshot(fixture), await rows()];
  for (const found of rowsBefore) expect(found.length).toBeGreaterThan(0);
  const gitBefore = await gitFacts(fixture);

  // The story itself is told with rehearsal and proof, once per engine.
  const careful = when === 'HEAD as it is' ? { TIDEMARK_REHEARSE: 'full', TIDEMARK_PROOF: 'on' } : {};
  const seen = story.unannounced === true && when === 'HEAD as it is' ? ['--rehearse=full'] : [];
  const end = await reconcileAgreed(
    { ...placeOf(fixture), env: { ...fixture.env, ...careful } },
    ...seen,
    ...wordsFor(fixture, story.ids[2], story.byHand),
  );
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  if (when === 'HEAD as it is') {
    expect(end.stdout, end.stderr).toMatch(
      /^The schema is exactly what its \d+ applied migrations make of an empty database\.$/m,
    );
    expect(end.stderr).toContain('rehearse: reverse');
  }

  const sixth = when === 'HEAD as it is' ? [] : [story.sixth.id];
  const { document } = await tidemarkJson(placeOf(fixture), 'status');
  expect(document.projects[0].findings).toEqual([]);
  const applied = document.projects[0].migrations.map(({ id }: { id: string }) => id).filter(story.ours);
  expect(applied).toEqual([...story.ids.filter((_, at) => at !== 2), ...sixth]);
  if (sixth.length === 0) expect((await history()).filter(story.ours)).toEqual(story.rowsAfter);

  expect(await rows()).toEqual(rowsBefore);
  const fresh = await fixture.fresh();
  const without = table?.historyTable ?? '';
  const difference = compareSchemas(await fresh.schema(without), await database.schema(without));
  expect(difference).toEqual({ added: [], removed: [], changed: [] });
  expect(await database.dump()).toEqual(await fresh.dump());

  expect(snapshot(fixture)).toEqual(before);
  expect(await gitFacts(fixture)).toEqual(gitBefore);
  expect(await fixture.story.git('worktree', 'list', '--porcelain')).not.toMatch(/\nworktree /);
  const worktrees = join(fixture.env['XDG_CACHE_HOME'] ?? '', 'tidemark/wt');
  expect(existsSync(worktrees) ? readdirSync(worktrees) : []).toEqual([]);

  const status = await fixture.status();
  expect(status, status.said).toMatchObject({ clean: true });
}

/** What git itself says of the things that must not change. */
async function gitFacts({ story }: Fixture) {
  return {
    head: await story.git('rev-parse', '--symbolic-full-name', 'HEAD'),
    status: await story.git(
      '-c',
      'core.fsmonitor=false',
      '--no-optional-locks',
      'status',
      '--porcelain=v2',
      '--branch',
    ),
    index: readFileSync(join(story.root, '.git/index')).toString('hex'),
    refs: await story.git('for-each-ref'),
    stash: await story.git('stash', 'list', '--format=%H %gs'),
    // Which database was changed is remembered here.
    config: (await story.git('config', '--local', '--list'))
      .split('\n')
      .filter(line => !line.startsWith('tidemark.target')),
  };
}
