/** Commands of ours as text that can be pasted into a shell. */

/** An id as a shell takes it. */
export const quoted = (id: string): string =>
  /^[\w./:@%+,-]+$/.test(id) && !id.startsWith('-') ? id : `'${id.replaceAll("'", `'\\''`)}'`;

/** `tidemark <verb> <id>…`. */
export const command = (verb: string, ...ids: readonly string[]): string =>
  ['tidemark', verb, ...ids.map(quoted)].join(' ');
