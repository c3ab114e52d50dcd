/** Where a repository says how it uses dbmate: environment files, and command lines in scripts. Read, never run. */
import { parseEnvironment } from '../environment-file.ts';
/** What one file says. Fields it does not mention are null. */
export interface DbmateSettings {
  /** Folders of migrations as written, relative to where dbmate runs. */
  readonly folders: readonly string[] | null;
  readonly table: string | null;
  /** Variable that holds the database's address (`-e NAME`). */
  readonly variable: string | null;
  /** Address on a command line (`-u sqlite:db/app.sqlite3`). */
  readonly address: string | null;
  readonly schemaFile: string | null;
  /** The variables of the file, when it is an environment file. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Names of files that may configure dbmate; in its folder dbmate itself reads only `.env`. */
export const SETTINGS_FILES = [
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

// The command, not a service of that name in a compose file: `dbmate` with words behind it, on one line.
const COMMAND = /(?:^|[\s"'`/;&|([,])dbmate[ \t"',]([^\n;&|]{0,400})/g;

/** Reads one file; null when it does not speak of dbmate. */
export function parseSettings(path: string, text: string): DbmateSettings | null {
  if (!text.toLowerCase().includes('dbmate')) return null;
  const variables = /(?:^|\/)\.env/.test(path) ? parseEnvironment(text) : {};
  const said = (name: string): string | null => variables[name] ?? assigned(text, name);
  const commands = [...text.slice(0, 200_000).matchAll(COMMAND)].map(match => words(match[1] ?? ''));
  const folders =
    said('DBMATE_MIGRATIONS_DIR')?.split(',') ?? commands.flatMap(line => flags(line, '-d', '--migrations-dir'));
  const table =
    said('DBMATE_MIGRATIONS_TABLE') ?? commands.flatMap(line => flags(line, null, '--migrations-table'))[0] ?? null;
  const settings: DbmateSettings = {
    folders: folders.length === 0 ? null : [...new Set(folders.map(folder => folder.trim()))],
    table,
    variable: commands.flatMap(line => flags(line, '-e', '--env'))[0] ?? null,
    address: commands.flatMap(line => flags(line, '-u', '--url'))[0] ?? null,
    schemaFile: said('DBMATE_SCHEMA_FILE') ?? commands.flatMap(line => flags(line, '-s', '--schema-file'))[0] ?? null,
    variables,
  };
  const isDependency = path.endsWith('package.json') && /"dbmate"\s*:/.test(text);
  const speaks = folders.length > 0 || table !== null || settings.schemaFile !== null || commands.some(isCommand);
  return speaks || isDependency ? settings : null;
}

const isCommand = (line: readonly string[]): boolean =>
  line.some(word => /^(?:up|down|migrate|rollback|status|new|dump|load|wait|create)$/.test(word));

const words = (text: string): readonly string[] => text.split(/[\s"',\][]+/).filter(Boolean);

/** Values of a flag: `-d x`, `--dir x`, `--dir=x`. Values that a shell would have to fill in are left out. */
function flags(line: readonly string[], short: string | null, long: string): readonly string[] {
  const values = line.flatMap((word, index) => {
    if (word === long || word === short) return line[index + 1] ?? [];
    return word.startsWith(`${long}=`) ? word.slice(long.length + 1) : [];
  });
  return values.filter(value => !/[$`*]/.test(value) && !value.startsWith('-'));
}

/** `NAME=value`, `NAME: value`, `"NAME": "value"` anywhere in a text. */
function assigned(text: string, name: string): string | null {
  const match = new RegExp(`\\b${name}["']?[ \\t]{0,20}[:?]?[:=][ \\t]{0,20}["']?([^\\s"'#$\`]{1,400})`).exec(text);
  return match?.[1] ?? null;
}

/** A table as dbmate's setting names it; in PostgreSQL the first dot separates the schema (pkg/driver/postgres, migrationsTableNameParts). */
export function tableName(text: string): { readonly schema: string | null; readonly name: string } {
  const dot = text.indexOf('.');
  return dot <= 0 ? { schema: null, name: text } : { schema: text.slice(0, dot), name: text.slice(dot + 1) };
}

/** The schema dbmate keeps its table in where the table's name says none: the first of `search_path` in the address. */
export function schemaInAddress(address: string | null): string | null {
  const match = /^postgres[^?]*\?(?:[^#]*&)?search_path=([^&,#\s]+)/.exec(address?.slice(0, 4000) ?? '');
  return match?.[1] ?? null;
}

/** The history table as dbmate's own dump of the schema names it; null when the text is no such dump. */
export function tableInDump(text: string): string | null {
  const at = text.indexOf('-- Dbmate schema migrations');
  if (at === -1) return null;
  const match = /INSERT INTO ([^\s(]{1,300})/.exec(text.slice(at, at + 2000));
  return (match?.[1] ?? 'schema_migrations').replace(/["`]/g, '').replace(/^public\./, '');
}
