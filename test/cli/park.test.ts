/** `tidemark park`: what a reversal destroyed lies safe, is shown, comes back, and goes only when it is named. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliEnd, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { CHANGES, changesNothing, expectsWords, placeOf, sparkles } from './shop.ts';

const glitter = async (fixture: Fixture): Promise<unknown> => ({
  sorts: await fixture.database().query('SELECT * FROM glitter_sorts ORDER BY 1'),
  unicorns: await fixture.database().query('SELECT id, glitter FROM unicorns ORDER BY id'),
});

/** Reverses the orphan, and says what was parked. */
async function reversed(fixture: Fixture) {
  // One that the migration itself does not make.
  await fixture.database().query("INSERT INTO glitter_sorts VALUES (4, 'mint')");
  const before = await glitter(fixture);
  const end = await reconcileAgreed(placeOf(fixture));
  expect(end, end.stderr).toMatchObject({ code: 0 });
  const { document } = await tidemarkJson(placeOf(fixture), 'park', 'list');
  return { before, end, set: document.parked[0] };
}

/** The orphan's file comes back, as on another branch. */
async function broughtBack({ story, commits }: Fixture): Promise<void> {
  const path = `${CHANGES}/0003_glitter.sql`;
  story.write(path, await story.git('show', `${commits['adds 3']}:${path}`));
}

/** Refused for want of an answer. */
function expectsQuestion(end: CliEnd, command: RegExp): void {
  expect(end.code).toBe(3);
  expect(end.stderr).toMatch(/^A question needs an answer and there is no terminal to ask/);
  expect(end.stderr).toMatch(command);
}

describeWith('the built command line', builtCli(), () => {
  it('parks what dies, in private files below the git directory, and says so', async () => {
    await using fixture = await sparkles();
    const { end, set } = await reversed(fixture);
    expect(end.stdout).toContain(`parked  4 rows of glitter_sorts and `);
    expect(set).toMatchObject({ migration: '0003', damage: null, putBack: [], run: 'finished' });
    expect(set.folder).toBe(join(fixture.story.root, '.git/tidemark/parked', set.id));
    expect(statSync(set.folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(set.folder)) expect(statSync(join(set.folder, name)).mode & 0o777).toBe(0o600);
    const shown = await tidemark(placeOf(fixture), 'park', 'show', '0003');
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toContain('glitter_sorts  4 rows');
    expect(shown.stdout).toContain('found again by the primary key');
    const listed = await tidemark(placeOf(fixture), 'park', 'list');
    expect(listed.stdout).toContain(`tidemark park restore ${set.id}`);
  });

  it('puts it back once the migration is applied again, and not twice', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const { before, set } = await reversed(fixture);
    const early = await changesNothing(fixture, () => tidemark(place, 'park', 'restore', '--yes'));
    expect(early).toMatchObject({ code: 0 });
    expect(early.stderr).toContain(`${set.id} is left: table glitter_sorts is not there.`);
    expectsWords(
      await changesNothing(fixture, () => tidemark(place, 'park', 'restore', set.id, '--yes')),
      3,
      /cannot be put back/,
      /park show/,
    );
    await broughtBack(fixture);
    expect((await tidemark(place, 'status')).stdout).not.toContain('can be put back');
    const applied = await tidemark(place, 'reconcile', '--yes');
    expect((await tidemark(place, 'status')).stdout).toContain(
      'Parked data of 0003 can be put back. (tidemark park restore)',
    );
    expect(applied.stdout).toContain(`Parked data of 0003 is here: tidemark park restore ${set.id}`);
    expectsQuestion(await changesNothing(fixture, () => tidemark(place, 'park', 'restore')), /park restore --yes/);
    const end = await tidemark(place, 'park', 'restore', '--yes');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(end.stdout).toContain('1 row put back into glitter_sorts; 3 were there already');
    expect(await glitter(fixture)).toEqual(before);
    const again = await changesNothing(fixture, () => tidemark(place, 'park', 'restore', '--yes'));
    expect(again.stdout).toBe('Nothing is parked that is not back already.\n');
    expect((await tidemark(place, 'park', 'restore', set.id, '--yes')).stdout).toContain('4 were there already');
    expect(await glitter(fixture)).toEqual(before);
  });

  it('puts it back in the run that applies it, when asked', async () => {
    await using fixture = await sparkles();
    const { before } = await reversed(fixture);
    await broughtBack(fixture);
    const { document } = await tidemarkJson(placeOf(fixture), 'reconcile', '--restore-parked', '--yes');
    expect(document.runs).toMatchObject([{ outcome: 'done', putBack: { said: null } }]);
    expect(await glitter(fixture)).toEqual(before);
  });

  it('leaves values that were set since, unless told otherwise', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const { before, set } = await reversed(fixture);
    await broughtBack(fixture);
    await tidemark(place, 'reconcile', '--yes');
    await fixture.database().query("UPDATE unicorns SET glitter = 'rust'");
    expectsWords(await tidemark(place, 'park', 'restore', '--overwrite', '--yes'), 2, /needs the ids/, /./);
    const kept = await tidemark(place, 'park', 'restore', '--yes');
    expect(kept.stdout).toMatch(/have another value by now and were left/);
    expect(kept.stderr).toContain(`tidemark park restore ${set.id} --overwrite`);
    expect((await tidemark(place, 'park', 'restore', set.id, '--overwrite', '--yes')).code).toBe(0);
    expect(await glitter(fixture)).toEqual(before);
  });

  it('says what is damaged, and puts nothing of it back', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const { set } = await reversed(fixture);
    const file = join(set.folder, '1.rows');
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.from(bytes).fill(0x78, 0, 1));
    expect(await tidemark(place, 'park', 'show', set.id)).toMatchObject({ code: 5 });
    await broughtBack(fixture);
    await tidemark(place, 'reconcile', '--yes');
    const refused = await changesNothing(fixture, () => tidemark(place, 'park', 'restore', set.id, '--yes'));
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('it does not hold what was written to it');
    rmSync(file);
    expect((await tidemark(place, 'park', 'list')).stdout).toContain('its file 1.rows is missing');
  });

  it('drops only what is named in full, and asks', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const { set } = await reversed(fixture);
    expectsWords(
      await changesNothing(fixture, () => tidemark(place, 'park', 'drop', '0003', '--yes')),
      2,
      /named in full/,
      /./,
    );
    expectsQuestion(await changesNothing(fixture, () => tidemark(place, 'park', 'drop', set.id)), /park drop .* --yes/);
    expect((await tidemark(place, 'park', 'drop', set.id, '--yes')).code).toBe(0);
    expect((await tidemarkJson(place, 'park', 'list')).document.parked).toEqual([]);
  });

  it('parks nothing with --no-park', async () => {
    await using fixture = await sparkles();
    const end = await reconcileAgreed(placeOf(fixture), '--no-park');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect((await tidemarkJson(placeOf(fixture), 'park', 'list')).document.parked).toEqual([]);
  });

  it('touches nothing when what dies cannot be saved', async () => {
    await using fixture = await sparkles();
    // A file stands where the folder belongs: no user, root neither, can write below it.
    fixture.story.write('.git/tidemark/parked', 'in the way');
    const before = await glitter(fixture);
    const end = await reconcileAgreed(placeOf(fixture));
    expect(end.code).toBe(5);
    expect(await glitter(fixture)).toEqual(before);
    rmSync(join(fixture.story.root, '.git/tidemark/parked'));
    expect((await tidemarkJson(placeOf(fixture), 'runs')).document.runs).toEqual([]);
  });
});
