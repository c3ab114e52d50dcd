/** Command lines and assignments in scripts and environment files, as text: where runners of SQL files are told what to do. Read, never run. */

/** Names of files that may hold a project's commands; runners themselves read only `.env` where they are started. */
export const SCRIPT_FILES = [
  '.env',
  '.env.local',
  '.env.development',
  '.env.example',
  '.env.sample',
  '.env.template',
  '.envrc',
  'package.json',
  'Makefile',
  'justfile',
  'Taskfile.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
  'compose.yml',
  'compose.yaml',
] as const;

/** Commands beyond this many characters of a file are not looked for. */
const LIMIT = 200_000;

/** The words behind each call of a program on one line; not behind a service of that name in a compose file. */
export function commandsOf(text: string, program: string): readonly (readonly string[])[] {
  // What a shell ends a command with may stand inside quotes: `"postgres://h/d?a=b&c=d"`.
  const rest = `(?:"[^"\\n]{0,400}"|'[^'\\n]{0,400}'|[^\\n;&|])`;
  const calls = new RegExp(`(?:^|[\\s"'\`/;&|([,])${program}[ \\t"',](${rest}{0,400})`, 'g');
  return [...unfolded(text.slice(0, LIMIT)).matchAll(calls)].map(match => words(match[1] ?? ''));
}

/** Lines that a backslash at their end continues are one. */
const unfolded = (text: string): string => text.replace(/\\\r?\n[ \t]*/g, ' ');

const words = (text: string): readonly string[] => text.split(/[\s"',\][]+/).filter(Boolean);

/** Values of a flag by its spellings: `-d x`, `--dir x`, `--dir=x`. Values that a shell would have to fill in are left out. */
export function flags(line: readonly string[], ...names: readonly string[]): readonly string[] {
  const values = line.flatMap((word, index) => {
    if (names.includes(word)) return line[index + 1] ?? [];
    const named = names.find(name => word.startsWith(`${name}=`));
    return named === undefined ? [] : word.slice(named.length + 1);
  });
  return values.filter(value => isPlain(value) && !value.startsWith('-'));
}

/** Is this a value as it stands, which no shell has to fill in? */
export const isPlain = (value: string): boolean => !/[$`*]/.test(value);

/** `NAME=value`, `NAME: value`, `"NAME": "value"` anywhere in a text. */
export function assigned(text: string, name: string): string | null {
  const match = new RegExp(`\\b${name}["']?[ \\t]{0,20}[:?]?[:=][ \\t]{0,20}["']?([^\\s"'#$\`]{1,400})`).exec(text);
  return match?.[1] ?? null;
}

/** A table as a setting names it, with or without its schema: `audit.versions`. */
export function tableName(text: string): { readonly schema: string | null; readonly name: string } {
  const dot = text.indexOf('.');
  return dot <= 0 ? { schema: null, name: text } : { schema: text.slice(0, dot), name: text.slice(dot + 1) };
}
