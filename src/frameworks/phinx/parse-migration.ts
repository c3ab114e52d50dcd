/** Reads a Phinx migration as text: whether it can be taken back, and what that destroys. Nothing is executed. */
import type { Losses } from '../contract.ts';
import { bodyOf, isEmpty } from '../php-text.ts';

/** Calls in change() that Phinx cannot turn round (their actions throw in AbstractCommand's inverse, `Plan\Intent`). */
const ONE_WAY =
  /->\s{0,9}(removeColumn|drop|dropTable|changeColumn|removeIndex|removeIndexByName|dropForeignKey|changePrimaryKey|changeComment)\s{0,9}\(/;
const GUARDED = /\bisMigratingUp\b/;

/** Why a migration cannot be reversed, as a clause; null when its text shows no reason. */
export function irreversible(text: string): string | null {
  // With a change(), Phinx looks at neither up() nor down().
  const change = bodyOf(text, 'change');
  if (change !== null) {
    const call = GUARDED.test(change) ? undefined : ONE_WAY.exec(change)?.[1];
    return call === undefined ? null : `its change() calls ${call}(), which Phinx cannot turn round`;
  }
  const [up, down] = [bodyOf(text, 'up'), bodyOf(text, 'down')];
  if (down === null) return 'it has neither down() nor change()';
  if (/^\s*throw\b/.test(down)) return 'its down() only throws an error';
  return isEmpty(down) && up !== null && !isEmpty(up) ? 'its down() does nothing' : null;
}

interface Found {
  readonly tables: Set<string>;
  readonly columns: { table: string; column: string }[];
  readonly unsure: Set<string>;
}

/** Calls that destroy nothing a row holds, whichever way they are run. */
const HARMLESS =
  /^(table|(add|remove|rename)(Index\w*|ForeignKey\w*)|dropForeignKey|renameColumn|renameTable|rename|create|update|save|exists|hasTable|hasColumn|isMigratingUp)$/;

/** What a rollback destroys: the inverse of `change()`, or what `down()` does. */
export function lossesIn(text: string): Losses {
  const change = bodyOf(text, 'change');
  const body = change ?? bodyOf(text, 'down');
  const found: Found = { tables: new Set(), columns: [], unsure: new Set() };
  if (body === null) found.unsure.add('it has no down()');
  const names = new Map<string, string>();
  let table = '';
  const calls =
    /(?:(\$\w{1,60})\s{0,9}=\s{0,9})?(?:(\$\w{1,60})\s{0,99})?->\s{0,9}(\w{1,60})\s{0,9}\(\s{0,99}(?:['"]([\w.$]{1,128})['"])?/g;
  for (const [, given, object, method = '', name = ''] of (body ?? '').matchAll(calls)) {
    if (object === '$this') table = method === 'table' ? name : '';
    else if (object !== undefined) table = names.get(object) ?? '';
    if (given !== undefined && method === 'table') names.set(given, name);
    if (change === null) inDown(found, object, method, table, name);
    else inChange(found, method, table, name);
  }
  if (/\bDB::|\bnew\s|\bforeach\b|\bwhile\b/.test(body ?? '')) found.unsure.add('it runs PHP code');
  const unsaid = [...found.unsure].join(', ');
  return {
    tables: [...found.tables],
    columns: found.columns.filter(each => !found.tables.has(each.table)),
    unsure: unsaid === '' ? null : unsaid,
  };
}

function inDown(found: Found, object: string | undefined, method: string, table: string, name: string): void {
  if (method === 'dropTable' || (method === 'drop' && (table !== '' || name !== ''))) found.tables.add(table || name);
  else if (method === 'removeColumn' && table !== '' && name !== '') found.columns.push({ table, column: name });
  else if (method === 'changeColumn') found.unsure.add('it changes a column back, and values may not fit');
  else if (object === '$this' && /^(execute|query)$/.test(method)) found.unsure.add('it runs SQL of its own');
  else if (!HARMLESS.test(method) && !/^add(Column|Timestamps\w*)$/.test(method)) found.unsure.add('it runs PHP code');
}

function inChange(found: Found, method: string, table: string, name: string): void {
  if (method === 'create' && table !== '') found.tables.add(table);
  else if (method === 'save') found.unsure.add('save() may have made the table, and a rollback then drops it');
  else if (method === 'addColumn' && table !== '' && name !== '') found.columns.push({ table, column: name });
  else if (/^addTimestamps\w*$/.test(method) && table !== '')
    for (const column of ['created_at', 'updated_at']) found.columns.push({ table, column });
  else if (/^(execute|query|insert|fetch\w+)$/.test(method))
    found.unsure.add('its change() runs SQL of its own, which Phinx runs forward once more when it rolls back');
  else if (!HARMLESS.test(method)) found.unsure.add('it runs PHP code');
}
