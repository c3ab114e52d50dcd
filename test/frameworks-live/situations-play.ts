/** Plays a situation with its real frameworks through the built command line, and compares it with what is expected. */
import { describe, expect, it } from 'vitest';
import { compareSchemas } from '../../src/domain/schema.ts';
import { describeWith } from '../kit/available.ts';
import { type CliPlace, reconcileAgreed, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools, readStory } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import type { Snapshot } from '../kit/story-snapshot.ts';
import type { Expected } from './situations-expected.ts';

export const placeOf = (fixture: Fixture): CliPlace => ({ cwd: fixture.story.root, env: fixture.env });

const snapshot = (fixture: Fixture): Snapshot =>
  Object.fromEntries(
    Object.entries(fixture.story.snapshot()).filter(([path]) => !/\.db$|__pycache__|^\.git\/config$/.test(path)),
  );

/** Git's settings but for the database that was changed, which is remembered there. */
const settings = async ({ story }: Fixture): Promise<readonly string[]> =>
  (await story.git('config', '--local', '--list')).split('\n').filter(line => !line.startsWith('tidemark.target'));

interface Migration {
  readonly id: string;
  readonly state: string;
}

/** What the branch's own history table holds now, without other apps' rows; sorted. */
export async function appliedNow(fixture: Fixture): Promise<readonly string[]> {
  const { document } = await tidemarkJson(placeOf(fixture), 'status');
  const all: readonly Migration[] = document.projects[0].migrations;
  return all
    .filter(({ state }) => state !== 'pending')
    .map(({ id }) => id)
    .sort();
}

export const stepName = (step: { kind: string; migration?: string; migrations?: readonly string[] }): string =>
  `${step.kind} ${step.migration ?? step.migrations?.join(', ')}`;

export async function play(fixture: Fixture, expected: Expected): Promise<void> {
  const commit = (name: string): string => fixture.commits[name] ?? `no commit is called ${name}`;
  const place = placeOf(fixture);
  const [before, settingsBefore] = [snapshot(fixture), await settings(fixture)];
  const { document } = await tidemarkJson(place, 'status');
  const findings = document.projects[0].findings.filter(({ kind }: { kind: string }) => kind === 'orphaned');
  expect(findings).toMatchObject(expected.findings(commit));

  const planned = await tidemarkJson(place, 'plan');
  const [{ plan, refusals }] = planned.document.plans;
  if (expected.plan instanceof RegExp) {
    expect(plan).toBe(null);
    expect(refusals).toMatchObject([{ reason: expect.stringMatching(expected.plan) }]);
  } else {
    expect(refusals).toEqual([]);
    expect(plan.steps.map(stepName)).toEqual(expected.plan);
  }

  const end = await reconcileAgreed(place);
  expect(end, end.stdout + end.stderr).toMatchObject({ code: expected.code });
  expect(await appliedNow(fixture)).toEqual([...expected.after].sort());
  expect(snapshot(fixture)).toEqual(before);
  expect(await settings(fixture)).toEqual(settingsBefore);
  if (expected.asFresh) await isAsFresh(fixture);
}

export async function isAsFresh(fixture: Fixture): Promise<void> {
  const table = fixture.projects[0]?.historyTable ?? '';
  const fresh = await fixture.fresh();
  const difference = compareSchemas(await fresh.schema(table), await fixture.database().schema(table));
  expect(difference).toEqual({ added: [], removed: [], changed: [] });
  const status = await fixture.status();
  expect(status, status.said).toMatchObject({ clean: true });
}

/** Tests of one situation, on every engine it is told for. */
export function situation(name: string, body: (fixture: Fixture) => Promise<void>, says: string): void {
  describe(name, async () => {
    const { engines } = readStory(name);
    describeWith('with its frameworks', await fixtureTools(name), runners => {
      for (const [label, engine] of fixtureEngines()) {
        if (engine.here && !engines.includes(engine.it.engine)) continue;
        describeWith(label, engine, on => {
          it(says, async () => {
            await using fixture = await buildFixture(name, on, runners);
            await body(fixture);
          });
        });
      }
    });
  });
}
