/** Reads Alembic's configuration: `alembic.ini` and `[tool.alembic]` of pyproject.toml, with `%(here)s` filled in. */
import { assignmentsIn, itemsOf, nameOf, textOf } from '../python-text.ts';

/** Settings by name, values as lists (an ini value is a list of one). */
export type Config = ReadonlyMap<string, readonly string[]>;

/** Stands for `%(here)s`, the configuration file's own folder: other paths are from the folder that commands run in. Has no separator of lists in it. */
export const HERE = '<here>';

/** Settings of `[alembic]`, or of another section; null when the file has no such section. */
export function readIni(text: string, name = 'alembic'): Config | null {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\[([^\]]+)\]/.exec(line)?.[1];
    const pair = /^([^\s#;=:[][^=:]*)[=:](.*)$/.exec(line);
    if (/^\s*[#;]/.test(line)) continue;
    if (head !== undefined) {
      section = new Map();
      sections.set(head.trim(), section);
      key = undefined;
    } else if (pair !== null && !/^\s/.test(line)) {
      key = pair[1]?.trim().toLowerCase() ?? '';
      section?.set(key, pair[2]?.trim() ?? '');
    } else if (/^\s+\S/.test(line) && key !== undefined) section?.set(key, `${section.get(key)}\n${line.trim()}`);
    else if (line.trim() === '') key = undefined;
  }
  const own = sections.get(name);
  if (own === undefined) return null;
  const all = new Map([...(sections.get('DEFAULT') ?? []), ...own, ['here', HERE]]);
  return new Map([...own].map(([name, value]) => [name, [filled(value, all, 0)]]));
}

/** Python's ConfigParser interpolation. What it does not know stays as written. */
function filled(value: string, all: ReadonlyMap<string, string>, depth: number): string {
  if (depth > 5) return value;
  return value.replace(/%(%|\(([^)\n]{1,100})\)s)/g, (whole, mark: string, name: string | undefined) => {
    if (mark === '%') return '%';
    const other = all.get(name?.toLowerCase() ?? '');
    return other === undefined ? whole : filled(other, all, depth + 1);
  });
}

/** Settings of `[tool.alembic]`; null when there is no such table. Its strings and lists are written as in Python. */
export function readPyproject(text: string): Config | null {
  const start = /^\[tool\.alembic\][^\n]*\n/m.exec(text);
  if (start === null) return null;
  const rest = text.slice(start.index + start[0].length);
  const end = /^\[/m.exec(rest);
  const config = new Map<string, readonly string[]>();
  for (const { target, value } of assignmentsIn(end === null ? rest : rest.slice(0, end.index))) {
    const texts = itemsOf(value).map(item => textOf(item) ?? nameOf(item));
    if (target.is === 'name')
      config.set(
        target.name,
        texts.map(each => each.replaceAll('%(here)s', HERE)),
      );
  }
  return config;
}

/** The first value of a setting. */
export const settingOf = (config: Config, name: string): string | null => config.get(name)?.[0] ?? null;

const SEPARATORS: Readonly<Record<string, RegExp>> = { os: /:/, space: /\s+/, newline: /\n/, ':': /:/, ';': /;/ };

/** A list of paths, split as the configuration says (`path_separator`, before 1.16 `version_path_separator`). */
export function pathsOf(config: Config, name: string): readonly string[] {
  const values = config.get(name);
  if (values === undefined) return [];
  if (values.length > 1) return values;
  const chosen = settingOf(config, 'path_separator') ?? settingOf(config, 'version_path_separator') ?? '';
  const separator = SEPARATORS[chosen] ?? /, *|\s+/;
  return (values[0] ?? '')
    .split(separator)
    .map(each => each.trim())
    .filter(Boolean);
}
