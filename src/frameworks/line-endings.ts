/** The bytes a tool may have made a checksum of: git writes a file with either line ending, by the settings of whoever checked it out. */

/** A file's bytes as they are, then with each line ending; each form once. */
export function withEitherLineEnding(bytes: Uint8Array): readonly Buffer[] {
  // One character for each byte, so that what is no text comes back as it was.
  const text = Buffer.from(bytes).toString('latin1');
  const unix = text.replaceAll('\r\n', '\n');
  return [...new Set([text, unix, unix.replaceAll('\n', '\r\n')])].map(form => Buffer.from(form, 'latin1'));
}
