/** Reads a Doctrine migration as text: the name of its class, whether it can be taken back, and what that destroys. Nothing is executed. */
import type { Losses } from '../contract.ts';
import { bodyOf, isEmpty } from '../php-text.ts';
import { sqlLosses } from '../sql-losses.ts';

/** The class of a migration with its namespace, as the history table stores it; null when the file has none. */
export function classOf(text: string): string | null {
  const code = text.slice(0, 1 << 18).replace(/\/\*[\s\S]*?\*\/|^[ \t]*(?:\/\/|#(?!\[)).*$/gm, '');
  const namespace = /^[ \t]*(?:<\?php[ \t]+)?namespace[ \t]+([\w\\]{1,200})[ \t]*;/m.exec(code)?.[1];
  const name = /^[ \t]*(?:final[ \t]+)?class[ \t]+(\w{1,200})\s{1,40}extends\s{1,40}[\w\\]{0,200}Migration\b/m.exec(
    code,
  )?.[1];
  return name === undefined ? null : namespace === undefined ? name : `${namespace}\\${name}`;
}

/** Why a migration cannot be reversed, as a clause; null when its text shows no reason. */
export function irreversible(text: string): string | null {
  const [up, down] = [bodyOf(text, 'up'), bodyOf(text, 'down')];
  if (down === null) return 'it has no down()';
  if (/^\s*(?:\$this\s*->\s*throwIrreversibleMigrationException|throw\b)/.test(down))
    return 'its down() only throws an error';
  if (/^\s*\$this\s*->\s*(?:abortIf|skipIf)\s*\(\s*true\b/i.test(down)) return 'its down() does nothing';
  return isEmpty(down) && up !== null && !isEmpty(up) ? 'its down() does nothing' : null;
}

/** True where the migration says that it runs outside a transaction. */
export const leavesTransaction = (text: string): boolean =>
  /^\s*return\s+false\s*;/i.test(bodyOf(text, 'isTransactional') ?? '');

const SQL =
  /->\s{0,9}addSql\s{0,9}\(\s{0,99}(?:'((?:[^'\\]|\\[\s\S]){0,20000})'|"((?:[^"\\$]|\\[\s\S]){0,20000})"|<<<\s?['"]?(\w{1,60})['"]?\r?\n([\s\S]{0,20000}?)\n[ \t]*\3\b)?(\s{0,99}[,)])?/g;

/** What `down()` destroys: its SQL where that is plain text, and calls on the schema. */
export function lossesIn(text: string): Losses {
  const down = bodyOf(text, 'down');
  if (down === null) return { tables: [], columns: [], unsure: 'it has no down()' };
  const unsure = new Set<string>();
  const scripts: string[] = [];
  for (const [, single, double, , here, end] of down.matchAll(SQL)) {
    const sql = single ?? double ?? here;
    if (sql === undefined || end === undefined) unsure.add('its SQL is put together by PHP code');
    if (sql !== undefined) scripts.push(sql.replace(/\\(['"\\])/g, '$1'));
  }
  const rest = down.replace(SQL, '');
  const found = sqlLosses(scripts.map(each => each.replace(/;?\s*$/, ';\n')).join(''));
  if (found.unsure !== null) unsure.add(found.unsure);
  const tables = [...found.tables];
  for (const [, method = '', name] of rest.matchAll(
    /->\s{0,9}(\w{1,60})\s{0,9}\(\s{0,9}(?:['"]([\w.]{1,128})['"])?/g,
  )) {
    if (method === 'dropTable' && name !== undefined) tables.push(name);
    else if (!/^(?:abortIf|skipIf|warnIf|write|getDatabasePlatform|getName)$/.test(method))
      unsure.add('it runs PHP code');
  }
  const said = [...unsure].join(', ');
  return { tables, columns: found.columns, unsure: said === '' ? null : said };
}
