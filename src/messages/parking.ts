/** What parked data says of itself. */
import type { TableName } from '../domain/migration.ts';
import type { ParkedSummary, PutBack } from '../domain/parking.ts';
import { clean } from './clean.ts';
import { count, list } from './words.ts';

/** `sales.orders`. */
export const tableWords = ({ schema, name }: TableName): string => clean(schema === null ? name : `${schema}.${name}`);

/** `3 rows of glitter, 2 values of unicorns.colour`. */
export const parkedWords = ({ parts }: Pick<ParkedSummary, 'parts'>): string =>
  list(
    parts.map(({ table, columns, rows }) =>
      columns === null
        ? `${count(rows, 'row')} of ${tableWords(table)}`
        : `${count(rows, 'value')} of ${columns.map(column => `${tableWords(table)}.${clean(column)}`).join(' and ')}`,
    ),
  );

/** How rows of parked columns are found again; null for whole tables. */
export const keyWords = (key: ParkedSummary['parts'][number]['key']): string | null =>
  key === null
    ? null
    : {
        'primary-key': 'found again by the primary key',
        'unique-key': 'found again by a unique key',
        'whole-row': 'found again by all other values of the row, as the table has no key',
      }[key];

/** What came of putting parts back, a line each. */
export const putBackLines = (done: readonly PutBack[]): readonly string[] =>
  done.map(({ table, columns, restored, already, kept, gone }) => {
    const name = tableWords(table);
    const what =
      columns === null
        ? `${count(restored, 'row')} put back into ${name}`
        : `${count(restored, 'value')} put back into ${columns.map(column => `${name}.${clean(column)}`).join(' and ')}`;
    return [
      what,
      ...(already > 0 ? [`${already} were there already`] : []),
      ...(kept > 0 ? [`${kept} have another value by now and were left`] : []),
      ...(gone > 0 ? [`${gone} have no row any more`] : []),
    ].join('; ');
  });
