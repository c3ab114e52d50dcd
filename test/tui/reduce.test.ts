/** The reducer of the terminal UI: what keys do, what they may never do, and why some do nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BINDINGS, bindingFor } from '../../src/tui/keys.ts';
import { listOf, rowOf } from '../../src/tui/state/overview.ts';
import { planItems } from '../../src/tui/state/plan.ts';
import { placeOf, top } from '../../src/tui/state/state.ts';
import { NOW, orphan, plan, played, project, repository, reversal, row, SPARKLES } from './states.ts';

const THREE = project('shop', [row('1'), row('2'), row('3')]);

describe('the key table', () => {
  it('gives no key two meanings at one place', () => {
    const all = BINDINGS.flatMap(({ where, keys }) => where.flatMap(place => keys.map(key => `${place} ${key}`)));
    expect(all.filter((entry, index) => all.indexOf(entry) !== index)).toEqual([]);
  });

  it('has a way out of every place, and Ctrl-C everywhere', () => {
    for (const place of new Set(BINDINGS.flatMap(({ where }) => where))) {
      expect(bindingFor(place, 'ctrl+c'), place).not.toBeNull();
      if (place !== 'run') expect(bindingFor(place, 'esc'), place).not.toBeNull();
    }
  });
});

describe('the overview', () => {
  it('opens at the first finding, of the first project that has one', () => {
    const ui = played(repository(project('a', [row('1')]), project('b', [row('1'), row('2', 'orphaned'), row('3')])));
    expect([ui.state().tab, rowOf(ui.state())?.id]).toEqual([1, '2']);
  });

  it('keeps the cursor inside the list', () => {
    const ui = played(repository(THREE));
    ui.press('j', 'j', 'j', 'j', 'j');
    expect(rowOf(ui.state())?.id).toBe('3');
    ui.press('g', 'k');
    expect(rowOf(ui.state())?.id).toBe('1');
  });

  it('goes to the next finding round the end, and says when there is none', () => {
    const ui = played(repository(project('shop', [row('1', 'orphaned'), row('2'), row('3', 'orphaned')])));
    ui.press('n');
    expect(rowOf(ui.state())?.id).toBe('3');
    ui.press('n');
    expect(rowOf(ui.state())?.id).toBe('1');
    const quiet = played(repository(THREE));
    quiet.press('n');
    expect(quiet.state().notice).toBe('There is no finding here.');
  });

  it('filters while it is typed, by every word, and shows all again', () => {
    const ui = played(repository(project('shop', [row('10_unicorns'), row('20_races'), row('21_unicorn_races')])));
    ui.press('/', 'u', 'n', 'i', 'space', 'r', 'a', 'c');
    expect(listOf(ui.state()).shown).toEqual([2]);
    ui.press('enter', 'q');
    expect(ui.effects.at(-1)).toEqual({ do: 'quit', code: 0 });
    ui.press('esc');
    expect(listOf(ui.state()).shown).toEqual([0, 1, 2]);
  });

  it('takes keys as text while a filter is typed', () => {
    const ui = played();
    expect(ui.press('/', 'q', 'p', 'y')).toEqual([]);
    expect(listOf(ui.state()).filter).toBe('qpy');
    ui.press('backspace', 'ctrl+u');
    expect(listOf(ui.state()).filter).toBe('');
  });

  it('stays on the same migration when it is read again, though others came before it', () => {
    const ui = played(repository(THREE));
    ui.press('g', 'j');
    ui.tell({ type: 'loaded', view: repository(project('shop', [row('0'), row('1'), row('2'), row('3')])), now: NOW });
    expect(rowOf(ui.state())?.id).toBe('2');
  });

  it('says why a key cannot work', () => {
    const ui = played(repository(THREE));
    ui.press('x');
    expect(ui.state().notice).toBe('Only an orphan, or an edited migration, has remedies to choose from.');
    ui.press('tab');
    expect(ui.state().notice).toBe('There is only one project here.');
    const early = played(null);
    early.press('p');
    expect(early.state().notice).toBe('Nothing has been read yet; r reads again.');
  });
});

describe('the plan', () => {
  it('is planned again for every choice, and an answer to an earlier wish is not taken', () => {
    const ui = played();
    ui.press('p');
    const [first] = ui.effects.filter(effect => effect.do === 'plan');
    ui.press('s');
    if (first?.do !== 'plan') throw new Error('no plan was asked for');
    const stale = { plan: plan(reversal('3', 3)), refusals: [], warnings: [], backupFolder: null };
    ui.tell({ type: 'planned', asked: first.wish, project: 'shop', wish: first.wish, planned: stale });
    expect(top(ui.state())).toMatchObject({ name: 'plan', planning: true, planned: null });
    ui.answerPlan(plan(reversal('3', 3)));
    expect(top(ui.state())).toMatchObject({ planning: false, wish: { strategy: 'rewind' } });
  });

  it('cannot be run while it is being made', () => {
    const ui = played();
    ui.press('p', 'enter');
    expect(ui.state().notice).toBe('The plan is still being made.');
  });

  it('sends the chosen remedies, and keeps what is adopted, ignored or left out of the steps', () => {
    const ui = played();
    ui.press('p');
    ui.answerPlan(plan(reversal('3', 0)));
    ui.press('x', 'j', 'j', 'enter');
    expect(ui.effects.at(-1)).toMatchObject({ do: 'plan', wish: { remedies: new Map([['3', 'ignore']]) } });
    ui.answerPlan(null);
    const screen = top(ui.state());
    if (screen.name !== 'plan') throw new Error('not on the plan');
    expect(planItems(ui.state().view?.projects[0], screen)).toMatchObject([{ kind: 'finding', choice: 'adopt' }]);
    ui.press('enter', 'y');
    expect(ui.effects.at(-1)).toEqual({
      do: 'run',
      project: 'shop',
      planId: null,
      afterwards: { adopt: ['3'], ignore: [] },
    });
  });

  it('says why a remedy cannot be chosen', () => {
    const ui = played();
    ui.press('p');
    ui.answerPlan(plan(reversal('3', 0)));
    ui.press('x', 'j', 'enter');
    expect(ui.state().notice).toBe('relabel cannot be chosen: nothing on this branch looks like it.');
    expect(placeOf(ui.state())).toBe('remedies');
  });

  it('opens at an orphan that is ignored, when its remedy is chosen on the overview', () => {
    const ignored = row('3', 'orphaned', [orphan('3', { ignored: true })]);
    const ui = played(repository(project('shop', [row('1'), ignored, row('4', 'orphaned')])));
    ui.press('g', 'j', 'x');
    ui.answerPlan(plan(reversal('4', 0)));
    const screen = top(ui.state());
    if (screen.name !== 'plan') throw new Error('not on the plan');
    expect(planItems(ui.state().view?.projects[0], screen)[screen.cursor]).toMatchObject({
      kind: 'finding',
      finding: { migration: '3' },
    });
  });
});

describe('the question', () => {
  const asked = (rows: number) => {
    const ui = played();
    ui.press('p');
    ui.answerPlan(plan(reversal('3', rows)));
    ui.press('enter');
    return ui;
  };

  it('takes enter for no, as long as nothing else is marked', () => {
    const ui = asked(0);
    expect(ui.press('enter')).toEqual([]);
    expect(ui.state()).toMatchObject({ notice: 'Nothing was changed.' });
    ui.press('enter', 'right');
    expect(ui.press('enter')).toMatchObject([{ do: 'run', planId: '0123456789ab' }]);
    expect(top(ui.state()).name).toBe('run');
  });

  it('wants the name of the database typed when data is lost', () => {
    const ui = asked(3);
    ui.press('y', 'enter');
    expect(ui.state().notice).toBe('That is not the name: shop.db. Esc goes back, and nothing is changed.');
    ui.press('backspace');
    ui.tell({ type: 'pasted', text: 'shop.db' });
    expect(ui.press('enter')).toMatchObject([{ do: 'run', planId: '0123456789ab' }]);
  });

  it('is asked again, after the plan, when something changed underneath', () => {
    const ui = asked(0);
    ui.tell({ type: 'moved', what: 'The database has changed: read again.' });
    const wanted = ui.tell({ type: 'loaded', view: SPARKLES, now: NOW });
    expect(wanted).toMatchObject([{ do: 'plan', project: 'shop' }]);
    expect(placeOf(ui.state())).toBe('plan');
  });

  it('is not answered by what is pasted', () => {
    const ui = asked(0);
    ui.tell({ type: 'pasted', text: 'y\r' });
    expect(ui.effects.some(effect => effect.do === 'run')).toBe(false);
  });
});

describe('a run', () => {
  const running = () => {
    const ui = played();
    ui.press('p');
    ui.answerPlan(plan(reversal('3', 0)));
    ui.press('enter', 'y');
    ui.tell({ type: 'run-began', title: 'Plan', steps: [{ title: 'reverse 3', done: false }], now: NOW });
    return ui;
  };

  it('is stopped softly by the first Ctrl-C, hard by the second, and left by nothing else', () => {
    const ui = running();
    expect(ui.press('q', 'esc')).toEqual([]);
    expect(ui.press('ctrl+c')).toEqual([{ do: 'stop', hard: false }]);
    expect(ui.press('ctrl+c')).toEqual([{ do: 'stop', hard: true }]);
    ui.press('ctrl+z');
    expect(ui.state().notice).toMatch(/^Not while a run is under way/);
  });

  it('is read again after its end, and left when that was asked from outside', () => {
    const ui = running();
    expect(ui.tell({ type: 'run-ended', report: null, said: null })).toEqual([{ do: 'load' }]);
    expect(top(ui.state()).name).toBe('result');
    const asked = running();
    expect(asked.tell({ type: 'asked-to-end', code: 143 })).toEqual([{ do: 'stop', hard: false }]);
    expect(asked.tell({ type: 'run-ended', report: null, said: null })).toEqual([{ do: 'quit', code: 143 }]);
  });
});

describe('any keys', () => {
  const keys = [...new Set(BINDINGS.flatMap(binding => binding.keys)), '1', 'é', '漢', 's', 'h', 'o', 'p'];
  const view = repository(
    project('shop', [row('1'), row('3', 'orphaned'), row('4', 'orphaned')]),
    project('till', [row('1'), row('2', 'orphaned')]),
  );

  it('never change data without the question, and never leave the screen without a state', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...keys), { maxLength: 40 }), pressed => {
        const ui = played(view);
        for (const key of pressed) {
          const place = placeOf(ui.state());
          const effects = ui.press(key);
          if (effects.some(({ do: does }) => does === 'run' || does === 'abort'))
            expect(['confirm', 'name']).toContain(place);
          for (const effect of effects) if (effect.do === 'plan') ui.answerPlan(plan(reversal('3', 2)));
          const { cursor, shown } = listOf(ui.state());
          expect(cursor === 0 || cursor < shown.length).toBe(true);
          expect(ui.state().screens[0].name).toBe('overview');
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('rehearses the plan on the screen, and asks anew when the rehearsal makes it another plan', () => {
  const tui = played();
  tui.press('p');
  const made = plan(reversal('3', 2));
  tui.answerPlan(made, { rehearsing: { is: 'under-way', doing: 'begins', began: NOW } });
  expect(tui.effects.at(-1)).toEqual({ do: 'rehearse', plan: made.id });
  tui.press('enter', 's');
  expect(tui.state().screens.at(-1)).toMatchObject({ name: 'confirm', typed: 's' });
  const step = { schema: '', appears: [], changes: [], rowsGone: [] };
  const losses = { tables: [{ table: 'prizes', rows: 9 }], columns: [] };
  const seen = { ...step, disappears: ['table prizes'], losses, unannounced: ['table prizes'] };
  const rehearsal = { copy: 'full', milliseconds: 5, steps: [seen], failed: null } as const;
  const after = { plan: { ...made, id: 'ba9876543210', rehearsal }, refusals: [], warnings: [], backupFolder: null };
  tui.tell({ type: 'rehearsed', plan: made.id, planned: after });
  expect(tui.state().screens.at(-1)).toMatchObject({ title: 'Run plan ba9876543210?', typed: '' });
  expect(JSON.stringify(tui.state().screens.at(-1))).toContain('table prizes with 9 rows (which its text does not');
  expect(tui.state().notice).toBe('The rehearsal destroyed more than the text says: table prizes.');
  expect(tui.effects.at(-1)).toEqual({ do: 'rehearse', plan: null });
});

it('asks for the name where nothing is lost and nobody has seen what a reversal does', () => {
  const asking = (change: Parameters<ReturnType<typeof played>['answerPlan']>[1]) => {
    const tui = played();
    tui.press('p');
    tui.answerPlan(plan(reversal('3', 0)), change);
    tui.press('enter');
    return tui.state().screens.at(-1);
  };
  const leftOut = { is: 'left-out', because: 'It was not rehearsed. No copy could be made.' } as const;
  expect(asking({})).toMatchObject({ name: 'confirm', mustType: null });
  expect(asking({ rehearsing: leftOut })).toMatchObject({ name: 'confirm', mustType: expect.stringMatching(/./) });
});
