/** Ctrl-C, a second run while one is under way, and a killed run: what is left can always be taken up. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import {
  abortAgreed,
  builtCli,
  consentTo,
  eventually,
  reconcileAgreed,
  startTidemark,
  tidemark,
  tidemarkJson,
} from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { CHANGES, changesNothing, lose, placeOf, sparkles, sql, versions } from './shop.ts';

const django = await fixtureTools('django/two-chained-orphans');

/** A down that works until the file it waits for is there: slow for exactly as long as a test needs. */
const WAITS = `from pathlib import Path
from time import sleep

from django.db import migrations, models


def wait(apps, schema_editor):
    place = Path("PLACE")
    (place / "began").write_text("")
    while not (place / "go-on").exists():
        sleep(0.02)


class Migration(migrations.Migration):
    dependencies = [("unicorn_stable", "0002_meadow")]

    operations = [
        migrations.AddField("unicorn", "song", models.CharField(max_length=20, null=True)),
        migrations.RunPython(migrations.RunPython.noop, wait),
    ]
`;

interface Waiting {
  readonly fixture: Fixture;
  readonly began: () => boolean;
  readonly goOn: () => void;
}

/** Three orphans: the newest waits when it is reversed. */
async function waiting(fixture: Fixture): Promise<Waiting> {
  const { story } = fixture;
  const path = 'site/stable/changes/0004_song.py';
  const place = story.outside;
  story.remove('site/stable/changes/0003_race.py');
  story.write(path, WAITS.replace('PLACE', place));
  await story.commit('Sing');
  await fixture.apply();
  story.remove(path);
  await story.commit('Do not sing');
  return {
    fixture,
    began: () => existsSync(join(place, 'began')),
    goOn: () => story.write('../go-on', ''),
  };
}

const applied = async (fixture: Fixture): Promise<readonly string[]> => {
  const rows = await fixture
    .database()
    .query("SELECT name FROM django_migrations WHERE app = 'unicorn_stable' ORDER BY id");
  return rows.map(({ name }) => String(name));
};

const ALL = ['0001_unicorn', '0002_meadow', '0003_glitter', '0004_shine', '0004_song'];

function noWorktrees({ env }: Fixture): void {
  const folder = join(env['XDG_CACHE_HOME'] ?? '', 'tidemark/wt');
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
}

describeWith('the built command line', builtCli(), () => {
  describeWith('with a slow reversal of Django', django, runners => {
    const build = async () => waiting(await buildFixture('django/two-chained-orphans', SQLITE, runners));

    it('Ctrl-C stops after the step, keeps the journal, and resume goes on', async () => {
      const { fixture, began, goOn } = await build();
      await using _ = fixture;
      const run = startTidemark(placeOf(fixture), ['reconcile', ...(await consentTo(placeOf(fixture)))]);
      await eventually('the reversal began', began);
      run.child.kill('SIGINT');
      await eventually('it was heard', () => run.told().includes('Stopping at the next safe point'));
      goOn();
      const end = await run.end;
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 130, signal: null });
      expect(end.stdout).toMatch(/^next +tidemark resume/m);
      expect(await applied(fixture)).toEqual(ALL.slice(0, 4));
      noWorktrees(fixture);
      const proving = { ...fixture.env, TIDEMARK_PROOF: 'on' };
      const resumed = await tidemark({ ...placeOf(fixture), env: proving }, 'resume');
      expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 });
      expect(resumed.stdout).toMatch(
        /^The schema is exactly what its \d+ applied migrations make of an empty database\./m,
      );
      expect(await applied(fixture)).toEqual(ALL.slice(0, 2));
      noWorktrees(fixture);
    });

    it('a second Ctrl-C ends the command itself, and abort brings everything back', async () => {
      const { fixture, began } = await build();
      await using _ = fixture;
      const schema = await fixture.database().schema('django_migrations');
      const run = startTidemark(placeOf(fixture), ['reconcile', ...(await consentTo(placeOf(fixture)))]);
      await eventually('the reversal began', began);
      run.child.kill('SIGINT');
      await eventually('it was heard', () => run.told().includes('Stopping at the next safe point'));
      run.child.kill('SIGINT');
      const end = await run.end;
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 130, signal: null });
      expect(await applied(fixture)).toEqual(ALL);
      noWorktrees(fixture);
      const aborted = await abortAgreed(placeOf(fixture));
      expect(aborted, aborted.stdout + aborted.stderr).toMatchObject({ code: 0 });
      expect(await applied(fixture)).toEqual(ALL);
      expect(await fixture.database().schema('django_migrations')).toEqual(schema);
      expect((await tidemark(placeOf(fixture), 'plan')).code).toBe(0);
    });

    it('a second run is refused while one is under way, by name', async () => {
      const { fixture, began, goOn } = await build();
      await using _ = fixture;
      const place = placeOf(fixture);
      const run = startTidemark(place, ['reconcile', ...(await consentTo(place))]);
      await eventually('the reversal began', began);
      const { document } = await tidemarkJson(place, 'runs');
      expect(document.runs).toMatchObject([{ status: 'open', underWay: true }]);
      const consent = await consentTo(place);
      for (const args of [
        ['reconcile', ...consent],
        ['resume'],
        ['abort', '--yes'],
        ['forget', '0004_shine', '--yes'],
      ]) {
        const end = await tidemark(place, ...args);
        expect(end.code, args.join(' ') + end.stdout + end.stderr).toBe(3);
        expect(end.stderr).toContain(document.runs[0].run);
        expect(end.stderr).toContain('Nothing was changed.');
      }
      expect((await tidemark(place, 'status')).code).toBe(0);
      goOn();
      const end = await run.end;
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await applied(fixture)).toEqual(ALL.slice(0, 2));
    });

    it('a run killed in the middle is taken up once its command is done', async () => {
      const { fixture, began, goOn } = await build();
      await using _ = fixture;
      const place = placeOf(fixture);
      const run = startTidemark(place, ['reconcile', ...(await consentTo(place))]);
      await eventually('the reversal began', began);
      run.child.kill('SIGKILL');
      expect(await run.end).toMatchObject({ signal: 'SIGKILL' });
      const refused = await reconcileAgreed(place);
      expect(refused.code, refused.stderr).toBe(3);
      goOn();
      const resumed = await tidemark(place, 'resume');
      expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 });
      expect(await applied(fixture)).toEqual(ALL.slice(0, 2));
      noWorktrees(fixture);
      expect(await fixture.story.git('worktree', 'list', '--porcelain')).not.toMatch(/\nworktree /);
    });
  });

  it('Ctrl-C before anything was begun changes nothing', async () => {
    await using fixture = await sparkles();
    // Enough commits that the walk takes a while; the signal is sent as soon as the process can hear it.
    const end = await changesNothing(fixture, async () => {
      const run = startTidemark(placeOf(fixture), ['reconcile', '--dry-run']);
      await eventually('it is listening', () => run.child.pid !== undefined);
      run.child.kill('SIGINT');
      return run.end;
    });
    expect([0, 130, null]).toContain(end.code);
    expect(await versions(fixture)).toContain('0003');
    expect(end.stderr).not.toContain('bug in Tidemark');
  });

  it('is brought to its end, and told by its exit code, when nobody reads it any more', async () => {
    await using fixture = await sparkles();
    const run = startTidemark(placeOf(fixture), ['reconcile', ...(await consentTo(placeOf(fixture)))]);
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    expect(await run.end).toMatchObject({ code: 0, signal: null });
    expect(await versions(fixture)).not.toContain('0003');
    const unread = startTidemark(placeOf(fixture), ['show', 'nosuch']);
    unread.child.stdout?.destroy();
    unread.child.stderr?.destroy();
    expect(await unread.end).toMatchObject({ code: 2 });
  });

  it('is ended by SIGTERM as by Ctrl-C, between two steps of SQL', async () => {
    await using fixture = await sparkles();
    // A hundred thousand rows take long enough to be reached by a signal, and each step is whole.
    const rows = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)';
    for (const name of ['0006', '0007', '0008']) {
      await lose(fixture, {
        name: `${name}_many.sql`,
        text: sql(
          `CREATE TABLE many_${name} (i INTEGER PRIMARY KEY);`,
          `INSERT INTO many_${name} ${rows} SELECT i FROM n;\nDROP TABLE many_${name};`,
        ),
      });
    }
    const run = startTidemark(placeOf(fixture), ['reconcile', ...(await consentTo(placeOf(fixture)))]);
    await eventually('the first step began', () => run.told().includes('1/4'));
    run.child.kill('SIGTERM');
    const end = await run.end;
    expect([0, 130], end.stdout + end.stderr).toContain(end.code);
    expect(existsSync(join(fixture.story.root, CHANGES, '0006_many.sql'))).toBe(false);
    if (end.code === 130) expect((await tidemark(placeOf(fixture), 'resume')).code).toBe(0);
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
  });
});
