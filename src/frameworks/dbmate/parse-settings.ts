/** Where a repository says how it uses dbmate: environment files, and command lines in scripts. Read, never run. */
import { assigned, commandsOf, flags } from '../command-lines.ts';
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

/** Reads one file; null when it does not speak of dbmate. */
export function parseSettings(path: string, text: string): DbmateSettings | null {
  if (!text.toLowerCase().includes('dbmate')) return null;
  const variables = /(?:^|\/)\.env/.test(path) ? parseEnvironment(text) : {};
  const said = (name: string): string | null => variables[name] ?? assigned(text, name);
  const commands = commandsOf(text, 'dbmate');
  const folders =
    said('DBMATE_MIGRATIONS_DIR')?.split(',') ?? commands.flatMap(line => flags(line, '-d', '--migrations-dir'));
  const table =
    said('DBMATE_MIGRATIONS_TABLE') ?? commands.flatMap(line => flags(line, '--migrations-table'))[0] ?? null;
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
