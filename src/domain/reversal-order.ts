/** Orders over migrations: what depends on what, and in which order things are reversed. */
import type { Declaration, MigrationId } from './migration.ts';

type Declared = ReadonlyMap<MigrationId, Declaration>;

/** Which of `among` depend, directly or through others of them, on any of `roots`. The roots themselves are left out. */
export function dependentsAmong(
  among: readonly MigrationId[],
  roots: Iterable<MigrationId>,
  declared: Declared,
): readonly MigrationId[] {
  const left = new Set(roots);
  const children = childrenIn(among, declared);
  const reached = new Set(left);
  const queue = [...left];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const child of children.get(id) ?? []) {
      if (!reached.has(child)) {
        reached.add(child);
        queue.push(child);
      }
    }
  }
  return [...new Set(among)].filter(id => reached.has(id) && !left.has(id));
}

/** For every migration that one of `sources` depends on, directly or through applied ones: the first source that does. */
export function firstDependents(
  sources: Iterable<MigrationId>,
  applied: ReadonlySet<MigrationId>,
  declared: Declared,
): ReadonlyMap<MigrationId, MigrationId> {
  const first = new Map<MigrationId, MigrationId>();
  for (const source of sources) {
    const queue = [source];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      for (const required of declared.get(id)?.requires ?? []) {
        if (!applied.has(required) || first.has(required) || required === source) continue;
        first.set(required, source);
        queue.push(required);
      }
    }
  }
  return first;
}

/**
 * The order of reversal: dependents before what they depend on, and where the graph does not decide, newest applied first.
 * `applied` is the order of application. Of a circle of dependencies, which nothing can order, the newest goes first; what
 * depends on the circle still goes before it, and what it depends on after it.
 */
export function reversalOrder(
  ids: readonly MigrationId[],
  applied: readonly MigrationId[],
  declared: Declared,
): readonly MigrationId[] {
  const wanted = new Set(ids);
  const newestFirst = [...new Set([...applied.toReversed(), ...ids])];
  const age = new Map(newestFirst.map((id, index) => [id, index]));
  const groups = dependentsFirst(
    newestFirst.filter(id => wanted.has(id)),
    childrenIn(newestFirst, declared),
  );
  return groups.flatMap(group =>
    group.filter(id => wanted.has(id)).sort((a, b) => (age.get(a) ?? 0) - (age.get(b) ?? 0)),
  );
}

/** Who names whom in `requires`, the other way round. */
function childrenIn(among: readonly MigrationId[], declared: Declared): ReadonlyMap<MigrationId, MigrationId[]> {
  const children = new Map<MigrationId, MigrationId[]>();
  for (const id of new Set(among)) {
    for (const required of new Set(declared.get(id)?.requires)) {
      const list = children.get(required);
      if (list === undefined) children.set(required, [id]);
      else list.push(id);
    }
  }
  return children;
}

/**
 * Everything that can be reached from `starts`, in groups: a group follows all groups that depend on it. A group has one member,
 * or is a circle. Tarjan's algorithm (SIAM Journal on Computing 1972), with an own stack: chains of thousands would overflow the call stack.
 */
function dependentsFirst(
  starts: readonly MigrationId[],
  children: ReadonlyMap<MigrationId, readonly MigrationId[]>,
): readonly MigrationId[][] {
  const number = new Map<MigrationId, number>();
  const open: MigrationId[] = [];
  const isOpen = new Set<MigrationId>();
  const groups: MigrationId[][] = [];
  const enter = (id: MigrationId) => {
    const own = number.size;
    number.set(id, own);
    open.push(id);
    isOpen.add(id);
    return { id, own, lowest: own, next: 0 };
  };
  for (const start of starts) {
    const trail = number.has(start) ? [] : [enter(start)];
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const child = children.get(top.id)?.[top.next];
      top.next += 1;
      if (child !== undefined) {
        if (!number.has(child)) trail.push(enter(child));
        else if (isOpen.has(child)) top.lowest = Math.min(top.lowest, number.get(child) ?? top.lowest);
        continue;
      }
      trail.pop();
      const below = trail.at(-1);
      if (below !== undefined) below.lowest = Math.min(below.lowest, top.lowest);
      if (top.lowest !== top.own) continue;
      const group = open.splice(open.lastIndexOf(top.id));
      for (const id of group) isOpen.delete(id);
      groups.push(group);
    }
  }
  return groups;
}

/** Does a text name one of these? Names of letters and digits must stand as a whole word. Case is ignored, as SQL does. */
export function namesAny(text: string, names: readonly string[]): boolean {
  const wanted = names.filter(name => name !== '').map(name => name.toLowerCase());
  if (wanted.length === 0) return false;
  const lower = text.toLowerCase();
  const words = new Set(lower.match(/[\p{L}\p{N}_$]+/gu) ?? []);
  // A name with blanks or hyphens in it is no word: it stands in quotes, which differ by engine.
  return wanted.some(name => (/^[\p{L}\p{N}_$]+$/u.test(name) ? words.has(name) : lower.includes(name)));
}
