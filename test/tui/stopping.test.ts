/** A run that is stopped by Ctrl-C, once and twice, with a framework's own command; and its taking up from the result. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { placeOf } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, eventually, tidemarkJson } from '../kit/cli.ts';
import { type Fixture, fixtureTools } from '../kit/fixture.ts';
import { KEY } from '../kit/terminal.ts';
import { open, PLANNED, shellThatTells, waiting } from './tell.ts';

const knex = await fixtureTools('knex/sparkles-and-rainbows');

const names = async (fixture: Fixture): Promise<readonly string[]> => {
  const rows = await fixture.database().query('SELECT name FROM site_changes ORDER BY name');
  return rows.map(({ name }) => String(name).slice(0, 3));
};

describeWith('the terminal UI', builtCli(), () => {
  describeWith('while a command of Knex waits', knex, runners => {
    async function running() {
      const told = await waiting(runners);
      const shell = shellThatTells(told.fixture.story.outside, 'db/changes');
      const terminal = open(told.fixture, ['reconcile'], { env: { SHELL: shell.path } });
      await terminal.until(PLANNED);
      terminal.press(KEY.enter);
      await terminal.until('It destroys data');
      terminal.press(`site.db${KEY.enter}`);
      await eventually('the reversal began', told.began);
      await terminal.until('Taking the songs down.');
      expect(terminal.screen().join('\n')).toMatch(/^ running +\d+\.\d s +1\. reverse 006_songs\.cjs/m);
      expect(terminal.screen().join('\n')).toMatch(/^ waiting +2\. reverse 003_glitter\.cjs/m);
      return { ...told, terminal, shell };
    }

    it('Ctrl-C stops after the step and says how to go on; a shell sees its code and its database; r goes on', async () => {
      const { fixture, goOn, terminal, shell } = await running();
      await using _ = fixture;
      await using __ = terminal;
      terminal.press(KEY.interrupt);
      await terminal.until(
        /^ Stopping after this step; Ctrl-C again ends what runs now\.\n To go on later: tidemark resume \S+-[0-9a-f]{6}$/m,
      );
      // Nothing else ends it: these keys have no meaning here.
      terminal.press('q\u001b');
      goOn();
      await terminal.until('Stopped on request after 1 of 2 steps');
      expect(terminal.screen().join('\n')).toMatch(/not run +reverse 003_glitter\.cjs/);
      expect(await names(fixture)).toEqual(['001', '002', '003', '004', '005']);
      terminal.press('s');
      await terminal.until('in the shell');
      expect(shell.told()).toMatch(/^\S+\/tidemark\/wt\/\S+\/apps\/site\n/);
      expect(shell.told()).toContain('003_glitter.cjs');
      expect(shell.told()).toContain(`${fixture.story.root}/apps/site/site.db`);
      terminal.press('\r');
      await terminal.until('Stopped on request');
      terminal.press('r');
      await terminal.until(/^Proved: /m);
      expect(await names(fixture)).toEqual(['001', '002', '004', '005']);
      terminal.press('qq');
      expect(await terminal.ended).toBe(0);
    });

    it('Ctrl-C twice ends the command itself, and nothing of it stays', async () => {
      const { fixture, terminal } = await running();
      await using _ = fixture;
      await using __ = terminal;
      terminal.press(KEY.interrupt);
      await terminal.until('Ctrl-C again ends what runs now.');
      terminal.press(KEY.interrupt);
      await terminal.until('Stopped on request after 0 of 2 steps');
      expect(await names(fixture)).toEqual(['001', '002', '003', '004', '005', '006']);
      const { document } = await tidemarkJson(placeOf(fixture), 'runs');
      expect(document.runs).toMatchObject([{ status: 'open', underWay: false, child: null }]);
      terminal.press('a');
      await terminal.until(/Abort run \S+\?[\s\S]*nothing that the run did is there/);
      terminal.press('y');
      await terminal.until(/is aborted\. It had changed nothing\./);
      terminal.press('q');
      await terminal.until('2 orphaned');
      terminal.press('q');
      expect(await terminal.ended).toBe(130);
      expect(existsSync(`/proc/${terminal.pid}`)).toBe(false);
    });
  });
});
