/**
 * Puts parked rows back, the same for all engines, inside one transaction of theirs: rows of tables that are there again, and values of
 * columns by the key of their row. Nothing is replaced unasked, and what was put back is read again before the transaction ends.
 */
import type { TableName } from '../domain/migration.ts';
import type { ParkedColumn, ParkedPart, PutBack, PutBackHow } from '../domain/parking.ts';
import { ProblemError } from '../domain/problem.ts';
import type { PartFile } from './contract.ts';
import { damaged, lineSplitter, lineSum, verifyRows } from './parked-rows.ts';
import { type Ground, nameOf, type TableFacts } from './parking.ts';
import { tableIdentifier } from './row-changes.ts';

/** What putting back asks of an engine besides. SQL texts name the live table `t` and parked rows `s`. */
export interface PuttingGround extends Ground {
  readonly identifier: (name: string) => string;
  /** The name of a row that is the same for its whole life in a transaction (`ctid`, `rowid`); null where there is none. */
  readonly rowName: string | null;
  /** One number. */
  count(sql: string): Promise<number>;
  /** One statement; how many rows it changed. */
  change(sql: string): Promise<number>;
  /** An empty temporary table with these columns of a table, named for this transaction. */
  stage(number: number, facts: TableFacts, columns: readonly ParkedColumn[]): Promise<TableName>;
  /** Loads a file into a table or a stage. */
  load(into: TableName, columns: readonly ParkedColumn[], path: string): Promise<void>;
  /** A text (or NULL-free value) that is equal exactly for rows whose values are equal to the last bit. */
  print(columns: readonly ParkedColumn[], of: 's' | 't'): string;
  /** A condition: `t`'s value is null, or what the column has where nothing was said. */
  isUnset(facts: TableFacts, column: ParkedColumn): Promise<string>;
  /** `UPDATE t SET … = s.…` where a condition joins them. */
  update(table: TableName, stage: string, columns: readonly ParkedColumn[], on: string): string;
  /** Keeps triggers of these tables from firing until the act ends. Throws `refused` where that cannot be. */
  withoutTriggers<T>(
    tables: readonly { facts: TableFacts; event: 'insert' | 'update' | 'any' }[],
    act: () => Promise<T>,
  ): Promise<T>;
  /** Broken foreign keys of a table. */
  brokenKeys(facts: TableFacts): Promise<number>;
  /** Lifts a table's counters behind what is in it, and to where they stood. */
  lift(facts: TableFacts, counters: ParkedPart['counters']): Promise<void>;
}

interface Placed extends PartFile {
  readonly facts: TableFacts;
  /** The part's columns as they are now. */
  readonly columns: readonly ParkedColumn[];
}

/** Puts parts back: tables first, those that others refer to before them, then columns. Throws `refused` or `disk`, and then the caller rolls all of it back. */
export async function putBackAll(
  ground: PuttingGround,
  files: readonly PartFile[],
  how: PutBackHow,
): Promise<readonly PutBack[]> {
  for (const { part, path } of files) verifyRows(path, part);
  const placed: Placed[] = [];
  for (const file of files) placed.push(await place(ground, file));
  const ordered = inOrder(placed);
  const touched = placed.map(({ facts, part }) => ({
    facts,
    event: part.kind === 'columns' ? ('update' as const) : how.overwrite ? ('any' as const) : ('insert' as const),
  }));
  const before = new Map<string, number>();
  for (const { facts } of placed) before.set(nameOf(facts.table), await ground.brokenKeys(facts));
  const done = await ground.withoutTriggers(touched, async () => {
    const all: PutBack[] = [];
    for (const [number, each] of ordered.entries())
      all.push(
        await (each.part.kind === 'table'
          ? tableBack(ground, number, each, how)
          : columnsBack(ground, number, each, how)),
      );
    return all;
  });
  for (const { facts, part } of placed) {
    const broken = await ground.brokenKeys(facts);
    if (broken > (before.get(nameOf(facts.table)) ?? 0))
      throw refused(`${broken} rows of ${nameOf(facts.table)} would refer to rows that are not there`);
    if (part.kind === 'table') await ground.lift(facts, part.counters);
  }
  return done;
}

/** What a part needs that is not there now, as a clause; null when nothing is missing. */
export function missingFor(part: ParkedPart, facts: TableFacts | null): string | null {
  if (facts === null) return `table ${nameOf(part.table)} is not there`;
  const absent = part.columns.find(({ name }) => !facts.columns.some(column => column.name === name));
  if (absent === undefined) return null;
  return facts.generated.includes(absent.name)
    ? `column ${nameOf(part.table)}.${absent.name} is computed now`
    : `column ${nameOf(part.table)}.${absent.name} is not there`;
}

async function place(ground: PuttingGround, { part, path }: PartFile): Promise<Placed> {
  const facts = await ground.facts(part.table);
  const missing = missingFor(part, facts);
  if (facts === null || missing !== null) throw refused(missing ?? '');
  if (facts.encoding !== part.encoding)
    throw refused(`${nameOf(part.table)} was parked in ${part.encoding}, and is in ${facts.encoding} now`);
  const columns = part.columns.flatMap(({ name }) => facts.columns.find(column => column.name === name) ?? []);
  return { part, path, facts, columns };
}

/** Tables that others refer to come first; where they refer to each other, as given. Columns come after all tables. */
function inOrder(placed: readonly Placed[]): readonly Placed[] {
  const tables = placed.filter(({ part }) => part.kind === 'table');
  const ordered: Placed[] = [];
  const visiting = new Set<Placed>();
  const visit = (each: Placed): void => {
    if (ordered.includes(each) || visiting.has(each)) return;
    visiting.add(each);
    for (const name of each.facts.references.map(nameOf)) {
      const first = tables.find(({ facts }) => nameOf(facts.table) === name);
      if (first !== undefined) visit(first);
    }
    ordered.push(each);
  };
  for (const each of tables) visit(each);
  return [...ordered, ...placed.filter(({ part }) => part.kind === 'columns')];
}

async function tableBack(
  ground: PuttingGround,
  number: number,
  { part, path, facts, columns }: Placed,
  how: PutBackHow,
): Promise<PutBack> {
  const t = tableIdentifier(ground, facts.table);
  const end = { table: facts.table, columns: null, kept: 0, gone: 0 };
  const key = facts.keys.find(each => each.columns.every(name => columns.some(column => column.name === name)));
  if (how.exact === true && key === undefined) await ground.change(`DELETE FROM ${t}`);
  if ((await ground.count(`SELECT COUNT(*) FROM ${t}`)) === 0) {
    await ground.load(facts.table, columns, path);
    await mustHold(ground, facts.table, columns, part, path);
    return { ...end, restored: part.rows, already: 0 };
  }
  const stage = await staged(ground, number, { part, path, facts, columns });
  const s = tableIdentifier(ground, stage);
  const list = columns.map(({ name }) => ground.identifier(name)).join(', ');
  const same = `${ground.print(columns, 's')} = ${ground.print(columns, 't')}`;
  if (key === undefined) return { ...end, ...(await looseBack(ground, part, s, t, list, columns)) };
  const on = key.columns.map(name => `t.${ground.identifier(name)} = s.${ground.identifier(name)}`).join(' AND ');
  if (how.exact === true) {
    const rest = `WHERE NOT EXISTS (SELECT 1 FROM ${s} s WHERE ${on})`;
    await ground.change(ground.rowName === null ? `DELETE t FROM ${t} AS t ${rest}` : `DELETE FROM ${t} AS t ${rest}`);
  }
  const there = await ground.count(`SELECT COUNT(*) FROM ${s} s JOIN ${t} t ON ${on}`);
  const already = there === 0 ? 0 : await ground.count(`SELECT COUNT(*) FROM ${s} s JOIN ${t} t ON ${on} AND ${same}`);
  if (there > already && how.overwrite) {
    const others = columns.filter(({ name }) => !key.columns.includes(name));
    await ground.change(ground.update(facts.table, s, others, `${on} AND NOT (${same})`));
  } else if (there > already) {
    throw refused(
      `${nameOf(facts.table)} has ${there - already} rows by now with the keys (${key.columns.join(', ')}) of parked ones and other values`,
    );
  }
  await ground.change(
    `INSERT INTO ${t} (${list}) ${ground.rowName === 'ctid' ? 'OVERRIDING SYSTEM VALUE ' : ''}SELECT ${list} FROM ${s} s WHERE NOT EXISTS (SELECT 1 FROM ${t} t WHERE ${on})`,
  );
  const held = await ground.count(`SELECT COUNT(*) FROM ${s} s JOIN ${t} t ON ${on} AND ${same}`);
  if (held !== part.rows)
    throw refused(`only ${held} of ${part.rows} rows of ${nameOf(facts.table)} read back as they were parked`);
  return { ...end, restored: part.rows - already, already };
}

/** Rows of a table without a key: as many of each as there were, those that are there counted in. */
async function looseBack(
  ground: PuttingGround,
  part: ParkedPart,
  s: string,
  t: string,
  list: string,
  columns: readonly ParkedColumn[],
) {
  const numbered = `SELECT ${list}, ${ground.print(columns, 's')} AS tidemark_print, ROW_NUMBER() OVER (PARTITION BY ${ground.print(columns, 's')}) AS tidemark_nth FROM ${s} s`;
  const counted = `SELECT ${ground.print(columns, 't')} AS tidemark_print, COUNT(*) AS tidemark_count FROM ${t} t GROUP BY 1`;
  const restored = await ground.change(
    `INSERT INTO ${t} (${list}) ${ground.rowName === 'ctid' ? 'OVERRIDING SYSTEM VALUE ' : ''}SELECT ${list} FROM (${numbered}) p
       LEFT JOIN (${counted}) c ON c.tidemark_print = p.tidemark_print WHERE p.tidemark_nth > COALESCE(c.tidemark_count, 0)`,
  );
  const missing = await ground.count(
    `SELECT COUNT(*) FROM (${numbered}) p LEFT JOIN (${counted}) c ON c.tidemark_print = p.tidemark_print WHERE p.tidemark_nth > COALESCE(c.tidemark_count, 0)`,
  );
  if (missing > 0)
    throw refused(`${missing} of ${part.rows} rows of ${nameOf(part.table)} do not read back as they were parked`);
  return { restored, already: part.rows - restored };
}

async function columnsBack(ground: PuttingGround, number: number, placed: Placed, how: PutBackHow): Promise<PutBack> {
  const { part, facts, columns } = placed;
  const s = tableIdentifier(ground, await staged(ground, number, placed));
  const t = tableIdentifier(ground, facts.table);
  const key = columns.slice(0, part.keyColumns);
  const values = columns.slice(part.keyColumns);
  const same = `${ground.print(values, 's')} = ${ground.print(values, 't')}`;
  const unset: string[] = [];
  for (const column of values)
    unset.push(
      `(${await ground.isUnset(facts, column)} OR ${ground.print([column], 's')} = ${ground.print([column], 't')})`,
    );
  const wanted = `NOT (${same})${how.overwrite ? '' : ` AND ${unset.join(' AND ')}`}`;
  const pairs = part.key === 'whole-row' ? await pairedRows(ground, s, t, key, values) : null;
  const on =
    pairs?.on ?? key.map(({ name }) => `t.${ground.identifier(name)} = s.${ground.identifier(name)}`).join(' AND ');
  const from = pairs?.from ?? `${s} s JOIN ${t} t ON ${on}`;
  const matched = await ground.count(`SELECT COUNT(*) FROM ${from}`);
  const already = await ground.count(`SELECT COUNT(*) FROM ${from} WHERE ${same}`);
  const stage = pairs?.stage ?? s;
  const restored = await ground.count(`SELECT COUNT(*) FROM ${from} WHERE ${wanted}`);
  if (restored > 0) await ground.change(ground.update(facts.table, stage, values, `${on} AND ${wanted}`));
  const after = pairs === null ? from : (await pairedRows(ground, s, t, key, values)).from;
  const held = await ground.count(`SELECT COUNT(*) FROM ${after} WHERE ${same}`);
  if (held < already + restored) {
    throw refused(
      `only ${held - already} of ${restored} values of ${nameOf(facts.table)} (${values.map(({ name }) => name).join(', ')}) read back as they were parked`,
    );
  }
  return {
    table: facts.table,
    columns: values.map(({ name }) => name),
    restored,
    already,
    kept: matched - already - restored,
    gone: Math.max(0, part.rows - matched),
  };
}

/**
 * Pairs rows that have no key, by all their other values. Rows that are alike in those are paired in the order of the lost values, so that
 * what was put back before pairs with itself.
 */
async function pairedRows(
  ground: PuttingGround,
  s: string,
  t: string,
  key: readonly ParkedColumn[],
  values: readonly ParkedColumn[],
): Promise<{ readonly from: string; readonly stage: string; readonly on: string }> {
  const print = (of: 's' | 't') => (key.length === 0 ? "'all'" : ground.print(key, of));
  const nth = (of: 's' | 't') => `ROW_NUMBER() OVER (PARTITION BY ${print(of)} ORDER BY ${ground.print(values, of)})`;
  const { rowName } = ground;
  if (rowName === null) {
    // Without a name for rows, alike ones can be told apart only where it makes no difference.
    const alike = await ground.count(
      `SELECT COUNT(*) FROM (SELECT ${print('s')} AS tidemark_print FROM ${s} s GROUP BY 1 HAVING COUNT(DISTINCT ${ground.print(values, 's')}) > 1) p`,
    );
    if (alike > 0)
      throw refused(
        'rows without a key, which are alike in all their other columns, had different values: they cannot be told apart',
      );
    const list = values.map(({ name }) => ground.identifier(name)).map(name => `MIN(${name}) AS ${name}`);
    const one = `(SELECT ${print('s')} AS tidemark_print, COUNT(*) AS tidemark_count, ${list.join(', ')} FROM ${s} s GROUP BY 1)`;
    const on = `s.tidemark_print = ${print('t')}`;
    return { from: `${one} s JOIN ${t} t ON ${on}`, stage: one, on };
  }
  const list = values.map(({ name }) => ground.identifier(name)).join(', ');
  const left = `SELECT ${print('s')} AS tidemark_print, ${nth('s')} AS tidemark_nth, ${list} FROM ${s} s`;
  const right = `SELECT t.${rowName} AS tidemark_row, ${print('t')} AS tidemark_print, ${nth('t')} AS tidemark_nth FROM ${t} t`;
  const columns = values.map(({ name }) => `l.${ground.identifier(name)}`).join(', ');
  const stage = `(SELECT r.tidemark_row, ${columns} FROM (${left}) l JOIN (${right}) r ON r.tidemark_print = l.tidemark_print AND r.tidemark_nth = l.tidemark_nth)`;
  const on = `t.${rowName} = s.tidemark_row`;
  return { from: `${stage} s JOIN ${t} t ON ${on}`, stage, on };
}

async function staged(
  ground: PuttingGround,
  number: number,
  { part, path, facts, columns }: Placed,
): Promise<TableName> {
  const stage = await ground.stage(number, facts, columns);
  await ground.load(stage, columns, path);
  await mustHold(ground, stage, columns, part, path);
  return stage;
}

/** Reads a table that holds nothing but what was just loaded, and compares it with the file to the last byte, whatever the order. */
async function mustHold(
  ground: PuttingGround,
  table: TableName,
  columns: readonly ParkedColumn[],
  part: ParkedPart,
  path: string,
): Promise<void> {
  const sum = lineSum();
  const splitter = lineSplitter(sum.add);
  await ground.readOut(table, columns, { line: sum.add, piece: splitter.push });
  const held = sum.end();
  if (held.sum === part.sum && held.rows === part.rows) return;
  const other = part.columns.find((column, index) => column.type !== columns[index]?.type);
  if (other === undefined)
    throw damaged(path, `what was loaded from it into ${nameOf(part.table)} reads back differently`);
  const now = columns[part.columns.indexOf(other)]?.type;
  throw refused(
    `column ${nameOf(part.table)}.${other.name} was ${other.type} and is ${now} now, which does not hold the same values`,
  );
}

/** A reason for putting nothing back. */
export const refused = (reason: string): ProblemError =>
  new ProblemError('refused', {
    reason: `Parked data cannot be put back: ${reason}.`,
    next: 'tidemark park list',
  });
