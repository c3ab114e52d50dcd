/** What Flyway makes of a script's text: its checksum, its placeholders, and whether it runs in a transaction. */
import type { Engine, Project } from '../../domain/migration.ts';
import { readProperties } from '../java-settings.ts';
import { isWord, type SqlToken, sqlStatements, sqlText } from '../sql-text.ts';

const POLYNOMIAL = 0xedb88320;

/** CRC-32 (ISO 3309) as a signed number of 32 bits, byte by byte with the sums of single bytes. */
function crc32(bytes: Uint8Array): number {
  const ofByte = Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? POLYNOMIAL : 0);
    return sum;
  });
  let sum = -1;
  for (const byte of bytes) sum = (sum >>> 8) ^ (ofByte[(sum ^ byte) & 255] ?? 0);
  return ~sum | 0;
}

/** The checksum of a script: of its lines without their ends, and without the mark of byte order (ChecksumCalculator). */
export function checksumOf(bytes: Uint8Array): number {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return crc32(bytes.subarray(start).filter(byte => byte !== 10 && byte !== 13));
}

/** A script with its placeholders filled in, or what keeps it from being so, as a clause. */
export function filledIn(project: Project, text: string): { readonly text: string } | { readonly reason: string } {
  const { placeholders, placeholderReplacement, placeholderPrefix, placeholderSuffix } = project.settings;
  if (placeholderReplacement === 'false') return { text };
  const values =
    typeof placeholders === 'object' && !Array.isArray(placeholders) ? (placeholders as Record<string, string>) : {};
  const prefix = typeof placeholderPrefix === 'string' ? placeholderPrefix : '${';
  const suffix = typeof placeholderSuffix === 'string' ? placeholderSuffix : '}';
  const pieces: string[] = [];
  let at = 0;
  for (let found = text.indexOf(prefix); found !== -1; found = text.indexOf(prefix, at)) {
    const end = text.indexOf(suffix, found + prefix.length);
    const name = text.slice(found + prefix.length, end === -1 ? found + prefix.length + 40 : end);
    if (end === -1 || !Object.hasOwn(values, name)) {
      return {
        reason: `it has the placeholder ${prefix}${name.slice(0, 80)}${suffix}, whose value no settings file of the repository gives`,
      };
    }
    pieces.push(text.slice(at, found), values[name] ?? '');
    at = end + suffix.length;
  }
  return { text: pieces.join('') + text.slice(at) };
}

/** Settings of one script that lie beside it (`V1__x.sql.conf`); what Tidemark cannot heed is a reason. */
export function scriptSettings(text: string | null): {
  readonly inTransaction: boolean | null;
  readonly reason: string | null;
} {
  const settings = new Map(
    [...readProperties(text ?? '')].map(([name, value]) => [name.toLowerCase(), value.toLowerCase()]),
  );
  const alone = settings.get('executeintransaction');
  const others = [...settings.keys()].filter(name => name !== 'executeintransaction');
  return {
    inTransaction: alone === undefined ? null : alone !== 'false',
    reason: others.length === 0 ? null : `its settings file says more than executeInTransaction (${others.join(', ')})`,
  };
}

/** Why Tidemark cannot run a script as Flyway would, as a clause; null when it can. */
export function unlike(text: string, engine: Engine): string | null {
  if (engine === 'mysql' && /^[ \t]*delimiter[ \t]/im.test(text))
    return 'it changes the delimiter, which only a client understands';
  if (engine !== 'postgres' || !/\bstdin\b/i.test(text)) return null;
  return statementsOf(text).some(
    all => isWord(all[0], 'copy') && all.some((each, at) => isWord(each, 'from') && isWord(all[at + 1], 'stdin')),
  )
    ? 'it holds rows for COPY … FROM STDIN'
    : null;
}

const statementsOf = (text: string): readonly (readonly SqlToken[])[] => sqlStatements(sqlText(text).tokens);

/** Does a script run in a transaction? Flyway looks for statements that PostgreSQL and SQLite cannot run in one (their `Parser` classes). */
export function runsInTransaction(text: string, engine: Engine): boolean {
  if (!/\b(?:concurrently|database|tablespace|subscription|system|vacuum|discard|reindex|value|pragma)\b/i.test(text))
    return true;
  return !statementsOf(text).some(statement => {
    const words = statement.map(each => (each.kind === 'word' ? each.text.toLowerCase() : ''));
    const head = words
      .filter(word => word !== 'unique' && word !== 'verbose')
      .slice(0, 3)
      .join(' ');
    if (engine === 'sqlite') return words[0] === 'pragma' && words[1] === 'foreign_keys';
    if (engine !== 'postgres') return false;
    return (
      /^(?:(?:create|drop) (?:database|tablespace|subscription|index concurrently)|alter system|vacuum|discard all|reindex (?:schema|database|system))/.test(
        head,
      ) ||
      (head.startsWith('alter type') && words.some((word, at) => word === 'add' && words[at + 1] === 'value'))
    );
  });
}
