/** Reads a knexfile's text: migrations, history table and database of one environment. Nothing is run. */
import { addressIn, engineNamed, plainAddress, resolvedText, textOf, textsOf } from '../js-settings.ts';
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

/**
 * The address a connection names: a URL, or the path of a SQLite file. `variables` are those of the project's `.env`. null when it
 * cannot be told from the text.
 */
export function addressOf(
  settings: KnexSettings,
  variables: Readonly<Record<string, string>>,
): { readonly text: string; readonly fromFile: boolean } | null {
  const whole = resolvedText(settings.connection, variables);
  if (whole !== null) return plainAddress(whole);
  const names = { url: ['connectionString', 'uri', 'filename'], file: [], database: ['database'], user: ['user'] };
  return addressIn(settings.connection, engineNamed(settings.client), names, variables);
}
