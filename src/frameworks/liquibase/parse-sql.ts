/** One changeset of formatted SQL: its statements, its rollback and its checksum (FormattedSqlChangeLogParser and CheckSum of liquibase-core). */
import { createHash } from 'node:crypto';

export interface SqlChangeset {
  readonly sql: string;
  /** `none`: there is none, and Liquibase cannot make one. `empty`: said to need none. */
  readonly rollback: { readonly kind: 'sql'; readonly sql: string } | { readonly kind: 'none' | 'empty' | 'other' };
  /** Attributes of the changeset's line, in lower case. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Reads the text of one changeset, its two first lines included. */
export function parseSqlChangeset(text: string): SqlChangeset {
  const [, line = '', ...body] = text.replaceAll('\r\n', '\n').split('\n');
  const attributes = new Map(
    [...line.matchAll(/\s([A-Za-z]+):("[^"]*"|\S+)/g)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      value.replace(/^"(.*)"$/, '$1'),
    ]),
  );
  const sql: string[] = [];
  const rollback: string[] = [];
  let inBlock = false;
  for (const each of body) {
    if (inBlock) {
      inBlock = !/\*\/\s*$/.test(each);
      const own = each.replace(/\*\/\s*$/, '');
      if (own.trim() !== '') rollback.push(own);
    } else if (/^\s*\/\*\s*liquibase\s+rollback\b/i.test(each)) {
      const own = each.replace(/^\s*\/\*\s*liquibase\s+rollback\b/i, '');
      inBlock = !/\*\/\s*$/.test(own);
      if (own.replace(/\*\/\s*$/, '').trim() !== '') rollback.push(own.replace(/\*\/\s*$/, ''));
    } else {
      const [, said] = /^\s*--\s*rollback\b[ \t]?(.*)$/i.exec(each) ?? [];
      if (said !== undefined) rollback.push(said);
      else if (!/^\s*--\s*(?:comment|precondition|validchecksum|ignorelines|property|tagDatabase)\b/i.test(each))
        sql.push(each);
    }
  }
  return { sql: sql.join('\n').trim(), rollback: kindOf(rollback), attributes };
}

function kindOf(lines: readonly string[]): SqlChangeset['rollback'] {
  const text = lines.join('\n').trim();
  if (lines.length === 0) return { kind: 'none' };
  if (/^(?:empty|not required)$/i.test(text)) return { kind: 'empty' };
  return /^change(?:set)?id:/i.test(text) ? { kind: 'other' } : { kind: 'sql', sql: `${text}\n` };
}

const md5 = (text: string): string => createHash('md5').update(text.normalize('NFC'), 'utf8').digest('hex');

/** The checksums that versions 7 to 9 give a changeset of SQL; none where they depend on more than its text. */
export function checksumsOf({ sql, attributes }: SqlChangeset): readonly string[] {
  if (sql.includes('${') || attributes.has('dbms')) return [];
  const nine = md5(sql.replace(/[ \t\r\n]/g, ''));
  const flags = ['enddelimiter', 'splitstatements', 'stripcomments'].map(
    (name, at) => attributes.get(name) ?? (at === 0 ? 'null' : 'true'),
  );
  const eight = md5(`${flags.join(':')}:${sql.replace(/\s+/g, ' ').trim()}`);
  // A row of version 7 is held against the text as 4.33.0 holds it: made as version 8, with its own number.
  return [`9:${md5(`9:${nine}:`)}`, ...[8, 7].map(version => `${version}:${md5(`${version}:${eight}:`)}`)];
}
