/**
 * Describes a MySQL or MariaDB schema for comparison, from the information schema. Left out: AUTO_INCREMENT counters, definers, comments,
 * and names the server counted up itself.
 */
import type { TableName } from '../../domain/migration.ts';
import type { Schema, SchemaObject } from '../../domain/schema.ts';
import { makeSchema, phrase } from '../schema-objects.ts';
import { describePrograms } from './describe-programs.ts';
import { type Fields, fieldsOf, textIn } from './fields.ts';
import type { MysqlSession } from './session.ts';

/** Everything in the session's database, the given tables left out. */
export async function describeSchema(session: MysqlSession, without: readonly TableName[]): Promise<Schema> {
  const left = new Set(without.map(table => table.name));
  const isKept = (row: Fields): boolean => !left.has(textIn(row, 'TABLE_NAME'));
  const all = (view: string): Promise<readonly Fields[]> =>
    fieldsOf(session, `SELECT * FROM information_schema.${view} WHERE TABLE_SCHEMA = DATABASE()`);
  const tables = (await all('TABLES')).filter(isKept);
  const base = new Map(
    tables
      .filter(row => /TABLE|VERSIONED/.test(textIn(row, 'TABLE_TYPE')))
      .map(row => [textIn(row, 'TABLE_NAME'), row]),
  );
  const isOfTable = (row: Fields): boolean => base.has(textIn(row, 'TABLE_NAME'));
  const database = String((await session.read('SELECT DATABASE()')).rows[0]?.[0]);
  // Inside definitions the servers write names of the own database out; a clone has another name.
  const bare = (text: string): string => text.replaceAll(`\`${database}\`.`, '');
  return makeSchema(
    [
      ...[...base.values()].map(describeTable),
      ...(await all('COLUMNS')).filter(isOfTable).map(row => describeColumn(row, base, bare)),
      ...describeIndexes((await all('STATISTICS')).filter(isOfTable)),
      ...(await describeForeignKeys(session)).filter(object => base.has(object.table)),
      ...(await describeChecks(session)).filter(object => base.has(object.table)),
      ...(await describePrograms(session, tables, isKept, bare)),
    ].map(({ kind, name, says }) => ({ kind, name, says })),
  );
}

function describeTable(row: Fields): SchemaObject {
  const options = textIn(row, 'CREATE_OPTIONS');
  const says = phrase('table', textIn(row, 'ENGINE'), `collate ${textIn(row, 'TABLE_COLLATION')}`, options);
  return { kind: 'table', name: textIn(row, 'TABLE_NAME'), says };
}

function describeColumn(
  row: Fields,
  tables: ReadonlyMap<string, Fields>,
  bare: (text: string) => string,
): SchemaObject {
  const table = textIn(row, 'TABLE_NAME');
  const collation = textIn(row, 'COLLATION_NAME');
  const usual = textIn(tables.get(table) ?? {}, 'TABLE_COLLATION');
  const standard = row['COLUMN_DEFAULT'];
  const generated = textIn(row, 'GENERATION_EXPRESSION');
  // MariaDB writes the default of a nullable column without one as the word NULL.
  const hasDefault = standard !== null && standard !== undefined && standard !== 'NULL';
  const says = phrase(
    textIn(row, 'COLUMN_TYPE'),
    collation !== usual && collation !== '' && `collate ${collation}`,
    textIn(row, 'IS_NULLABLE') === 'NO' && 'not null',
    hasDefault && `default ${bare(String(standard))}`,
    generated !== '' && `as (${bare(generated)})`,
    textIn(row, 'EXTRA').toLowerCase(),
  );
  return { kind: 'column', name: `${table}.${textIn(row, 'COLUMN_NAME')}`, says };
}

function describeIndexes(rows: readonly Fields[]): readonly SchemaObject[] {
  const indexes = Map.groupBy(rows, row => JSON.stringify([row['TABLE_NAME'], row['INDEX_NAME']]));
  return [...indexes.values()].map(parts => {
    const sorted = parts.toSorted((a, b) => Number(a['SEQ_IN_INDEX']) - Number(b['SEQ_IN_INDEX']));
    const [first = {}] = sorted;
    const columns = sorted.map(part =>
      phrase(
        part['EXPRESSION'] ? `(${textIn(part, 'EXPRESSION')})` : textIn(part, 'COLUMN_NAME'),
        part['SUB_PART'] !== null && `(${textIn(part, 'SUB_PART')})`,
        part['COLLATION'] === 'D' && 'desc',
      ),
    );
    const [table, name, list] = [textIn(first, 'TABLE_NAME'), textIn(first, 'INDEX_NAME'), `(${columns.join(', ')})`];
    if (name === 'PRIMARY')
      return { kind: 'constraint', name: `${table}: primary key ${list}`, says: `primary key ${list}` };
    const hidden = first['IGNORED'] === 'YES' || first['IS_VISIBLE'] === 'NO';
    const type = textIn(first, 'INDEX_TYPE').toLowerCase();
    const says = phrase(Number(first['NON_UNIQUE']) === 0 && 'unique', type, list, hidden && 'ignored');
    return { kind: 'index', name: `${table}: ${withoutCounter(name, textIn(first, 'COLUMN_NAME'))}`, says };
  });
}

// An index without a name gets its first column's, counted up when that is taken: `user_id`, `user_id_2`.
function withoutCounter(name: string, column: string): string {
  return name.startsWith(`${column}_`) && /^_\d+$/.test(name.slice(column.length)) ? column : name;
}

type OfTable = SchemaObject & { readonly table: string };

async function describeForeignKeys(session: MysqlSession): Promise<readonly OfTable[]> {
  const rows = await fieldsOf(
    session,
    `SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_COLUMN_NAME, k.REFERENCED_TABLE_NAME, r.UPDATE_RULE, r.DELETE_RULE,
            IF(k.REFERENCED_TABLE_SCHEMA = k.TABLE_SCHEMA, '', CONCAT(k.REFERENCED_TABLE_SCHEMA, '.')) AS SPACE
       FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
         ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
      WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_NAME IS NOT NULL ORDER BY k.ORDINAL_POSITION`,
  );
  const keys = Map.groupBy(rows, row => JSON.stringify([row['TABLE_NAME'], row['CONSTRAINT_NAME']]));
  return [...keys.values()].map(parts => {
    const [first = {}] = parts;
    const list = (field: string): string => parts.map(part => textIn(part, field)).join(', ');
    const target = `${textIn(first, 'SPACE')}${textIn(first, 'REFERENCED_TABLE_NAME')} (${list('REFERENCED_COLUMN_NAME')})`;
    const says = phrase(
      `foreign key (${list('COLUMN_NAME')}) references ${target}`,
      action('on update', textIn(first, 'UPDATE_RULE')),
      action('on delete', textIn(first, 'DELETE_RULE')),
    );
    const [table, name] = [textIn(first, 'TABLE_NAME'), textIn(first, 'CONSTRAINT_NAME')];
    const isCounted = new RegExp(`^(${escaped(table)}_ibfk_)?\\d+$`).test(name);
    return { kind: 'constraint', table, name: `${table}: ${isCounted ? says : name}`, says };
  });
}

// InnoDB treats NO ACTION as RESTRICT, and either may be shown where nothing was said.
const action = (when: string, rule: string): string | null =>
  rule === 'RESTRICT' || rule === 'NO ACTION' ? null : `${when} ${rule.toLowerCase()}`;

async function describeChecks(session: MysqlSession): Promise<readonly OfTable[]> {
  // MySQL before 8.0.16 has no such view and no such constraints.
  const checks = await fieldsOf(
    session,
    'SELECT * FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()',
  ).catch(() => []);
  const tables = await fieldsOf(
    session,
    "SELECT CONSTRAINT_NAME, TABLE_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE() AND CONSTRAINT_TYPE = 'CHECK'",
  );
  const tableOf = new Map(tables.map(row => [textIn(row, 'CONSTRAINT_NAME'), textIn(row, 'TABLE_NAME')]));
  return checks.map(row => {
    const name = textIn(row, 'CONSTRAINT_NAME');
    const table = textIn(row, 'TABLE_NAME') || (tableOf.get(name) ?? '');
    const says = `check (${textIn(row, 'CHECK_CLAUSE')})`;
    const isCounted =
      textIn(row, 'LEVEL') === 'Column' || new RegExp(`^(CONSTRAINT|${escaped(table)}_chk)_\\d+$`).test(name);
    return { kind: 'constraint', table, name: `${table}: ${isCounted ? says : name}`, says };
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
