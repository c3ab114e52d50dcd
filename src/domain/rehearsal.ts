/** What a rehearsal of a plan showed, as plain data, and what of it the migrations' texts had not said. */
import type { CountedLosses, Step } from './plan.ts';
import { compareSchemas, type Schema, type SchemaObject } from './schema.ts';

/** One step as it was rehearsed on a copy. */
export interface RehearsedStep {
  /** Digest of the schema after it. */
  readonly schema: string;
  /** Objects that appear, disappear and change: `table glitter`, `index unicorns: unicorns_name`. */
  readonly appears: readonly string[];
  readonly disappears: readonly string[];
  readonly changes: readonly string[];
  /** Tables and columns that go, and what goes with them, counted in the real database. */
  readonly losses: Pick<CountedLosses, 'tables' | 'columns'>;
  /** Rows that go from tables that stay. Seen on full copies only. */
  readonly rowsGone: readonly { readonly table: string; readonly rows: number }[];
  /** What of the losses the migration's text did not announce: `table sparkles`, `column unicorns.horn`. */
  readonly unannounced: readonly string[];
}

/** A rehearsal of a whole plan. */
export interface Rehearsal {
  /** What the copy held: all rows, or those of the history table only. */
  readonly copy: 'full' | 'schema';
  readonly milliseconds: number;
  /** The steps that ran, in the plan's order. */
  readonly steps: readonly RehearsedStep[];
  /** The step that failed, and what was said; null when all went well. */
  readonly failed: { readonly step: number; readonly said: string } | null;
}

/** What a step did to a schema. */
export interface StepEffect extends Pick<RehearsedStep, 'appears' | 'disappears' | 'changes' | 'unannounced'> {
  readonly tables: readonly string[];
  readonly columns: readonly { readonly table: string; readonly column: string }[];
}

/** Compares the schema before and after a step, and that with what the step's text announced. A renamed table or column is not lost. */
export function effectOf(step: Step, before: Schema, after: Schema): StepEffect {
  const { added, removed, changed } = compareSchemas(before, after);
  const tables = removed
    .filter(({ kind }) => kind === 'table')
    .filter(table => !isRenamedTable(table, before, after, added));
  const columns = removed
    .filter(({ kind }) => kind === 'column')
    .map(column => ({ object: column, ...partsOf(column, before) }))
    // A table that goes takes its columns along, and one that is renamed keeps them.
    .filter(({ table }) => after.some(object => object.kind === 'table' && object.name === table))
    .filter(({ object, table }) => !isRenamedColumn(object, table, removed, added));
  const lost = columns.map(({ table, column }) => ({ table, column }));
  const announced = step.kind === 'reverse' ? step.losses : null;
  const unannounced =
    announced === null
      ? []
      : [
          ...tables
            .filter(({ name }) => !announced.tables.some(({ table }) => isSame(table, name)))
            .map(({ name }) => `table ${name}`),
          ...lost
            .filter(
              ({ table, column }) =>
                !announced.columns.some(
                  said => isSame(said.table, table) && said.column.toLowerCase() === column.toLowerCase(),
                ) && !announced.tables.some(said => isSame(said.table, table)),
            )
            .map(({ table, column }) => `column ${table}.${column}`),
        ];
  return {
    appears: added.map(labelOf),
    disappears: removed.map(labelOf),
    changes: changed.map(({ after: object }) => labelOf(object)),
    tables: tables.map(({ name }) => name),
    columns: lost,
    unannounced,
  };
}

/** All that a plan's rehearsal saw go and no text had announced. */
export const unannouncedIn = (rehearsal: Rehearsal): readonly string[] => [
  ...new Set(rehearsal.steps.flatMap(({ unannounced }) => unannounced)),
];

const labelOf = ({ kind, name }: SchemaObject): string => `${kind} ${name}`;

/** Table and column of a column's name: the longest table that begins it, as names may hold dots. */
function partsOf({ name }: SchemaObject, schema: Schema): { readonly table: string; readonly column: string } {
  const tables = schema.filter(object => object.kind === 'table' && name.startsWith(`${object.name}.`));
  const table =
    tables.map(object => object.name).sort((a, b) => b.length - a.length)[0] ?? name.replace(/\.[^.]*$/, '');
  return { table, column: name.slice(table.length + 1) };
}

const columnsOf = (table: string, schema: Schema): string =>
  JSON.stringify(
    schema
      .filter(object => object.kind === 'column' && partsOf(object, schema).table === table)
      .map(object => [partsOf(object, schema).column, object.says]),
  );

/** The same columns stand under a name that was not there before. */
function isRenamedTable(table: SchemaObject, before: Schema, after: Schema, added: Schema): boolean {
  const columns = columnsOf(table.name, before);
  return added.some(
    object => object.kind === 'table' && object.says === table.says && columnsOf(object.name, after) === columns,
  );
}

/** The only column that goes from its table, and the only one that comes, are defined alike. */
function isRenamedColumn(column: SchemaObject, table: string, removed: Schema, added: Schema): boolean {
  const ofTable = (objects: Schema) =>
    objects.filter(object => object.kind === 'column' && object.name.startsWith(`${table}.`));
  const [gone, come] = [ofTable(removed), ofTable(added)];
  return gone.length === 1 && come.length === 1 && come[0]?.says === column.says;
}

/** Texts name tables with their schema or without it, and in any case. */
function isSame(said: string, name: string): boolean {
  const [one, other] = [said.toLowerCase(), name.toLowerCase()];
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);
}
