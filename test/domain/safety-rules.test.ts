/** Which plans may be executed. */
import { describe, expect, it } from 'vitest';
import type { CountedLosses } from '../../src/domain/plan.ts';
import { approve, destroysData, losesData } from '../../src/domain/safety-rules.ts';
import { plan, step } from './build.ts';

const all = plan([step('reverse'), step('relabel'), step('forget'), step('apply')]);

describe('approve', () => {
  it.each([
    { name: 'a yes', of: all, consent: { how: 'yes' } as const },
    { name: 'its own id', of: all, consent: { how: 'confirm', planId: all.id } as const },
    { name: 'nothing but applying', of: plan([step('apply'), step('apply')]), consent: { how: 'yes' } as const },
  ])('approves on $name', ({ of, consent }) => {
    expect(approve(of, consent)).toEqual({ approved: of });
  });

  it.each([
    {
      name: 'another plan’s id',
      of: all,
      consent: { how: 'confirm', planId: '000000000000' } as const,
      next: ['tidemark plan'],
    },
    {
      name: 'a beginning of the id',
      of: all,
      consent: { how: 'confirm', planId: all.id.slice(0, 6) } as const,
      next: ['tidemark plan'],
    },
    { name: 'no id', of: all, consent: { how: 'confirm', planId: '' } as const, next: ['tidemark plan'] },
    { name: 'a plan without a step', of: plan([]), consent: { how: 'yes' } as const, next: ['tidemark status'] },
    {
      name: 'applying before reversing',
      of: plan([step('apply'), step('reverse')]),
      consent: { how: 'yes' } as const,
      next: ['tidemark plan'],
    },
    {
      name: 'applying before forgetting',
      of: plan([step('reverse'), step('apply'), step('forget')]),
      consent: { how: 'yes' } as const,
      next: ['tidemark plan'],
    },
    {
      name: 'two rules at once',
      of: plan([]),
      consent: { how: 'confirm', planId: 'x' } as const,
      next: ['tidemark plan', 'tidemark status'],
    },
  ])('forbids $name', ({ of, consent, next }) => {
    const answer = approve(of, consent);
    expect('forbidden' in answer && answer.forbidden.map(rule => rule.next)).toEqual(next);
    expect('forbidden' in answer && answer.forbidden.every(rule => rule.reason.endsWith('.'))).toBe(true);
  });
});

const losses = (given: Partial<CountedLosses>): CountedLosses => ({ tables: [], columns: [], unsure: null, ...given });
const songs = (rows: number | null) => losses({ tables: [{ table: 'songs', rows }] });
const shine = (values: number | null) => losses({ columns: [{ table: 'songs', column: 'shine', values }] });

describe('what counts as loss of data', () => {
  it.each([
    { name: 'nothing', of: losses({}), lost: false },
    { name: 'an empty table', of: songs(0), lost: false },
    { name: 'a table with a row', of: songs(1), lost: true },
    { name: 'a table that is not there', of: songs(null), lost: false },
    { name: 'a column without a value', of: shine(0), lost: false },
    { name: 'a column with a value', of: shine(1), lost: true },
    { name: 'a column that is not there', of: shine(null), lost: false },
    { name: 'what nobody can count', of: losses({ unsure: 'it runs Python code' }), lost: true },
    { name: 'an empty table and what nobody can count', of: { ...songs(0), unsure: 'it runs SQL' }, lost: true },
  ])('$name: $lost', ({ of, lost }) => {
    expect(losesData(of)).toBe(lost);
    const reversal = { ...step('reverse'), losses: of };
    const whole = plan([step('reverse'), reversal as never, step('apply')]);
    expect(destroysData(whole)).toBe(lost);
    expect('approved' in approve(whole, { how: 'yes' })).toBe(!lost);
    expect('approved' in approve(whole, { how: 'confirm', planId: whole.id })).toBe(true);
  });
});
