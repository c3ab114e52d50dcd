/** What the declared graph of the files on disk says against itself: several heads, circles. */
import type { ProjectFacts } from './diagnosis.ts';
import type { OtherFinding } from './finding.ts';
import type { MigrationFile, MigrationId } from './migration.ts';

/** Leaves of the declared graph, per namespace; more than one means that the framework does not know where to go. */
function headsOf(
  files: readonly MigrationFile[],
  namespaceOf: (id: MigrationId) => string | null,
): ReadonlyMap<string, readonly MigrationId[]> {
  const replaced = new Set(files.flatMap(file => file.replaces));
  const requiredBy = Map.groupBy(
    files.flatMap(file =>
      file.requires.filter(id => namespaceOf(id) === namespaceOf(file.id)).map(required => ({ required, by: file.id })),
    ),
    ({ required }) => required,
  );
  const heads = new Map<string, MigrationId[]>();
  for (const file of files) {
    const own = new Set([file.id, ...file.replaces]);
    // What builds on a part builds on the squash, but the parts build on each other.
    const carries = [...own].some(id => requiredBy.get(id)?.some(({ by }) => !own.has(by)));
    if (carries || replaced.has(file.id)) continue;
    const namespace = namespaceOf(file.id) ?? '';
    const list = heads.get(namespace);
    if (list === undefined) heads.set(namespace, [file.id]);
    else list.push(file.id);
  }
  return heads;
}

/** Namespaces with more than one head. Linear frameworks have no heads. */
export function severalHeads(facts: ProjectFacts): readonly OtherFinding[] {
  if (facts.order === 'linear') return [];
  const heads = headsOf(facts.files, id => facts.idFacts.get(id)?.namespace ?? null);
  return [...heads.values()].flatMap(([first, ...others]) =>
    first !== undefined && others.length > 0 ? [{ kind: 'several-heads', migration: first, others } as const] : [],
  );
}

/** Circles of `requires` among the files on disk, each named once, by the first of its members. */
export function cycles(files: readonly MigrationFile[]): readonly OtherFinding[] {
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
