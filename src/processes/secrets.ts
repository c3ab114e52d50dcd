/** Taking passwords out of a program's output, in whatever spelling it prints them. */

/** A pattern for every spelling of the secrets; null when there are none. */
export type SecretPattern = RegExp | null;

/**
 * Matches each secret as it is, percent-encoded (any of its characters, either case, blanks as `+`), and as it stands in a
 * JSON text or behind a shell's backslashes. A secret of several lines is matched line by line, for output is read so.
 */
export function secretPattern(secrets: readonly string[]): SecretPattern {
  const lines = secrets.flatMap(secret => secret.split(/[\r\n]+/)).filter(line => line !== '');
  if (lines.length === 0) return null;
  // The longest first: an alternation takes the first that fits, and a secret may begin with another.
  const alternatives = [...new Set(lines)].sort((one, other) => other.length - one.length).map(anySpelling);
  return new RegExp(alternatives.join('|'), 'gu');
}

/** How many characters a spelling can have at most: what must be seen of a line beyond where it is cut. */
export const longestSpelling = (secrets: readonly string[]): number =>
  Math.max(0, ...secrets.map(secret => secret.length * 12));

/** The first `limit` characters of a line with `***` for every secret that begins in them. */
export function withoutSecrets(line: string, pattern: SecretPattern, limit: number): string {
  let shown = '';
  let at = 0;
  for (const match of pattern === null ? [] : line.matchAll(pattern)) {
    if (match.index >= limit) break;
    shown += `${line.slice(at, match.index)}***`;
    at = match.index + match[0].length;
  }
  return shown + line.slice(at, Math.max(at, limit));
}

function anySpelling(secret: string): string {
  return Array.from(secret, character => {
    const bytes = Array.from(Buffer.from(character), byte => byte.toString(16).padStart(2, '0'));
    // Symfony and INI files double the sign.
    const percent = bytes.map(byte => `%{1,2}${eitherCase(byte)}`).join('');
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    const escaped = units.map(unit => `\\\\u${eitherCase(unit.toString(16).padStart(4, '0'))}`).join('');
    const spellings = [literal(character), literal(JSON.stringify(character).slice(1, -1)), percent, escaped];
    if (character === ' ') spellings.push('\\+');
    // PHP's json_encode writes `/` as `\/`, shells quote whatever is neither letter nor digit.
    if (/[^\p{L}\p{N}]/u.test(character)) spellings.push(`\\\\${literal(character)}`);
    return `(?:${[...new Set(spellings)].join('|')})`;
  }).join('');
}

const eitherCase = (hex: string): string => hex.replaceAll(/[a-f]/g, letter => `[${letter}${letter.toUpperCase()}]`);

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
