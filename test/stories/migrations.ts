/** Migrations of random stories: each makes one thing of its own, so that what a database should hold can be told from the files alone. */
import type { Engine } from '../../src/domain/migration.ts';

/** What one migration makes. `on` is the table that a column or an index is made on; null for a table. */
export interface Thing {
  readonly kind: 'table' | 'column' | 'index';
  readonly name: string;
  readonly on: string | null;
}

/** The table that is there from the first commit on, and always stays. */
export const BASE: Thing = { kind: 'table', name: 'base', on: null };

/** A migration's file: both directions, as dbmate writes them. */
export function textOf(thing: Thing, engine: Engine): string {
  const { up, down } = statementsOf(thing, engine);
  return `-- makes ${thing.kind} ${thing.name} on ${thing.on ?? 'nothing'}\n-- migrate:up\n${up};\n\n-- migrate:down\n${down};\n`;
}

/** The thing that a file makes, by its first line. */
export function thingOf(text: string): Thing {
  const [, kind, name = '', on] = /^-- makes (table|column|index) (\S+) on (\S+)/.exec(text) ?? [];
  if (kind !== 'table' && kind !== 'column' && kind !== 'index') throw new Error(`no migration of a story: ${text}`);
  return { kind, name, on: on === undefined || on === 'nothing' ? null : on };
}

/** What a database runs to make a thing, and to take it back. */
export function statementsOf(
  { kind, name, on }: Thing,
  engine: Engine,
): { readonly up: string; readonly down: string } {
  switch (kind) {
    case 'table':
      return {
        up: `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, note VARCHAR(40))`,
        down: `DROP TABLE ${name}`,
      };
    case 'column':
      return { up: `ALTER TABLE ${on} ADD COLUMN ${name} INTEGER`, down: `ALTER TABLE ${on} DROP COLUMN ${name}` };
    case 'index':
      return {
        up: `CREATE INDEX ${name} ON ${on} (note)`,
        down: engine === 'mysql' ? `DROP INDEX ${name} ON ${on}` : `DROP INDEX ${name}`,
      };
  }
}
