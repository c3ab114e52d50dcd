/**
 * `alembic_version` holds only the newest revisions (heads); everything they build on is applied too. Taking one out or putting one
 * in is arithmetic on heads, as alembic/runtime/migration.py (RevisionStep, HeadMaintainer) does it.
 */
import {
  type AppliedMigration,
  type MigrationId,
  migrationId,
  type Row,
  type RowChange,
} from '../../domain/migration.ts';
import type { Known, RowsOrReason } from '../contract.ts';

const idOfRow = (row: Row): MigrationId | null =>
  typeof row['version_num'] === 'string' ? migrationId(row['version_num']) : null;

/** What a revision builds on directly. Ids may be shortened to any beginning that fits only one. */
function parentsOf(id: MigrationId, known: Known): readonly MigrationId[] {
  return (known.get(id)?.requires ?? []).flatMap(written => resolved(written, known) ?? []);
}

/** The revision a written id means; null when it is not known or not the only one. */
export function resolved(written: MigrationId, known: ReadonlyMap<MigrationId, unknown>): MigrationId | null {
  if (known.has(written)) return written;
  const fitting = [...known.keys()].filter(id => id.startsWith(written));
  const [only] = fitting;
  return fitting.length === 1 && only !== undefined ? only : null;
}

/** A revision and all it builds on, oldest first. Circles are passed once. */
function ancestry(starts: readonly MigrationId[], known: Known): readonly MigrationId[] {
  const placed = new Set<MigrationId>();
  const entered = new Set<MigrationId>();
  for (const start of starts) {
    const trail: { readonly id: MigrationId; readonly parents: readonly MigrationId[]; next: number }[] = [];
    const enter = (id: MigrationId): void => {
      if (entered.has(id)) return;
      entered.add(id);
      trail.push({ id, parents: parentsOf(id, known), next: 0 });
    };
    enter(start);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const parent = top.parents[top.next];
      top.next += 1;
      if (parent !== undefined) enter(parent);
      else {
        placed.add(top.id);
        trail.pop();
      }
    }
  }
  return [...placed];
}

/** Everything the heads say is applied, oldest first. Only heads have a row. A head nobody knows stands alone. */
export function appliedFromHeads(rows: readonly Row[], known: Known): readonly AppliedMigration[] {
  const heads = new Map(rows.flatMap(row => [[idOfRow(row), row] as const]).filter(hasId));
  return ancestry([...heads.keys()].sort(), known).map(id => ({
    id,
    appliedAt: null,
    fingerprint: null,
    state: 'applied',
    row: heads.get(id) ?? null,
  }));
}

const hasId = (pair: readonly [MigrationId | null, Row]): pair is readonly [MigrationId, Row] => pair[0] !== null;

const headsOf = (rows: readonly Row[]): readonly MigrationId[] => rows.flatMap(row => idOfRow(row) ?? []);
const at = (id: MigrationId): Row => ({ version_num: id });

/** Rows that go and ids that come, as few changes as possible: one for one is an update, as Alembic itself does it. */
function change(gone: readonly MigrationId[], come: readonly MigrationId[]): readonly RowChange[] {
  const [from, to] = [gone[0], come[0]];
  if (gone.length === 1 && come.length === 1 && from !== undefined && to !== undefined) {
    return [{ change: 'update', where: at(from), set: at(to) }];
  }
  return [
    ...gone.map(id => ({ change: 'delete', where: at(id) }) as const),
    ...come.map(id => ({ change: 'insert', values: at(id) }) as const),
  ];
}

/** Takes a head out: what it builds on becomes a head again, unless another head builds on it too. */
export function forgetHead(rows: readonly Row[], id: MigrationId, known: Known): RowsOrReason {
  const heads = headsOf(rows);
  if (!heads.includes(id)) return notStored(id, heads, known);
  if (!known.has(id)) {
    const reason = `nothing is known about ${id}, so nobody can say what was applied below it: set the table with "alembic stamp --purge"`;
    return { reason };
  }
  const covered = new Set(
    ancestry(
      heads.filter(head => head !== id),
      known,
    ),
  );
  const parents = parentsOf(id, known);
  const minimal = parents.filter(parent => {
    const others = parents.filter(other => other !== parent);
    return !covered.has(parent) && !ancestry(others, known).includes(parent);
  });
  return change([id], [...new Set(minimal)]);
}

function notStored(id: MigrationId, heads: readonly MigrationId[], known: Known): { readonly reason: string } {
  const above = heads.find(head => ancestry([head], known).includes(id));
  if (above === undefined) return { reason: `${id} is not applied` };
  return { reason: `the table holds only the newest revisions, and ${id} is applied because ${above} builds on it` };
}

/** Puts a revision in: it takes the place of the heads it builds on. */
export function markHead(rows: readonly Row[], id: MigrationId, known: Known): RowsOrReason {
  const heads = headsOf(rows);
  const applied = new Set(ancestry(heads, known));
  if (applied.has(id)) return { reason: `${id} is applied already` };
  const missing = parentsOf(id, known).find(parent => !applied.has(parent));
  if (missing !== undefined) return { reason: `${id} builds on ${missing}, which is not applied` };
  const below = new Set(ancestry([id], known));
  return change(
    heads.filter(head => below.has(head)),
    [id],
  );
}

/** Lets a head live on under another id. */
export function relabelHead(rows: readonly Row[], from: MigrationId, to: MigrationId, known: Known): RowsOrReason {
  const heads = headsOf(rows);
  if (!heads.includes(from)) return notStored(from, heads, known);
  const others = ancestry(
    heads.filter(head => head !== from),
    known,
  );
  return change([from], others.includes(to) ? [] : [to]);
}
