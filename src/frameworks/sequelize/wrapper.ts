/**
 * The options file and the configuration that Tidemark gives to sequelize-cli in place of the project's: they load the project's own, and
 * change only where they point. `--url` would do the same and show the password to everybody who lists processes.
 */
import type { Project } from '../../domain/migration.ts';
import type { Pointing, Target } from '../contract.ts';
import { inFolder } from '../repository-paths.ts';

/** Arguments that make the command use the wrapper. */
export const WRAPPED = ['--options-path', '{scratch}/options.cjs', '--env', 'tidemark'] as const;

/** Takes the place of `.sequelizerc` (core/yargs.js of sequelize-cli 6.6.5). An address there would win over any configuration. */
const OPTIONS = `'use strict';
// Written by Tidemark. Loads the project's own options, and points them at the configuration beside this file.
const { existsSync } = require('node:fs');
const path = require('node:path');
const said = name => process.env['TIDEMARK_SEQUELIZE_' + name] || undefined;
const file = path.resolve(said('ROOT'), said('OPTIONS'));
const own = existsSync(file) ? require(file) : {};
const options = { ...own, config: path.join(__dirname, 'config.cjs'), env: 'tidemark' };
delete options.url;
if (said('MIGRATIONS')) {
  delete options.migrationsPath;
  options['migrations-path'] = said('MIGRATIONS');
}
module.exports = options;
`;

const CONFIG = `'use strict';
// Written by Tidemark. Loads the project's own configuration and points it at the database of this run.
const { existsSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { promisify } = require('node:util');

const said = name => process.env['TIDEMARK_SEQUELIZE_' + name] || undefined;
const root = said('ROOT');

/** As the command finds it (helpers/config-helper.js), but for what Tidemark put in its place. */
function fileOf() {
  const options = path.resolve(root, said('OPTIONS'));
  const named = said('CONFIG') || (existsSync(options) && require(options).config);
  if (named) return path.resolve(root, named);
  const usual = path.join(root, 'config', 'config.js');
  return existsSync(usual) ? usual : path.join(root, 'config', 'config.json');
}

async function load() {
  const file = fileOf();
  if (!existsSync(file)) return {};
  const loaded = file.endsWith('.json') ? require(file) : (await import(pathToFileURL(file).href)).default;
  if (typeof loaded !== 'function') return loaded;
  return loaded.length === 1 ? promisify(loaded)() : loaded();
}

const engines = { sqlite: 'sqlite', postgres: 'postgres', postgresql: 'postgres', mysql: 'mysql', mariadb: 'mysql' };

/** mysql and mariadb are two dialects with a driver each; where the configuration tells neither, the driver that is there does. */
function dialectOf(config, engine) {
  const url = config.url || process.env[config.use_env_variable] || '';
  const named = config.dialect || url.split(':')[0] || undefined;
  if (named !== undefined) {
    if (engines[named] !== engine) throw new Error('The configuration is for another kind of database (' + named + '), not for ' + engine + '.');
    return named === 'postgresql' ? 'postgres' : named;
  }
  if (engine !== 'mysql') return engine;
  try {
    createRequire(path.join(root, 'x.js')).resolve('mysql2');
    return 'mysql';
  } catch {
    return 'mariadb';
  }
}

module.exports = async function () {
  const all = await load();
  const config = { ...(all[said('ENVIRONMENT')] || all) };
  const [engine, parameters] = [said('ENGINE'), JSON.parse(said('PARAMETERS') || '{}')];
  config.dialect = dialectOf(config, engine);
  for (const leads of ['url', 'use_env_variable', 'replication', 'host', 'port', 'username', 'password', 'database', 'storage', 'protocol']) delete config[leads];
  const dialectOptions = { ...config.dialectOptions };
  if (engine === 'sqlite') config.storage = said('DATABASE');
  else {
    config.username = said('USER');
    config.password = said('PASSWORD');
    config.database = said('DATABASE');
    config.host = said('HOST');
    if (said('PORT')) config.port = Number(said('PORT'));
    if (said('SOCKET')) {
      if (engine === 'postgres') config.host = said('SOCKET');
      else dialectOptions.socketPath = said('SOCKET');
    }
    const mode = String(parameters.sslmode || '');
    if (engine === 'postgres') {
      if (mode === 'disable') {
        delete config.ssl;
        delete dialectOptions.ssl;
      } else if ((mode === 'require' || mode === 'no-verify') && !dialectOptions.ssl) dialectOptions.ssl = { rejectUnauthorized: false };
      else if (mode.startsWith('verify') && !dialectOptions.ssl) dialectOptions.ssl = true;
      if (parameters.options) dialectOptions.options = parameters.options;
    }
  }
  return { tidemark: { ...config, dialectOptions } };
};
`;

/** Points sequelize-cli at a database. The password is in the environment of the command alone. */
export function pointSequelize(project: Project, target: Target): Pointing {
  const { options, config, environment, migrationsFlag } = project.settings;
  const text = (value: Project['settings'][string] | undefined): string | null =>
    typeof value === 'string' ? value : null;
  const said: Readonly<Record<string, string | null>> = {
    ROOT: inFolder('{worktree}', project.root).replace(/\/\.$/, ''),
    OPTIONS: text(options) ?? '.sequelizerc',
    // What .sequelizerc says is read when it is run: it may put a path together.
    CONFIG: text(options) === '.sequelizerc' ? null : text(config),
    MIGRATIONS: text(migrationsFlag),
    ENVIRONMENT: text(environment),
    ENGINE: target.engine,
    DATABASE: target.database,
    HOST: target.host,
    PORT: target.port === null ? null : String(target.port),
    SOCKET: target.socket,
    USER: target.user,
    PASSWORD: target.password,
    PARAMETERS: JSON.stringify(target.parameters),
  };
  const env = Object.entries(said).flatMap(([name, value]) =>
    value === null ? [] : [[`TIDEMARK_SEQUELIZE_${name}`, value]],
  );
  return {
    // Configurations choose by NODE_ENV too, and Tidemark's own must not reach them.
    env: { ...Object.fromEntries(env), NODE_ENV: text(environment) ?? 'development' },
    files: [
      { path: 'options.cjs', text: OPTIONS },
      { path: 'config.cjs', text: CONFIG },
    ],
  };
}
