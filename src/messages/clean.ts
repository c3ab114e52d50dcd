/** Makes foreign text safe to print: nothing in a commit subject, file name or error may steer a terminal. */

/** Characters that a terminal or a reader could be misled by, and what is shown instead. */
const HOSTILE =
  // C0 and C1 controls, DEL; bidirectional controls; zero-width and invisible characters, annotations and tags (Unicode's
  // Default_Ignorable_Code_Point but for variation selectors); line and paragraph separators; lone surrogates.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffc\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\ud800-\udfff]|\u034f|[\u180b-\u180f]|[\u{e0000}-\u{e00ff}]|[\u{e01f0}-\u{e0fff}]/gu;

/** One line of safe text. Bytes that were not UTF-8 (kept as U+DC80 to U+DCFF) are shown as the bytes they were. */
export function clean(text: string): string {
  return text.replace(HOSTILE, character => {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0x0a) return '\\n';
    if (code === 0x09) return '\\t';
    if (code === 0x0d) return '\\r';
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    const digits = code.toString(16);
    if (code > 0xffff) return `\\u{${digits}}`;
    return code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`;
  });
}

/** Several lines of safe text: line feeds stay, tabs become spaces. */
export const cleanLines = (text: string): readonly string[] =>
  text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(line => clean(line.replaceAll('\t', '    ')));
