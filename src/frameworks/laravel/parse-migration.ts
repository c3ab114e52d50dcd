/** Reads a Laravel migration as text: whether it can be taken back, and what that destroys. Nothing is executed. */
import type { Losses } from '../contract.ts';
import { bodyOf, isEmpty } from '../php-text.ts';

/** Why a migration cannot be reversed, as a clause; null when its text shows no reason. */
export function irreversible(text: string): string | null {
  const [up, down] = [bodyOf(text, 'up'), bodyOf(text, 'down')];
  if (/^[ \t]*(?:protected|public)[ \t]+(?:\?string[ \t]+)?\$connection[ \t]*=/m.test(text)) {
    return 'it runs on a connection of its own, which may be another database';
  }
  if (down === null) return 'it has no down(): Laravel would call it rolled back, take its row out, and change nothing';
  if (/^\s*throw\b/.test(down)) return 'its down() only throws an error';
  return isEmpty(down) && up !== null && !isEmpty(up) ? 'its down() does nothing' : null;
}

/** True for `public $withinTransaction = false`. */
export const leavesTransaction = (text: string): boolean => /\$withinTransaction\s{0,9}=\s{0,9}false\b/i.test(text);

/** Names in `'a'`, `'a', 'b'` or `['a', 'b']`. */
const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/['"]([\w.$]{1,128})['"]/g)].flatMap(each => each[1] ?? []);

/** Calls on a table that destroy nothing a row holds. */
const HARMLESS =
  /^(drop(Foreign|Index|Unique|Primary|FullText|SpatialIndex)\w*|rename\w*|foreign|index|unique|primary|on|references|onDelete|cascadeOnDelete|nullable|default|after|comment|unsigned|constrained|id|timestamps|softDeletes|foreignId|string|text|integer|bigInteger|boolean|date\w*|decimal|float|double|json|uuid|char|enum|increments|bigIncrements|unsigned\w+|tinyInteger|smallInteger|mediumInteger|timestamp\w*|binary|longText|mediumText|create)$/;

/** What `down()` destroys. */
export function lossesIn(text: string): Losses {
  const down = bodyOf(text, 'down');
  const tables = new Set<string>();
  const columns: { table: string; column: string }[] = [];
  const unsure = new Set<string>();
  if (down === null) unsure.add('it has no down()');
  let table = '';
  const calls =
    /(Schema::(?:connection\([^)]*\)->)?|DB::|->|\bnew\s+|\w+::)(\w+)\s{0,9}(\(((?:\[[^\]]{0,2000}\]|[^()]{0,2000}))\)?)?/g;
  for (const [, object = '', method = '', , given = ''] of (down ?? '').matchAll(calls)) {
    const names = namesIn(given);
    if (object.startsWith('Schema::')) {
      if (/^drop(IfExists)?$/.test(method)) for (const name of names.slice(0, 1)) tables.add(name);
      else if (/^dropColumns?$/.test(method))
        for (const column of names.slice(1)) columns.push({ table: names[0] ?? '', column });
      else if (/^(table|create)$/.test(method)) table = method === 'table' ? (names[0] ?? '') : '';
      else if (!/^(rename|hasTable|hasColumn\w*|(en|dis)ableForeignKeyConstraints)$/.test(method))
        unsure.add('it runs PHP code');
    } else if (object === '->' && /^drop(Column|ConstrainedForeignId)$/.test(method)) {
      for (const column of names) columns.push({ table, column });
    } else if (object === '->' && /^drop(Timestamps|TimestampsTz)$/.test(method)) {
      for (const column of ['created_at', 'updated_at']) columns.push({ table, column });
    } else if (object === '->' && /^dropSoftDeletes/.test(method))
      columns.push({ table, column: names[0] ?? 'deleted_at' });
    else if (object === '->' && method === 'change') unsure.add('it changes a column back, and values may not fit');
    else if (object === 'DB::')
      unsure.add(method === 'statement' || method === 'unprepared' ? 'it runs SQL of its own' : 'it runs PHP code');
    else if (object !== '->' || !HARMLESS.test(method)) unsure.add('it runs PHP code');
  }
  const unsaid = [...unsure].join(', ');
  return {
    tables: [...tables],
    columns: columns.filter(each => !tables.has(each.table)),
    unsure: unsaid === '' ? null : unsaid,
  };
}
