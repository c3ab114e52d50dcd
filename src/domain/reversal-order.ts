/** Orders over migrations: what depends on what, and in which order things are reversed. */
import type { Declaration, MigrationId } from './migration.ts';

type Declared = ReadonlyMap<MigrationId, Declaration>;

/** Which of `among` depend, directly or through others of them, on any of `roots`. The roots themselves are left out. */
export function dependentsAmong(
  among: readonly MigrationId[],
  roots: readonly MigrationId[],
  declared: Declared,
): readonly MigrationId[] {
  const children = new Map<MigrationId, MigrationId[]>();
  for (const id of among) {
    for (const required of declared.get(id)?.requires ?? []) {
      children.set(required, [...(children.get(required) ?? []), id]);
    }
  }
  const reached = new Set<MigrationId>(roots);
  const queue = [...roots];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const child of children.get(id) ?? []) {
      if (!reached.has(child)) {
        reached.add(child);
        queue.push(child);
      }
    }
  }
  return among.filter(id => reached.has(id) && !roots.includes(id));
}

/**
 * The order of reversal: dependents before what they depend on, and where the graph does not decide, newest applied first.
 * `applied` is the order of application. In a circle of dependencies the newest goes first.
 */
export function reversalOrder(
  ids: readonly MigrationId[],
  applied: readonly MigrationId[],
  declared: Declared,
): readonly MigrationId[] {
  const position = new Map(applied.map((id, index) => [id, index]));
  const left = new Set([...ids].sort((a, b) => (position.get(b) ?? -1) - (position.get(a) ?? -1)));
  const waiting = new Map<MigrationId, number>([...left].map(id => [id, 0]));
  const required = new Map(
    [...left].map(id => [id, [...reachable(id, declared, position)].filter(other => left.has(other) && other !== id)]),
  );
  for (const list of required.values()) for (const id of list) waiting.set(id, (waiting.get(id) ?? 0) + 1);
  const order: MigrationId[] = [];
  while (left.size > 0) {
    const next = [...left].find(id => waiting.get(id) === 0) ?? [...left][0];
    if (next === undefined) break;
    left.delete(next);
    order.push(next);
    for (const id of required.get(next) ?? []) waiting.set(id, (waiting.get(id) ?? 0) - 1);
  }
  return order;
}

/** Everything an applied migration depends on, directly or not, itself included. */
function reachable(
  start: MigrationId,
  declared: Declared,
  applied: ReadonlyMap<MigrationId, number>,
): ReadonlySet<MigrationId> {
  const seen = new Set<MigrationId>([start]);
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const required of declared.get(id)?.requires ?? []) {
      if (applied.has(required) && !seen.has(required)) {
        seen.add(required);
        queue.push(required);
      }
    }
  }
  return seen;
}

/** Does a text name one of these as a whole word? Case is ignored, as SQL does. */
export function namesAny(text: string, names: readonly string[]): boolean {
  const wanted = names.filter(name => name !== '').map(name => name.toLowerCase());
  if (wanted.length === 0) return false;
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []);
  return wanted.some(name => words.has(name));
}
