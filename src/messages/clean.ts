/** Makes foreign text safe to print: nothing in a commit subject, file name or error may steer a terminal. */

/** Characters that a terminal or a reader could be misled by, and what is shown instead. */
const HOSTILE =
  // C0 and C1 controls, DEL; bidirectional controls; zero-width characters; line and paragraph separators; lone surrogates.
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** One line of safe text. Bytes that were not UTF-8 (kept as U+DC80 to U+DCFF) are shown as the bytes they were. */
export function clean(text: string): string {
  return text.replace(HOSTILE, character => {
    const code = character.charCodeAt(0);
    if (code === 0x0a) return '\\n';
    if (code === 0x09) return '\\t';
    if (code === 0x0d) return '\\r';
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Several lines of safe text: line feeds stay, tabs become spaces. */
export const cleanLines = (text: string): readonly string[] =>
  text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(line => clean(line.replaceAll('\t', '    ')));
