/** From facts to findings: pure, so that every case is a small table in the tests. */
import type { Diagnosis, MigrationState, ProjectFacts } from './diagnosis.ts';
import { editedIds, explainEdited } from './edited.ts';
import type { Finding, OrphanFinding, OtherFinding } from './finding.ts';
import { cycles, severalHeads } from './graph-findings.ts';
import type { AppliedMigration, MigrationFile, MigrationId, UnreadableFile } from './migration.ts';
import { explainOrphans, withoutFile } from './orphans.ts';

/** Compares what the database says was applied with what the branch has. Orphans come first, newest applied first. */
export function diagnose(given: ProjectFacts): Diagnosis {
  const { facts, doubles } = eachOnce(given);
  const applied = facts.applied ?? [];
  const missing = withoutFile(facts);
  const hidden = hiddenBehindUnreadable(missing.orphans, facts);
  const orphans = missing.orphans.filter(row => !hidden.has(row.id));
  const orphaned = explainOrphans(orphans, facts).toReversed();
  const edited = explainEdited(facts);
  const appliedIds = new Set(applied.map(row => row.id));
  const pending = pendingFiles(facts, appliedIds);
  const notOurs = new Set(missing.foreign.map(row => row.id));
  const findings: readonly Finding[] = [
    ...tableMissing(facts),
    ...(facts.locked == null ? [] : [{ kind: 'locked', migration: null, ...facts.locked } as const]),
    ...orphaned,
    ...edited,
    ...applied.filter(row => row.state === 'failed').map(row => ({ kind: 'failed', migration: row.id }) as const),
    ...pendingFindings(facts, pending, appliedIds),
    ...missingDependencies(facts, notOurs),
    ...missingParts(facts, appliedIds),
    ...duplicateNumbers(facts),
    ...severalHeads(facts),
    ...cycles(facts.files),
    ...[...facts.unreadable, ...doubles].map(file => ({ kind: 'unreadable-file', migration: null, ...file }) as const),
  ];
  const states = [...appliedStates(facts, orphaned, editedIds(edited), notOurs, hidden), ...pending.map(pendingState)];
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

/** Every row and every file once. A second file with an id that another has is not read as a migration: which of them is it? */
function eachOnce(facts: ProjectFacts): { readonly facts: ProjectFacts; readonly doubles: readonly UnreadableFile[] } {
  const rows = new Map<MigrationId, AppliedMigration>();
  for (const row of facts.applied ?? []) {
    const first = rows.get(row.id);
    if (first === undefined) rows.set(row.id, row);
    else if (row.state === 'failed') rows.set(row.id, { ...first, state: 'failed' });
  }
  const files = new Map<MigrationId, MigrationFile>();
  const doubles: UnreadableFile[] = [];
  for (const file of facts.files) {
    const first = files.get(file.id);
    if (first === undefined) files.set(file.id, file);
    else doubles.push({ path: file.path, reason: `its id, ${file.id}, is that of ${first.path} too` });
  }
  const applied = facts.applied === null ? null : [...rows.values()];
  return { facts: { ...facts, applied, files: [...files.values()] }, doubles };
}

/** Rows whose file is there but cannot be read (a merge conflict in it, half a line typed): no orphans. By id, the path. */
function hiddenBehindUnreadable(
  orphans: readonly AppliedMigration[],
  facts: ProjectFacts,
): ReadonlyMap<MigrationId, string> {
  const unreadable = new Set(facts.unreadable.map(file => file.path));
  if (unreadable.size === 0) return new Map();
  return new Map(
    orphans.flatMap(({ id }) => {
      const evidence = facts.evidence.get(id);
      const kept = evidence?.kept?.path;
      const seen = evidence?.sightings.find(sighting => unreadable.has(sighting.path))?.path;
      const path = seen ?? (kept !== undefined && unreadable.has(kept) ? kept : undefined);
      return path === undefined ? [] : [[id, path] as const];
    }),
  );
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
  edited: ReadonlySet<MigrationId>,
  foreign: ReadonlySet<MigrationId>,
  hidden: ReadonlyMap<MigrationId, string>,
): readonly MigrationState[] {
  const paths = new Map([...hidden, ...facts.files.map(file => [file.id, file.path] as const)]);
  const lost = new Map(orphaned.map(finding => [finding.migration, finding]));
  return (facts.applied ?? [])
    .filter(row => !foreign.has(row.id))
    .map(row => {
      const orphan = lost.get(row.id);
      const standing = edited.has(row.id) ? ('edited' as const) : ('applied' as const);
      const kept = row.state === 'failed' ? ('failed' as const) : standing;
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

/**
 * Parts of a squash that are neither applied nor here, while others of its parts are applied: the framework can use neither the squash
 * nor that part, and may even say that there is nothing to apply (seen with Django 5.2).
 */
function missingParts(facts: ProjectFacts, applied: ReadonlySet<MigrationId>): readonly OtherFinding[] {
  const here = new Set(facts.files.map(file => file.id));
  return facts.files
    .filter(file => file.replaces.some(id => applied.has(id)))
    .flatMap(file =>
      file.replaces
        .filter(id => !applied.has(id) && !here.has(id))
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
