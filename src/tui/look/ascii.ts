/** Text for terminals that have only ASCII: every other character becomes one that is as wide. */
import stringWidth from 'string-width';

const DRAWN: Readonly<Record<string, string>> = {
  '─': '-',
  '━': '-',
  '╺': '-',
  '╸': '-',
  '│': '|',
  '┃': '|',
  '├': '+',
  '┬': '+',
  '┴': '+',
  '▸': '>',
  '●': '*',
  '○': 'o',
  '·': '.',
  '…': '~',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '×': 'x',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '✓': 'v',
  '✗': 'x',
};

const graphemes = new Intl.Segmenter();

/** Does this locale say UTF-8? The first of `LC_ALL`, `LC_CTYPE`, `LANG` that is set decides (locale(7)). */
export function wantsAscii(env: Readonly<Record<string, string | undefined>>): boolean {
  const asked = env['TIDEMARK_ASCII'];
  if (asked !== undefined && asked !== '') return asked !== '0';
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(value => value !== undefined && value !== '');
  return !/utf-?8/i.test(locale ?? '');
}

/** The same text in ASCII, column for column. Escape sequences are ASCII and stay. */
export function toAscii(text: string): string {
  if (/^[\u0000-\u007f]*$/.test(text)) return text;
  let result = '';
  for (const { segment } of graphemes.segment(text)) {
    const code = segment.codePointAt(0) ?? 0;
    result += code < 0x80 && segment.length === 1 ? segment : (DRAWN[segment] ?? ascii(segment));
  }
  return result;
}

/** A line break is one grapheme of two characters, and stays. */
const ascii = (segment: string): string => (segment === '\r\n' ? segment : '?'.repeat(stringWidth(segment)));
