/** Did exactly the planned rows change? A reversal counts only when its row is gone and nothing else moved in the table. */
import type { AppliedMigration, MigrationId, Row, RowChange } from '../domain/migration.ts';
import type { Step } from '../domain/plan.ts';
import { sameRow } from './digest.ts';
import type { InspectedProject } from './inspection.ts';

/** What a step takes out of the table and puts into it. */
export interface ExpectedRows {
  readonly gone: readonly MigrationId[];
  readonly come: readonly MigrationId[];
  /** The step may not have been done yet: its own rows may be as they were. */
  readonly open?: boolean;
  /** The row changes that Tidemark makes itself in this step: rows of others may come out as these leave them. */
  readonly changes?: readonly RowChange[];
}

export function expectedRows(step: Step): ExpectedRows {
  return { ...idsOf(step), changes: step.doing.how === 'command' ? [] : step.doing.rows };
}

function idsOf(step: Step): Pick<ExpectedRows, 'gone' | 'come'> {
  switch (step.kind) {
    case 'reverse':
    case 'forget':
      return { gone: [step.migration], come: [] };
    case 'remember':
      return { gone: [], come: [step.migration] };
    case 'relabel':
      return { gone: [step.migration], come: [step.to] };
    case 'apply':
      return { gone: [], come: step.migrations };
  }
}

/** What the framework's own command may do to rows besides its work, see `Framework`. */
interface Allowed {
  readonly mayAppear: readonly MigrationId[];
  readonly mayRewrite: ((before: Row, after: Row) => boolean) | undefined;
}

export function allowedBy(
  { framework, project, facts }: Pick<InspectedProject, 'framework' | 'project' | 'facts'>,
  after: readonly AppliedMigration[],
  { kind, doing }: Step,
): Allowed {
  // A command that applies all that is pending does so for packages too, which have their migrations elsewhere (Django's own `auth`).
  const others = kind === 'apply' && doing.how === 'command' ? after.filter(({ id }) => isOthers(id)) : [];
  return {
    mayAppear: [...framework.mayAppear(project, after, facts.files), ...others.map(({ id }) => id)],
    mayRewrite: framework.mayRewrite,
  };

  function isOthers(id: MigrationId): boolean {
    const namespace = framework.namespace(id);
    return namespace !== null && facts.ownNamespaces !== null && !facts.ownNamespaces.has(namespace);
  }
}

/** What is not as it should be, as clauses for people; empty when all is right. */
export function unexpectedChanges(
  before: readonly AppliedMigration[],
  after: readonly AppliedMigration[],
  expected: ExpectedRows,
  { mayAppear, mayRewrite }: Allowed,
): readonly string[] {
  const complaints: string[] = [];
  const [was, is] = [counted(before), counted(after)];
  if (expected.open !== true) {
    for (const id of expected.gone) if (is.has(id)) complaints.push(`${id} is still in the history table`);
    for (const id of expected.come) if (!is.has(id)) complaints.push(`${id} is not in the history table`);
  }
  for (const [id, count] of was) {
    if (!expected.gone.includes(id) && (is.get(id) ?? 0) < count)
      complaints.push(`${id} vanished from the history table`);
  }
  for (const [id, count] of is) {
    const allowed = expected.come.includes(id) || mayAppear.includes(id);
    if (!allowed && (was.get(id) ?? 0) < count) complaints.push(`${id} appeared in the history table`);
  }
  return [...complaints, ...changedRows(before, after, expected, mayRewrite)];
}

function counted(applied: readonly AppliedMigration[]): ReadonlyMap<MigrationId, number> {
  const counts = new Map<MigrationId, number>();
  for (const { id } of applied) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function changedRows(
  before: readonly AppliedMigration[],
  after: readonly AppliedMigration[],
  expected: ExpectedRows,
  mayRewrite: Allowed['mayRewrite'],
): readonly string[] {
  const touched = new Set([...expected.gone, ...expected.come]);
  const stored = new Map(after.map(migration => [migration.id, migration.row]));
  return before.flatMap(({ id, row }) => {
    const now = stored.get(id);
    if (touched.has(id) || row === null || now == null || sameRow(row, now)) return [];
    if (mayRewrite?.(row, now) === true) return [];
    const updates = (expected.changes ?? []).filter(({ change }) => change === 'update');
    if (updates.reduce(changed, [row]).some(planned => sameRow(planned, now))) return [];
    return [`the row of ${id} changed`];
  });
}

/** The changes that turn one state of a table back into another, row by row. */
export function rowsBack(now: readonly Row[], wanted: readonly Row[]): readonly RowChange[] {
  const extra = without(now, wanted).map(row => ({ change: 'delete', where: row }) as const);
  const missing = without(wanted, now).map(row => ({ change: 'insert', values: row }) as const);
  return [...extra, ...missing];
}

function without(rows: readonly Row[], others: readonly Row[]): readonly Row[] {
  const left = [...others];
  return rows.filter(row => {
    const at = left.findIndex(other => sameRow(row, other));
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
}

/** The rows as steps leave them, as far as Tidemark changes them itself. */
export function rowsAfter(rows: readonly Row[], steps: readonly Step[]): readonly Row[] {
  let now = rows;
  for (const { doing } of steps) {
    for (const change of doing.how === 'command' ? [] : doing.rows) now = changed(now, change);
  }
  return now;
}

function changed(rows: readonly Row[], change: RowChange): readonly Row[] {
  if (change.change === 'insert') return [...rows, change.values];
  const isHit = (row: Row) =>
    Object.entries(change.where).every(([column, cell]) => sameRow({ cell }, { cell: row[column] ?? null }));
  if (change.change === 'delete') return rows.filter(row => !isHit(row));
  return rows.map(row => (isHit(row) ? { ...row, ...change.set } : row));
}
