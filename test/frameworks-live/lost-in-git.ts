/** Migrations that were applied with a text that is not there any more: git has lost it, or the file was edited since. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { compareSchemas } from '../../src/domain/schema.ts';
import { reconcileAgreed, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { filesOf, type Sparkles } from './sparkles-story.ts';

/** How git comes to lose it. */
export const WAYS_TO_LOSE = ['never committed', 'amended away', 'branch deleted'] as const;

type Way = (typeof WAYS_TO_LOSE)[number];

/** Applies the story's sixth migration, loses it, collects what git can collect, and has it shown and reversed. */
export async function loses(fixture: Fixture, story: Sparkles, way: Way): Promise<void> {
  const place = { cwd: fixture.story.root, env: fixture.env };
  const { git } = fixture.story;
  const settled = await reconcileAgreed(place);
  expect(settled, settled.stdout + settled.stderr).toMatchObject({ code: 0 });
  expect(await orphansIn(place)).toEqual([]);

  const { id, path, text, beside = [] } = story.sixth;
  const files = filesOf(story.sixth);
  if (way === 'branch deleted') await fixture.story.branch('songs');
  for (const file of files) fixture.story.write(file.path, file.text);
  if (way !== 'never committed') await fixture.story.commit('Sing');
  await fixture.apply();
  expect(await orphansIn(place)).toEqual([]);
  const blobs = await Promise.all(files.map(file => git('hash-object', '--no-filters', file.path)));
  const [blob] = blobs;
  for (const file of files) rmSync(join(fixture.story.root, file.path));
  if (way === 'amended away') await fixture.story.amend('Sing later');
  if (way === 'branch deleted') {
    await git('checkout', '--force', 'main');
    await git('branch', '-D', 'songs');
  }
  await git('reflog', 'expire', '--expire=now', '--expire-unreachable=now', '--all');
  await git('gc', '--quiet', '--prune=now');
  for (const each of blobs) await expect(git('cat-file', '-e', each)).rejects.toThrow();

  const [orphan] = await orphansIn(place);
  expect(orphan).toMatchObject({
    migration: id,
    cause: 'uncommitted',
    added: null,
    deleted: null,
    source: { commit: null, path: story.sixth.partPath ?? path, blob },
    kept: { evidence: 'appeared', file: way === 'never committed' ? 'untracked' : 'as-in-head', kept: true },
    trusted: true,
    remedy: 'reverse',
    remedies: ['reverse', 'adopt', 'forget', 'ignore'],
  });
  const shown = await tidemarkJson(place, 'show', id);
  expect(shown.document.text).toBe(text);
  expect(shown.document.parts).toEqual(beside);
  const planned = await tidemarkJson(place, 'plan', '--no-apply');
  expect(planned.document.plans).toMatchObject([
    { refusals: [], plan: { steps: [{ kind: 'reverse', migration: id, commit: null, blob }] } },
  ]);

  const end = await reconcileAgreed(place, '--no-apply');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect(await orphansIn(place)).toEqual([]);
  const [database, fresh] = [fixture.database(), await fixture.fresh()];
  const without = fixture.projects[0]?.historyTable ?? '';
  const difference = compareSchemas(await fresh.schema(without), await database.schema(without));
  expect(difference).toEqual({ added: [], removed: [], changed: [] });
  for (const each of story.untouched) expect((await database.query(each)).length).toBeGreaterThan(0);
}

/** Applies the story's sixth migration, has another commit edit it, and has the old text reversed and the new one applied. */
export async function edits(fixture: Fixture, story: Sparkles): Promise<void> {
  const place = { cwd: fixture.story.root, env: fixture.env };
  expect(await reconcileAgreed(place)).toMatchObject({ code: 0 });
  const { id } = story.sixth;
  const all = filesOf(story.sixth).map(file => [file.path, file.text] as const);
  await fixture.story.commit('Sing', { files: Object.fromEntries(all) });
  await fixture.apply();
  expect(await findingsIn(place)).toEqual([]);
  const other = (old: string) => old.replaceAll('song', 'tune').replaceAll('Song', 'Tune');
  const edited = all.map(([file, old]) => [file, other(old)] as const);
  await fixture.story.commit('Hum', { author: 'Rainbows', files: Object.fromEntries(edited) });

  const [found] = await findingsIn(place);
  expect(found).toMatchObject({ kind: 'edited', migration: id, edit: 'contents', changed: { author: 'Rainbows' } });
  const undone = await reconcileAgreed(place);
  expect(undone.stdout).toContain('Nothing to do.');
  const end = await reconcileAgreed(place, id, '--remedy', 'reverse');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect(await findingsIn(place)).toEqual([]);
  const [database, fresh] = [fixture.database(), await fixture.fresh()];
  const without = fixture.projects[0]?.historyTable ?? '';
  const difference = compareSchemas(await fresh.schema(without), await database.schema(without));
  expect(difference).toEqual({ added: [], removed: [], changed: [] });
  for (const each of story.untouched) expect((await database.query(each)).length).toBeGreaterThan(0);
}

interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: documents are checked by what tests expect of them
async function findingsIn(place: Place): Promise<readonly any[]> {
  const { document } = await tidemarkJson(place, 'status');
  return document.projects[0].findings;
}

const orphansIn = async (place: Place) => (await findingsIn(place)).filter(({ kind }) => kind === 'orphaned');
