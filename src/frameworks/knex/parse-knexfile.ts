/** Reads a knexfile's text: migrations, history table and database of one environment. Nothing is run. */
import { entryOf, exportedValue, type JsValue } from '../js-values.ts';

/** One environment of a knexfile, with Knex's defaults where it says nothing (migrator-configuration-merger.js of 3.3.0). */
export interface KnexSettings {
  readonly client: string | null;
  /** Folders as written, relative to the knexfile's folder. */
  readonly folders: readonly string[];
  readonly table: string;
  readonly schema: string | null;
  readonly extensions: readonly string[];
  readonly connection: JsValue | null;
}

/** Extensions Knex loads (MigrationsLoader.js); `.mjs` is not among them. */
const EXTENSIONS = ['.co', '.coffee', '.eg', '.iced', '.js', '.cjs', '.litcoffee', '.ls', '.ts'];

/** Reads the settings of an environment. What cannot be read without running it counts as left out. */
export function parseKnexfile(text: string, environment: string): KnexSettings {
  const all = exportedValue(text);
  // As the command does it: the entry of that name, else the whole (cli-config-utils.js, resolveEnvironmentConfig).
  const config = entryOf(all, environment)?.kind === 'object' ? entryOf(all, environment) : all;
  const migrations = entryOf(config, 'migrations');
  const directory = textsOf(entryOf(migrations, 'directory'));
  const extensions = textsOf(entryOf(migrations, 'loadExtensions'));
  return {
    client: textOf(entryOf(config, 'client')) ?? textOf(entryOf(config, 'dialect')),
    folders: directory.length > 0 ? directory : ['./migrations'],
    table: textOf(entryOf(migrations, 'tableName')) ?? 'knex_migrations',
    schema: textOf(entryOf(migrations, 'schemaName')),
    extensions: extensions.length > 0 ? extensions : EXTENSIONS,
    connection: entryOf(config, 'connection'),
  };
}

const textOf = (value: JsValue | null): string | null => {
  if (value?.kind === 'text') return value.text;
  return value?.kind === 'variable' ? textOf(value.otherwise) : null;
};

const textsOf = (value: JsValue | null): readonly string[] =>
  value?.kind === 'list'
    ? value.items.flatMap(item => textOf(item) ?? [])
    : textOf(value) === null
      ? []
      : [textOf(value) ?? ''];

/** The engine of a client's name (dialects/index.js of 3.3.0); null for those Tidemark does not speak to. */
export function engineOf(client: string | null): 'sqlite' | 'postgres' | 'mysql' | null {
  if (client === null) return null;
  if (/^(?:sqlite3?|better-sqlite3)$/.test(client)) return 'sqlite';
  if (/^(?:pg|postgres|postgresql|pg-native|pgnative)$/.test(client)) return 'postgres';
  return /^mysql2?$/.test(client) ? 'mysql' : null;
}

/**
 * The address a connection names: a URL, or the path of a SQLite file. `variables` are those of the project's `.env`. null when it
 * cannot be told from the text.
 */
export function addressOf(
  settings: KnexSettings,
  variables: Readonly<Record<string, string>>,
): { readonly text: string; readonly fromFile: boolean } | null {
  const resolved = (value: JsValue | null): (JsValue & { kind: 'text' }) | null => {
    if (value?.kind === 'text') return value;
    if (value?.kind !== 'variable') return null;
    const said = Object.hasOwn(variables, value.name) ? variables[value.name] : undefined;
    return said === undefined || said === ''
      ? resolved(value.otherwise)
      : { kind: 'text', text: said, fromFile: false };
  };
  const { connection } = settings;
  const whole = resolved(connection);
  if (whole !== null) return plainAddress(whole);
  const said = (name: string): string | null => resolved(entryOf(connection, name))?.text ?? null;
  for (const name of ['connectionString', 'uri', 'filename']) {
    const found = resolved(entryOf(connection, name));
    if (found !== null) return plainAddress(found);
  }
  const engine = engineOf(settings.client);
  const database = said('database');
  if (database === null || engine === null || engine === 'sqlite') return null;
  const user = said('user');
  const password = said('password');
  const login =
    user === null ? '' : `${encodeURIComponent(user)}${password === null ? '' : `:${encodeURIComponent(password)}`}@`;
  const port = said('port');
  const host = `${said('host') ?? 'localhost'}${port === null ? '' : `:${port}`}`;
  return { text: `${engine}://${login}${host}/${encodeURIComponent(database)}`, fromFile: false };
}

const plainAddress = (
  value: JsValue & { kind: 'text' },
): { readonly text: string; readonly fromFile: boolean } | null =>
  value.text === '' || value.text === ':memory:' ? null : { text: value.text, fromFile: value.fromFile };
