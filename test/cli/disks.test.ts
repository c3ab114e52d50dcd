/** Full and read-only disks under each folder Tidemark writes to: looking still works where it can, and nothing is begun that cannot end. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Available, describeWith } from '../kit/available.ts';
import { builtCli, type CliPlace, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { changesNothing, placeOf, sparkles, versions } from './shop.ts';

const knex = await fixtureTools('knex/amend');

/** Turns a folder into a small disk, `full` or `read-only`, for as long as it is used. */
function disk(folder: string, state: 'full' | 'read-only'): Disposable {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  if (state === 'full') fill(join(folder, 'filler'));
  else execFileSync('mount', ['-o', 'remount,ro', folder]);
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]) };
}

function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (;;) writeSync(handle, Buffer.alloc(4096));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(handle);
  }
}

function canMount(): Available<null> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0;
  if (mounted) execFileSync('umount', [folder]);
  rmdirSync(folder);
  return mounted ? { here: true, it: null } : { here: false, because: 'this user may not mount a small disk' };
}

/** Refused in words, as a matter of the disk; no run stays behind. */
async function refusedForTheDisk(fixture: Fixture, place: CliPlace): Promise<void> {
  const end = await changesNothing(fixture, () => reconcileAgreed(place));
  expect([3, 5], end.stdout + end.stderr).toContain(end.code);
  expect(end.stderr).toMatch(/no space|read-only|ENOSPC|EROFS|full|cannot be (used|made)/i);
  expect(end.stderr).toMatch(/^ {2}next {2}\S/m);
  expect(end.stderr).not.toMatch(/bug in Tidemark|^\s+at /m);
  const { document } = await tidemarkJson(placeOf(fixture), 'runs');
  expect(document.runs).toEqual([]);
}

describeWith('the built command line', builtCli(), () => {
  describeWith('with small disks', canMount(), () => {
    for (const state of ['full', 'read-only'] as const) {
      it(`the folder for backups and locks is ${state}`, async () => {
        await using fixture = await sparkles();
        using _ = disk(join(fixture.story.outside, 'state'), state);
        expect((await tidemark(placeOf(fixture), 'status')).code).toBe(0);
        await refusedForTheDisk(fixture, placeOf(fixture));
        expect(await versions(fixture)).toContain('0003');
      });

      it(`the folder for journals is ${state}`, async () => {
        await using fixture = await sparkles();
        {
          using _ = disk(join(fixture.story.root, '.git/tidemark'), state);
          const { code, stderr } = await tidemark(placeOf(fixture), 'status');
          expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
          await refusedForTheDisk(fixture, placeOf(fixture));
        }
        expect((await reconcileAgreed(placeOf(fixture))).code).toBe(0);
      });

      it(`the folder for parked data is ${state}`, async () => {
        await using fixture = await sparkles();
        {
          using _ = disk(join(fixture.story.root, '.git/tidemark/parked'), state);
          const rows = () => fixture.database().query('SELECT * FROM glitter_sorts');
          const before = [await versions(fixture), await rows()];
          const end = await reconcileAgreed(placeOf(fixture));
          expect([await versions(fixture), await rows()]).toEqual(before);
          expect(end, end.stdout + end.stderr).toMatchObject({ code: 5 });
          expect(end.stderr).toMatch(/parked\/\S+ cannot be used while [\s\S]*(ENOSPC|EROFS)/);
          expect(end.stderr).not.toMatch(/bug in Tidemark|^\s+at /m);
          const { document } = await tidemarkJson(placeOf(fixture), 'runs');
          expect(document.runs).toEqual([]);
        }
        expect((await reconcileAgreed(placeOf(fixture))).code).toBe(0);
      });

      it(`the temporary folder is ${state}`, async () => {
        await using fixture = await sparkles();
        const temp = join(fixture.story.outside, 'temp');
        using _ = disk(temp, state);
        const place = { ...placeOf(fixture), env: { ...fixture.env, TMPDIR: temp } };
        expect((await tidemark(place, 'status')).code).toBe(0);
        const end = await reconcileAgreed(place);
        expect(end, end.stderr).toMatchObject({ code: 0 });
        const demo = await tidemark({ cwd: fixture.story.outside, env: place.env }, 'demo');
        expect(demo.code, demo.stderr).toBe(5);
        expect(demo.stderr).not.toMatch(/bug in Tidemark|^\s+at /m);
      });

      describeWith(`the folder for worktrees is ${state}`, knex, runners => {
        it('stops before anything is changed, and goes on when there is room again', async () => {
          await using fixture = await buildFixture('knex/amend', SQLITE, runners);
          const place = placeOf(fixture);
          {
            using _ = disk(join(fixture.story.outside, 'cache'), state);
            expect((await tidemark(place, 'status')).code).toBe(0);
            // The database that is about to be changed is remembered in git's settings.
            const end = await changesNothing(fixture, () => tidemark(place, 'reconcile', '--yes'), '.git/config');
            expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
            expect(end.stderr).not.toMatch(/bug in Tidemark|^\s+at /m);
            expect(end.stderr).toContain(join(fixture.story.outside, 'cache'));
            expect(end.stderr).toMatch(
              /stopped after 0 of 1 step; its journal is kept\.\n {2}next {2}tidemark resume \S+/,
            );
          }
          const end = await tidemark(place, 'resume');
          expect(end, end.stderr).toMatchObject({ code: 0 });
          expect((await tidemark(place, 'status', '--exit-code')).code).toBe(0);
        });
      });
    }

    it('the disk of the database fills up in the middle of a reversal', async () => {
      await using fixture = await sparkles();
      const { story } = fixture;
      const small = join(story.outside, 'small');
      using _ = room(small);
      const file = join(small, 'shop.db');
      execFileSync('cp', [join(story.root, 'services/shop/shop.db'), file]);
      fill(join(small, 'filler'));
      const end = await reconcileAgreed(placeOf(fixture), '--database', `sqlite:${file}`);
      expect([4, 5], end.stdout + end.stderr).toContain(end.code);
      expect(end.stdout + end.stderr).toMatch(/full|no space|disk/i);
      expect(end.stderr).not.toMatch(/bug in Tidemark|^\s+at /m);
      execFileSync('rm', [join(small, 'filler')]);
      const on = ['--database', `sqlite:${file}`];
      const { document } = await tidemarkJson(placeOf(fixture), 'runs');
      const open = document.runs.filter(({ status }: { status: string }) => status === 'open');
      const next = open.length > 0 ? ['resume', ...on] : ['reconcile', '--yes', ...on];
      expect((await tidemark(placeOf(fixture), ...next)).code).toBe(0);
      expect((await tidemark(placeOf(fixture), 'status', '--exit-code', ...on)).code).toBe(0);
    });
  });
});

/** A small disk with room on it. */
function room(folder: string): Disposable {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder]);
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]) };
}
