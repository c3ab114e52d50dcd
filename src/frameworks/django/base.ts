/** What stays when a plan is reversed, as Django's loader will see it, and the states in which Django refuses to run at all. */
import type { Declaration, MigrationId } from '../../domain/migration.ts';
import type { FileText, ReversalRequest, ReversibleMigration } from '../contract.ts';
import { mayRebuild } from './losses.ts';
import { migrationClass } from './parse-migration.ts';
import { columnsOf } from './rows.ts';

export type OnDisk = Declaration & FileText;

/** Why a plan cannot be laid out. */
export interface Refused {
  readonly reason: string;
  readonly wayOut: string;
}

export const labelOf = (id: MigrationId): string => columnsOf(id).app;
export const nameOf = (id: MigrationId): string => columnsOf(id).name;

/** What stays: files on disk that the plan does not reverse, as Django's loader sees them. */
export interface Base {
  readonly nodes: ReadonlyMap<MigrationId, OnDisk>;
  readonly applied: ReadonlySet<MigrationId>;
  readonly planned: ReadonlyMap<MigrationId, ReversibleMigration>;
  /** A replaced migration, and the squash that stands for it. */
  readonly squashOf: ReadonlyMap<MigrationId, MigrationId>;
  readonly labels: ReadonlySet<string>;
}

/** django/db/migrations/loader.py, build_graph: a squash counts as applied when all it replaces is; half applied it is left out. */
export function baseOf(request: ReversalRequest): Base {
  const planned = new Map(request.all.map(each => [each.id, each]));
  const kept = [...request.onDisk, ...(request.left ?? [])].filter(({ id }) => !planned.has(id));
  const nodes = new Map(kept.map(each => [each.id, each]));
  const applied = new Set(request.applied.map(({ id }) => id));
  const squashOf = new Map<MigrationId, MigrationId>();
  for (const { id, replaces } of kept) {
    if (replaces.length === 0) continue;
    const done = replaces.filter(each => applied.has(each)).length;
    if (done === replaces.length) applied.add(id);
    else applied.delete(id);
    if (done > 0 && done < replaces.length) {
      nodes.delete(id);
      continue;
    }
    for (const each of replaces) {
      squashOf.set(each, id);
      nodes.delete(each);
    }
  }
  const labels = new Set([...request.onDisk, ...request.all].map(({ id }) => labelOf(id)));
  return { nodes, applied, planned, squashOf, labels };
}

/** What stands for a migration in the graph: its squash, or itself. */
export const seen = (base: Base, id: MigrationId): MigrationId => base.squashOf.get(id) ?? id;

/** What a file that stays depends on when the plan's own migrations are taken out from under it: what those depend on. */
export function standsOn(base: Base, requires: readonly MigrationId[]): readonly MigrationId[] {
  const found = new Set<MigrationId>();
  const passed = new Set<MigrationId>();
  const open = [...requires];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const planned = base.planned.get(id);
    if (planned === undefined) found.add(seen(base, id));
    else if (!passed.has(id)) {
      passed.add(id);
      open.push(...planned.requires);
    }
  }
  return [...found].sort();
}

/** States in which Django refuses to run at all, whatever is asked of it. */
export function inconsistent({ engine, all, applied, onDisk }: ReversalRequest, base: Base): Refused | null {
  for (const [id, { requires }] of base.nodes) {
    for (const required of requires) {
      const parent = seen(base, required);
      if (base.planned.has(parent) || !base.labels.has(labelOf(parent))) continue;
      if (!base.nodes.has(parent)) {
        const reason = `${id}, which is on disk, depends on ${required}, which is gone: Django cannot load any migration`;
        return {
          reason,
          wayOut: `Bring ${required} back (tidemark adopt ${required}), or correct the dependencies of ${id}.`,
        };
      }
      if (base.applied.has(id) && !base.applied.has(parent)) {
        const reason = `${id} is applied but ${parent}, which it depends on, is not: Django refuses to move`;
        return {
          reason,
          wayOut: `If ${parent} is an applied migration under a new name, relabel it first (tidemark relabel).`,
        };
      }
    }
  }
  const squashed = all.find(({ replaces }) => replaces.some(each => applied.some(({ id }) => id === each)));
  if (squashed !== undefined) {
    const reason = `${squashed.id} is a squash, and reversing it would reverse every migration it stands for`;
    return { reason, wayOut: `Take only its row out of the table: tidemark forget ${squashed.id}` };
  }
  const part = all.find(({ id }) => base.squashOf.has(id));
  if (part !== undefined) {
    const reason = `${part.id} is part of the squash ${base.squashOf.get(part.id)}, which is on disk`;
    return { reason, wayOut: `Leave it: its row belongs to the squash.` };
  }
  return engine === 'sqlite' ? unseen(all, applied, onDisk, base) : null;
}

/** On SQLite an applied migration without a file costs its columns when a table of its app is rebuilt. */
function unseen(
  all: ReversalRequest['all'],
  applied: ReversalRequest['applied'],
  onDisk: ReversalRequest['onDisk'],
  base: Base,
): Refused | null {
  const rebuilt = new Set(all.filter(({ text }) => rebuilds(text)).map(({ id }) => labelOf(id)));
  const files = new Set([...onDisk.map(({ id }) => id), ...base.nodes.keys(), ...base.planned.keys()]);
  const hidden = applied.find(({ id }) => rebuilt.has(labelOf(id)) && !files.has(id) && !base.squashOf.has(id));
  if (hidden === undefined) return null;
  const reason = `${hidden.id} is applied too and its file is not known: on SQLite, Django would drop the columns it added`;
  const wayOut = `Reverse ${hidden.id} in the same plan, or, if the database no longer holds what it made, forget it first.`;
  return { reason, wayOut };
}

function rebuilds(text: string): boolean {
  const parsed = migrationClass(text);
  return 'reason' in parsed || mayRebuild(parsed);
}
