/** Views, triggers, routines, events and sequences of a MySQL or MariaDB database, for comparison. */
import type { SchemaObject } from '../../domain/schema.ts';
import { phrase } from '../schema-objects.ts';
import { type Fields, fieldsOf, textIn } from './fields.ts';
import { dialect } from './history.ts';
import type { MysqlSession } from './session.ts';

type Bare = (text: string) => string;

/** Everything with a body. `tables` are rows of the information schema's TABLES; `bare` takes the own database's name out of a text. */
export async function describePrograms(
  session: MysqlSession,
  tables: readonly Fields[],
  isKept: (row: Fields) => boolean,
  bare: Bare,
): Promise<readonly SchemaObject[]> {
  const views = await fieldsOf(session, 'SELECT * FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()');
  const triggers = await fieldsOf(
    session,
    'SELECT t.*, t.EVENT_OBJECT_TABLE AS TABLE_NAME FROM information_schema.TRIGGERS t WHERE TRIGGER_SCHEMA = DATABASE()',
  );
  const events = await fieldsOf(session, 'SELECT * FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()');
  return [
    ...views.filter(isKept).map(row => describeView(row, bare)),
    ...triggers.filter(isKept).map(row => describeTrigger(row, bare)),
    ...(await describeRoutines(session, bare)),
    ...events.map(row => describeEvent(row, bare)),
    ...(await describeSequences(session, tables)),
  ];
}

function describeView(row: Fields, bare: Bare): SchemaObject {
  const check = textIn(row, 'CHECK_OPTION');
  const says = phrase(
    bare(textIn(row, 'VIEW_DEFINITION')),
    check !== 'NONE' && `with ${check} check option`,
    `security ${textIn(row, 'SECURITY_TYPE')}`,
  );
  return { kind: 'view', name: textIn(row, 'TABLE_NAME'), says };
}

function describeTrigger(row: Fields, bare: Bare): SchemaObject {
  const [timing, event, order] = [
    textIn(row, 'ACTION_TIMING'),
    textIn(row, 'EVENT_MANIPULATION'),
    textIn(row, 'ACTION_ORDER'),
  ];
  const says = `${timing} ${event} #${order} ${bare(textIn(row, 'ACTION_STATEMENT'))}`;
  return { kind: 'trigger', name: `${textIn(row, 'TABLE_NAME')}: ${textIn(row, 'TRIGGER_NAME')}`, says };
}

async function describeRoutines(session: MysqlSession, bare: Bare): Promise<readonly SchemaObject[]> {
  const routines = await fieldsOf(
    session,
    'SELECT * FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()',
  );
  const parameters = await fieldsOf(
    session,
    'SELECT * FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = DATABASE() AND ORDINAL_POSITION > 0 ORDER BY ORDINAL_POSITION',
  );
  return routines.map(row => {
    const [type, name] = [textIn(row, 'ROUTINE_TYPE'), textIn(row, 'ROUTINE_NAME')];
    const list = parameters
      .filter(parameter => parameter['ROUTINE_TYPE'] === type && parameter['SPECIFIC_NAME'] === name)
      .map(parameter =>
        phrase(
          textIn(parameter, 'PARAMETER_MODE'),
          textIn(parameter, 'PARAMETER_NAME'),
          textIn(parameter, 'DTD_IDENTIFIER'),
        ),
      );
    const result = textIn(row, 'DTD_IDENTIFIER');
    const says = phrase(
      `(${list.join(', ')})`,
      result !== '' && `returns ${result}`,
      textIn(row, 'IS_DETERMINISTIC') === 'YES' && 'deterministic',
      textIn(row, 'SQL_DATA_ACCESS'),
      `security ${textIn(row, 'SECURITY_TYPE')}`,
      bare(textIn(row, 'ROUTINE_DEFINITION')),
    );
    return { kind: 'routine', name: `${type.toLowerCase()} ${name}`, says };
  });
}

function describeEvent(row: Fields, bare: Bare): SchemaObject {
  const says = phrase(
    ...['EXECUTE_AT', 'INTERVAL_VALUE', 'INTERVAL_FIELD', 'ON_COMPLETION', 'STATUS'].map(field => textIn(row, field)),
    bare(textIn(row, 'EVENT_DEFINITION')),
  );
  return { kind: 'routine', name: `event ${textIn(row, 'EVENT_NAME')}`, says };
}

async function describeSequences(session: MysqlSession, tables: readonly Fields[]): Promise<readonly SchemaObject[]> {
  const objects: SchemaObject[] = [];
  for (const row of tables.filter(table => textIn(table, 'TABLE_TYPE') === 'SEQUENCE')) {
    const name = textIn(row, 'TABLE_NAME');
    const { rows } = await session.read(`SHOW CREATE SEQUENCE ${dialect.identifier(name)}`);
    objects.push({ kind: 'sequence', name, says: String(rows[0]?.[1]).replace(/^CREATE SEQUENCE \S+ /, '') });
  }
  return objects;
}
