/** Reads `.sequelizerc` and the configuration of sequelize-cli, as text. Nothing is run. */
import type { Engine } from '../../domain/migration.ts';
import { addressIn, engineNamed, resolvedText, textOf } from '../js-settings.ts';
import { entryOf, exportedValue, type JsValue } from '../js-values.ts';

/** What `.sequelizerc` says, as written. Relative paths are from the folder the command runs in. */
export interface SequelizeOptions {
  readonly config: string | null;
  readonly migrations: string | null;
}

/** Reads `.sequelizerc`, or the file of `--options-path`. */
export function parseOptions(text: string): SequelizeOptions {
  const options = exportedValue(text);
  return {
    config: textOf(entryOf(options, 'config')),
    migrations: textOf(entryOf(options, 'migrations-path')) ?? textOf(entryOf(options, 'migrationsPath')),
  };
}

/** One environment of the configuration, with the defaults of sequelize-cli 6.6.5 (helpers/umzug-helper.js) where it says nothing. */
export interface SequelizeSettings {
  readonly storage: string;
  readonly table: string;
  readonly schema: string | null;
  readonly dialect: string | null;
  readonly whole: JsValue;
}

/** Reads `config.json` or `config.js`. */
export function parseConfig(text: string, environment: string, isJson: boolean): SequelizeSettings {
  const all = exportedValue(isJson ? `module.exports = ${text}` : text);
  const own = entryOf(all, environment);
  const whole = own?.kind === 'object' ? own : all;
  const said = (name: string): string | null => textOf(entryOf(whole, name));
  return {
    storage: said('migrationStorage') ?? 'sequelize',
    table: said('migrationStorageTableName') ?? 'SequelizeMeta',
    schema: said('migrationStorageTableSchema'),
    dialect: said('dialect'),
    whole,
  };
}

const NAMES = { url: ['url'], file: ['storage'], database: ['database'], user: ['username'] } as const;

/** The address an environment names. `variables` are those of the project's `.env`. null when it cannot be told from the text. */
export function addressOf(
  { whole, dialect }: SequelizeSettings,
  variables: Readonly<Record<string, string>>,
): { readonly text: string; readonly fromFile: boolean } | null {
  const variable = textOf(entryOf(whole, 'use_env_variable'));
  if (variable !== null && entryOf(whole, 'url') === null) {
    const named: JsValue = { kind: 'variable', name: variable, otherwise: null };
    const found = resolvedText(named, variables);
    if (found !== null) return { text: found.text, fromFile: false };
  }
  return addressIn(whole, engineOf(dialect), NAMES, variables);
}

/** The engine of a dialect; null for those Tidemark does not speak to. */
export const engineOf = (dialect: string | null): Engine | null => engineNamed(dialect);
