/** What the information schema says of one table, for parking. */
import type { TableName } from '../../domain/migration.ts';
import type { ParkedColumn } from '../../domain/parking.ts';
import type { TableFacts } from '../parking.ts';
import { fieldsOf, textIn } from './fields.ts';
import { quoted } from './history.ts';
import type { MysqlSession } from './session.ts';

/** null where there is no ordinary table of that name. */
export async function factsOf(session: MysqlSession, asked: TableName): Promise<TableFacts | null> {
  const schema = asked.schema === null ? 'DATABASE()' : quoted(asked.schema);
  const where = `TABLE_SCHEMA = ${schema} AND TABLE_NAME = ${quoted(asked.name)}`;
  const [found] = await fieldsOf(session, `SELECT * FROM information_schema.TABLES WHERE ${where}`);
  if (found === undefined || !/TABLE|VERSIONED/.test(textIn(found, 'TABLE_TYPE'))) return null;
  const columns = await fieldsOf(
    session,
    `SELECT * FROM information_schema.COLUMNS WHERE ${where} ORDER BY ORDINAL_POSITION`,
  );
  const indexes = await fieldsOf(
    session,
    `SELECT * FROM information_schema.STATISTICS WHERE ${where} AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX`,
  );
  const references = await fieldsOf(
    session,
    `SELECT DISTINCT REFERENCED_TABLE_NAME AS NAME FROM information_schema.KEY_COLUMN_USAGE WHERE ${where} AND REFERENCED_TABLE_NAME IS NOT NULL`,
  );
  const isGenerated = (row: (typeof columns)[number]) =>
    /GENERATED|VIRTUAL|PERSISTENT|INVISIBLE.*GENERATED/i.test(textIn(row, 'EXTRA').replace(/DEFAULT_GENERATED/gi, ''));
  const stored = columns.filter(row => !isGenerated(row));
  const keys = [...Map.groupBy(indexes, row => textIn(row, 'INDEX_NAME'))]
    .filter(([, parts]) =>
      parts.every(part => part['NULLABLE'] !== 'YES' && part['SUB_PART'] === null && part['COLUMN_NAME'] !== null),
    )
    .sort(([a], [b]) => Number(b === 'PRIMARY') - Number(a === 'PRIMARY'))
    .map(([name, parts]) => ({
      kind: name === 'PRIMARY' ? ('primary-key' as const) : ('unique-key' as const),
      columns: parts.map(part => textIn(part, 'COLUMN_NAME')),
    }));
  const counted = stored.find(row => /auto_increment/i.test(textIn(row, 'EXTRA')));
  return {
    table: { schema: asked.schema, name: textIn(found, 'TABLE_NAME') },
    columns: stored.map(parkedColumn),
    generated: columns.filter(isGenerated).map(row => textIn(row, 'COLUMN_NAME')),
    keys,
    counters:
      counted === undefined || found['AUTO_INCREMENT'] === null
        ? []
        : [{ column: textIn(counted, 'COLUMN_NAME'), next: textIn(found, 'AUTO_INCREMENT') }],
    encoding: 'by column',
    references: references.map(row => ({ schema: asked.schema, name: textIn(row, 'NAME') })),
  };
}

const parkedColumn = (row: Parameters<typeof textIn>[0]): ParkedColumn => ({
  name: textIn(row, 'COLUMN_NAME'),
  type: textIn(row, 'COLUMN_TYPE'),
  as: classOf(textIn(row, 'DATA_TYPE').toLowerCase(), textIn(row, 'CHARACTER_SET_NAME')),
});

/** How values of a type are taken: `text <character set>`, `bytes`, `bits`, `float`, `plain` (as the server prints it), `cast` (as its own CAST prints it). */
function classOf(type: string, charset: string): string {
  if (charset !== '') return `text ${charset}`;
  if (/^(tinyint|smallint|mediumint|int|bigint|decimal|double)$/.test(type)) return 'plain';
  if (type === 'float') return 'float';
  if (type === 'bit') return 'bits';
  if (/blob$|^(var)?binary$|geom|^point$|linestring$|polygon$|^multipoint$/.test(type)) return 'bytes';
  return 'cast';
}
