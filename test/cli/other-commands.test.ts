/** `doctor`, `init`, `runs` and `demo`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, consentTo, tidemark, tidemarkJson } from '../kit/cli.ts';
import { newStory } from '../kit/story.ts';
import { changesNothing, expectsWords, freePort, placeOf, sparkles } from './shop.ts';

describeWith('the built command line', builtCli(), () => {
  it('doctor finds everything good, and names what is not', async () => {
    await using fixture = await sparkles();
    const { document, code } = await tidemarkJson(placeOf(fixture), 'doctor');
    expect(code).toBe(0);
    const found: readonly { what: string; state: string }[] = document.examined;
    expect(found.map(({ what }) => what)).toEqual(expect.arrayContaining(['Node.js', 'git', 'repository', 'history']));
    expect(found.filter(({ state }) => state !== 'good')).toEqual([]);
    const url = `postgres://app@127.0.0.1:${await freePort()}/shop`;
    const bad = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'doctor', '--database', url));
    expect(bad.code).toBe(5);
    expect(bad.stdout).toMatch(/^bad +\S.*cannot be reached/m);
    const copy = await fixture.story.clone('shallow', '--depth', '1');
    const shallow = await tidemark(
      { cwd: copy.root, env: fixture.env },
      'doctor',
      '--database',
      fixture.database().url,
    );
    expect(shallow.stdout).toMatch(/^note +history +shallow/m);
  });

  it('init writes settings that are then used, and never over others', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const end = await tidemark(place, 'init');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect((await tidemarkJson(place, 'status')).document.projects[0].counts).toMatchObject({ orphaned: 1 });
    const again = await changesNothing(fixture, () => tidemark(place, 'init'));
    expectsWords(again, 3, /tidemark\.config\.json/, /./);
  });

  it('runs lists what was done', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    expect((await tidemark(place, 'runs')).stdout).toContain('There was no run in this repository yet.');
    const { document } = await tidemarkJson(place, 'reconcile', ...(await consentTo(place)));
    const runs = await tidemarkJson(place, 'runs');
    expect(runs.document.runs).toMatchObject([{ run: document.runs[0].run, status: 'finished', underWay: false }]);
    expect((await tidemark(place, 'runs')).stdout).toContain('reverse 0003');
    const again = await tidemark(place, 'resume', document.runs[0].run);
    expectsWords(again, 3, /is finished: there is nothing left to do/, /tidemark runs/);
  });

  it('demo plays the story and proves its end, and leaves nothing behind', async () => {
    await using story = await newStory();
    const temp = join(story.outside, 'temp');
    mkdirSync(temp);
    const elsewhere = join(story.outside, 'elsewhere.db');
    writeFileSync(elsewhere, '');
    const env = { ...story.env, TMPDIR: temp, DATABASE_URL: `sqlite:${elsewhere}` };
    const end = await tidemark({ cwd: story.outside, env }, 'demo');
    expect(end, end.stderr).toMatchObject({ code: 0 });
    expect(end.stdout).toContain('1 orphaned');
    expect(end.stdout).toMatch(/^20240603090000 +\(gone\)$/m);
    expect(end.stdout).toContain('The database is where the branch expects it.');
    // Node's own cache of compiled code may stay; it belongs to Node, and any program may delete it.
    expect((await filesBelow(temp)).filter(path => !path.startsWith('node-compile-cache'))).toEqual([]);
    expect(await filesBelow(join(story.outside, 'state'))).toEqual([]);
  });
});

const filesBelow = (folder: string): Promise<readonly string[]> => readdir(folder, { recursive: true });
