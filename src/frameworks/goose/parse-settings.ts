/** Where a repository says how it uses goose: environment files, command lines in scripts, and calls of its library in Go. Read, never run. */
import { assigned, commandsOf, flags, isPlain } from '../command-lines.ts';
import { parseEnvironment } from '../environment-file.ts';

/** What one file says. Fields it does not mention are null. */
export interface GooseSettings {
  /** Folders of migrations as written, relative to where goose runs. */
  readonly folders: readonly string[] | null;
  readonly table: string | null;
  /** Driver and database as goose is told them, and where. The text may hold a password. */
  readonly database: { readonly driver: string; readonly text: string; readonly from: string } | null;
}

// Drivers of the engines Tidemark speaks to: dialect.go of v3.27.3, SetDialect.
const DRIVER = /^(?:postgres|pgx|mysql|sqlite3|sqlite)$/;

/** `goose … postgres "user=me dbname=shop" up` and what else a shell would take for one word. */
const POSITIONAL =
  /(?:^|[\s"'`/;&|([,])goose[ \t](?:[^\n;&|]{0,200}[ \t])?(postgres|pgx|mysql|sqlite3|sqlite)[ \t]{1,20}(?:"([^"\n]{1,400})"|'([^'\n]{1,400})'|([^\s"']{1,400}))/;

/** Reads one file; null when it does not speak of goose. */
export function parseSettings(path: string, text: string): GooseSettings | null {
  if (!/goose/i.test(text)) return null;
  const variables = /(?:^|\/)\.env/.test(path) ? parseEnvironment(text) : {};
  const said = (name: string): string | null => variables[name] ?? assigned(text, name);
  const commands = commandsOf(text, 'goose');
  const folders = [
    ...new Set([said('GOOSE_MIGRATION_DIR') ?? commands.flatMap(line => flags(line, '-dir', '--dir'))].flat()),
  ];
  const table = said('GOOSE_TABLE') ?? commands.flatMap(line => flags(line, '-table', '--table'))[0] ?? null;
  const [driver, dbstring] = [said('GOOSE_DRIVER'), said('GOOSE_DBSTRING')];
  const assignedThere = driver !== null && dbstring !== null;
  const database = assignedThere
    ? { driver, text: dbstring, from: `${path} (GOOSE_DBSTRING)` }
    : positional(path, text);
  const speaks = folders.length > 0 || table !== null || database !== null || commands.some(isCommand);
  return speaks ? { folders: folders.length === 0 ? null : folders, table, database } : null;
}

const isCommand = (line: readonly string[]): boolean =>
  line.some(word => /^(?:up|up-to|up-by-one|down|down-to|redo|reset|status|version|create|fix|validate)$/.test(word));

function positional(path: string, text: string): GooseSettings['database'] {
  const [, driver, double, single, bare] = POSITIONAL.exec(text.slice(0, 200_000)) ?? [];
  const value = double ?? single ?? bare;
  return driver !== undefined && value !== undefined && isPlain(value) ? { driver, text: value, from: path } : null;
}

/** The address goose's driver and database mean; null for engines Tidemark does not speak to. */
export function addressOf({ driver, text }: { readonly driver: string; readonly text: string }): string | null {
  if (!DRIVER.test(driver)) return null;
  return driver.startsWith('sqlite') && !/^(?:sqlite3?|file):/.test(text) ? `sqlite:${text}` : text;
}

/** The table that Go code sets for goose's library (`goose.SetTableName`, `goose.WithTableName`); null when the text sets none. */
export function tableInGo(text: string): string | null {
  if (!text.includes('pressly/goose')) return null;
  return /\bgoose\.(?:SetTableName|WithTableName)\(\s{0,40}["`]([^"`\n]{1,200})["`]/.exec(text)?.[1] ?? null;
}
