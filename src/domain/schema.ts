/** The shape of a database, as data that can be compared, and the comparison. */

/** One thing in a schema. `name` is unique within its kind; `says` is its definition in normalised text. */
export interface SchemaObject {
  readonly kind: 'table' | 'column' | 'index' | 'constraint' | 'view' | 'trigger' | 'routine' | 'type' | 'sequence';
  /** Qualified where that is needed: `tasks`, `tasks.colour`, `tasks: tasks_colour_idx`. */
  readonly name: string;
  /** Definition without names of its own: `varchar(20) not null default 'red'`. Column order is not part of it. */
  readonly says: string;
}

/** A database's schema, without the history table itself. Sorted by kind and name. */
export type Schema = readonly SchemaObject[];

/** How two schemas differ. */
export interface SchemaDifference {
  readonly added: Schema;
  readonly removed: Schema;
  readonly changed: readonly { readonly before: SchemaObject; readonly after: SchemaObject }[];
}

const keyOf = (object: SchemaObject): string => `${object.kind} ${object.name}`;

/** What changed from one schema to another. Equal schemas give three empty lists. */
export function compareSchemas(before: Schema, after: Schema): SchemaDifference {
  const earlier = new Map(before.map(object => [keyOf(object), object]));
  const later = new Map(after.map(object => [keyOf(object), object]));
  return {
    added: after.filter(object => !earlier.has(keyOf(object))),
    removed: before.filter(object => !later.has(keyOf(object))),
    changed: before.flatMap(object => {
      const now = later.get(keyOf(object));
      return now !== undefined && now.says !== object.says ? [{ before: object, after: now }] : [];
    }),
  };
}

/** True when nothing differs. */
export const sameSchema = (difference: SchemaDifference): boolean =>
  difference.added.length + difference.removed.length + difference.changed.length === 0;

/** Names with their kinds, without what goes or comes with its table: `column glitter.id` beside `table glitter`. */
export function withoutParts(names: readonly string[]): readonly string[] {
  const tables = names.flatMap(name => (name.startsWith('table ') ? [name.slice('table '.length)] : []));
  return names.filter(name => {
    const [kind = '', ...rest] = name.split(' ');
    const object = rest.join(' ');
    return kind === 'table' || !tables.some(table => object.startsWith(`${table}.`) || object.startsWith(`${table}: `));
  });
}
