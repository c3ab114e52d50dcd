/** States of the terminal UI for tests of its reducer: plain data, made by hand. */
import type { Finding, OrphanFinding } from '../../src/domain/finding.ts';
import { migrationId } from '../../src/domain/migration.ts';
import type { Plan, Step } from '../../src/domain/plan.ts';
import type { Effect, Event } from '../../src/tui/state/effects.ts';
import { reduce } from '../../src/tui/state/reduce.ts';
import { begin } from '../../src/tui/state/start.ts';
import type { PlannedView, State } from '../../src/tui/state/state.ts';
import type { ProjectView, RepositoryView, RowView } from '../../src/tui/state/view.ts';

export const NOW = Date.parse('2026-11-21T12:00:00Z');

const OID = 'a'.repeat(40);

export const orphan = (id: string, change: Partial<OrphanFinding> = {}): OrphanFinding => ({
  kind: 'orphaned',
  migration: migrationId(id),
  cause: 'deleted-here',
  added: null,
  deleted: null,
  source: { commit: OID, path: `db/${id}.sql`, blob: OID },
  trusted: true,
  choices: [],
  versions: 1,
  branches: [],
  worktrees: [],
  renamedTo: null,
  similarity: null,
  ignored: false,
  remedy: 'reverse',
  remedies: ['reverse', 'adopt', 'forget', 'ignore'],
  ...change,
});

export const row = (id: string, state: RowView['state'] = 'applied', findings: readonly Finding[] = []): RowView => ({
  id: migrationId(id),
  state,
  path: state === 'orphaned' ? null : `db/${id}.sql`,
  inDatabase: state !== 'pending',
  appliedAt: null,
  findings: state === 'orphaned' && findings.length === 0 ? [orphan(id)] : findings,
});

export const project = (key: string, rows: readonly RowView[]): ProjectView => ({
  key,
  framework: 'dbmate',
  database: `sqlite:${key}.db`,
  databaseName: `${key}.db`,
  server: 'SQLite 3.54',
  addressFrom: '.env',
  counts: { applied: rows.length, pending: 0, orphaned: rows.filter(({ state }) => state === 'orphaned').length },
  foreign: 0,
  wanting: rows.filter(({ findings }) => findings.length > 0).length,
  rows,
  general: [],
  hazard: null,
  sightings: new Map(),
  commits: new Map(),
  failed: null,
});

export const repository = (...projects: readonly ProjectView[]): RepositoryView => ({
  root: '/shop',
  branch: 'main',
  head: OID,
  inTheMiddleOf: null,
  gaps: [],
  unfinished: null,
  projects,
});

/** 1-2-3-4-5 in the database, 1-2-4-5 on the branch. */
export const SPARKLES = repository(project('shop', [row('1'), row('2'), row('3', 'orphaned'), row('4'), row('5')]));

export const reversal = (id: string, rows: number | null): Step => ({
  kind: 'reverse',
  migration: migrationId(id),
  path: `db/${id}.sql`,
  commit: OID,
  blob: OID,
  because: 'orphaned',
  losses: { tables: rows === null ? [] : [{ table: 'glitter', rows }], columns: [], unsure: null },
  doing: { how: 'sql', script: 'DROP TABLE glitter;', inTransaction: true, rows: [] },
});

export const plan = (...steps: readonly Step[]): Plan => ({
  id: '0123456789ab',
  project: { framework: 'dbmate', root: '.', historyTable: { schema: null, name: 'schema_migrations' }, settings: {} },
  engine: 'sqlite',
  database: 'sqlite:shop.db',
  identity: 'f'.repeat(32),
  rows: '0'.repeat(64),
  head: OID,
  strategy: 'in-place',
  steps,
  after: [],
  warnings: [],
});

const planned = (made: Plan | null): PlannedView => ({
  plan: made,
  refusals: [],
  warnings: [],
  backupFolder: '/state/backups',
});

/** A terminal UI without a terminal: its state, and all that it wanted done. */
export function played(view: RepositoryView | null = SPARKLES, rows = 24) {
  const first = begin('/shop', { columns: 80, rows }, NOW, { at: 'overview' });
  const effects: Effect[] = [...first.effects];
  let state: State = first.state;
  const tell = (event: Event) => {
    const change = reduce(state, event);
    state = change.state;
    effects.push(...change.effects);
    return change.effects;
  };
  if (view !== null) tell({ type: 'loaded', view, now: NOW });
  return {
    state: () => state,
    effects,
    tell,
    /** Presses keys by name, one after the other; returns what the last one wanted done. */
    press: (...keys: readonly string[]) => keys.map(key => tell({ type: 'key', key })).at(-1) ?? [],
    /** Answers the last plan that was asked for. */
    answerPlan(made: Plan | null, change: Partial<PlannedView> = {}) {
      const asked = effects.findLast(effect => effect.do === 'plan');
      if (asked?.do !== 'plan') throw new Error('no plan was asked for');
      const answer = { ...planned(made), ...change };
      tell({ type: 'planned', asked: asked.wish, project: asked.project ?? 'shop', wish: asked.wish, planned: answer });
    },
  };
}
