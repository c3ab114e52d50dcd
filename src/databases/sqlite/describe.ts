/**
 * Describes a SQLite schema for comparison. Tables are compared by pragmas, because ALTER TABLE changes how their text is written;
 * views, triggers and index expressions by their tokens.
 */
import type { TableName } from '../../domain/migration.ts';
import type { Schema, SchemaObject } from '../../domain/schema.ts';
import { makeSchema, phrase } from '../schema-objects.ts';
import { readCreateTable, type TableText } from './create-table.ts';
import type { SqliteSession, SqliteValue } from './session.ts';
import { textOf, tokensOf, withoutOuterParentheses } from './tokens.ts';

type Named = Readonly<Record<string, SqliteValue>>;

/** Everything in the main database, the given tables left out. */
export function describeSchema(session: SqliteSession, without: readonly TableName[]): Schema {
  const left = new Set(without.map(table => table.name.toLowerCase()));
  const master = named(session, 'SELECT type, name, tbl_name, sql FROM sqlite_schema');
  const kinds = new Map(
    named(session, "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'").map(row => [
      text(row['name']),
      row,
    ]),
  );
  const objects = master
    .filter(row => !left.has(text(row['tbl_name']).toLowerCase()) && !/^sqlite_/i.test(text(row['name'])))
    .flatMap((row): readonly SchemaObject[] => {
      const name = text(row['name']);
      const sql = text(row['sql']);
      if (row['type'] === 'table') return describeTable(session, name, sql, kinds.get(name) ?? {});
      if (row['type'] === 'index')
        return [{ kind: 'index', name: `${text(row['tbl_name'])}: ${name}`, says: indexText(sql) }];
      if (row['type'] === 'view') return [{ kind: 'view', name, says: after(sql, 'view', name) }];
      return [{ kind: 'trigger', name: `${text(row['tbl_name'])}: ${name}`, says: after(sql, 'trigger', name) }];
    });
  return makeSchema(objects);
}

function describeTable(session: SqliteSession, table: string, sql: string, kind: Named): readonly SchemaObject[] {
  // The tables behind a virtual table come and go with it.
  if (kind['type'] === 'shadow') return [];
  if (kind['type'] === 'virtual')
    return [{ kind: 'table', name: table, says: textOf(tokensOf(sql)).replace(/^.*? using /s, 'virtual using ') }];
  const written = readCreateTable(sql);
  const columns = named(session, 'SELECT * FROM pragma_table_xinfo(?1)', [table]);
  const primary = columns.filter(column => Number(column['pk']) > 0).sort((a, b) => Number(a['pk']) - Number(b['pk']));
  const says = phrase(
    'table',
    kind['wr'] === 1n && 'without rowid',
    kind['strict'] === 1n && 'strict',
    written.autoincrement && 'autoincrement',
  );
  return [
    { kind: 'table', name: table, says },
    ...columns.map(column => describeColumn(table, column, primary, written)),
    ...constraint(
      table,
      primary.length > 0 ? `primary key (${primary.map(column => text(column['name'])).join(', ')})` : null,
    ),
    ...written.checks.flatMap(check => constraint(table, `check (${check})`)),
    ...written.conflicts.flatMap(clause => constraint(table, clause)),
    ...describeUniques(session, table),
    ...describeForeignKeys(session, table, written),
  ];
}

function describeColumn(table: string, column: Named, primary: readonly Named[], written: TableText): SchemaObject {
  const name = text(column['name']);
  const type = textOf(tokensOf(text(column['type'])));
  // A column that stands for the rowid is never null, whether it says so or not.
  const isRowid = type === 'integer' && primary.length === 1 && primary[0] === column;
  const standard =
    column['dflt_value'] === null ? null : textOf(withoutOuterParentheses(tokensOf(text(column['dflt_value']))));
  const generated = written.generated.get(keyOf(name));
  const collation = written.collations.get(keyOf(name));
  const says = phrase(
    type === '' ? 'any' : type,
    (isRowid || column['notnull'] === 1n) && 'not null',
    standard !== null && standard !== 'null' && `default ${standard}`,
    collation !== undefined && collation !== 'binary' && `collate ${collation}`,
    generated !== undefined && `generated as (${generated}) ${column['hidden'] === 3n ? 'stored' : 'virtual'}`,
  );
  return { kind: 'column', name: `${table}.${name}`, says };
}

function describeUniques(session: SqliteSession, table: string): readonly SchemaObject[] {
  return named(session, "SELECT name FROM pragma_index_list(?1) WHERE origin = 'u'", [table]).flatMap(index => {
    const columns = named(session, 'SELECT name, coll FROM pragma_index_xinfo(?1) WHERE key = 1 ORDER BY seqno', [
      text(index['name']),
    ]);
    return constraint(table, `unique (${columns.map(column => text(column['name'])).join(', ')})`);
  });
}

function describeForeignKeys(session: SqliteSession, table: string, written: TableText): readonly SchemaObject[] {
  const parts = named(session, 'SELECT * FROM pragma_foreign_key_list(?1) ORDER BY id, seq', [table]);
  const keys = Map.groupBy(parts, part => Number(part['id']));
  return [...keys.values()].flatMap(key => {
    const from = key.map(part => text(part['from'])).join(', ');
    const to = key.map(part => text(part['to'])).join(', ');
    const [first = {}] = key;
    const target = to.replaceAll(', ', '') === '' ? '' : ` (${to})`;
    const deferred = written.deferred.has(key.map(part => keyOf(text(part['from']))).join(', '));
    return constraint(
      table,
      phrase(
        `foreign key (${from}) references ${text(first['table'])}${target}`,
        action('on update', first['on_update']),
        action('on delete', first['on_delete']),
        deferred && 'deferrable initially deferred',
      ),
    );
  });
}

const action = (when: string, does: SqliteValue | undefined): string | null =>
  text(does).toLowerCase() === 'no action' ? null : `${when} ${text(does).toLowerCase()}`;

function constraint(table: string, says: string | null): readonly SchemaObject[] {
  return says === null ? [] : [{ kind: 'constraint', name: `${table}: ${says}`, says }];
}

// `unique on t ( a , b desc ) where …`: ASC is what an index does anyway.
function indexText(sql: string): string {
  const tokens = tokensOf(sql);
  const unique = tokens[1] === 'unique' ? 'unique ' : '';
  return unique + textOf(tokens.slice(tokens.indexOf('on')).filter(token => token !== 'asc'));
}

function after(sql: string, kind: string, name: string): string {
  const tokens = tokensOf(sql);
  const own = tokens.indexOf(keyOf(name), tokens.indexOf(kind));
  return textOf(tokens.slice(own + 1));
}

/** A name in the tokens' normal form. */
const keyOf = (name: string): string => textOf(tokensOf(`"${name.replaceAll('"', '""')}"`));

function named(session: SqliteSession, sql: string, values: readonly SqliteValue[] = []): readonly Named[] {
  const { columns, rows } = session.read(sql, values);
  return rows.map(row => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])));
}

const text = (value: SqliteValue | undefined): string => (value === null || value === undefined ? '' : String(value));
