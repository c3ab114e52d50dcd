/** Environment files (`.env`) as text. */

/** Variables of an environment file, as godotenv reads them, without substitutions. */
export function parseEnvironment(text: string): Readonly<Record<string, string>> {
  const variables: [string, string][] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s{0,40}(?:export\s{1,40})?([A-Za-z_][A-Za-z0-9_.]{0,200})\s{0,40}[=:]\s{0,40}(.{0,4000})$/.exec(
      line,
    );
    if (match === null) continue;
    const [, name = '', rest = ''] = match;
    const quoted = /^(["'])(.*?)\1/.exec(rest);
    variables.push([name, quoted?.[2] ?? rest.replace(/\s#.*$/, '').trimEnd()]);
  }
  return Object.fromEntries(variables);
}
