/** Which runs stand on a database and can be undone, and how changes of rows are turned round. */
import { expect, it } from 'vitest';
import { migrationId } from '../../src/domain/migration.ts';
import type { RunState } from '../../src/domain/replay.ts';
import { inverseRows, movedSince, toUndo } from '../../src/domain/undo.ts';
import { plan } from './build.ts';

const run = (
  name: string,
  undoes: string | null = null,
  status: RunState['status'] = 'finished',
  began = '2026-11-30T00:00:00.000Z',
): RunState => ({
  run: name,
  plan: plan([]),
  began,
  status,
  steps: [],
  next: 0,
  backup: null,
  backupDeclined: false,
  parked: null,
  undoes,
  restoring: false,
  end: null,
  parkingDeclined: false,
  putBack: false,
  owner: { pid: 1, startTicks: null, boot: null },
  child: null,
  before: { rows: [], schema: '' },
  why: null,
});

const chosen = (runs: readonly RunState[], asked: string | null = null): string => {
  const found = toUndo(runs, asked);
  return 'run' in found ? found.run : found.reason;
};

it.each<readonly [string, readonly RunState[], string | null, string]>([
  ['the newest run', [run('a'), run('b')], null, 'b'],
  [
    'the newest of one second, whose names do not tell',
    [run('b', null, 'finished', '2026-11-30T00:00:00.100Z'), run('a', 'b', 'finished', '2026-11-30T00:00:00.900Z')],
    'b',
    'Run b is undone already.',
  ],
  ['whatever order they come in', [run('b'), run('a')], null, 'b'],
  ['nothing', [], null, 'No finished run stands on this database, so there is nothing to undo.'],
  ['the one before one that was undone', [run('a'), run('b'), run('c', 'b')], null, 'a'],
  ['an undoing that was the last', [run('a'), run('b'), run('c', 'b')], 'c', 'c'],
  ['not twice', [run('a'), run('b'), run('c', 'b')], 'b', 'Run b is undone already.'],
  ['not below another', [run('a'), run('b')], 'a', 'Run b came after a and must be undone first.'],
  ['what was brought back, by its new name', [run('a'), run('b', 'a'), run('c', 'b')], null, 'c'],
  [
    'two, one after the other',
    [run('a'), run('b'), run('c', 'b'), run('d', 'a')],
    null,
    'No finished run stands on this database, so there is nothing to undo.',
  ],
  [
    'not an undoing that others followed',
    [run('a'), run('b', 'a'), run('c')],
    'b',
    'Run b undid a, and other runs came after it.',
  ],
  ['no unfinished one', [run('a', null, 'open')], 'a', 'Run a is unfinished: it is resumed or aborted, not undone.'],
  ['no aborted one', [run('a', null, 'aborted')], 'a', 'Run a was aborted: nothing of it is left to undo.'],
  ['past an aborted one', [run('a'), run('b', null, 'aborted')], null, 'a'],
])('undoes %s', (_, runs, asked, expected) => {
  expect(chosen(runs, asked)).toBe(expected);
});

it('turns row changes round, the last one first, with the values that were there', () => {
  const before = [
    { id: 1, name: 'one', batch: 4 },
    { id: 2, name: 'two', batch: 5 },
  ];
  expect(
    inverseRows(
      [
        { change: 'delete', where: { name: 'one' } },
        { change: 'update', where: { id: 2 }, set: { name: 'too' } },
        { change: 'insert', values: { id: 3, name: 'three' } },
      ],
      before,
    ),
  ).toEqual([
    { change: 'delete', where: { id: 3, name: 'three' } },
    { change: 'update', where: { id: 2, name: 'too' }, set: { name: 'two' } },
    { change: 'insert', values: { id: 1, name: 'one', batch: 4 } },
  ]);
});

it('says what came and went since', () => {
  const ids = (...names: readonly string[]) => names.map(migrationId);
  expect(movedSince(ids('1', '2'), ids('2', '3'))).toEqual(['1 is gone', '3 has come']);
  expect(movedSince(ids('1'), ids('1'))).toEqual([]);
});
