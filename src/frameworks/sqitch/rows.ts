/** Rows of `changes` in Sqitch's registry: one for each change that is deployed now, of every project that shares the registry. */
import {
  type AppliedMigration,
  type MigrationId,
  migrationId,
  type Project,
  type Row,
} from '../../domain/migration.ts';
import type { FileText, RowsOrReason } from '../contract.ts';
import { timeOf } from '../row-times.ts';
import { type PlannedChange, parsePlan } from './parse-plan.ts';

/** The plan as it lies in the tree. */
const planned = ({ settings }: Project): readonly PlannedChange[] =>
  parsePlan(typeof settings['plan'] === 'string' ? settings['plan'] : '')?.changes ?? [];

const textOf = (row: Row, column: string): string => {
  const cell = row[column];
  return typeof cell === 'string' ? cell : '';
};

/** Deployed changes in the order they were. A change that was reworked has several rows with its name: the plan tells them apart. */
export function appliedIn(project: Project, rows: readonly Row[]): readonly AppliedMigration[] {
  const ids = new Map(planned(project).map(({ changeId, id }) => [changeId, id]));
  const own = rows
    .filter(row => textOf(row, 'change') !== '' && textOf(row, 'project') === project.settings['project'])
    .sort((a, b) => compareTimes(textOf(a, 'committed_at'), textOf(b, 'committed_at')));
  const last = new Map(own.map(row => [textOf(row, 'change'), row]));
  return own.map(row => {
    const [name, changeId] = [textOf(row, 'change'), textOf(row, 'change_id')];
    const id = last.get(name) === row ? name : (ids.get(changeId) ?? `${name}@${changeId.slice(0, 12)}`);
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

const rowOf = (project: Project, rows: readonly Row[], id: MigrationId): Row | null =>
  appliedIn(project, rows).find(each => each.id === id)?.row ?? null;

const notThere = (id: MigrationId): RowsOrReason => ({ reason: `the history table has no row for ${id}` });

const key = (row: Row): Row => ({ change_id: row['change_id'] ?? null });

/** Takes the row out. PostgreSQL takes the change's dependencies along, and refuses where a tag is on it or others require it. */
export function forgetIn(project: Project, id: MigrationId, rows: readonly Row[]): RowsOrReason {
  const row = rowOf(project, rows, id);
  return row === null ? notThere(id) : [{ change: 'delete', where: key(row) }];
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
