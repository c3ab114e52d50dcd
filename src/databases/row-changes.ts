/** Row changes as SQL, for all engines: each engine says how it quotes, binds and compares. */
import type { Cell, Row, RowChange, TableName } from '../domain/migration.ts';

/** How an engine writes the parts of a row change. */
export interface Dialect {
  /** A name as an identifier, quotes inside doubled. */
  identifier(name: string): string;
  /** The placeholder of the n-th value (from 1). */
  placeholder(n: number): string;
  /** A condition that holds when the column has exactly this value. The cell is never null. */
  equals(column: string, placeholder: string, cell: Exclude<Cell, null>): string;
}

/** A statement and its values, still as cells. */
export interface BoundStatement {
  readonly sql: string;
  readonly cells: readonly Cell[];
}

/** The statement of one change. Null in `where` matches with IS NULL. */
export function rowStatement(dialect: Dialect, table: TableName, change: RowChange): BoundStatement {
  const cells: Cell[] = [];
  const bind = (cell: Cell): string => dialect.placeholder(cells.push(cell));
  const name = tableIdentifier(dialect, table);
  const where = (row: Row): string => {
    const conditions = Object.entries(row).map(([column, cell]) =>
      cell === null
        ? `${dialect.identifier(column)} IS NULL`
        : dialect.equals(dialect.identifier(column), bind(cell), cell),
    );
    return conditions.length === 0 ? '1 = 1' : conditions.join(' AND ');
  };
  switch (change.change) {
    case 'insert': {
      const columns = Object.keys(change.values).map(column => dialect.identifier(column));
      const values = Object.values(change.values).map(bind);
      return { sql: `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${values.join(', ')})`, cells };
    }
    case 'delete':
      return { sql: `DELETE FROM ${name} WHERE ${where(change.where)}`, cells };
    case 'update': {
      const set = Object.entries(change.set).map(([column, cell]) => `${dialect.identifier(column)} = ${bind(cell)}`);
      return { sql: `UPDATE ${name} SET ${set.join(', ')} WHERE ${where(change.where)}`, cells };
    }
  }
}

/** A table's name as SQL. */
export function tableIdentifier(dialect: Pick<Dialect, 'identifier'>, table: TableName): string {
  const name = dialect.identifier(table.name);
  return table.schema === null ? name : `${dialect.identifier(table.schema)}.${name}`;
}

/** What is wrong when a change did not hit exactly one row; null when it did. */
export function missedClause(change: RowChange, hit: number): string | null {
  if (hit === 1) return null;
  const which = change.change === 'insert' ? JSON.stringify(change.values) : JSON.stringify(change.where);
  return `the ${change.change} of ${which} hit ${hit} rows, not one`;
}

/** The difference between "hit another number of rows" and a failing statement. */
export class MissedRow extends Error {
  override readonly name = 'MissedRow';
}
