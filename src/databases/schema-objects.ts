/** Makes a comparable schema of what an engine's catalog says. */
import type { Schema, SchemaObject } from '../domain/schema.ts';

/** Sorted by kind and name. Objects that share a name (two foreign keys without names of their own) are numbered by what they say. */
export function makeSchema(objects: readonly SchemaObject[]): Schema {
  const sorted = objects.toSorted(
    (a, b) => compare(a.kind, b.kind) || compare(a.name, b.name) || compare(a.says, b.says),
  );
  const seen = new Map<string, number>();
  return sorted.map(object => {
    const key = `${object.kind} ${object.name}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? object : { ...object, name: `${object.name} #${count}` };
  });
}

/** Joins the parts that say something. */
export const phrase = (...parts: readonly (string | null | undefined | false)[]): string =>
  parts.filter(part => part !== null && part !== undefined && part !== false && part !== '').join(' ');

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
