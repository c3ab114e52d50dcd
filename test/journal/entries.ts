/** Entries as a real run writes them, for the journal's tests. */
import { migrationId } from '../../src/domain/migration.ts';
import type { NewEntry } from '../../src/domain/run.ts';

/** The first entry of a run that reverses one migration; text that JSON and UTF-8 make long is in it on purpose. */
export const began: NewEntry = {
  what: 'run-began',
  format: 1,
  tidemark: '0.1.0',
  plan: {
    id: '0123456789ab',
    project: {
      framework: 'django',
      root: '.',
      historyTable: { schema: null, name: 'django_migrations' },
      settings: {},
    },
    engine: 'sqlite',
    database: 'sqlite:app.db',
    identity: 'sqlite:1:2',
    rows: 'a'.repeat(64),
    head: 'b'.repeat(40),
    strategy: 'in-place',
    steps: [
      {
        kind: 'forget',
        migration: migrationId('tasks.0010_“naïve”\nline'),
        doing: { how: 'rows', rows: [{ change: 'delete', where: { id: 10, name: '0010_\u2028\ud800' } }] },
      },
    ],
    after: [],
    warnings: [],
  },
  process: { pid: 1, startTicks: '1', boot: 'boot' },
  rows: [{ id: 10, app: 'tasks', applied: '2026-11-21 08:00:00.000001' }],
  schema: 'c'.repeat(64),
  undoes: null,
};

/** A step of it, with a remark of the given length. */
export const done = (step: number, remark = 'as planned'): NewEntry => ({
  what: 'step-done',
  step,
  schema: 'd'.repeat(64),
  notes: [remark],
});
