/** How a database's schema compares with the one its migrations make of an empty database. Plain data. */
import type { MigrationId } from './migration.ts';
import { compareSchemas, type Schema, type SchemaObject } from './schema.ts';

/** One object that differs. */
export interface Drift {
  /** `missing`: the migrations make it and the database has it not. `extra`: the other way round. `other`: both have it, defined differently. */
  readonly drift: 'missing' | 'extra' | 'other';
  readonly object: SchemaObject['kind'];
  readonly name: string;
  /** Definitions; null where there is none. */
  readonly expected: string | null;
  readonly found: string | null;
  /** It was so before the run, too; null when no run was looked at. */
  readonly before: boolean | null;
  /** An applied migration without a file whose text names it; null when none explains it. */
  readonly explainedBy: MigrationId | null;
}

/** What a proof found. */
export interface Proof {
  readonly drift: readonly Drift[];
  /** Applied migrations that the expected schema was built from. */
  readonly migrations: readonly MigrationId[];
  /** Files on disk that are not applied, and so are not in it. */
  readonly pending: readonly MigrationId[];
  /** True when the expected schema had been built before. */
  readonly remembered: boolean;
}

/** Differences that no migration explains. */
export const unexplained = ({ drift }: Proof): readonly Drift[] =>
  drift.filter(({ explainedBy }) => explainedBy === null);

/** What an orphan's text says that it made. */
export interface Explanation {
  readonly migration: MigrationId;
  readonly tables: readonly string[];
  readonly columns: readonly { readonly table: string; readonly column: string }[];
}

/** Compares. `before` is the database's schema before a run; null when there was none. */
export function driftBetween(
  expected: Schema,
  found: Schema,
  before: Schema | null,
  explanations: readonly Explanation[],
): readonly Drift[] {
  const { added, removed, changed } = compareSchemas(expected, found);
  const earlier = before === null ? null : new Map(before.map(object => [keyOf(object), object.says]));
  const now = new Map(found.map(object => [keyOf(object), object.says]));
  const entry = (drift: Drift['drift'], object: SchemaObject, says: Pick<Drift, 'expected' | 'found'>): Drift => ({
    drift,
    object: object.kind,
    name: object.name,
    ...says,
    before: earlier === null ? null : earlier.get(keyOf(object)) === now.get(keyOf(object)),
    explainedBy: drift === 'missing' ? null : (explanations.find(each => explains(each, object))?.migration ?? null),
  });
  return [
    ...removed.map(object => entry('missing', object, { expected: object.says, found: null })),
    ...added.map(object => entry('extra', object, { expected: null, found: object.says })),
    ...changed.map(({ before: wanted, after }) => entry('other', after, { expected: wanted.says, found: after.says })),
  ];
}

const keyOf = ({ kind, name }: SchemaObject): string => `${kind} ${name}`;

/** Texts name tables with their schema or without it, and in any case; indexes and constraints are named `table: name`. */
function explains({ tables, columns }: Explanation, { name }: SchemaObject): boolean {
  const said = name.toLowerCase();
  const begins = (table: string): boolean =>
    said === table || said.startsWith(`${table}.`) || said.startsWith(`${table}: `) || said.includes(`.${table}.`);
  return (
    tables.some(table => begins(table.toLowerCase())) ||
    columns.some(({ table, column }) => {
      const [owner, own] = [table.toLowerCase(), column.toLowerCase()];
      return begins(owner) && (said.endsWith(`.${own}`) || (said.includes(': ') && said.includes(own)));
    })
  );
}
