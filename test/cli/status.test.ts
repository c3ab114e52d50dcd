/** `tidemark status` on the Sparkles and Rainbows repository: the document of design section 8, and what people see. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { CHANGES, changesNothing, placeOf, sparkles } from './shop.ts';

const ESCAPE = '\u001b';

describeWith('the built command line', builtCli(), () => {
  it('prints the status document with every field', async () => {
    await using fixture = await sparkles();
    const { story, commits } = fixture;
    const { document, stderr, code } = await tidemarkJson(placeOf(fixture), 'status');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const blob = await story.git('rev-parse', `${commits['adds 3']}:${CHANGES}/0003_glitter.sql`);
    const path = `${CHANGES}/0003_glitter.sql`;
    const applied = (id: string, name: string) => ({
      id,
      state: 'applied',
      path: `${CHANGES}/${id}_${name}.sql`,
      appliedAt: null,
    });
    expect(document).toMatchObject({
      format: 1,
      repository: { root: story.root, head: await story.git('rev-parse', 'HEAD'), branch: 'main' },
      projects: [
        {
          framework: 'dbmate',
          root: 'services/shop',
          database: { engine: 'sqlite', address: 'sqlite:services/shop/shop.db' },
          historyTable: 'shop_changes',
          counts: { applied: 5, pending: 0, orphaned: 1 },
          migrations: [
            applied('0001', 'unicorns'),
            applied('0002', 'meadows'),
            { id: '0003', state: 'orphaned', path, appliedAt: null },
            applied('0004', 'races'),
            applied('0005', 'prizes'),
          ],
          findings: [
            {
              kind: 'orphaned',
              migration: '0003',
              cause: 'deleted-here',
              added: {
                commit: commits['adds 3'],
                author: 'Sparkles',
                date: '2024-03-01T09:02:00+00:00',
                subject: 'Store glitter',
                path,
              },
              deleted: {
                commit: commits['deletes 3'],
                author: 'Sparkles',
                date: '2024-03-01T09:03:00+00:00',
                subject: 'Drop the glitter idea: it gets everywhere',
                path,
              },
              source: { commit: commits['adds 3'], path, blob },
              branches: [],
              renamedTo: null,
              similarity: null,
              remedy: 'reverse',
              remedies: ['reverse', 'adopt', 'forget', 'ignore'],
            },
          ],
        },
      ],
    });
    expect(document.projects).toHaveLength(1);
    expect(document.projects[0].findings).toHaveLength(1);
  });

  it('says null for the branch of a detached HEAD', async () => {
    await using fixture = await sparkles();
    await fixture.story.git('switch', '--quiet', '--detach');
    const { document } = await tidemarkJson(placeOf(fixture), 'status');
    expect(document.repository.branch).toBe(null);
    expect((await tidemark(placeOf(fixture), 'status')).stdout).toContain('detached at');
  });

  it('says who, which commit, when and why, and what to do; and changes nothing', async () => {
    await using fixture = await sparkles();
    const { stdout, stderr, code } = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'status'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const words of [
      `${fixture.story.root} on main`,
      '5 applied, 0 pending, 1 orphaned',
      '0003 is applied, and main has no file for it.',
      'by Sparkles',
      fixture.commits['deletes 3']?.slice(0, 10) ?? '?',
      'Drop the glitter idea: it gets everywhere',
      'tidemark plan',
    ])
      expect(stdout).toContain(words);
    expect(await tidemark(placeOf(fixture))).toMatchObject({ code: 0, stdout });
  });

  it('exits with 1 where findings are asked for, and with 0 once there are none', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    expect((await tidemark(place, 'status', '--exit-code')).code).toBe(1);
    expect((await tidemark(place, 'plan', '--exit-code')).code).toBe(1);
    expect((await reconcileAgreed(place)).code).toBe(0);
    expect((await tidemark(place, 'status', '--exit-code')).code).toBe(0);
    expect((await tidemark(place, 'plan', '--exit-code')).code).toBe(0);
  });

  it('is found with -C, from a folder below, and with a relative --database', async () => {
    await using fixture = await sparkles();
    const { story, env } = fixture;
    const outside = { cwd: story.outside, env };
    const asked = await tidemarkJson(outside, '-C', story.root, 'status');
    expect(asked.document.projects[0].counts.orphaned).toBe(1);
    const below = { cwd: `${story.root}/${CHANGES}`, env };
    expect((await tidemarkJson(below, 'status')).document.repository.root).toBe(story.root);
    const named = await tidemarkJson(below, 'status', '--database', 'sqlite:../shop.db');
    expect(named.document.projects[0].database.address).toBe('sqlite:services/shop/shop.db');
    const relative = await tidemarkJson({ cwd: story.outside, env }, '-C', 'repo', 'status');
    expect(relative.document.repository.root).toBe(story.root);
  });

  it('is coloured only where that is wanted', async () => {
    await using fixture = await sparkles();
    const place = placeOf(fixture);
    const forced = { ...place, env: { ...place.env, FORCE_COLOR: '1' } };
    expect((await tidemark(place, 'status')).stdout).not.toContain(ESCAPE);
    expect((await tidemark(forced, 'status')).stdout).toContain(ESCAPE);
    expect((await tidemark(forced, 'status', '--no-color')).stdout).not.toContain(ESCAPE);
    const refused = { ...forced, env: { ...forced.env, NO_COLOR: '1' } };
    expect((await tidemark(refused, 'status')).stdout).not.toContain(ESCAPE);
    expect((await tidemark(forced, 'status', '--json')).stdout).not.toContain(ESCAPE);
  });

  it('lists every migration with --verbose', async () => {
    await using fixture = await sparkles();
    const { stdout } = await tidemark(placeOf(fixture), 'status', '--verbose');
    expect(stdout).toMatch(/^ {2}applied +0001 .*0001_unicorns\.sql$/m);
    expect(stdout).toMatch(/^ {2}orphaned +0003 /m);
  });
});
