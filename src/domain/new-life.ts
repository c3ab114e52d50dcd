/** Does an orphan live on under another id? By its bytes, else by what its text says. */
import type { ProjectFacts } from './diagnosis.ts';
import type { MigrationFile, MigrationId } from './migration.ts';
import type { Oid } from './sighting.ts';
import { atMostAlike, type Essence, essenceOf, similarity } from './similarity.ts';

/** From this likeness on, a file that differs in more than names is shown as a possible new life of an orphan. */
const POSSIBLY_RENAMED = 80;
/** In linear frameworks a text rarely holds ids; shorter ones are numbers that may mean anything. */
const SHORTEST_NAME = 8;

/** A file on disk that the orphan may live on as. */
export interface NewLife {
  readonly file: MigrationFile;
  /** Percent; 100 when nothing but names and comments differs. */
  readonly similarity: number;
}

/** Finds new lives: prepared once for all orphans of a project. */
export type NewLives = (id: MigrationId, versions: readonly Oid[]) => NewLife | null;

/** The part of an id that changes when a file is renumbered: without its namespace. */
const nameIn = (id: MigrationId, namespace: string | null): string =>
  namespace === null ? id : id.slice(namespace.length + 1);

/** What answers `NewLives` for a project. `versions` are the blobs of the versions that may have been applied: an older one lives on nowhere. */
export function newLives(facts: ProjectFacts): NewLives {
  const namespaceOf = (id: MigrationId) => facts.idFacts.get(id)?.namespace ?? null;
  const applied = new Set((facts.applied ?? []).map(row => row.id));
  const byBlob = Map.groupBy(facts.files, file => file.blob);
  // Only a pending file can be the same migration under another id: an applied one already has its row.
  const pending = Map.groupBy(
    facts.files.filter(file => !applied.has(file.id)),
    file => namespaceOf(file.id),
  );
  const all = [...facts.idFacts].map(([id, known]) => nameIn(id, known.namespace));
  const names = new Set(facts.order === 'graph' ? all : all.filter(name => name.length >= SHORTEST_NAME));
  const essences = new Map<Oid, Essence | null>();
  const essence = (blob: Oid): Essence | null => {
    const known = essences.get(blob);
    if (known !== undefined) return known;
    const text = facts.texts.get(blob);
    const made = text === undefined ? null : essenceOf(text, names);
    essences.set(blob, made);
    return made;
  };

  return (id, versions) => {
    const namespace = namespaceOf(id);
    const same = versions.flatMap(blob => byBlob.get(blob) ?? []).filter(file => namespaceOf(file.id) === namespace);
    const twin = same.find(file => !applied.has(file.id)) ?? same[0];
    if (twin !== undefined) return { file: twin, similarity: 100 };
    let best: NewLife | null = null;
    for (const version of versions) {
      const own = essence(version);
      if (own === null) continue;
      for (const file of pending.get(namespace) ?? []) {
        const other = essence(file.blob);
        const least = Math.max(POSSIBLY_RENAMED, (best?.similarity ?? 0) + 1);
        if (other === null || (own.lines.length !== other.lines.length && atMostAlike(own, other) < least)) continue;
        const percent = similarity(own, other);
        if (percent >= least) best = { file, similarity: percent };
      }
    }
    return best;
  };
}
