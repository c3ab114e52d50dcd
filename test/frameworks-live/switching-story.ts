/** Sparkles and Rainbows, and then one switches branches: the database goes along, by the real framework, before and after `git switch`. */
import { expect } from 'vitest';
import { compareSchemas } from '../../src/domain/schema.ts';
import { type CliPlace, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { filesOf, type Sparkles, thirdOf, type WrittenMigration } from './sparkles-story.ts';

const placeOf = (fixture: Fixture): CliPlace => ({ cwd: fixture.story.root, env: fixture.env });

/** The next one after the sixth, for another branch: it stands on the fifth too. */
function seventhOf({ sixth }: Sparkles): WrittenMigration {
  const other = (text: string) => text.replaceAll('006', '007').replaceAll('song', 'poem').replaceAll('Song', 'Poem');
  const beside = (sixth.beside ?? []).map(each => ({ path: other(each.path), text: other(each.text) }));
  return { id: other(sixth.id).replace(/6$/, '7'), path: other(sixth.path), text: other(sixth.text), beside };
}

/** Commits one migration and nothing else that lies about. */
async function commitOnly({ story }: Fixture, migration: WrittenMigration, subject: string): Promise<void> {
  const files = filesOf(migration);
  for (const { path, text } of files) story.write(path, text);
  const paths = files.map(({ path }) => path);
  await story.git('add', '--', ...paths);
  await story.git('commit', '--quiet', '-m', subject, '--', ...paths);
}

/** Branch `topic` has 6, applied by the framework; `main` has 7, which is not. One stands on `topic`. */
async function onTopic(fixture: Fixture, told: Sparkles): Promise<void> {
  const { story } = fixture;
  const third = filesOf(await thirdOf(fixture, told));
  await story.git('switch', '--quiet', '-c', 'topic');
  await commitOnly(fixture, told.sixth, 'Sing');
  if (told.needsThird) for (const { path, text } of third) story.write(path, text);
  await fixture.apply();
  if (told.needsThird) for (const { path } of third) story.remove(path);
  await story.git('switch', '--quiet', 'main');
  await commitOnly(fixture, seventhOf(told), 'Write poems');
  await story.git('switch', '--quiet', 'topic');
}

async function appliedOf(fixture: Fixture, { ours }: Sparkles): Promise<readonly string[]> {
  const { document } = await tidemarkJson(placeOf(fixture), 'status');
  const all: readonly { id: string; state: string }[] = document.projects[0].migrations;
  return all
    .filter(({ id, state }) => state !== 'pending' && ours(id))
    .map(({ id }) => id)
    .sort();
}

/** 3 and 6 are reversed on `topic`, git switches, 7 is applied on `main`: nothing else changed, and all is as if made from `main` alone. */
export async function switchesToMain(fixture: Fixture, told: Sparkles): Promise<void> {
  await onTopic(fixture, told);
  const { story } = fixture;
  const rows = () => Promise.all(told.untouched.map(each => fixture.database().query(each)));
  const [before, refs] = [await rows(), await story.git('for-each-ref')];
  const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main', '--switch');
  expect(document.to).toMatchObject({ ref: 'main', kind: 'branch', branch: 'main' });
  const [{ plan, refusals }] = document.plans;
  expect(refusals).toEqual([]);
  const reversed = plan.steps.map(({ kind, migration }: { kind: string; migration: string }) => `${kind} ${migration}`);
  expect(reversed.sort()).toEqual([`reverse ${told.ids[2]}`, `reverse ${told.sixth.id}`].sort());
  expect(plan.to).toMatchObject({ switch: true, apply: [seventhOf(told).id] });

  const end = await tidemark(placeOf(fixture), 'reconcile', '--to', 'main', '--switch', '--confirm', plan.id);
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect(await story.git('symbolic-ref', '--short', 'HEAD')).toBe('main');
  expect(await story.git('for-each-ref')).toBe(refs);
  const kept = told.ids.filter((_, at) => at !== 2);
  expect(await appliedOf(fixture, told)).toEqual([...kept, seventhOf(told).id].sort());
  expect(await rows()).toEqual(before);
  await isAsMadeFromHere(fixture);
}

/** Where the other branch has 3, it is no orphan there: it stays, and is said to, while 6 is reversed. */
export async function keepsTheThird(fixture: Fixture, told: Sparkles): Promise<void> {
  const { story } = fixture;
  await story.git('switch', '--quiet', '-c', 'keeps');
  await commitOnly(fixture, await thirdOf(fixture, told), 'Glitter after all');
  await story.git('switch', '--quiet', 'main');
  await onTopic(fixture, told);
  const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'keeps');
  const [{ plan, notes, refusals }] = document.plans;
  expect(refusals).toEqual([]);
  expect(plan.steps).toMatchObject([{ kind: 'reverse', migration: told.sixth.id }]);
  expect(notes).toContain(`${told.ids[2]} has no file here, and keeps has it: it stays applied.`);

  const end = await reconcileAgreed(placeOf(fixture), '--to', 'keeps');
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
  expect(end.stderr).toContain('git switch keeps');
  expect(await appliedOf(fixture, told)).toEqual([...told.ids].sort());
  await story.git('switch', '--quiet', 'keeps');
  const status = await tidemarkJson(placeOf(fixture), 'status');
  expect(status.document.projects[0].counts).toMatchObject({ orphaned: 0, pending: 0 });
}

async function isAsMadeFromHere(fixture: Fixture): Promise<void> {
  const table = fixture.projects[0]?.historyTable ?? '';
  const fresh = await fixture.fresh();
  const difference = compareSchemas(await fresh.schema(table), await fixture.database().schema(table));
  expect(difference).toEqual({ added: [], removed: [], changed: [] });
  const status = await fixture.status();
  expect(status, status.said).toMatchObject({ clean: true });
}
