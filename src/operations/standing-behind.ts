/**
 * What stands behind a history table that holds only its newest version: files on disk up to it, but none that came too late to be applied; and of
 * what has no file any more only what Tidemark's own record or the schema says was applied.
 */
import type { Connection } from '../databases/contract.ts';
import type { Declaration, MigrationId } from '../domain/migration.ts';
import type { MigrationSighting, Oid } from '../domain/sighting.ts';
import type { FileText, Framework, Known, Losses } from '../frameworks/contract.ts';
import type { Repository } from '../git/contract.ts';
import { reading } from './connect.ts';
import { countLosses, nothingLeftToLose } from './count-losses.ts';
import type { FoundProject } from './find-projects.ts';
import type { ReadRows } from './inspection.ts';
import type { Outside } from './outside.ts';

type Made = Pick<Losses, 'tables' | 'columns'>;

interface Behind {
  readonly outside: Outside;
  readonly repository: Repository;
  readonly found: FoundProject;
  readonly read: ReadRows;
  readonly sightings: ReadonlyMap<MigrationId, readonly MigrationSighting[]>;
}

/** A migration that has no file on disk and may have been applied. */
interface Candidate {
  readonly id: MigrationId;
  /** Tidemark saw it applied, and has not seen it go since. */
  readonly recorded: boolean;
  readonly file: FileText | null;
}

/** What `Framework.applied` is to know of; null where each migration has a row. `paths`: files of the working tree and of a compared one. */
export async function standingBehind(behind: Behind, paths: readonly string[]): Promise<Known | null> {
  const { repository, found, read } = behind;
  const { framework, project } = found;
  if (framework.makes === undefined || read.rows === null) return null;
  const files = new Map<MigrationId, string>();
  for (const path of paths) {
    const id = framework.identify(project, path, null);
    if (id !== null) files.set(id, path);
  }
  const onDisk = [...files.keys()];
  const newest = framework.applied(project, read.rows, new Map()).at(-1)?.id;
  const isBelow = (id: MigrationId) => newest !== undefined && framework.compare(id, newest) < 0;
  const candidates = await candidatesFor(behind, id => isBelow(id) && !files.has(id));
  const kept = [...files].filter(([id]) => id === newest || isBelow(id)).map(([, path]) => path);
  const stand = candidates.length === 0 ? [] : await standing(behind, candidates, madeBy(repository, framework, kept));
  const late = await cameTooLate(
    behind,
    [...files].filter(([id]) => isBelow(id)),
    kept,
  );
  return new Map([...onDisk, ...stand].filter(id => !late.has(id)).map(id => [id, bare(id)]));
}

/** Statements after which an unqualified name may mean another schema's. */
const ELSEWHERE = /\bsearch_path\b|^\s*use\s/im;

/**
 * Of `below`, which are files on disk with a version under the newest, those that were never applied, as far as that is certain: Tidemark never saw
 * one applied, none of what it makes is there, and no other file at `kept` so much as names it, and could have taken it away.
 */
async function cameTooLate(
  { outside, repository, found, read }: Behind,
  below: readonly (readonly [MigrationId, string])[],
  kept: readonly string[],
): Promise<ReadonlySet<MigrationId>> {
  const recorded = recordedIn(read);
  const texts = new Map(kept.map(path => [path, repository.readWorking(path)]));
  const doubtful = below.flatMap(([id, path]) => {
    const text = texts.get(path) ?? null;
    if (recorded.has(id) || text === null || ELSEWHERE.test(text)) return [];
    const words = wordsOf(found.framework.makes?.({ path, text }) ?? NOTHING);
    const others = [...texts].flatMap(([other, otherText]) => (other === path ? [] : (otherText?.toLowerCase() ?? [])));
    return words.length === 0 || others.some(other => words.some(word => other.includes(word))) ? [] : [{ id, words }];
  });
  if (doubtful.length === 0) return new Set();
  const schema = await reading(outside, read.address, connection =>
    connection.describeSchema([found.project.historyTable]),
  );
  const there = new Set(schema.map(({ name }) => lastOf(name)));
  return new Set(doubtful.filter(({ words }) => !words.some(word => there.has(word))).map(({ id }) => id));
}

/** The last part of a dotted name, for comparing. */
const lastOf = (name: string): string => (name.split('.').at(-1) ?? name).toLowerCase();

/** What a text must hold to speak of it: a column's own name, a table's without its schema. */
const wordsOf = ({ tables, columns }: Made): readonly string[] => [
  ...tables.map(lastOf),
  ...columns.map(({ column }) => lastOf(column)),
];

const bare = (id: MigrationId): Declaration => ({ id, requires: [], replaces: [] });

/** What Tidemark saw applied, with its last record, and has not seen go since. */
const recordedIn = ({ log }: ReadRows) =>
  new Map(
    [...(log?.ids() ?? [])].flatMap(id => {
      const records = log?.of(id).filter(({ evidence, goneAt }) => evidence !== 'later' && goneAt === null) ?? [];
      const [record] = records.slice(-1);
      return record === undefined ? [] : [[id, record] as const];
    }),
  );

/** Newest first, so that of several that made the same thing the latest is believed. */
async function candidatesFor(
  { repository, found, read, sightings }: Behind,
  mayBe: (id: MigrationId) => boolean,
): Promise<readonly Candidate[]> {
  const recorded = recordedIn(read);
  const ids = [...new Set([...recorded.keys(), ...sightings.keys()])].filter(mayBe);
  const versions = new Map(
    ids.flatMap(id => {
      const record = recorded.get(id);
      const seen = sightings.get(id)?.[0];
      const path = record?.path ?? seen?.path;
      const blob: Oid | null | undefined = record?.blob ?? seen?.blob;
      return path === undefined || blob == null ? [] : [[id, { path, blob }] as const];
    }),
  );
  const texts = await repository.readBlobs([...versions.values()].map(({ blob }) => blob));
  return ids
    .sort((a, b) => found.framework.compare(b, a))
    .map(id => {
      const version = versions.get(id);
      const text = version === undefined ? undefined : texts.get(version.blob);
      const file = version === undefined || text === undefined ? null : { path: version.path, text };
      return { id, recorded: recorded.has(id), file };
    });
}

/** Those of which something that only they make is there; of those that make nothing one could look for, those that were recorded. */
async function standing(
  { outside, found, read }: Behind,
  candidates: readonly Candidate[],
  taken: Set<string>,
): Promise<readonly MigrationId[]> {
  return reading(outside, read.address, async connection => {
    const stand: MigrationId[] = [];
    for (const { id, recorded, file } of candidates) {
      const made = file === null ? NOTHING : (found.framework.makes?.(file) ?? NOTHING);
      const own = without(made, taken);
      const makesNothing = made.tables.length + made.columns.length === 0;
      if (!(makesNothing ? recorded : await isThere(connection, own))) continue;
      stand.push(id);
      for (const name of namesOf(own)) taken.add(name);
    }
    return stand;
  });
}

const NOTHING: Made = { tables: [], columns: [] };

const namesOf = ({ tables, columns }: Made): readonly string[] => [
  ...tables.map(table => table.toLowerCase()),
  ...columns.map(({ table, column }) => `${table}\n${column}`.toLowerCase()),
];

const without = ({ tables, columns }: Made, taken: ReadonlySet<string>): Made => ({
  tables: tables.filter(table => !taken.has(table.toLowerCase())),
  columns: columns.filter(({ table, column }) => !taken.has(`${table}\n${column}`.toLowerCase())),
});

async function isThere(connection: Connection, made: Made): Promise<boolean> {
  if (made.tables.length + made.columns.length === 0) return false;
  return !nothingLeftToLose(await countLosses(connection, { ...made, unsure: null }));
}

/** Names of what the applied files on disk make: these prove nothing of any other migration. */
function madeBy(repository: Repository, framework: Framework, paths: readonly string[]): Set<string> {
  const names = paths.flatMap(path => {
    const text = repository.readWorking(path);
    return text === null ? [] : namesOf(framework.makes?.({ path, text }) ?? NOTHING);
  });
  return new Set(names);
}
