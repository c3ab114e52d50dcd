/** The database that is about to be changed: shown, remembered, and named out where it is another, elsewhere, or looks like production. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliPlace, consentTo, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { KEY, startTerminal } from '../kit/terminal.ts';
import { changesNothing, placeOf, sparkles, versions } from './shop.ts';

const tools = await fixtureTools('dbmate/sparkles-and-rainbows');
const REVERSED = ['0001', '0002', '0004', '0005'];

/** A copy of the shop's database under another name. */
function copyOf(fixture: Fixture, name: string): string {
  const file = join(fixture.story.outside, name);
  copyFileSync(fixture.database().file ?? '', file);
  return `sqlite:${file}`;
}

/** The fifth is pending again: something to do that loses nothing. */
async function takeBack(fixture: Fixture): Promise<void> {
  await fixture.database().query("DELETE FROM shop_changes WHERE version = '0005'");
  await fixture.database().query('DROP TABLE prizes');
}

const remembered = (fixture: Fixture): Promise<string> =>
  fixture.story.git('config', '--local', '--get-all', 'tidemark.target').then(String, () => '');

const withEnv = (fixture: Fixture, env: Readonly<Record<string, string>>): CliPlace => ({
  ...placeOf(fixture),
  env: { ...fixture.env, ...env },
});

describeWith('the built command line', builtCli(), () => {
  it('shows a target at its first change, remembers it without a password, and asks nothing more', async () => {
    await using fixture = await sparkles();
    expect(await remembered(fixture)).toBe('');
    const end = await reconcileAgreed(placeOf(fixture));
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(end.stderr).toContain('The first change of sqlite:services/shop/shop.db (SQLite');
    expect(await remembered(fixture)).toContain('services/shop');
    await takeBack(fixture);
    const again = await tidemark(placeOf(fixture), 'reconcile', '--yes');
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(again.stderr).not.toContain('first change');
  });

  it.each([
    ['a variable of the environment', { RAILS_ENV: 'production' }, 'RAILS_ENV is production'],
    [
      'a settings module',
      { DJANGO_SETTINGS_MODULE: 'site.settings.live' },
      'DJANGO_SETTINGS_MODULE is site.settings.live',
    ],
  ])('%s that says production takes the name, and no consent stands in for it', async (_, env, sign) => {
    await using fixture = await sparkles();
    const place = withEnv(fixture, env);
    const consent = await consentTo(place);
    for (const words of [consent, ['--yes'], [...consent, '--yes'], [...consent, '--target', 'shop']]) {
      const end = await changesNothing(fixture, () => tidemark(place, 'reconcile', ...words));
      expect(end, end.stdout).toMatchObject({ code: 3 });
      expect(end.stderr).toContain(`It looks like production: ${sign}.`);
      expect(end.stderr).toContain('Nothing was changed.');
      expect(end.stderr).toContain(`next  tidemark reconcile ${consent.join(' ')} --target shop.db`);
    }
    const end = await tidemark(place, 'reconcile', ...consent, '--target', 'shop.db');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(REVERSED);
    // Known by now, and still asked for: it looks like production.
    await takeBack(fixture);
    const again = await tidemark(place, 'reconcile', '--yes');
    expect(again.stderr).toContain(`It looks like production: ${sign}.`);
    expect(again.code).toBe(3);
  });

  it('the name and Rails’ own marker in the database are signs, and a file in the repository cannot wave them off', async () => {
    await using fixture = await sparkles();
    const url = copyOf(fixture, 'production.db');
    const named = await tidemark(
      placeOf(fixture),
      'reconcile',
      '--database',
      url,
      ...(await consentTo(placeOf(fixture), '--database', url)),
    );
    expect(named, named.stdout).toMatchObject({ code: 3 });
    expect(named.stderr).toContain('its name is production.db');
    fixture.story.write('tidemark.config.json', '{"projects":[],"target":"shop.db"}');
    expect((await tidemark(placeOf(fixture), 'reconcile', '--yes')).code).toBe(2);
    fixture.story.remove('tidemark.config.json');
    await fixture.database().query('CREATE TABLE ar_internal_metadata (key TEXT, value TEXT)');
    await fixture.database().query("INSERT INTO ar_internal_metadata VALUES ('environment', 'production')");
    const marked = await reconcileAgreed(placeOf(fixture));
    expect(marked, marked.stdout).toMatchObject({ code: 3 });
    expect(marked.stderr).toContain('ar_internal_metadata says that its environment is production');
  });

  it('another database than before is noticed, and is known once it was named', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const [one, other] = [copyOf(fixture, 'one.db'), copyOf(fixture, 'other.db')];
    expect((await reconcileAgreed(place, '--database', one)).code).toBe(0);
    const consent = await consentTo(place, '--database', other);
    const end = await tidemark(place, 'reconcile', '--database', other, ...consent);
    expect(end, end.stdout).toMatchObject({ code: 3 });
    expect(end.stderr).toMatch(/not the database that this clone changed before, sqlite:.*one\.db/);
    const wrong = await tidemark(place, 'reconcile', '--database', other, ...consent, '--target', 'one.db');
    expect(wrong.code).toBe(3);
    const named = await tidemark(place, 'reconcile', '--database', other, ...consent, '--target', 'other.db');
    expect(named, named.stderr).toMatchObject({ code: 0 });
    copyOf(fixture, 'other.db');
    const known = await reconcileAgreed(place, '--database', other);
    expect(known, known.stderr).toMatchObject({ code: 0 });
  });

  it('a terminal is asked for the name once, for losses and doubts together', async () => {
    await using fixture = await sparkles();
    const place = withEnv(fixture, { APP_ENV: 'production' });
    await using asked = startTerminal(place, ['reconcile', '--no-backup', '--yes'], { columns: 200 });
    await asked.until('type the name of the database, shop.db:');
    expect(asked.written()).toContain('It looks like production: APP_ENV is production.');
    asked.press(`shop.db${KEY.enter}`);
    expect(await asked.ended).toBe(0);
    expect(await versions(fixture)).toEqual(REVERSED);
  });

  it('the terminal UI asks for the name, also where nothing is lost', async () => {
    await using fixture = await sparkles();
    await reconcileAgreed(placeOf(fixture));
    await takeBack(fixture);
    const place = withEnv(fixture, { NODE_ENV: 'production' });
    await using ui = startTerminal(place, ['reconcile'], { columns: 100, rows: 30 });
    await ui.until('apply 0005');
    ui.press(KEY.enter);
    await ui.until('It looks like production: NODE_ENV is production.');
    ui.press('shop.db');
    ui.press(KEY.enter);
    await ui.until('Proved:');
    ui.press('q');
    ui.press('q');
    ui.press('q');
    await ui.ended;
    expect(await versions(fixture)).toEqual(REVERSED);
  });

  for (const [label, engine] of fixtureEngines().slice(1)) {
    describeWith(label, engine, on => {
      describeWith('with dbmate', tools, runners => {
        it('is not on this machine by its host’s name, and is the same database under both names', async () => {
          await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', on, runners);
          const place = placeOf(fixture);
          // Resolves to the loopback address, and is no spelling of it that is taken for one.
          const alias = fixture.database().url.replace(/127\.0\.0\.1|localhost/, '127.1');
          expect(alias).not.toBe(fixture.database().url);
          const far = ['--database', alias];
          const consent = await consentTo(place, ...far);
          const end = await tidemark(place, 'reconcile', ...far, ...consent);
          expect(end, end.stdout).toMatchObject({ code: 3 });
          expect(end.stderr).toContain('It is not on this machine: its host is 127.1.');
          const name = (await tidemarkJson(place, 'status')).document.projects[0].database.address.replace(/^.*\//, '');
          const named = await tidemark(place, 'reconcile', ...far, ...consent, '--target', name);
          expect(named, named.stderr).toMatchObject({ code: 0 });
          // Known by the server's own identity, whatever it is called.
          for (const words of [far, []]) {
            await takeBack(fixture);
            const known = await tidemark(place, 'reconcile', '--yes', ...words);
            expect(known, known.stderr).toMatchObject({ code: 0 });
          }
        });
      });
    });
  }
});
