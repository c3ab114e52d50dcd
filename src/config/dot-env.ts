/**
 * Reading `.env` files. Understood is what the libraries of this name agree on; nothing is run, so `$(…)` is plain text:
 *
 *     # a comment            NAME = text, blanks around it dropped; a comment begins at a # after a blank
 *     export NAME=text       NAME='as it is, over several lines too'     NAME=`likewise`
 *     NAME="text with \n \r \t \" \\ \$ and line breaks"
 *     URL=mysql://$HOST/${DB}   (not in '…' and `…`)
 *
 * `$NAME` and `${NAME}` stand for a key further up in the same file. Any other `$` stays as it is, so that a password may have one.
 * Of a key that comes twice, the last counts.
 */

const LINE = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;
const QUOTED = /^(?:'(?<single>[^']*)'|`(?<back>[^`]*)`|"(?<double>(?:\\[\s\S]|[^"\\])*)")[ \t]*(?:#.*)?(?=\r?\n|\r|$)/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** The variables a `.env` file sets. Lines that set nothing are passed over. */
export function parseDotEnv(text: string): Readonly<Record<string, string>> {
  const variables = new Map<string, string>();
  let rest = text;
  while (rest !== '') {
    const start = LINE.exec(rest);
    const after = rest.slice(start?.[0].length ?? 0);
    const quoted = start === null ? null : QUOTED.exec(after);
    const end = quoted === null ? lineEnd(after) : quoted[0].length;
    if (start !== null) variables.set(start[1] ?? '', readValue(after.slice(0, end), quoted, variables));
    rest = after.slice(end).replace(/^(?:\r?\n|\r)/, '');
  }
  // From entries, so that a key such as `__proto__` is a key like any other.
  return Object.fromEntries(variables);
}

function readValue(raw: string, quoted: RegExpExecArray | null, earlier: ReadonlyMap<string, string>): string {
  const { single, back, double } = quoted?.groups ?? {};
  const plain = single ?? back;
  if (plain !== undefined) return plain;
  if (double !== undefined) return filledIn(double, earlier, ESCAPES);
  return filledIn(raw.replace(/(?:^|[ \t])#.*$/, '').trim(), earlier, {});
}

/** Puts earlier keys in place of their names, and escapes in place of what they stand for. `\$` is a dollar everywhere. */
function filledIn(
  text: string,
  earlier: ReadonlyMap<string, string>,
  escapes: Readonly<Record<string, string>>,
): string {
  return text.replace(
    /\\([\s\S])|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g,
    (whole, escaped?: string, braced?: string, bare?: string) => {
      if (escaped !== undefined) return escaped === '$' ? '$' : (escapes[escaped] ?? whole);
      return earlier.get(braced ?? bare ?? '') ?? whole;
    },
  );
}

const lineEnd = (text: string): number => {
  const end = text.search(/[\r\n]/);
  return end < 0 ? text.length : end;
};
