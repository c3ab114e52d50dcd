/** Consent: `--yes` answers ordinary questions; what destroys data takes the database's name typed, or the plan's id. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { BIN, builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { KEY, startTerminal } from '../kit/terminal.ts';
import { CHANGES, changesNothing, lose, placeOf, sparkles, sql, versions } from './shop.ts';

/** The command that is printed as `next`, for a shell. */
const nextOf = (stderr: string): string => /^ {2}next {2}(tidemark .*)$/m.exec(stderr)?.[1] ?? '';

/** Pastes a printed command into a real shell in which `tidemark` is the built one. */
function paste(fixture: Fixture, command: string, cwd: string) {
  const folder = join(fixture.story.outside, 'bin');
  execFileSync('mkdir', ['-p', folder]);
  writeFileSync(join(folder, 'tidemark'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(join(folder, 'tidemark'), 0o755);
  const env = { ...fixture.env, PATH: `${folder}:${fixture.env['PATH']}` };
  return spawnSync('sh', ['-c', command], { cwd, env, encoding: 'utf8' });
}

/** The sparkles' glitter put right, and one more orphan lost with this down. */
async function withOrphan(down: string): Promise<Fixture> {
  const fixture = await sparkles();
  const { document } = await tidemarkJson(placeOf(fixture), 'plan');
  await tidemark(placeOf(fixture), 'reconcile', '--confirm', document.plans[0].plan.id);
  await lose(fixture, { name: '0006_songs.sql', text: sql('CREATE TABLE songs (id INTEGER);', down) });
  return fixture;
}

describeWith('the built command line', builtCli(), () => {
  it.each([[[]], [['--yes']], [['--yes', '--json']]])('a plan that destroys rows is refused with %j', async consent => {
    await using fixture = await sparkles();
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', ...consent));
    expect(end.code).toBe(3);
    const { id } = (await tidemarkJson(placeOf(fixture), 'plan')).document.plans[0].plan;
    if (consent.includes('--json')) {
      expect(JSON.parse(end.stdout).problem).toMatchObject({
        code: 'loses-data',
        next: [`tidemark reconcile --confirm ${id}`],
      });
    } else {
      expect(end.stderr).toBe(
        [
          'The plan destroys data, which takes the name of the database typed, or --confirm with the id of the plan.',
          `  Plan ${id} on sqlite:services/shop/shop.db destroys table glitter_sorts with 3 rows and column unicorns.glitter with 1 value.`,
          '  Nothing was changed.',
          `  next  tidemark reconcile --confirm ${id}`,
          '',
        ].join('\n'),
      );
    }
    expect((await tidemarkJson(placeOf(fixture), 'runs')).document.runs).toEqual([]);
  });

  it('names the exact command, which runs when it is pasted', async () => {
    await using fixture = await sparkles();
    const { root, outside } = fixture.story;
    const name = `${CHANGES}/0006_hats.sql`;
    fixture.story.write(name, sql('CREATE TABLE hats (id INTEGER);', 'DROP TABLE hats;'));
    const where = ['-C', root, '--framework', 'dbmate', '--project', 'services/shop'];
    const wish = ['--strategy', 'in-place', '--no-apply', '--no-backup', '--yes'];
    const end = await tidemark({ ...placeOf(fixture), cwd: outside }, ...where, 'reconcile', '0003', ...wish);
    expect(end.code, end.stderr).toBe(3);
    const pasted = paste(fixture, nextOf(end.stderr), outside);
    expect(pasted.status, nextOf(end.stderr) + pasted.stderr).toBe(0);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
    const { document } = await tidemarkJson(placeOf(fixture), 'runs');
    expect(document.runs).toMatchObject([{ backup: null }]);
  });

  it('--yes is enough where tables are empty and columns have no value', async () => {
    await using fixture = await withOrphan('DROP TABLE songs;');
    const end = await tidemark(placeOf(fixture), 'reconcile', '--yes');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(end.stdout).toContain('destroys table songs with 0 rows');
  });

  it('what cannot be counted counts as loss', async () => {
    await using fixture = await withOrphan('DELETE FROM unicorns WHERE 1 = 0;\nDROP TABLE songs;');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '--yes'));
    expect(end.code).toBe(3);
    expect(end.stderr).toContain('table songs with 0 rows and possibly more: it runs DELETE FROM unicorns');
  });

  it('only what was confirmed runs, however many ids are given', async () => {
    await using fixture = await sparkles();
    const { id } = (await tidemarkJson(placeOf(fixture), 'plan')).document.plans[0].plan;
    const both = ['--confirm', id, '--confirm', '000000000000'];
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', ...both));
    expect(end.code).toBe(3);
    expect(end.stderr).toContain('The plan 000000000000 is no longer the plan');
  });

  it.each([[[]], [['--yes']]])('a terminal is asked for the name, also with %j', async consent => {
    await using fixture = await sparkles();
    const before = fixture.story.snapshot();
    const args = ['reconcile', '--no-backup', ...consent];
    for (const wrong of ['y', 'yes', 'shop', '']) {
      await using asked = startTerminal(placeOf(fixture), args, { columns: 200 });
      await asked.until('type the name of the database, shop.db:');
      asked.press(`${wrong}${KEY.enter}`);
      expect(await asked.ended).toBe(3);
      expect(asked.written()).toContain('Nothing was changed.');
    }
    expect(fixture.story.snapshot()).toEqual(before);
    await using asked = startTerminal(placeOf(fixture), args, { columns: 200 });
    await asked.until('type the name of the database, shop.db:');
    asked.press(`shop.db${KEY.enter}`);
    expect(await asked.ended).toBe(0);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  });
});
