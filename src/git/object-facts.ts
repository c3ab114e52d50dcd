/** Questions about many objects at once, by `git cat-file --batch-check`: what is here, how large, which blob a path has. */
import type { Oid } from '../domain/sighting.ts';
import { encodePath } from './path-bytes.ts';
import { isAtLeast, type Place } from './place.ts';

/** One object: type and size in bytes. */
export interface ObjectFact {
  readonly oid: Oid;
  readonly type: string;
  readonly size: number;
}

/** Facts of objects named by id or by `<commit>:<path>`, in the order asked; null for what is not here. Nothing is fetched. */
export async function factsOf(place: Place, names: readonly string[]): Promise<readonly (ObjectFact | null)[]> {
  if (names.length === 0) return [];
  // Before git 2.38 names are separated by line feeds, and a path with one cannot be asked for.
  const separated = isAtLeast(place.version, 2, 38);
  const asked = separated ? names : names.filter(name => !name.includes('\n'));
  const separator = Buffer.from(separated ? '\0' : '\n');
  const stdin = Buffer.concat(asked.flatMap(name => [encodePath(name), separator]));
  const format = '--batch-check=%(objectname) %(objecttype) %(objectsize)';
  const lines = (await place.objects.bytes(['cat-file', format, ...(separated ? ['-z'] : [])], { stdin })).toString(
    'latin1',
  );
  const facts = answersIn(lines, asked);
  if (separated || asked.length === names.length) return facts;
  const byName = new Map(asked.map((name, index) => [name, facts[index] ?? null]));
  return names.map(name => byName.get(name) ?? null);
}

/** Which of the objects are here. */
export async function existing(place: Place, oids: readonly Oid[]): Promise<ReadonlySet<Oid>> {
  const facts = await factsOf(place, oids);
  return new Set(oids.filter((_, index) => facts[index] !== null));
}

/** Sizes in bytes of the objects that are here. */
export async function sizesOf(place: Place, oids: readonly Oid[]): Promise<ReadonlyMap<Oid, number>> {
  const facts = await factsOf(place, oids);
  return new Map(
    oids.flatMap((oid, index) => {
      const fact = facts[index];
      return fact === null || fact === undefined ? [] : [[oid, fact.size]];
    }),
  );
}

/** A missing object is told as `<name> missing`, where the name may hold line feeds: skip as many lines as it has. */
function answersIn(output: string, names: readonly string[]): (ObjectFact | null)[] {
  const lines = output.split('\n');
  const facts: (ObjectFact | null)[] = [];
  let line = 0;
  for (const name of names) {
    const said = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)$/.exec(lines[line] ?? '');
    facts.push(said === null ? null : { oid: said[1] ?? '', type: said[2] ?? '', size: Number(said[3]) });
    line += said === null ? name.split('\n').length : 1;
  }
  return facts;
}
