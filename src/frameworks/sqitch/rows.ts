/** Rows of `changes` in Sqitch's registry: one for each change that is deployed now, of every project that shares the registry. */
import {
  type AppliedMigration,
  type MigrationId,
  migrationId,
  type Project,
  type Row,
  type RowChange,
} from '../../domain/migration.ts';
import type { FileText, RowsOrReason } from '../contract.ts';
import { timeOf } from '../row-times.ts';
import { type PlannedChange, type PlannedTag, parsePlan } from './parse-plan.ts';

const planOf = ({ settings }: Project) => parsePlan(typeof settings['plan'] === 'string' ? settings['plan'] : '');

/** The changes of the plan as it lies in the tree. */
export const planned = (project: Project): readonly PlannedChange[] => planOf(project)?.changes ?? [];

/** Its tags. */
export const tagged = (project: Project): readonly PlannedTag[] => planOf(project)?.tags ?? [];

const textOf = (row: Row, column: string): string => {
  const cell = row[column];
  return typeof cell === 'string' ? cell : '';
};

/**
 * Deployed changes in the order they were. A change that was reworked has several rows with its name: the plan tells them apart, by their ids,
 * and where those are of another plan, by their order.
 */
export function appliedIn(project: Project, rows: readonly Row[]): readonly AppliedMigration[] {
  const changes = planned(project);
  const ids = new Map(changes.map(({ changeId, id }) => [changeId, id]));
  const byName = Map.groupBy(changes, ({ name }) => name);
  const seen = new Map<string, number>();
  const own = rows
    .filter(row => textOf(row, 'change') !== '' && textOf(row, 'project') === project.settings['project'])
    .sort((a, b) => compareTimes(textOf(a, 'committed_at'), textOf(b, 'committed_at')));
  const last = new Map(own.map(row => [textOf(row, 'change'), row]));
  return own.map(row => {
    const [name, changeId] = [textOf(row, 'change'), textOf(row, 'change_id')];
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    const id =
      ids.get(changeId) ??
      byName.get(name)?.[before]?.id ??
      (last.get(name) === row ? name : `${name}@${changeId.slice(0, 12)}`);
    const fingerprint = textOf(row, 'script_hash');
    return {
      id: migrationId(id),
      appliedAt: timeOf(row['committed_at']),
      fingerprint: fingerprint === '' ? null : fingerprint,
      state: 'applied',
      row,
    };
  });
}

/** By milliseconds, then by the text, which has microseconds. */
function compareTimes(a: string, b: string): number {
  const [left, right] = [timeOf(a) ?? '', timeOf(b) ?? ''];
  return left === right ? (a < b ? -1 : a > b ? 1 : 0) : left < right ? -1 : 1;
}

export const changeIdOf = ({ row }: AppliedMigration): string => (row === null ? '' : textOf(row, 'change_id'));

/** What the registry says of deployed changes: which requires which. Changes of other projects in it are none of ours. */
export function requiredBy(applied: readonly AppliedMigration[], rows: readonly Row[]) {
  const ids = new Map(applied.map(each => [changeIdOf(each), each.id]));
  return rows.flatMap((row): readonly (readonly [MigrationId, MigrationId])[] => {
    const [one, other] = [ids.get(textOf(row, 'change_id')), ids.get(textOf(row, 'dependency_id'))];
    return one === undefined || other === undefined ? [] : [[one, other]];
  });
}

const rowOf = (project: Project, rows: readonly Row[], id: MigrationId): Row | null =>
  appliedIn(project, rows).find(each => each.id === id)?.row ?? null;

const notThere = (id: MigrationId): RowsOrReason => ({ reason: `the history table has no row for ${id}` });

const key = (row: Row): Row => ({ change_id: row['change_id'] ?? null });

/**
 * Takes the row out, and lets those above it have the ids that the plan without it gives them. PostgreSQL takes the change's dependencies along, and
 * refuses where a tag is on it or others require it.
 */
export function forgetIn(project: Project, id: MigrationId, rows: readonly Row[]): RowsOrReason {
  const applied = appliedIn(project, rows);
  const row = applied.find(each => each.id === id)?.row ?? null;
  if (row === null) return notThere(id);
  const renamed = renamedIn(
    project,
    applied.filter(each => each.id !== id),
  );
  return [{ change: 'delete', where: key(row) }, ...('reason' in renamed ? [] : renamed)];
}

/**
 * The changes that give deployed ones the ids they have in the plan, none where they have them. The id of a change holds those of all before
 * it, so one line less in the plan is another id for all that follow. A reason where the plan does not begin with just these changes.
 */
export function renamedIn(
  project: Project,
  applied: readonly AppliedMigration[],
): readonly RowChange[] | { readonly reason: string } {
  const changes = planned(project);
  const at = applied.findIndex(({ id }, index) => changes[index]?.id !== id);
  const [odd, next] = [applied[at], changes[at]];
  if (odd !== undefined) {
    const where = changes.some(({ id }) => id === odd.id) ? `${next?.id ?? ''} before ${odd.id}` : `no ${odd.id}`;
    return { reason: `the plan has ${where}, so that it is not the one that the other deployed changes are from` };
  }
  return applied.flatMap((each, index) => {
    const change = changes[index];
    if (change === undefined || each.row === null || changeIdOf(each) === change.changeId) return [];
    return [{ change: 'update', where: key(each.row), set: columnsOf(change) } as const];
  });
}

const notPlanned = (id: MigrationId): RowsOrReason => ({
  reason: `the id that Sqitch would give ${id} is made from its line in the plan, which has none`,
});

/** What the plan says of a change, as columns. */
const columnsOf = ({ changeId, name, note, plannedAt, planner, email }: PlannedChange): Row => ({
  change_id: changeId,
  change: name,
  note,
  planned_at: `${plannedAt.slice(0, 10)} ${plannedAt.slice(11, 19)}+00`,
  planner_name: planner,
  planner_email: email,
});

export function markIn(
  project: Project,
  id: MigrationId,
  rows: readonly Row[],
  now: string,
  file: FileText | undefined,
  hash: (text: string) => string,
): RowsOrReason {
  if (rowOf(project, rows, id) !== null) return { reason: `the history table already has a row for ${id}` };
  const change = planned(project).find(each => each.id === id);
  if (change === undefined) return notPlanned(id);
  if (file === undefined) return { reason: 'its row holds the checksum of its file, which is not there' };
  const values = {
    ...columnsOf(change),
    script_hash: hash(file.text),
    project: String(project.settings['project']),
    committed_at: `${now.slice(0, 10)} ${now.slice(11, 19)}+00`,
    committer_name: 'Tidemark',
    committer_email: 'tidemark@localhost',
  };
  return [{ change: 'insert', values }];
}

export function relabelIn(project: Project, from: MigrationId, to: MigrationId, rows: readonly Row[]): RowsOrReason {
  const row = rowOf(project, rows, from);
  if (row === null) return notThere(from);
  if (rowOf(project, rows, to) !== null) return { reason: `the history table already has a row for ${to}` };
  const change = planned(project).find(each => each.id === to);
  return change === undefined ? notPlanned(to) : [{ change: 'update', where: key(row), set: columnsOf(change) }];
}
