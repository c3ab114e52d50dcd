/** How alike two migration texts are, once names and comments are set aside. */

/** What of a text is compared. */
export interface Essence {
  /** Lines without comments, names set aside, blanks evened out. */
  readonly lines: readonly string[];
  /** Those of them that say something: brackets and imports stand in every migration. */
  readonly telling: readonly string[];
}

/** Comments, but not directives: `-- migrate:up`, `-- +goose Down`, `# --- !Ups`, Liquibase's `--rollback DROP …`. */
const COMMENT_LINE = /^(#(?!\s*---\s*!)|\/\/|--(?!\s*(migrate:|\+|rollback\b)))/i;
/** Block comments that begin a line. MySQL and MariaDB run what stands in `/*!`; `/*+` is a hint. */
const BLOCK_COMMENT = /^[ \t]*\/\*(?![!+])[\s\S]*?\*\//gm;
/** A Python module's docstring. Any other string in triple quotes may be SQL. */
const MODULE_DOCSTRING = /^((?:[ \t]*(?:#[^\n]*)?\n)*)[ \t]*[rRuU]?("""|''')[\s\S]*?\2/;
const SAYS_NOTHING = /^([^\p{L}\p{N}]*|import\b.*|from\b.*\bimport\b.*)$/u;
const QUOTED_OR_WORD = /(['"`])([^'"`\n]*)\1|[\p{L}\p{N}_$]{8,}/gu;
const MARK = '§';

/** Prepares a text for comparison. `names` are the parts of ids that may differ (`0010_add_colour`, revision ids). */
export function essenceOf(text: string, names: ReadonlySet<string>): Essence {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replace(MODULE_DOCSTRING, '$1')
    .replace(BLOCK_COMMENT, '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !COMMENT_LINE.test(line))
    .map(line => withoutNames(line, names).replace(/\s+/g, ' '));
  return { lines, telling: lines.filter(line => !SAYS_NOTHING.test(line)) };
}

/**
 * A name is set aside where it cannot be anything else: as a whole string, or as a long word, and with a digit in it. Without that,
 * two migrations called `users` and `posts` that make tables of these names would be one, and so would `varchar(100)` and `varchar(255)`.
 */
const withoutNames = (line: string, names: ReadonlySet<string>): string =>
  line.replace(QUOTED_OR_WORD, (whole: string, quote: string | undefined, quoted: string | undefined) => {
    const name = quoted ?? whole;
    if (names.has(name) && /\d/.test(name)) return quote === undefined ? MARK : quote + MARK + quote;
    return quote === undefined || quoted === undefined ? whole : quote + wordsWithoutNames(quoted, names) + quote;
  });

const wordsWithoutNames = (text: string, names: ReadonlySet<string>): string =>
  text.replace(/[\p{L}\p{N}_$]{8,}/gu, word => (names.has(word) && /\d/.test(word) ? MARK : word));

/**
 * Similarity in percent: the share of equal telling lines, order ignored. 100 only when all lines are equal, in order too; texts
 * without any line are 0 alike.
 */
export function similarity(one: Essence, other: Essence): number {
  if (one.lines.length === 0 || other.lines.length === 0) return 0;
  if (one.lines.length === other.lines.length && one.lines.every((line, index) => line === other.lines[index]))
    return 100;
  const remaining = new Map<string, number>();
  for (const line of other.telling) remaining.set(line, (remaining.get(line) ?? 0) + 1);
  let shared = 0;
  for (const line of one.telling) {
    const count = remaining.get(line) ?? 0;
    if (count > 0) {
      shared += 1;
      remaining.set(line, count - 1);
    }
  }
  return Math.min(99, Math.floor((100 * shared) / Math.max(one.telling.length, other.telling.length, 1)));
}

/** The most that `similarity` can be below 100, told by lengths alone. */
export const atMostAlike = (one: Essence, other: Essence): number => {
  const [shorter, longer] = [one.telling.length, other.telling.length].sort((a, b) => a - b);
  return longer === undefined || shorter === undefined || longer === 0 ? 99 : Math.floor((100 * shorter) / longer);
};
