/** Where a run stands by its journal, at every instant it may have been killed; and what resume makes of what it sees. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Observation, recovery, replay, type StepState } from '../../src/domain/replay.ts';
import type { JournalEntry, NewEntry, ProcessMark } from '../../src/domain/run.ts';
import { plan, step } from './build.ts';

const mark = (pid: number): ProcessMark => ({ pid, startTicks: `${pid}00`, boot: 'b' });
const STEPS = 3;
const THE_PLAN = plan(Array.from({ length: STEPS }, (_, index) => step('forget', `m${index}`)));

const began: NewEntry = {
  what: 'run-began',
  format: 1,
  tidemark: '0.1.0',
  plan: THE_PLAN,
  process: mark(1),
  rows: [{ v: 'r' }],
  schema: 's0',
  undoes: null,
};
const intended = (at: number): NewEntry => ({ what: 'step-intended', step: at, rows: [{ v: at }], schema: `s${at}` });
const done = (at: number): NewEntry => ({ what: 'step-done', step: at, schema: `s${at + 1}`, notes: [] });
const failed = (at: number, left: 'as-before' | 'unsure' | 'partial'): NewEntry => ({
  what: 'step-failed',
  step: at,
  said: `step ${at} failed`,
  left,
});
const started = (at: number): NewEntry => ({ what: 'process-started', step: at, mark: mark(50 + at) });
const ended = (at: number): NewEntry => ({ what: 'process-ended', step: at, code: 0, endedBy: 'itself' });
const resumed: NewEntry = { what: 'resumed', process: mark(2) };
const finished: NewEntry = { what: 'finished', removed: [], applied: [] };
const backup: NewEntry = { what: 'backup-made', file: '/b', bytes: 8, madeBy: 'x' };

const written = (...entries: readonly NewEntry[]): readonly JournalEntry[] =>
  entries.map((entry, index) => ({
    ...entry,
    seq: index + 1,
    at: `2026-11-21T08:00:0${index % 10}.000Z`,
    previous: 'p',
  }));
const state = (...entries: readonly NewEntry[]) => replay('run', written(...entries));

describe('replay', () => {
  it('knows nothing before the first word', () => {
    expect(replay('run', [])).toBeNull();
    expect(state(resumed)).toBeNull();
  });

  it('begins with what was there', () => {
    expect(state(began)).toEqual({
      run: 'run',
      plan: THE_PLAN,
      began: '2026-11-21T08:00:00.000Z',
      status: 'open',
      steps: Array.from({ length: STEPS }, () => ({ state: 'not-begun', before: null })),
      next: 0,
      backup: null,
      backupDeclined: false,
      parked: null,
      parkingDeclined: false,
      putBack: false,
      undoes: null,
      restoring: false,
      end: null,
      owner: mark(1),
      child: null,
      before: { rows: [{ v: 'r' }], schema: 's0' },
      why: null,
    });
  });

  it.each<{ name: string; entries: NewEntry[]; expected: object }>([
    {
      name: 'a backup',
      entries: [backup],
      expected: { backup: { file: '/b', bytes: 8, madeBy: 'x' }, backupDeclined: false },
    },
    {
      name: 'a backup declined',
      entries: [{ what: 'backup-declined' }],
      expected: { backup: null, backupDeclined: true },
    },
    {
      name: 'a step begun',
      entries: [intended(0)],
      expected: { next: 0, steps: [{ state: 'intended', before: { rows: [{ v: 0 }], schema: 's0' } }, {}, {}] },
    },
    { name: 'a process at work', entries: [intended(0), started(0)], expected: { child: mark(50), next: 0 } },
    { name: 'a process ended', entries: [intended(0), started(0), ended(0)], expected: { child: null, next: 0 } },
    {
      name: 'a process that outlived the run, until it was resumed',
      entries: [intended(0), started(0), resumed],
      expected: { child: null, owner: mark(2), next: 0 },
    },
    { name: 'a step done', entries: [intended(0), done(0)], expected: { next: 1, steps: [{ state: 'done' }, {}, {}] } },
    {
      name: 'a step failed without a trace',
      entries: [intended(0), failed(0, 'as-before')],
      expected: { next: 0, steps: [{ state: 'not-begun' }, {}, {}], why: 'step 0 failed' },
    },
    {
      name: 'a step failed halfway',
      entries: [intended(0), failed(0, 'partial'), { what: 'stopped', why: 'failed' }],
      expected: { next: 0, steps: [{ state: 'failed' }, {}, {}], why: 'step 0 failed', status: 'open' },
    },
    {
      name: 'a step failed that had its effect',
      entries: [intended(0), failed(0, 'unsure')],
      expected: { next: 0, steps: [{ state: 'failed' }, {}, {}] },
    },
    {
      name: 'a step that failed, then was done',
      entries: [intended(0), failed(0, 'as-before'), resumed, intended(0), done(0)],
      expected: { next: 1, steps: [{ state: 'done' }, {}, {}], why: null },
    },
    {
      name: 'an interruption',
      entries: [intended(0), done(0), { what: 'stopped', why: 'interrupted' }],
      expected: { why: 'It was interrupted.', next: 1 },
    },
    {
      name: 'the end',
      entries: [intended(0), done(0), intended(1), done(1), intended(2), done(2), finished],
      expected: { status: 'finished', next: STEPS },
    },
    { name: 'an abort', entries: [intended(0), { what: 'aborted', how: 'restored' }], expected: { status: 'aborted' } },
    {
      name: 'a step the plan does not have',
      entries: [intended(7), done(7), failed(-1, 'partial')],
      expected: { next: 0 },
    },
  ])('understands $name', ({ entries, expected }) => {
    expect(state(began, ...entries)).toMatchObject(expected);
  });

  /** What a run that may be killed and resumed writes about one step, with where it stands after each entry. */
  const attempts = fc.array(fc.constantFrom('killed', 'killed-with-child', 'failed', 'partial', 'settled'), {
    maxLength: 3,
  });
  const journals = fc.array(attempts, { minLength: STEPS, maxLength: STEPS }).map(perStep => {
    const told: { entry: NewEntry; next: number; now: StepState; child: boolean }[] = [];
    for (const [at, tries] of perStep.entries()) {
      const say = (entry: NewEntry, now: StepState, child = false) =>
        told.push({ entry, next: now === 'done' ? at + 1 : at, now, child });
      let settled = false;
      for (const how of tries) {
        say(intended(at), 'intended');
        if (how === 'killed-with-child') say(started(at), 'intended', true);
        if (how === 'failed') say(failed(at, 'as-before'), 'not-begun');
        if (how === 'partial') say(failed(at, 'partial'), 'failed');
        const stands: StepState = how === 'failed' ? 'not-begun' : how === 'partial' ? 'failed' : 'intended';
        say(resumed, stands);
        settled = how === 'settled';
        if (settled) break;
      }
      if (!settled) {
        say(intended(at), 'intended');
        say(started(at), 'intended', true);
        say(ended(at), 'intended');
      }
      say(done(at), 'done');
    }
    return told;
  });

  it('says for any beginning of a journal which step is next, how it stands and what still runs', () => {
    fc.assert(
      fc.property(journals, fc.nat(), (told, cut) => {
        const length = 1 + (cut % told.length);
        const seen = state(began, ...told.slice(0, length).map(({ entry }) => entry));
        const last = told[length - 1];
        expect(seen?.next).toBe(last?.next);
        if (last !== undefined && last.now !== 'done') expect(seen?.steps[last.next]?.state).toBe(last.now);
        expect(seen?.child !== null).toBe(last?.child);
        expect(seen?.steps.slice(0, seen.next).every(one => one.state === 'done')).toBe(true);
        expect(seen?.steps.slice((seen?.next ?? 0) + 1).every(one => one.state === 'not-begun')).toBe(true);
        expect(seen?.status).toBe('open');
      }),
    );
  });
});

describe('recovery', () => {
  const look = (more: Partial<Observation>): Observation => ({
    rowsAfter: false,
    rowsBefore: true,
    schemaAsBefore: true,
    atomic: false,
    whole: false,
    rowsOnly: false,
    ...more,
  });
  const GONE = { rowsAfter: true, rowsBefore: false };
  const OTHER = { rowsAfter: false, rowsBefore: false };
  it.each<{ seen: Partial<Observation>; expected: ReturnType<typeof recovery>; because: string }>([
    { seen: {}, expected: 'run-again', because: 'nothing happened' },
    {
      seen: { schemaAsBefore: false, rowsOnly: true },
      expected: 'run-again',
      because: 'a row change has nothing to do with the schema',
    },
    { seen: { ...GONE, schemaAsBefore: false }, expected: 'mark-done', because: 'both moved' },
    {
      seen: { schemaAsBefore: false, schemaAsRehearsed: true },
      expected: 'finish-rows',
      because: 'the schema is as the rehearsal left it, and only the row is not',
    },
    {
      seen: { schemaAsBefore: false, schemaAsRehearsed: false },
      expected: 'partial',
      because: 'the schema is neither as before nor as rehearsed',
    },
    {
      seen: { ...GONE, schemaAsBefore: false, changesSchema: true },
      expected: 'mark-done',
      because: 'both moved, as they should',
    },
    { seen: GONE, expected: 'mark-done', because: 'it may have changed data only' },
    { seen: { ...GONE, rowsOnly: true }, expected: 'mark-done', because: 'the row was all there was to do' },
    {
      seen: { ...GONE, changesSchema: true },
      expected: 'partial',
      because: 'the row went and what it stands for stayed',
    },
    {
      seen: { ...GONE, schemaAsBefore: false, otherRowsMoved: true },
      expected: 'partial',
      because: 'something else was reversed with it',
    },
    {
      seen: { otherRowsMoved: true, rowsBefore: false },
      expected: 'partial',
      because: 'something else was reversed instead',
    },
    {
      seen: { schemaAsBefore: false, whole: true },
      expected: 'finish-rows',
      because: 'all or nothing, and it was not nothing',
    },
    { seen: { schemaAsBefore: false }, expected: 'partial', because: 'a part of the schema may have moved' },
    { seen: { schemaAsBefore: false, atomic: true }, expected: 'partial', because: 'someone else changed the schema' },
    {
      seen: { schemaAsBefore: false, atomic: true, whole: true },
      expected: 'partial',
      because: 'someone else changed the schema',
    },
    { seen: OTHER, expected: 'partial', because: 'the rows are neither' },
    { seen: { ...OTHER, schemaAsBefore: false, whole: true }, expected: 'partial', because: 'the rows are neither' },
    { seen: { ...OTHER, rowsOnly: true }, expected: 'partial', because: 'the rows are neither' },
    {
      seen: { withoutRows: true, rowsAfter: true, changesSchema: true },
      expected: 'run-again',
      because: 'no row tells, and the schema says that nothing happened',
    },
    {
      seen: { withoutRows: true, rowsAfter: true, schemaAsBefore: false, atomic: true, changesSchema: true },
      expected: 'mark-done',
      because: 'no row tells, and the schema moved as one',
    },
    {
      seen: { withoutRows: true, rowsAfter: true, schemaAsBefore: false, changesSchema: true },
      expected: 'partial',
      because: 'no row tells, and the schema may have moved by half',
    },
    {
      seen: { withoutRows: true, rowsAfter: true },
      expected: 'partial',
      because: 'neither rows nor schema tell',
    },
  ])('$expected: $because', ({ seen, expected }) => {
    expect(recovery(look(seen))).toBe(expected);
  });

  it('never runs again, and never finishes rows, unless the rows are as before', () => {
    const any = fc.record({
      rowsAfter: fc.boolean(),
      rowsBefore: fc.boolean(),
      schemaAsBefore: fc.boolean(),
      atomic: fc.boolean(),
      whole: fc.boolean(),
      rowsOnly: fc.boolean(),
      otherRowsMoved: fc.boolean(),
      changesSchema: fc.boolean(),
      schemaAsRehearsed: fc.boolean(),
    });
    fc.assert(
      fc.property(any, seen => {
        const found = recovery(seen);
        if (found === 'run-again' || found === 'finish-rows') expect(seen.rowsBefore).toBe(true);
        if (found === 'mark-done') expect(seen.rowsAfter).toBe(true);
        if (seen.otherRowsMoved) expect(found).toBe('partial');
      }),
    );
  });
});
