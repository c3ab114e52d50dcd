/** Parking and putting back, the same for all engines: what is saved and how it is found again. Each engine gives the ground it stands on. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TableName } from '../domain/migration.ts';
import type { Endangered, ParkedColumn, ParkedKey, ParkedPart } from '../domain/parking.ts';
import { onDisk, type RowsWriter, verifyRows, writeRows } from './parked-rows.ts';

/** What an engine's catalog says of one table now. */
export interface TableFacts {
  /** As the database has it. */
  readonly table: TableName;
  /** In the table's order, generated ones left out. */
  readonly columns: readonly ParkedColumn[];
  readonly generated: readonly string[];
  /** Keys without NULLs that are sure to be unique, the primary key first. */
  readonly keys: readonly { readonly kind: Exclude<ParkedKey, 'whole-row'>; readonly columns: readonly string[] }[];
  readonly counters: ParkedPart['counters'];
  readonly encoding: string;
  /** Tables its foreign keys point to. */
  readonly references: readonly TableName[];
}

/** One engine inside one transaction. */
export interface Ground {
  /** True where the case of a column's name makes no difference. */
  readonly foldsNames: boolean;
  /** null when there is no such table. */
  facts(table: TableName): Promise<TableFacts | null>;
  /** Hands out every row of a table, or of a stage, as lines of `parked-rows.ts`. */
  readOut(from: TableName, columns: readonly ParkedColumn[], into: Pick<RowsWriter, 'line' | 'piece'>): Promise<void>;
}

/** What is saved of one table. */
interface Wish {
  readonly facts: TableFacts;
  /** null: the whole table. */
  readonly columns: readonly string[] | null;
}

/** Saves what is endangered, one file per table, in the order given. Tables and columns that are not there, and those without a row, are left out. */
export async function parkAll(ground: Ground, endangered: Endangered, folder: string): Promise<readonly ParkedPart[]> {
  const parts: ParkedPart[] = [];
  for (const wish of await wishesOf(ground, endangered)) {
    const { facts } = wish;
    const saved = wish.columns === null ? wholeOf(facts) : columnsOf(facts, wish.columns);
    if (saved.columns.length === 0) continue;
    const name = `${parts.length + 1}.rows`;
    const file = join(folder, name);
    const writer = writeRows(file);
    let ended = false;
    try {
      await ground.readOut(facts.table, saved.columns, writer);
      const written = writer.end();
      ended = true;
      verifyRows(file, written);
      if (written.rows === 0) {
        onDisk(file, 'removing an empty file', () => rmSync(file));
        continue;
      }
      const { table, generated, counters, encoding } = facts;
      parts.push({ ...saved, table, generated, counters, encoding, file: name, ...written });
    } finally {
      if (!ended) writer.drop();
    }
  }
  return parts;
}

async function wishesOf(ground: Ground, { tables, columns }: Endangered): Promise<readonly Wish[]> {
  const whole = new Map<string, Wish>();
  for (const table of tables) {
    const facts = await ground.facts(table);
    if (facts !== null) whole.set(nameOf(facts.table), { facts, columns: null });
  }
  const single = new Map<string, Wish>();
  for (const { table, column } of columns) {
    const facts = await ground.facts(table);
    const same = (name: string) =>
      name === column || (ground.foldsNames && name.toLowerCase() === column.toLowerCase());
    const found = facts?.columns.find(each => same(each.name));
    if (facts === null || found === undefined) continue;
    const name = nameOf(facts.table);
    if (whole.has(name)) continue;
    single.set(name, { facts, columns: [...new Set([...(single.get(name)?.columns ?? []), found.name])] });
  }
  return [...whole.values(), ...single.values()];
}

const wholeOf = ({ columns }: TableFacts) => ({ kind: 'table', key: null, columns, keyColumns: 0 }) as const;

/** The lost columns with the best key there is that is not lost itself. */
function columnsOf({ columns, keys }: TableFacts, lost: readonly string[]) {
  const found = keys.find(key => key.columns.every(name => !lost.includes(name)));
  const kept = found?.columns ?? columns.map(({ name }) => name).filter(name => !lost.includes(name));
  const key = kept.flatMap(name => columns.find(column => column.name === name) ?? []);
  return {
    kind: 'columns' as const,
    key: found?.kind ?? ('whole-row' as const),
    columns: [...key, ...columns.filter(({ name }) => lost.includes(name))],
    keyColumns: key.length,
  };
}

/** A table's name for people and for comparing. */
export const nameOf = ({ schema, name }: TableName): string => (schema === null ? name : `${schema}.${name}`);
