/** Status, plans and JSON load neither Ink nor React: every module that Node really loads is written down and read. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { placeOf, sparkles } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark } from '../kit/cli.ts';
import type { Fixture } from '../kit/fixture.ts';
import { KEY } from '../kit/terminal.ts';
import { open } from './tell.ts';

/** Writes the address of every module that is loaded, imported or required, to a file. */
const HOOK = `import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    appendFileSync(process.env.LOADED_MODULES, url + '\\n');
    return next(url, context);
  },
});
`;

/** A place whose commands write down what they load, and the reading of it. */
function watched({ story, ...fixture }: Fixture) {
  const [hook, list] = [join(story.outside, 'hook.mjs'), join(story.outside, 'loaded')];
  story.write('../hook.mjs', HOOK);
  const env = { ...fixture.env, NODE_OPTIONS: `--import=${hook}`, LOADED_MODULES: list };
  return {
    env,
    loaded: () => (existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean) : []),
  };
}

/** Ink and React by their names, and by what is written in them: the build puts packages into its own files. */
const ofTui = (loaded: readonly string[]) =>
  loaded.filter(
    url =>
      /\/dist\/tui\.js|\/node_modules\/(ink|react|react-reconciler|yoga-layout|lowlight)\//.test(url) ||
      (/\/dist\/.*\.js$/.test(url) && readFileSync(new URL(url), 'utf8').includes(REACT)),
  );

/** What every React element is marked with. */
const REACT = 'react.transitional.element';

describeWith('the built command line', builtCli(), () => {
  it.each([
    [['status']],
    [['status', '--json']],
    [['plan', '--json']],
    [['log', '0003', '--json']],
    [['reconcile', '--dry-run']],
    [['reconcile', '--yes']],
    [['--json']],
    [[]],
  ])('loads nothing of the terminal UI for %j', async args => {
    await using fixture = await sparkles();
    const { env, loaded } = watched(fixture);
    const end = await tidemark({ ...placeOf(fixture), env }, ...args);
    expect([0, 3], end.stderr).toContain(end.code);
    expect(loaded().join('\n')).toContain('/dist/start.js');
    expect(ofTui(loaded())).toEqual([]);
  });

  it('is seen loading it when it is opened', async () => {
    await using fixture = await sparkles();
    const { env, loaded } = watched(fixture);
    await using terminal = open({ ...fixture, env });
    await terminal.until('1 orphaned');
    terminal.press(KEY.interrupt);
    expect(await terminal.ended).toBe(130);
    const [tui, ...more] = ofTui(loaded());
    expect(tui).toContain('/dist/tui.js');
    expect(more).toEqual([]);
    expect(readFileSync(new URL(tui ?? ''), 'utf8')).toContain(REACT);
  });
});
