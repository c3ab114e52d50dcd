/** What a package.json says of the tools its project uses. Nothing is run. */

/** Is one of these packages among its dependencies, of whatever kind? */
export const dependsOn = (text: string, ...names: readonly string[]): boolean =>
  names.some(name => text.includes(`"${name}"`) && versionOf(text, name));

const versionOf = (text: string, name: string): boolean => {
  const escaped = name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(`"${escaped}"\\s{0,20}:\\s{0,20}"`).test(text);
};

/** The value of a flag (`--config x`, `--config=x`) in a script that runs a program; null where no script says it. */
export function flagIn(text: string, program: string, ...flags: readonly string[]): string | null {
  if (!text.includes(program)) return null;
  for (const script of scriptsOf(text)) {
    if (!script.includes(program)) continue;
    for (const flag of flags) {
      const at = script.search(new RegExp(`(?:^|\\s)${flag}[= ]`));
      if (at === -1) continue;
      const [, value] = /^\s?-{1,2}[\w-]{1,40}[= ]\s{0,5}['"]?([^\s'"$;&|]{1,300})/.exec(script.slice(at)) ?? [];
      if (value !== undefined) return value;
    }
  }
  return null;
}

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
