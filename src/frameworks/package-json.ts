/** What a package.json says of the tools its project uses. Nothing is run. */

/** Is one of these packages among its dependencies, of whatever kind? */
export const dependsOn = (text: string, ...names: readonly string[]): boolean =>
  names.some(name => text.includes(`"${name}"`) && versionOf(text, name));

const versionOf = (text: string, name: string): boolean => {
  const escaped = name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(`"${escaped}"\\s{0,20}:\\s{0,20}"`).test(text);
};

/** The value of a flag (`--config x`, `--config=x`) in the first script that runs a program with it; null where none does. */
export const flagIn = (text: string, program: string, ...flags: readonly string[]): string | null =>
  flagsIn(text, program, ...flags)[0] ?? null;

/** All values of a flag in scripts that run a program, each once. */
export function flagsIn(text: string, program: string, ...flags: readonly string[]): readonly string[] {
  if (!text.includes(program)) return [];
  const values = scriptsOf(text)
    .filter(script => script.includes(program))
    .flatMap(script => [
      ...script.matchAll(/(?:^|\s)(-{1,2}[\w-]{1,40})[= ]\s{0,5}['"]?([^\s'"$;&|-][^\s'"$;&|]{0,299})/g),
    ])
    .flatMap(([, flag = '', value = '']) => (flags.includes(flag) ? [value] : []));
  return [...new Set(values)];
}

/** Does a script run a program, with one of these flags where any are named? */
export const hasFlag = (text: string, program: string, ...flags: readonly string[]): boolean =>
  text.includes(program) &&
  scriptsOf(text).some(script => {
    const words = script.split(/[\s=]+/);
    return words.includes(program) && (flags.length === 0 || flags.some(flag => words.includes(flag)));
  });

/** The texts of its scripts; none when it cannot be read. */
function scriptsOf(text: string): readonly string[] {
  try {
    const { scripts }: { scripts?: unknown } = JSON.parse(text) ?? {};
    if (scripts === null || typeof scripts !== 'object') return [];
    return Object.values(scripts).filter((script): script is string => typeof script === 'string');
  } catch {
    return [];
  }
}
