/** From facts to findings: pure, so that every case is a small table in the tests. */
import type { Diagnosis, MigrationState, ProjectFacts } from './diagnosis.ts';
import type { Finding, OrphanFinding, OtherFinding } from './finding.ts';
import type { MigrationFile, MigrationId } from './migration.ts';
import { explainOrphan, withoutFile } from './orphans.ts';

/** Compares what the database says was applied with what the branch has. Orphans come first, newest applied first. */
export function diagnose(facts: ProjectFacts): Diagnosis {
  const applied = facts.applied ?? [];
  const { orphans, foreign } = withoutFile(facts);
  const orphaned = orphans.map(row => explainOrphan(row, facts)).reverse();
  const appliedIds = new Set(applied.map(row => row.id));
  const pending = pendingFiles(facts, appliedIds);
  const findings: readonly Finding[] = [
    ...tableMissing(facts),
    ...orphaned,
    ...applied.filter(row => row.state === 'failed').map(row => ({ kind: 'failed', migration: row.id }) as const),
    ...pendingFindings(facts, pending, appliedIds),
    ...missingDependencies(facts, new Set(foreign.map(row => row.id))),
    ...duplicateNumbers(facts),
    ...severalHeads(facts),
    ...cycles(facts.files),
    ...facts.unreadable.map(file => ({ kind: 'unreadable-file', migration: null, ...file }) as const),
  ];
  const notOurs = new Set(foreign.map(row => row.id));
  const states = [...appliedStates(facts, orphaned, notOurs), ...pending.map(pendingState)];
  return {
    migrations: states,
    findings,
    foreign: [...notOurs],
    counts: {
      applied: states.filter(state => state.state !== 'pending').length,
      pending: pending.length,
      orphaned: orphaned.length,
    },
  };
}

/**
 * Files that are not applied. A squash is pending only while none of its parts is applied: with some of them the framework goes
 * on with the parts, with all of them it only notes the squash (Django's `check_replacements`).
 */
function pendingFiles(facts: ProjectFacts, applied: ReadonlySet<MigrationId>): readonly MigrationFile[] {
  const replacedBySquash = new Set(
    facts.files
      .filter(file => file.replaces.length > 0 && (applied.has(file.id) || !file.replaces.some(id => applied.has(id))))
      .flatMap(file => file.replaces),
  );
  return facts.files.filter(file => {
    if (applied.has(file.id)) return false;
    if (file.replaces.length > 0) return !file.replaces.some(id => applied.has(id));
    // Parts of a squash that is used instead of them are never applied themselves.
    return !replacedBySquash.has(file.id);
  });
}

const pendingState = (file: MigrationFile): MigrationState => ({
  id: file.id,
  state: 'pending',
  path: file.path,
  appliedAt: null,
});

function appliedStates(
  facts: ProjectFacts,
  orphaned: readonly OrphanFinding[],
  foreign: ReadonlySet<MigrationId>,
): readonly MigrationState[] {
  const paths = new Map(facts.files.map(file => [file.id, file.path]));
  const lost = new Map(orphaned.map(finding => [finding.migration, finding]));
  return (facts.applied ?? [])
    .filter(row => !foreign.has(row.id))
    .map(row => {
      const orphan = lost.get(row.id);
      const kept = row.state === 'failed' ? ('failed' as const) : ('applied' as const);
      return {
        id: row.id,
        state: orphan === undefined ? kept : ('orphaned' as const),
        path: paths.get(row.id) ?? orphan?.source?.path ?? orphan?.added?.path ?? null,
        appliedAt: row.appliedAt,
      };
    });
}

function tableMissing(facts: ProjectFacts): readonly OtherFinding[] {
  if (facts.applied !== null) return [];
  const { schema, name } = facts.historyTable;
  return [{ kind: 'history-table-missing', migration: null, table: schema === null ? name : `${schema}.${name}` }];
}

/** Pending files; in a linear framework one that sorts before something applied is out of order. */
function pendingFindings(
  facts: ProjectFacts,
  pending: readonly MigrationFile[],
  applied: ReadonlySet<MigrationId>,
): readonly OtherFinding[] {
  const position = new Map(facts.files.map((file, index) => [file.id, index]));
  const newest = facts.files.findLast(file => applied.has(file.id));
  const newestAt = newest === undefined ? -1 : (position.get(newest.id) ?? -1);
  return pending.map(file => {
    const late = facts.order === 'linear' && (position.get(file.id) ?? 0) < newestAt;
    return late && newest !== undefined
      ? { kind: 'out-of-order', migration: file.id, path: file.path, after: newest.id }
      : { kind: 'pending', migration: file.id, path: file.path };
  });
}

function missingDependencies(facts: ProjectFacts, foreignRows: ReadonlySet<MigrationId>): readonly OtherFinding[] {
  const here = new Set([...facts.files.map(file => file.id), ...facts.files.flatMap(file => file.replaces)]);
  return facts.files.flatMap(file =>
    file.requires
      .filter(id => !here.has(id) && !foreignRows.has(id) && isOurs(id, facts))
      .map(id => ({ kind: 'missing-dependency', migration: file.id, requires: id }) as const),
  );
}

/** Is this an id of a namespace whose files this repository has or had? Ids of other apps are none of our business. */
function isOurs(id: MigrationId, facts: ProjectFacts): boolean {
  if (facts.ownNamespaces === null) return true;
  const namespace = facts.idFacts.get(id)?.namespace ?? null;
  return namespace !== null && facts.ownNamespaces.has(namespace);
}

function duplicateNumbers(facts: ProjectFacts): readonly OtherFinding[] {
  const groups = new Map<string, { number: string; ids: MigrationId[] }>();
  for (const file of facts.files) {
    const known = facts.idFacts.get(file.id);
    if (known?.number == null || file.replaces.length > 0) continue;
    const key = `${known.namespace ?? ''}\n${known.number}`;
    const group = groups.get(key) ?? { number: known.number, ids: [] };
    group.ids.push(file.id);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ number, ids: [first, ...others] }) =>
    first !== undefined && others.length > 0
      ? [{ kind: 'duplicate-number', migration: first, number, others } as const]
      : [],
  );
}

/** Leaves of the declared graph, per namespace; more than one means that the framework does not know where to go. */
export function headsOf(
  files: readonly MigrationFile[],
  namespaceOf: (id: MigrationId) => string | null,
): ReadonlyMap<string, readonly MigrationId[]> {
  const replaced = new Set(files.flatMap(file => file.replaces));
  const required = new Set(files.flatMap(file => file.requires.filter(id => namespaceOf(id) === namespaceOf(file.id))));
  const heads = new Map<string, MigrationId[]>();
  for (const file of files) {
    const stands = file.replaces.some(id => required.has(id));
    if (required.has(file.id) || stands || replaced.has(file.id)) continue;
    const namespace = namespaceOf(file.id) ?? '';
    heads.set(namespace, [...(heads.get(namespace) ?? []), file.id]);
  }
  return heads;
}

function severalHeads(facts: ProjectFacts): readonly OtherFinding[] {
  if (facts.order === 'linear') return [];
  const heads = headsOf(facts.files, id => facts.idFacts.get(id)?.namespace ?? null);
  return [...heads.values()].flatMap(([first, ...others]) =>
    first !== undefined && others.length > 0 ? [{ kind: 'several-heads', migration: first, others } as const] : [],
  );
}

/** Circles of `requires` among the files on disk, each named once, by the first of its members. */
function cycles(files: readonly MigrationFile[]): readonly OtherFinding[] {
  const byId = new Map(files.map(file => [file.id, file]));
  const state = new Map<MigrationId, 'open' | 'done'>();
  const found: OtherFinding[] = [];
  for (const start of files) {
    if (state.has(start.id)) continue;
    const trail: { id: MigrationId; next: number }[] = [{ id: start.id, next: 0 }];
    state.set(start.id, 'open');
    // An own stack: histories of thousands of migrations in one chain would overflow the call stack.
    while (trail.length > 0) {
      const top = trail[trail.length - 1];
      if (top === undefined) break;
      const required = byId.get(top.id)?.requires[top.next];
      top.next += 1;
      if (required === undefined) {
        state.set(top.id, 'done');
        trail.pop();
      } else if (state.get(required) === 'open') {
        const circle = trail.slice(trail.findIndex(entry => entry.id === required)).map(entry => entry.id);
        const [first, ...others] = circle;
        if (first !== undefined) found.push({ kind: 'cycle', migration: first, others });
      } else if (byId.has(required) && !state.has(required)) {
        state.set(required, 'open');
        trail.push({ id: required, next: 0 });
      }
    }
  }
  return found;
}
