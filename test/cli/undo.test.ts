/** `tidemark undo`: step by step or from the backup, refused where it is not safe, and undone itself. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliPlace, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { CHANGES, changesNothing, expectsWords, lose, placeOf, sparkles, sql, versions } from './shop.ts';

/** Every row of the tables that matter. */
const data = async (fixture: Fixture): Promise<unknown> => {
  const database = fixture.database();
  const tables = await database.query(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
  );
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) rows[String(name)] = await database.query(`SELECT * FROM "${name}" ORDER BY 1`);
  return rows;
};

/** `undo` by one who has read its plan. */
async function undoAgreed(place: CliPlace, ...args: readonly string[]) {
  const { document } = await tidemarkJson(place, 'undo', ...args, '--dry-run');
  return tidemarkJson(place, 'undo', ...args, '--confirm', document.plans[0].plan.id);
}

describeWith('the built command line', builtCli(), () => {
  it('brings schema, history rows and data back, and back again', async () => {
    await using fixture = await sparkles();
    const bare = placeOf(fixture);
    const place = { ...bare, env: { ...bare.env, TIDEMARK_PROOF: 'on' } };
    fixture.story.write(`${CHANGES}/0006_songs.sql`, sql('CREATE TABLE songs (id INTEGER);', 'DROP TABLE songs;'));
    const before = await data(fixture);
    expect((await reconcileAgreed(place)).code).toBe(0);
    const after = await data(fixture);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0006']);
    const dry = await changesNothing(fixture, () => tidemark(place, 'undo', '--dry-run'));
    expect(dry.stdout).toContain('step by step: all that it destroyed is parked');
    const undone = await undoAgreed(place);
    expect(undone.document.runs).toMatchObject([
      { outcome: 'done', undone: { way: 'steps', rowsSame: true, schemaSame: true, differences: [] } },
    ]);
    expect(undone.code).toBe(0);
    // What came back is an orphan's, which no file on disk makes: that is no drift of this run's.
    expect(undone.document.runs[0].proof ?? null).toBeNull();
    expect(await data(fixture)).toEqual(before);
    const run: string = undone.document.runs[0].run;
    const again = await undoAgreed(place, run);
    expect(again.code).toBe(0);
    expect(await data(fixture)).toEqual(after);
    await fixture.database().query('CREATE TABLE by_hand (id INTEGER)');
    const moved = await undoAgreed(place, again.document.runs[0].run);
    expect(moved.code).toBe(1);
    expect(moved.document.runs[0].undone.differences).toEqual(['the schema is not the same: + table by_hand']);
  });

  it('restores the backup when asked, which takes what was written since, and that can be undone', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const before = await data(fixture);
    expect((await reconcileAgreed(place)).code).toBe(0);
    await fixture.database().query("UPDATE unicorns SET name = 'Changed since'");
    const after = await data(fixture);
    const refused = await changesNothing(fixture, () => tidemark(place, 'undo', '--from-backup', '--yes'));
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/what anybody wrote to .* since/);
    const undone = await undoAgreed(place, '--from-backup');
    expect(undone.document.runs).toMatchObject([{ undone: { way: 'backup', differences: [] } }]);
    expect(await data(fixture)).toEqual(before);
    expect((await undoAgreed(place, undone.document.runs[0].run)).code).toBe(0);
    expect(await data(fixture)).toEqual(after);
  });

  it('refuses when the history moved since, when another run came after, and what is undone already', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    expect((await reconcileAgreed(place)).code).toBe(0);
    const first: string = (await tidemarkJson(place, 'runs')).document.runs[0].run;
    await fixture.database().query("INSERT INTO shop_changes (version) VALUES ('0099')");
    expectsWords(
      await changesNothing(fixture, () => tidemark(place, 'undo', '--yes')),
      3,
      /is not as run .* left it: 0099 has come/,
      /tidemark status/,
    );
    await fixture.database().query("DELETE FROM shop_changes WHERE version = '0099'");
    await lose(fixture, { name: '0007_hay.sql', text: sql('CREATE TABLE hay (id INTEGER);', 'DROP TABLE hay;') });
    expect((await reconcileAgreed(place)).code).toBe(0);
    expectsWords(
      await changesNothing(fixture, () => tidemark(place, 'undo', first, '--yes')),
      3,
      /must be undone first/,
      /tidemark undo/,
    );
    expectsWords(
      await changesNothing(fixture, () => tidemark(place, 'undo', '20000101T000000Z-000000')),
      2,
      /There is no run/,
      /tidemark runs/,
    );
  });

  it('gives a forgotten row back to the last value', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const before = await data(fixture);
    expect((await tidemark(place, 'forget', '0003', '--yes')).code).toBe(0);
    expect((await undoAgreed(place)).code).toBe(0);
    expect(await data(fixture)).toEqual(before);
  });

  it('says that there is nothing to undo', async () => {
    await using fixture = await sparkles();
    expectsWords(
      await changesNothing(fixture, () => tidemark(placeOf(fixture), 'undo')),
      3,
      /nothing to undo/,
      /tidemark runs/,
    );
  });
});
